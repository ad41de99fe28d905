#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pasta.bats - Services of users other than root with the podman of a fresh Debian 13, by pasta
#
#	make check-packages
#
# No slirp4netns is there, which tests/engines/rootless.bash has on Debian 12.

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. tests/lab/rootless.sh
	. packaging/check/root.bash
	export -f in_root user_add user_login user_run user_podman user_image user_rm
	version=$(sed -n 's/^VERSION = //p' Makefile)
}

setup_file() {
	load_lab
	lab_up
	root_up trixie
	root_install "/packages/deb/oci-v6-hook_$version-1_amd64.deb" \
		"/packages/deb/v6d_$version-1_amd64.deb"
	in_root mkdir -p /etc/oci-v6
	echo '{"allow": [{"users": ["alice"], "names": ["web3"], "ports": ["80"]}]}' |
		in_root tee /etc/oci-v6/config.json
	tar -C /run/lab/web -c . | in_root tee /run/lab/web.tar >/dev/null
	in_root bash -c 'user_add alice 1500 && user_image alice'
	lab_start v6d bash -c 'in_root v6d'
	lab_until in_root test -S /run/oci-v6d.sock
}

setup() {
	load_lab
	: >/run/lab/messages
}

teardown() {
	cat /run/lab/v6d.log /run/lab/messages
	in_root bash -c 'user_rm alice'
	lab_until nothing_is_left
	lab_until pasta_is_gone
}

alice_podman() {
	in_root bash -c 'user_podman alice "$@"' - "$@"
}

# web [OPTION...] - her web server, as docs/configuration.md has it
web() {
	alice_podman run -d --name web --hostname web-of-alice -p 8080:80 \
		--annotation v6.host=web3 --annotation v6.ports=80:8080 "$@" localhost/web
}

# serves [URL] - another machine is answered on port 80, and the container sees its address
serves() {
	[ "$(lab_client curl -sS -m 3 "${1:-http://web3/}")" = "web-of-alice: hello, $LAB_CLIENT" ]
}

nothing_is_left() {
	! nft list table ip6 oci-v6 2>/dev/null | grep 2001:db8 &&
		! ip -6 addr show | grep 2001:db8::20 &&
		! in_root find /run/oci-v6 -path '*/records/*' -type f -o \
			-path '*/holders-*' -type f | grep .
}

# It ends after its container, and nobody waits for it
pasta_is_gone() {
	! ss -Hlnt "sport = :8080" | grep .
}

@test "it is pasta" {
	[[ "$(alice_podman --version)" == "podman version 5."* ]]
	[ "$(alice_podman info --format '{{.Host.RootlessNetworkCmd}}')" = pasta ]
}

@test "http://web3/ answers on port 80, and the client's own address is seen" {
	web
	lab_until serves
	serves 'http://[2001:db8::203]/'
	# and nothing else of the host does there: not even the published port
	run ! lab_client curl -sS -m 3 http://web3:8080/
	alice_podman rm -f -t 0 web
	nothing_is_left
	run ! lab_client curl -sS -m 3 http://web3/
}

# Not by "podman restart": whether the first pasta has gone by then is chance (podman's issue 23737)
@test "stopped, and started again" {
	web
	lab_until serves
	alice_podman stop -t 0 web
	lab_until nothing_is_left
	lab_until pasta_is_gone
	alice_podman start web
	lab_until serves
}

@test "--userns=keep-id: the port is published after the hook" {
	web --userns=keep-id --user 0
	lab_until serves
	alice_podman rm -f -t 0 web
	nothing_is_left
}

@test "a pod of hers" {
	alice_podman pod create --name pod -p 8080:80 --hostname web-of-alice
	alice_podman run -d --pod pod --name web --annotation v6.host=web3 \
		--annotation v6.ports=80:8080 localhost/web
	lab_until serves
	alice_podman pod rm -f -t 0 pod
	nothing_is_left
}

@test "killed with its conmon: v6d releases it" {
	local monitor init

	web
	lab_until serves
	read -r monitor init < <(alice_podman inspect -f '{{.State.ConmonPid}} {{.State.Pid}}' web)
	kill -KILL "$monitor" "$init"
	lab_until nothing_is_left
}

@test "what no rule allows is refused, and the error says why" {
	run alice_podman run -d -p 8080:80 --annotation v6.host=web2 --annotation v6.ports=80:8080 \
		localhost/web
	[ "$status" != 0 ]
	lab_until grep -qF ": web2: 2001:db8::202 port 80/tcp: no rule" /run/lab/messages
}
