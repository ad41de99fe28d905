#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lxc.bats - Real LXC, its containers started by root; v6ctl lxc-hook
#
#	tests/lab/run bats tests/engines/lxc.bats

load engine
. tests/lab/lxc.sh

setup_file() {
	lab_up
	lxc_up
	box_install
	box_bridge fd42::ffff/64
	# as lxcbr0 has: else it is that of one of its ports, and changes with them, unheard by the others
	ip link set dev cni0 address 00:16:3e:00:00:01
}

setup() {
	: >/run/lab/messages
	: >/run/lab/v6d.log
}

teardown() {
	cat /run/lab/messages /run/lab/v6d.log
	lxc_end web2 web3
	lxc_net_down
	lab_stop v6d
	v6ctl reconcile
	rm -f /etc/oci-v6/config.json
	run box_left
	echo "$output"
	[ -z "$output" ]
}

state() {
	v6ctl --tsv | cut -f 11 | sort -u
}

is() {
	[ "$(state)" = "$1" ]
}

# make_web3 [ARGUMENT...] - web3 at fd42::3
make_web3() {
	[ $# -gt 0 ] || set -- web3
	{ lxc_static fd42::3; lxc_hooks "$@"; } | lxc_make web3
}

# told WORDS - in the log, and as the last failure of web3
told() {
	lab_until grep -F "lxc-web3: $1" /run/lab/messages
	[[ "$(v6ctl)" == *"lxc-web3: $1"* ]]
}

@test "two lines in its configuration: published from its start to its end" {
	make_web3
	lxc-start -n web3
	lab_until serves web3
	[[ "$(v6ctl)" == *" lxc-web3 "*active* ]]
	[[ "$(v6ctl show web3)" == *"engine    lxc"* ]]
	v6ctl check web3
	lxc-stop -n web3 -k
	nothing_is_left
	lxc-start -n web3
	lab_until serves web3
}

@test "the same by lxc.hook.version = 1, with ports and a link" {
	{
		lxc_static fd42::3
		lxc_hooks --interface eth0 web3 8080:80 53/udp
		echo lxc.hook.version = 1
	} | lxc_make web3
	lxc-start -n web3
	[ "$(v6ctl --tsv | cut -f 3,4 | xargs)" = "tcp 8080 udp 53" ]
	[ "$(fetch http://web3:8080/)" = "web3: hello, $LAB_CLIENT" ]
	lxc-stop -n web3 -k
	nothing_is_left
}

@test "two containers, each on port 80 of its own name" {
	make_web3
	{ lxc_static fd42::2; lxc_hooks web2; } | lxc_make web2
	lxc-start -n web2
	lxc-start -n web3
	lab_until serves web2
	lab_until serves web3
	lxc-stop -n web2 -k
	serves web3
}

# make_init [LINE...] - web3, with a shell as its first process that runs these, and has busybox for more
make_init() {
	printf '%s\n' '#!/bin/sh' "$@" 'httpd -p 80 -h /www' 'while :; do sleep 1; done' >/run/lab/web/init
	chmod 755 /run/lab/web/init
	cat >>/var/lib/lxc/web3/config <<<"lxc.init.cmd = /init"
}

@test "it reboots: published again" {
	make_web3
	make_init
	lxc-start -n web3
	lab_until serves web3
	before=$(lxc_pid web3)
	lxc-attach -n web3 -- reboot -f || true
	lab_until eval "[ '$before' != \"\$(lxc_pid web3)\" ]"
	lab_until serves web3
	is active
}

@test "its first process is killed: nothing is left" {
	make_web3
	lxc-start -n web3
	is active
	kill -KILL "$(lxc_pid web3)"
	lab_until nothing_is_left
}

# kill_monitor - what LXC leaves behind for web3, which runs its hooks; and the container with it
kill_monitor() {
	local init

	init=$(lxc_pid web3)
	kill -KILL "$(ps -o ppid= -p "$init" | xargs)"
	lab_until lab_is_gone "$init"
}

@test "LXC itself is killed: the next start, v6ctl reconcile or v6d remove what is left" {
	make_web3
	lxc-start -n web3
	kill_monitor
	is stale
	lab_until lxc-start -n web3
	lab_until serves web3
	is active
	kill_monitor
	[[ "$(v6ctl reconcile)" == *"1 dead collected"* ]]
	nothing_is_left
	box_v6d_start
	lab_until lxc-start -n web3
	is active
	kill_monitor
	lab_until nothing_is_left
}

@test "a start that fails after the hook leaves nothing" {
	make_web3
	echo 'lxc.init.cmd = /bin/none' >>/var/lib/lxc/web3/config
	run lxc-start -n web3
	[ "$status" = 1 ]
	lab_until nothing_is_left
	make_web3
	echo 'lxc.hook.start-host = /bin/false' >>/var/lib/lxc/web3/config
	run lxc-start -n web3
	[ "$status" = 1 ]
	lab_until nothing_is_left
}

@test "without its service it does not start, and says why; with --optional it does" {
	make_web3 nowhere
	run lxc-start -n web3
	[ "$status" = 1 ]
	told 'nowhere: no such name in DNS or /etc/hosts'
	[ "$(lxc-info -n web3 -s -H)" = STOPPED ]
	run timeout "$LAB_PATIENCE" lxc-start -F -n web3
	[ "$status" = 1 ]
	make_web3 --optional nowhere
	lxc-start -n web3
	[ "$(lxc-info -n web3 -s -H)" = RUNNING ]
	[[ "$(v6ctl)" == *"nowhere: no such name"* ]]
	lxc-stop -n web3 -k
	make_web3
	lxc-start -n web3
	[[ "$(v6ctl)" != *"nowhere"* ]]
}

@test "two share a name with --share newest: handed over, and handed back" {
	lab_start v6d v6d
	lab_until box_v6d_watches
	make_web3 --share newest web3
	lxc-start -n web3
	lab_until serves web3
	{ lxc_static fd42::2; lxc_hooks --share newest web3; } | lxc_make web2
	lxc-start -n web2
	lab_until eval '[[ "$(fetch http://web3/)" == "web2: "* ]]'
	lxc-stop -n web2 -k
	lab_until serves web3
}

@test "--relay: clients are taken to its IPv4 address" {
	lab_start v6d v6d
	lab_until box_v6d_watches
	{ lxc_static fd42::3; echo lxc.net.0.ipv4.address = 10.1.0.3/24; lxc_hooks --relay on web3; } | lxc_make web3
	lxc-start -n web3
	lab_until eval '[[ "$(fetch http://web3/)" == "web3: hello, "*10.1.0.3* ]]'
	lxc-stop -n web3 -k
	lab_until eval '! pgrep -x oci-v6-relay'
}

@test "a name that another container has: refused, and the error names it" {
	make_web3
	lxc-start -n web3
	{ lxc_static fd42::2; lxc_hooks web3; } | lxc_make web2
	run lxc-start -n web2
	[ "$status" = 1 ]
	[[ "$(v6ctl)" == *"lxc-web2: web3: 2001:db8::203 port 80/tcp is held by container lxc-web3"* ]]
	is active
}

@test "rules know LXC's containers by their engine" {
	make_web3
	mkdir -p /etc/oci-v6
	echo '{"allow": [{"engines": ["podman", "unknown"]}]}' >/etc/oci-v6/config.json
	run lxc-start -n web3
	[ "$status" = 1 ]
	told 'no rule of "allow" in /etc/oci-v6/config.json is for containers of this engine (lxc)'
	echo '{"allow": [{"engines": ["lxc"]}]}' >/etc/oci-v6/config.json
	lxc-start -n web3
	is active
}

@test "DHCP: pending until it has its address; without v6d the error says what to do" {
	lxc_net_up
	{ lxc_link lxcbr0; lxc_hooks web3; } | lxc_make web3
	mkdir -p /run/lab/web/usr/share/udhcpc
	cat >/run/lab/web/usr/share/udhcpc/default.script <<-'SCRIPT'
		#!/bin/sh
		[ "$1" != deconfig ] || ip addr flush dev "$interface"
		[ "$1" != bound ] || { ip addr add "$ip/$mask" dev "$interface"; ip route add default via "$router"; }
	SCRIPT
	chmod 755 /run/lab/web/usr/share/udhcpc/default.script
	make_init 'while [ ! -e /go ]; do sleep 0.1; done' 'rm /go' 'udhcpc -q -i eth0 -s /usr/share/udhcpc/default.script'
	run lxc-start -n web3
	[ "$status" = 1 ]
	told 'the container has no IPv6 address and no default route; give its network a gateway; if its network comes later, as with --userns or DHCP, start v6d'
	box_v6d_start
	lxc-start -n web3
	is pending
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
	touch /run/lab/web/go
	lab_until serves web3
	is active
	lxc_end web3
	lab_until nothing_is_left
}

@test "a router tells it its prefix: pending until then" {
	lxc_net_up
	box_v6d_start
	{ lxc_link lxcbr0; lxc_hooks web3; } | lxc_make web3
	lxc-start -n web3
	is pending
	lxc_net_down
	printf '%s\n' LXC_IPV6_ADDR=fd42:5::1 LXC_IPV6_MASK=64 LXC_IPV6_NETWORK=fd42:5::/64 >>/etc/default/lxc-net
	lxc_net_up
	lab_until serves web3
	[[ "$(v6ctl)" == *"[fd42:5:"* ]]
	lxc_end web3
	lab_until nothing_is_left
}

@test "an unprivileged container, started by root" {
	cp -a /run/lab/web /run/lab/shifted
	chown -R 100000:100000 /run/lab/shifted
	make_web3
	cat >>/var/lib/lxc/web3/config <<-'CONFIG'
		lxc.rootfs.path = dir:/run/lab/shifted
		lxc.idmap = u 0 100000 65536
		lxc.idmap = g 0 100000 65536
	CONFIG
	printf 'root:100000:65536\n' | tee /etc/subuid >/etc/subgid
	chmod 755 /var/lib/lxc /var/lib/lxc/web3
	lxc-start -n web3
	lab_until serves web3
	lxc-stop -n web3 -k
	nothing_is_left
}

@test "in the host's network: its port answers on the service address, and no other" {
	{ echo 'lxc.net.0.type = none'; lxc_hooks web3 8099; } | lxc_make web3
	echo 'lxc.init.cmd = /bin/httpd -f -p 8099 -h /www' >>/var/lib/lxc/web3/config
	lxc-start -n web3
	lab_until eval '[ "$(fetch http://web3:8099/)" = "web3: hello, $LAB_CLIENT" ]'
}

@test "two of the same name, kept in two directories" {
	make_web3
	mkdir -p /srv/lxc/web3
	{ lxc_static fd42::2; lxc_hooks web2; } | lxc_make web2
	mv /var/lib/lxc/web2/config /srv/lxc/web3/config
	lxc-start -n web3
	lxc-start -P /srv/lxc -n web3
	lab_until serves web3
	lab_until serves web2
	[ "$(v6ctl --tsv | cut -f 6,7 | sort | xargs)" = "lxc-web3 web3 srv:lxc-web3 web3" ]
	lxc-stop -P /srv/lxc -n web3 -k
	serves web3
	rm -r /srv/lxc
}

# hook_says STATUS TEXT [VARIABLE=VALUE...] - called with these in the environment, and the arguments in $args
hook_says() {
	local status_wanted=$1 text=$2

	shift 2
	run env "$@" v6ctl lxc-hook "${args[@]}"
	echo "$output"
	[ "$status" = "$status_wanted" ]
	[[ "$output" == "$text"* ]]
}

@test "what is wrong with a call is said" {
	args=()
	hook_says 2 'v6ctl: lxc-hook: expected NAMES [PORTS...]; see v6ctl lxc-hook --help'
	args=('')
	hook_says 0 '' LXC_HOOK_TYPE=start-host LXC_NAME=web3 LXC_PID=1
	args=(web3)
	hook_says 2 'v6ctl: lxc-hook: LXC has to call it; to publish by hand, see v6ctl bind --help'
	hook_says 2 'v6ctl: lxc-hook: it belongs to lxc.hook.start-host and lxc.hook.post-stop, and not to lxc.hook.pre-start' \
		LXC_HOOK_TYPE=pre-start LXC_NAME=web3
	hook_says 1 'v6ctl: lxc-web3: LXC_PID: not the number of a process' LXC_HOOK_TYPE=start-host LXC_NAME=web3
	hook_says 1 'v6ctl: lxc-a b: container state: "id": "lxc-a b" is not a container id' \
		LXC_HOOK_TYPE=start-host LXC_NAME='a b' LXC_PID=1
	hook_says 2 "v6ctl: $(printf 'a%.0s' {1..64})...: its name and where it is kept are longer than 127 characters" \
		LXC_HOOK_TYPE=start-host "LXC_NAME=$(printf 'a%.0s' {1..124})" LXC_PID=1
	args=(web3 80-70)
	hook_says 1 'v6ctl: lxc-web3: v6.ports: "80-70"' LXC_HOOK_TYPE=start-host LXC_NAME=web3 LXC_PID=1
	args=(web3 "$(printf '80 %.0s' {1..900})")
	hook_says 2 'v6ctl: v6.ports: over 64 mappings' LXC_HOOK_TYPE=start-host LXC_NAME=web3 LXC_PID=1
	v6ctl clear
}

@test "the end of a container is never held up" {
	args=(web3)
	hook_says 0 '' LXC_HOOK_TYPE=post-stop LXC_NAME=web3
	chmod 777 /run/oci-v6
	hook_says 0 'v6ctl: lxc-web3: /run/oci-v6: others than root may write there' LXC_HOOK_TYPE=post-stop LXC_NAME=web3
	chmod 700 /run/oci-v6
	args=(web3 80 web3 lxc post-stop)
	hook_says 0 ''
}

@test "a container of a user other than root is refused, with an error that says why" {
	args=(web3)
	run setpriv --reuid=65534 --clear-groups env LXC_HOOK_TYPE=start-host LXC_NAME=web3 LXC_PID=1 v6ctl lxc-hook web3
	[ "$status" = 1 ]
	[[ "$output" == *"v6ctl: lxc-web3: a container of a user other than root can't be given a service; let root start it"* ]]
}
