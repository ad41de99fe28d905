#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# resolve.bats - v6ctl resolve: who says what, and what would become of it
#
#	tests/lab/run bats tests/ctl/resolve.bats

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
}

setup() {
	cp /run/lab/resolv.conf /etc/resolv.conf
	cp /etc/hosts /run/lab/hosts.before
}

teardown() {
	cp /run/lab/hosts.before /etc/hosts
	lab_clear a
	rm -rf /etc/oci-v6 /var/lib/oci-v6
}

@test "from DNS, /etc/hosts, or an address itself" {
	golden v6ctl resolve web3 <<-OUT
		web3: from DNS, by 2001:db8::53
		  2001:db8::203 on eth0 (address), free
	OUT
	[ "$status" = 0 ]
	schema v6ctl resolve --json web3
	echo "2001:db8::99 here" >>/etc/hosts
	golden v6ctl resolve here <<-OUT
		here: from /etc/hosts
		  2001:db8::99 on eth0 (address), free
	OUT
	schema v6ctl resolve --json here
	golden v6ctl resolve 2001:db8::98 <<-OUT
		2001:db8::98: an address itself
		  2001:db8::98 on eth0 (address), free
	OUT
	schema v6ctl resolve --json 2001:db8::98
}

@test "DNS denies the name, and /etc/hosts behind it has it" {
	sed -i 's/^hosts:.*/hosts: dns files/' /etc/nsswitch.conf || skip
	echo "2001:db8::99 here" >>/etc/hosts
	[ "$(json 'o["source"], o["addresses"][0]["address"]' v6ctl resolve --json here)" = "hosts 2001:db8::99" ]
	[ "$(json 'o["source"], o["server"]' v6ctl resolve --json web3)" = "dns 2001:db8::53" ]
}

@test "each address has its own fate, and one that is good is enough" {
	lab_dns_add several 2001:db8::205
	lab_dns_add several 2001:db8:9::1
	lab_dns_add several fd42::5
	run v6ctl resolve several
	[ "$status" = 0 ]
	[ "${lines[0]}" = "several: from DNS, by 2001:db8::53" ]
	grep -qx "  2001:db8::205 on eth0 (address), free" <<<"$output"
	[[ "$output" == *"
  2001:db8:9::1 is in no prefix of any interface of this host; "* ]]
	[[ "$output" == *"
  fd42::5 is in the prefix behind the container bridge cni0; "* ]]
	schema v6ctl resolve --json several
	[ "$(json 'sorted(a["usable"] for a in o["addresses"])' v6ctl resolve --json several)" = "[False, False, True]" ]
}

@test "none is good: the status says so" {
	run v6ctl resolve 2001:db8:9::1
	[ "$status" = 1 ]
	[[ "$output" == *"  2001:db8:9::1 is in no prefix of any interface"* ]]
	v6ctl resolve --json 2001:db8:9::1 >/run/lab/json && false
	schema cat /run/lab/json
	run v6ctl resolve nowhere
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: nowhere: no such name in DNS or /etc/hosts"* ]]
	run v6ctl resolve v4only
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: v4only: has only IPv4 addresses (192.0.2.9)"* ]]
	run v6ctl resolve -- -bad-
	[ "$status" = 1 ]
	[[ "$output" == 'v6ctl: v6.host: "-bad-": '* ]]
}

@test "what is held, and its holder" {
	box_up a fd42::a/64
	box_bind a v6.host=web3
	golden v6ctl resolve web3 <<-OUT
		web3: from DNS, by 2001:db8::53
		  2001:db8::203 on eth0 (address), held by container <box-a-id>
	OUT
	[ "$(json 'o["addresses"][0]["holder"]' v6ctl resolve --json web3)" = "$(box_id a)" ]
	schema v6ctl resolve --json web3
	run v6ctl resolve web3 --ports 443
	[[ "$output" == *", free" ]]
}

@test "what the configuration says: users, limits and places" {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route", "allow": [{"names": ["web3"], "ports": ["80"], "engines": ["podman"]}]}' \
		>/etc/oci-v6/config.json
	run v6ctl resolve web3
	[[ "$output" == *"  2001:db8::203 on eth0 (proxy), free" ]]
	run v6ctl resolve web3 --ports 81
	[ "$status" = 1 ]
	[[ "$output" == *'  2001:db8::203 port 81/tcp: no rule of "allow" in '* ]]
	run v6ctl resolve web2
	[ "$status" = 1 ]
	[[ "$output" == *'  2001:db8::202 port 80/tcp: no rule of "allow" in '* ]]
	run v6ctl resolve -e cri-o web3
	[ "$status" = 1 ]
	[[ "$output" == 'v6ctl: pods of Kubernetes (cri-o) may not claim'* ]]
	run v6ctl resolve -e docker web3
	[ "$status" = 2 ]
	[ "$output" = 'v6ctl: --engine: "docker": expected podman, cri-o, containerd, lxc or unknown' ]
	run v6ctl resolve web3 -i cni0
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::203 is in no prefix of interface cni0"* ]]
}

@test "DNS is down: the last known answer; and a look keeps nothing itself" {
	v6ctl resolve web3
	[ -z "$(ls /var/lib/oci-v6/names 2>/dev/null)" ]
	box_up a fd42::a/64
	box_bind a v6.host=web3
	box_unbind a
	kept=$(ls /var/lib/oci-v6/names)
	[ -n "$kept" ]
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
	run --separate-stderr v6ctl resolve web3
	[ "$status" = 0 ]
	[[ "${lines[0]}" =~ ^"web3: DNS is down; its last known answer, "[0-9]+"s old"$ ]]
	[ "${lines[1]}" = "  2001:db8::203 on eth0 (address), free" ]
	[[ "$stderr" == "v6ctl: web3: cannot ask DNS: "*"; using the answer of "*" s ago" ]]
	schema v6ctl resolve --json web3 2>/dev/null
}

@test "nor does a look forget what DNS says is gone" {
	lab_dns_add gone 2001:db8::207
	box_up a fd42::a/64
	box_bind a v6.host=gone
	box_unbind a
	kept=$(ls /var/lib/oci-v6/names)
	rm /run/lab/hosts/gone-2001:db8::207
	kill -HUP "$(cat /run/lab/dns.pid)"
	lab_until eval '! getent ahosts gone'
	run ! v6ctl resolve gone
	[ "$(ls /var/lib/oci-v6/names)" = "$kept" ]
}

@test "not as root: all but the holder" {
	run setpriv --reuid=65534 --clear-groups v6ctl resolve web3
	[ "$status" = 0 ]
	[ "${lines[1]}" = "  2001:db8::203 on eth0 (address), free" ]
}
