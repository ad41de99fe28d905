#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# renew.bats - Names that come to stand for something else while their services run
#
#	tests/lab/run bats tests/net/renew.bats

load ../ctl/ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
}

setup() {
	: >/run/lab/v6d.log
	rm -f /run/lab/hosts/*
	lab_dns_zone >/run/lab/hosts/lab
	lab_until lab_dns_knows web3 2001:db8::203
	configure '"follow_min_s": 1'
	box_up a fd42::a/64
	box_serve a tcp 80
	box_v6d_start
}

teardown() {
	cat /run/lab/v6d.log
	lab_stop v6d
	lab_stop connected
	lab_stop echo
	lab_dns_start_again
	box_unbind a
	box_unbind b
	box_down a b
	[ -z "$(left)" ]
}

left() {
	nft list table ip6 oci-v6 2>/dev/null | grep '2001:db8'
	ip -6 addr show | grep "2001:db8::[23]"
	find /run/oci-v6/records /run/oci-v6/holders-* -type f 2>/dev/null
	return 0
}

# configure MEMBERS - of "resolve"
configure() {
	echo "{\"resolve\": {\"timeout_ms\": 500, $1}}" >/etc/oci-v6/config.json
}

lab_dns_start_again() {
	[ -e /run/lab/dns.pid ] || lab_dns_start
}

# moves NAME ADDRESS - DNS says so from now on
moves() {
	sed -i "/ $1\$/d" /run/lab/hosts/lab
	echo "$2 $1" >"/run/lab/hosts/moved-$1-$2"
	lab_until dns_says "$1" "$2"
}

dns_says() {
	[ "$(getent ahostsv6 "$1" | awk '$2 == "STREAM" { print $1 }' | xargs)" = "$2" ]
}

# leads NAME - the addresses that its service is at, and the state
leads() {
	v6ctl list --tsv | awk -v name="$1" '$1 == name { print $2, $11 }' | sort -u | xargs
}

at() {
	[ "$(leads "$1")" = "$2 active" ]
}

# A server in box a that gives back what it gets, and a client that sends a line, and then one more
# when it is told to
echo_start() {
	lab_start echo nsenter --net=/run/netns/a /usr/bin/python3 -c '
import socket
s = socket.create_server(("::", 7), family=socket.AF_INET6)
while True:
    c, _ = s.accept()
    while d := c.recv(99):
        c.sendall(d)'
	lab_until box_listens a tcp 7
}

connect() {
	rm -f /run/lab/go
	: >/run/lab/connected.log
	lab_start connected nsenter --net=/run/netns/client /usr/bin/python3 -uc '
import os, socket, sys, time
c = socket.create_connection((sys.argv[1], 7), timeout=int(os.environ["LAB_PATIENCE"]))
c.sendall(b"first")
print(c.recv(99))
while not os.path.exists("/run/lab/go"):
    time.sleep(0.02)
c.sendall(b"second")
print(c.recv(99))' "$1"
	lab_until grep -q first /run/lab/connected.log
}

@test "another address: new connections go there only, and those that are there go on" {
	configure '"follow_min_s": 1, "linger_s": 86400'
	lab_stop v6d
	box_v6d_start
	box_up b fd42::b/64
	box_bind a v6.host=web3 v6.ports=80,7
	echo_start
	connect 2001:db8::203
	moves web3 2001:db8::333
	lab_until at web3 2001:db8::333
	touch /run/lab/go
	lab_until grep -q second /run/lab/connected.log
	answers "a $LAB_CLIENT" tcp 2001:db8::333 80
	# the old one is still there, and refuses
	[ -n "$(ip -6 addr show to 2001:db8::203)" ]
	run ask tcp 2001:db8::203 80
	[[ "$output" == *refused* ]]
	v6ctl check web3
	schema v6ctl show --json web3
	[ "$(json 'o["containers"][0]["leaving"][0]["address"]' v6ctl show --json web3)" = 2001:db8::203 ]
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	# another one may have it
	box_bind b v6.host=2001:db8::203
	connect 2001:db8::333
	box_unbind a
	[ -n "$(ip -6 addr show to 2001:db8::203)" ]
	[ -z "$(ip -6 addr show to 2001:db8::333)" ]
}

@test "the old address goes when its time is over" {
	configure '"follow_min_s": 1, "linger_s": 1'
	box_bind a v6.host=web3
	moves web3 2001:db8::333
	lab_until at web3 2001:db8::333
	lab_until eval '[ -z "$(ip -6 addr show to 2001:db8::203)" ]'
	[ "$(nft list table ip6 oci-v6 | grep -c 2001:db8::203)" = 0 ]
	answers "a $LAB_CLIENT" tcp 2001:db8::333 80
	# and v6d goes on
	rm /run/lab/hosts/moved-*
	moves web3 2001:db8::334
	lab_until at web3 2001:db8::334
}

@test "back again before that" {
	box_bind a v6.host=web3
	moves web3 2001:db8::333
	lab_until at web3 2001:db8::333
	rm /run/lab/hosts/moved-*
	moves web3 2001:db8::203
	lab_until at web3 2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "one address more, and one less" {
	box_bind a v6.host=web3
	lab_dns_add web3 2001:db8::333
	lab_until eval '[ "$(leads web3)" = "2001:db8::203 active 2001:db8::333 active" ]'
	sed -i '/ web3$/d' /run/lab/hosts/lab
	lab_until at web3 2001:db8::333
	answers "a $LAB_CLIENT" tcp 2001:db8::333 80
}

@test "the ruleset flushed while an old address is there: it is guarded still" {
	box_bind a v6.host=web3
	moves web3 2001:db8::333
	lab_until at web3 2001:db8::333
	nft flush ruleset
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::333 80
	nft get element ip6 oci-v6 addresses '{ 2001:db8::203 }'
	[ -n "$(ip -6 addr show to 2001:db8::203)" ]
}

@test "DNS is down, or denies the name: nothing changes, and v6d logs it once" {
	box_bind a v6.host=web3
	lab_stop dns
	lab_until grep -q "web3: DNS does not answer; it stays where it is" /run/lab/v6d.log
	at web3 2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_dns_start
	moves web3 2001:db8::333
	lab_until at web3 2001:db8::333
	rm /run/lab/hosts/moved-*
	lab_until grep -q "web3: no such name" /run/lab/v6d.log
	answers "a $LAB_CLIENT" tcp 2001:db8::333 80
	[ "$(grep -c "web3: DNS does not answer" /run/lab/v6d.log)" = 1 ]
}

@test "an address that it may not have: it stays, and v6d logs that once" {
	box_up b fd42::b/64
	box_serve b tcp 80
	box_bind a v6.host=web3
	box_bind b v6.host=web4
	moves web3 2001:db8::204
	lab_until grep -q "web3: it moved in DNS, and its service can't: .*held by container $(box_id b | cut -c1-12)" /run/lab/v6d.log
	at web3 2001:db8::203
	answers "b $LAB_CLIENT" tcp 2001:db8::204 80
	rm /run/lab/hosts/moved-*
	moves web3 2001:db9::1
	lab_until eval '[ "$(leads web3)" = "2001:db8::203 active" ]'
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	# it is free now
	box_unbind b
	rm /run/lab/hosts/moved-*
	moves web3 2001:db8::204
	lab_until at web3 2001:db8::204
	[ "$(grep -c "it moved in DNS" /run/lab/v6d.log)" = 1 ]
}

@test "v6.follow=off, and the configuration's: services stay" {
	box_up b fd42::b/64
	box_bind a v6.host=web3 v6.follow=off
	box_bind b v6.host=web4
	moves web3 2001:db8::333
	moves web4 2001:db8::334
	lab_until at web4 2001:db8::334
	at web3 2001:db8::203
	configure '"follow": false, "follow_min_s": 1'
	lab_stop v6d
	box_v6d_start
	rm /run/lab/hosts/moved-web4-*
	moves web4 2001:db8::335
	sleep 2.5
	at web4 2001:db8::334
	run box_bind a v6.host=web3 v6.follow=no
	[ "$status" = 1 ]
	[[ "$output" == *'v6.follow: "no": expected on or off'* ]]
}

@test "not before its time: an answer holds for as long as DNS said" {
	lab_stop dns
	: >/run/lab/dns.log
	lab_start dns nsenter --net=/run/netns/dns dnsmasq --conf-file=/dev/null \
		--keep-in-foreground --user=root --pid-file= --log-facility=- --log-queries \
		--bind-interfaces --listen-address="$LAB_DNS" --no-resolv --no-hosts --local-ttl=3600 \
		--hostsdir=/run/lab/hosts --local=/#/ --domain=example.test --expand-hosts
	lab_until getent ahostsv6 web2
	box_bind a v6.host=web3
	# asked by the hook, and once by v6d
	lab_until eval '[ "$(grep -c "query\[AAAA\] web3.* from 2001:db8::1$" /run/lab/dns.log)" -ge 2 ]'
	moves web3 2001:db8::333
	sleep 2.5
	at web3 2001:db8::203
	lab_stop dns
}

@test "a service on an interface asked for by a long alternative name moves there, too" {
	ip link property add dev eth0 altname enx0200000000010000
	box_bind a v6.host=web3 v6.interface=enx0200000000010000
	moves web3 2001:db8::333
	lab_until at web3 2001:db8::333
	answers "a $LAB_CLIENT" tcp 2001:db8::333 80
	ip link property del dev eth0 altname enx0200000000010000
}

@test "of a name with more addresses than are looked at, the one that this host can have is followed" {
	printf '%s many\n' 2001:db8:f0::{1..9} 2001:db8:f0::{11..21} 2001:db8::207 >/run/lab/hosts/many
	lab_until dns_counts many 21
	box_bind a v6.host=many
	[ "$(leads many)" = "2001:db8::207 active" ]
	sed -i 's/2001:db8::207/2001:db8::208/' /run/lab/hosts/many
	lab_until at many 2001:db8::208
	answers "a $LAB_CLIENT" tcp 2001:db8::208 80
}

# dns_counts NAME N - whether it has so many addresses
dns_counts() {
	[ "$(getent ahostsv6 "$1" | grep -c STREAM)" = "$2" ]
}
