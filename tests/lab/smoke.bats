#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smoke.bats - The lab is what the other tests take it for
#
#	tests/lab/run bats tests/lab/smoke.bats

bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/topology.sh"
	. "$BATS_TEST_DIRNAME/engine.sh"
	lab_up
	engine_up
	engine_podman network create --ipv6 --subnet fd42:1::/64 --subnet 10.89.7.0/24 six
}

setup() {
	. "$BATS_TEST_DIRNAME/topology.sh"
	. "$BATS_TEST_DIRNAME/engine.sh"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/topology.sh"
	. "$BATS_TEST_DIRNAME/engine.sh"
	engine_rm
	lab_down
}

# answers URL TEXT
answers() {
	[ "$(curl -sS -m 2 "$1")" = "$2" ]
}

@test "host, client and name server reach each other over both protocols" {
	ping -c 1 -W 1 "$LAB_CLIENT"
	lab_client ping -c 1 -W 1 "$LAB_HOST"
	lab_client ping -c 1 -W 1 "$LAB_DNS"
	lab_client ping -c 1 -W 1 "$LAB_ROUTER"
	lab_client ping -c 1 -W 1 192.0.2.1
}

@test "no address on eth0 is tentative" {
	[ -z "$(ip -6 addr show dev eth0 tentative)" ]
	[ -z "$(lab_client ip -6 addr show dev eth0 tentative)" ]
}

@test "names answer on host and client, with and without the domain" {
	lab_dns_knows web3 2001:db8::203
	lab_dns_knows web4.example.test 2001:db8::204
	lab_client getent ahostsv6 web2 | grep -q '^2001:db8::202 '
}

@test "a name with IPv4 only, and a name that does not exist" {
	lab_dns_knows v4only 192.0.2.9
	busybox nslookup -type=aaaa v4only.example.test "$LAB_DNS"
	run busybox nslookup -type=aaaa nope.example.test "$LAB_DNS"
	[[ $output == *NXDOMAIN* ]]
	run ! getent ahosts nope
}

@test "a name can be added, with more than one address" {
	lab_dns_add web9 2001:db8::209
	lab_dns_add web9 2001:db8::20a
	lab_dns_knows web9 2001:db8::209
}

@test "/dev/log is ours" {
	logger -t smoke "marker $$"
	lab_until grep -q "smoke: marker $$" /run/lab/messages
}

@test "/usr, /etc, /var and /tmp can be changed" {
	for dir in /usr/bin /etc /var/lib /tmp; do
		echo >"$dir/lab-smoke"
	done
}

@test "network settings of the machine are ours" {
	[ "$(sysctl -n net.ipv4.ip_forward)" -ge 0 ]
	sysctl -w net.ipv6.conf.all.forwarding=1
	nft add table ip6 lab-smoke
	nft delete table ip6 lab-smoke
}

# serves RUNTIME - A container on the default network, and one on a network with IPv6
serves() {
	local plain six

	ENGINE_RUNTIME=$1
	engine_run "plain-$1"
	engine_run "six-$1" --network six
	[ "$(engine_ids | wc -l)" = 2 ]
	plain=$(engine_address "plain-$1")
	six=$(engine_address "six-$1" six)
	lab_until answers "http://$plain/" "plain-$1: hello, 10.88.0.1"
	lab_until answers "http://[$six]/" "six-$1: hello, fd42:1::1"
	[ "$(engine_podman inspect --format '{{.OCIRuntime}}' "plain-$1")" = "$1" ]
	engine_rm
}

@test "podman with crun serves on both networks" {
	serves crun
}

@test "podman with runc serves on both networks" {
	serves runc
}

@test "podman run reads the hooks directory that make install will fill" {
	local dir=/usr/share/containers/oci/hooks.d

	cat >"$dir/smoke.json" <<-'JSON'
		{ "version": "1.0.0", "hook": { "path": "/bin/sh",
		  "args": ["sh", "-c", "cat >/run/lab/hooked"] }, "stages": ["createRuntime"],
		  "when": { "annotations": { "^v6\\.host$": "." } } }
	JSON
	podman run --rm --annotation v6.host=web3 localhost/web true
	rm "$dir/smoke.json"
	grep -q web3 /run/lab/hooked
}

@test "a pod's containers share a network" {
	engine_podman pod create --name pod
	engine_podman run --rm --pod pod localhost/web true
	engine_podman pod rm -f pod
}

@test "the lab can be torn down and made again" {
	lab_down
	[ ! -e /sys/class/net/eth0 ]
	lab_up
	lab_client ping -c 1 -W 1 "$LAB_HOST"
}
