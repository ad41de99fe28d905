#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# incus.bats - Real Incus, with its usual bridge, and docs/incus.md, command by command
#
#	LAB_ROOT=trixie-engines tests/lab/run bats tests/engines/newer/incus.bats

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. tests/net/box.sh
	. tests/engines/page.sh
}

setup_file() {
	load_lab
	lab_up
	box_install
	incus_up
}

setup() {
	load_lab
	page=docs/incus.md
	: >/run/lab/messages
	: >/run/lab/v6d.log
	box_v6d_start
}

teardown() {
	tail -n 20 /run/lab/messages
	cat /run/lab/v6d.log
	incus project switch default
	incus list -f csv -c n | xargs -r incus delete -f
	lab_stop v6d
	run box_left
	echo "$output"
	[ -z "$output" ]
}

teardown_file() {
	load_lab
	incus network delete incusbr0 2>/dev/null
	lab_stop incusd
}

# Its daemon, and an image of ours under the name that the page has. Incus asks no server here
incus_up() {
	printf 'root:1000000:1000000000\n' | tee /etc/subuid >/etc/subgid
	mkdir -p /run/incus /var/lib/incus /var/log/incus ~/.config/incus
	incusd_start
	incus admin init --minimal
	incus_image /run/lab/image
	incus image import /run/lab/image/meta.tar /run/lab/image/rootfs.tar --alias debian/13
	printf 'remotes:\n  images:\n    addr: unix://\n' >~/.config/incus/config.yml
	incus profile create plain
}

# Not as a child of ours: bats' shell would tell of its end
incusd_start() {
	(lab_start incusd /usr/libexec/incus/incusd --group root)
	lab_until incus info
}

# incus_image DIR - the web server, started by a shell
incus_image() {
	engine_rootfs "$1/rootfs"
	mkdir -p "$1/rootfs/sbin"
	printf '%s\n' '#!/bin/sh' 'httpd -p 80 -h /www' "trap 'reboot -f' INT" 'while :; do sleep 1; done' >"$1/init"
	install -m 755 "$1/init" "$1/rootfs/sbin/init"
	printf 'architecture: %s\ncreation_date: 1\n' "$(uname -m)" >"$1/metadata.yaml"
	tar -C "$1" -cf "$1/meta.tar" metadata.yaml
	tar -C "$1/rootfs" -cf "$1/rootfs.tar" .
}

nothing_left() {
	[ -z "$(box_left)" ]
}

fetch() {
	lab_client curl -sS -m 1 "$@"
}

# serves NAME: the client fetches it by its name, from the right container, which sees the client
serves() {
	[ "$(fetch "http://$1/")" = "$1: hello, $LAB_CLIENT" ]
}

is() {
	[ "$(v6ctl --tsv | cut -f 11 | sort -u)" = "$1" ]
}

# create NAME ARGUMENT... - a container with the lines for the hook
create() {
	incus create -q debian/13 "$1"
	incus config set "$1" raw.lxc="lxc.hook.start-host = /usr/sbin/v6ctl lxc-hook ${*:2}
lxc.hook.post-stop = /usr/sbin/v6ctl lxc-hook ${*:2}"
}

init_of() {
	incus info "$1" | sed -n 's/^PID: //p'
}

@test "docs/incus.md: one container" {
	run page_run "$page" "One container"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web3: hello, $LAB_CLIENT"* ]]
	[[ "$output" == *"incus-web3"*"active"* ]]
	nothing_left
}

@test "docs/incus.md: every container of a profile, by its own name" {
	run page_run "$page" "Every container of a profile, by its own name"
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"web2: hello, $LAB_CLIENT"* ]]
	nothing_left
}

@test "docs/incus.md: no command of it is left out" {
	page_complete "$page"
}

@test "stop, start, restart, and the end of its first process" {
	create web3 web3
	incus start web3
	is pending
	lab_until serves web3
	is active
	v6ctl check web3
	incus stop -f web3
	nothing_left
	incus start web3
	lab_until serves web3
	incus restart -f web3
	lab_until serves web3
	kill -KILL "$(init_of web3)"
	lab_until nothing_left
}

@test "it reboots from inside: published again" {
	create web3 web3
	incus start web3
	lab_until serves web3
	before=$(init_of web3)
	incus exec web3 -- reboot -f || true
	lab_until eval "[ '$before' != \"\$(init_of web3)\" ]"
	lab_until serves web3
}

@test "without its service it does not start, and says why" {
	create web3 nowhere
	run incus start web3
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"forkstart"* || "$output" == *"forklxc"* ]]
	[[ "$(v6ctl)" == *"incus-web3: nowhere: no such name in DNS or /etc/hosts"* ]]
	grep -F "incus-web3: nowhere: no such name" /run/lab/messages
}

@test "without v6d the error says what to do" {
	lab_stop v6d
	create web3 web3
	run incus start web3
	[ "$status" = 1 ]
	[[ "$(v6ctl)" == *"incus-web3: the container has no IPv6 address and no default route; "*"start v6d"* ]]
}

@test "Incus is killed and started again: services go on" {
	create web3 web3
	incus start web3
	lab_until serves web3
	kill -KILL "$(cat /run/lab/incusd.pid)"
	lab_until lab_is_gone "$(cat /run/lab/incusd.pid)"
	serves web3
	incusd_start
	serves web3
	incus stop -f web3
	nothing_left
}

@test "in another project it has that in front of its name" {
	incus project create shop -c features.images=false -c features.profiles=false
	incus project switch shop
	create web3 web3
	incus start web3
	[ "$(v6ctl --tsv | cut -f 1,6,7)" = "web3	incus-shop_web3	shop_web3" ]
	lab_until serves web3
	incus delete -f web3
	incus project switch default
	incus project delete shop
}

@test "privileged, on a network where Incus has turned IPv6 off: the error says what to do" {
	incus network create v4only ipv6.address=none ipv4.address=10.9.9.1/24
	create web3 web3
	incus config set web3 security.privileged=true
	incus config device override web3 eth0 network=v4only
	incus start web3
	is pending
	incus exec web3 -- sh -c 'printf "#!/bin/sh\n[ \$1 != bound ] || { ip addr add \$ip/\$mask dev eth0; ip route add default via \$router; }\n" >/dhcp; chmod 755 /dhcp; udhcpc -q -i eth0 -s /dhcp'
	lab_until grep -F 'IPv6 is off on interface v4only; sysctl net.ipv6.conf.v4only.disable_ipv6=0' /run/lab/v6d.log
	sysctl -qw net.ipv6.conf.v4only.disable_ipv6=0
	v6ctl reconcile
	lab_until serves web3
	[[ "$(v6ctl show --json web3)" == *'"provided": true'* ]]
	incus delete -f web3
	incus network delete v4only
}
