#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pool.bats - Names without an address in DNS get one from the pool
#
#	tests/lab/run bats tests/net/pool.bats

load ../ctl/ctl

BLOG=2001:db8::a7db:c468:5f28:2f1e # of the pool 2001:db8::/64

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
}

setup() {
	lab_until lab_dns_knows web3 2001:db8::203
	configure '"pool": "2001:db8::/64"'
	box_up a fd42::a/64
	box_serve a tcp 80
}

teardown() {
	lab_stop v6d
	cp /run/lab/resolv.conf /etc/resolv.conf
	lab_dns_stop
	rm -f /run/lab/hosts/*
	lab_dns_start
	lab_clear a b
	rm -rf /etc/oci-v6/config.json /var/lib/oci-v6
	run ! grep -q "$BLOG" <(nft list table ip6 oci-v6 2>/dev/null)
	run ! grep -q a7db <(ip -6 addr show dev eth0)
}

# configure MEMBERS - of the whole file
configure() {
	echo "{\"resolve\": {\"timeout_ms\": 500, \"follow_min_s\": 1}, $1}" >/etc/oci-v6/config.json
}

# where NAME - the addresses of its service
where() {
	v6ctl list --tsv | awk -v name="$1" '$1 == name { print $2 }' | sort -u | xargs
}

at() {
	[ "$(where "$1")" = "$2" ]
}

@test "an unknown name answers at the address that v6ctl resolve showed before" {
	golden v6ctl resolve blog <<-OUT
		blog: has no IPv6 address in DNS; from the pool of the configuration
		  $BLOG on eth0 (address), free
	OUT
	[ "$status" = 0 ]
	schema v6ctl resolve --json blog
	[ "$(json 'o["source"]' v6ctl resolve --json blog)" = pool ]
	box_bind a v6.host=blog
	at blog "$BLOG"
	answers "a $LAB_CLIENT" tcp "$BLOG" 80
	run v6ctl check blog
	grep -q "✓ name .*blog has no address in DNS; the pool has $BLOG for it" <<<"$output"
	grep -q "✓ pool .*2001:db8::/64, on eth0" < <(v6ctl check)
	box_unbind a
	[ -z "$(ip -6 addr show to "$BLOG")" ]
}

@test "a name with an IPv4 address alone, and one in capitals" {
	echo "192.0.2.9 BLOG" >>/run/lab/hosts/lab
	lab_until getent ahostsv4 BLOG
	box_bind a v6.host=BLOG
	at blog "$BLOG"
}

@test "what DNS or /etc/hosts has comes first, and an address of IPv4 is no name" {
	box_bind a v6.host=web3
	at web3 2001:db8::203
	run v6ctl resolve 192.0.2.1
	[ "$status" = 1 ]
	[[ "$output" == *"is an IPv4 address"* ]]
}

@test "DNS that does not answer gives nothing of the pool, but what was given before" {
	box_bind a v6.host=blog
	box_unbind a
	echo "nameserver 2001:db8::54" >/etc/resolv.conf
	run box_bind a v6.host=blog
	[ "$status" = 0 ]
	at blog "$BLOG"
	[[ "$output" == *"using the answer of"* ]]
	run v6ctl resolve other
	[ "$status" = 1 ]
	[[ "$output" == *"DNS"* && "$output" != *" pool"* ]]
}

@test "the name comes into DNS: its service goes there; it is taken out again: it stays" {
	box_v6d_start
	box_bind a v6.host=blog
	at blog "$BLOG"
	lab_dns_add blog 2001:db8::333
	lab_until at blog 2001:db8::333
	answers "a $LAB_CLIENT" tcp 2001:db8::333 80
	: >/run/lab/v6d.log
	# a file that goes has dnsmasq forget nothing
	lab_dns_stop
	rm -f /run/lab/hosts/*
	lab_dns_start
	lab_until grep -q "DNS has no IPv6 address for it any more; it stays where it is" /run/lab/v6d.log
	at blog 2001:db8::333
}

@test "a pool that is no prefix of this host: the start says so, and check" {
	configure '"pool": "2001:db8:77::/64"'
	run box_bind a v6.host=blog
	[ "$status" != 0 ]
	[[ "$output" == *'is out of the "pool" in /etc/oci-v6/config.json, which is no prefix of any interface of this host'* ]]
	run v6ctl check
	[ "$status" = 1 ]
	grep -q '✗ pool .*no prefix of any interface' <<<"$output"
	configure '"pool": "2001:db8:77::/64", "routed": ["2001:db8:77::/64"]'
	box_bind a v6.host=blog
	at blog 2001:db8:77:0:a7db:c468:5f28:2f1e
	v6ctl check
}

@test "rules hold for names of the pool" {
	configure '"pool": "2001:db8::/64", "allow": [{"names": ["web*"]}]'
	run box_bind a v6.host=blog
	[ "$status" != 0 ]
	[[ "$output" == *blog*"no rule"* || "$output" == *"not allowed"* || "$output" == *allow* ]]
}

@test "two names with one address: a warning, also on different ports" {
	# of 2^32 addresses these two have the same
	configure '"pool": "2001:db8::/96"'
	box_up b fd42::b/64
	box_bind a v6.host=n77830
	at n77830 2001:db8::494a:34b1
	run box_bind b v6.host=n157314 v6.ports=81
	[ "$status" != 0 ]
	[[ "$output" == *"2001:db8::494a:34b1 is what the pool has for n157314 and for n77830 of container "*"add an AAAA record for one of them"* ]]
	# the same name on another port is nobody else
	box_bind b v6.host=N77830 v6.ports=81
}
