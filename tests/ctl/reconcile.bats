#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reconcile.bats - v6ctl reconcile says what it does, and --dry-run the same without doing it
#
#	tests/lab/run bats tests/ctl/reconcile.bats

load ctl

setup() {
	box_bridge fd42::ffff/64
	# else it changes with the boxes, and the kernel forgets its neighbours
	ip link set cni0 address 02:00:00:00:00:30
	box_up a fd42::a/64
	box_bind a v6.host=web3
}

teardown() {
	lab_clear_bridge a b
	rm -rf /etc/oci-v6
	for address in 2001:db8::202 2001:db8::203 2001:db8::99; do
		ip addr del "$address/128" dev eth0 2>/dev/null || true
	done
}

# All that a dry run must not change; the kernel's own routes come and go in the background
everything() {
	local box

	ip -6 -o addr show | sed 's/ tentative//'
	ip -6 route show table all | grep -v 'proto kernel\|^multicast' || :
	ip -6 neigh show proxy
	ip -6 neigh show nud permanent
	nft -s list table ip6 oci-v6 2>/dev/null || :
	sysctl -a 2>/dev/null | grep -E 'ipv6.*\.(forwarding|force_forwarding|accept_ra|proxy_ndp) '
	find /run/oci-v6 -type d
	find /run/oci-v6 -type f ! -name lock -exec sha256sum {} + | sort
	for box in a b; do
		[ -e "/run/netns/$box" ] || continue
		nsenter --net="/run/netns/$box" sysctl net.ipv6.conf.eth0.disable_ipv6
		ip -n "$box" -6 -o addr show scope global
		ip -n "$box" -6 route | grep -v 'proto kernel' || :
	done
}

# steps - the dry run says these lines and changes nothing, the real one says the same and does it,
# and then there is nothing more to do
steps() {
	local before expected

	expected=$(cat)
	before=$(everything)
	v6ctl reconcile -n >/run/lab/dry 2>/run/lab/dry.err
	diff <(echo "$before") <(everything)
	diff <(masked </run/lab/dry | sed '$d') <(sed '/./s/^/would /' <<<"$expected")
	v6ctl reconcile >/run/lab/real 2>/run/lab/real.err
	diff <(sed 's/^would //; $d' /run/lab/dry) <(sed '$d' /run/lab/real)
	# the two sums are about the same things
	diff <(tail -n 1 /run/lab/dry | tr -dc '0-9\n ') <(tail -n 1 /run/lab/real | tr -dc '0-9\n ') -b
	[ "$(v6ctl reconcile --dry-run)" = "$(v6ctl reconcile --dry-run | tail -n 1)" ]
}

@test "all is well: nothing but the sum" {
	[ "$(v6ctl reconcile --dry-run)" = "1 live, 0 to be repaired; 0 dead to be collected, 0 orphans to be removed" ]
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
}

@test "an address is missing" {
	ip addr del 2001:db8::203/128 dev eth0
	steps <<-STEPS
		bring 2001:db8::203 (web3) to interface eth0
	STEPS
	[ "$(tail -n 1 /run/lab/real)" = "1 live, 1 repaired; 0 dead collected, 0 orphans removed" ]
}

@test "elements are missing" {
	nft flush map ip6 oci-v6 services
	steps <<-STEPS
		<box-a-id>: make its elements in nf_tables (web3) again
	STEPS
}

@test "the table is missing, and is made with all elements" {
	nft delete table ip6 oci-v6
	steps <<-STEPS
		make table ip6 oci-v6 again, with all elements
	STEPS
	box_serve a tcp 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "forwarding was turned off" {
	sysctl -qw net.ipv6.conf.all.forwarding=0
	for link in eth0 cni0; do
		sysctl -qw "net.ipv6.conf.$link.force_forwarding=0" 2>/dev/null || skip "this kernel is before 6.17"
	done
	box_up b fd42::b/64
	box_bind b v6.host=web2
	for link in eth0 cni0; do
		sysctl -qw "net.ipv6.conf.$link.force_forwarding=0"
	done
	# two containers lack it, and it is told once
	steps <<-STEPS
		set net.ipv6.conf.eth0.force_forwarding from 0 to 1
		set net.ipv6.conf.cni0.force_forwarding from 0 to 1
	STEPS
}

@test "a provided address is gone: in the container, and on the host" {
	box_unbind a
	box_up b
	box_bind b v6.host=web2
	given=$(json 'o["claims"][0]["target_address"]' v6ctl --json)
	ip -n b addr del "$given/128" dev eth0
	steps <<-STEPS
		<box-b-id>: give it $given, by cni0, again
	STEPS
	ip -n b -6 route del default
	steps <<-STEPS
		<box-b-id>: give it $given, by cni0, again
	STEPS
	ip addr del "$(ip -6 -o addr show dev cni0 | grep -o 'fe80::7636[^ ]*')" dev cni0
	steps <<-STEPS
		<box-b-id>: give it $given, by cni0, again
	STEPS
	ip -6 route del "$given/128" dev cni0
	steps <<-STEPS
		<box-b-id>: give it $given, by cni0, again
	STEPS
	nsenter --net=/run/netns/b sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	lab_until eval '[ -z "$(ip -n b -6 route show default)" ]'
	steps <<-STEPS
		<box-b-id>: give it $given, by cni0, again
	STEPS
}

@test "a route and a proxy neighbour are missing" {
	box_unbind a
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind a v6.host=web3
	ip -6 neigh del proxy 2001:db8::203 dev eth0
	steps <<-STEPS
		bring 2001:db8::203 (web3) to interface eth0
	STEPS
	ip -6 route del local 2001:db8::203/128 dev lo
	sysctl -qw net.ipv6.conf.eth0.proxy_ndp=0
	steps <<-STEPS
		set net.ipv6.conf.eth0.proxy_ndp from 0 to 1
		bring 2001:db8::203 (web3) to interface eth0
	STEPS
}

@test "the dead are collected, by name" {
	box_kill a
	steps <<-STEPS
		<box-a-id>: collect what it left (web3)
	STEPS
	[ "$(tail -n 1 /run/lab/dry)" = "0 live, 0 to be repaired; 1 dead to be collected, 0 orphans to be removed" ]
	[ "$(v6ctl)" = "nothing is published" ]
}

@test "a damaged record goes, and what it stood for" {
	echo '{' >"/run/oci-v6/records/$(box_id a).json"
	steps <<-STEPS
		remove a record: /run/oci-v6/records/<box-a-id>.json: line 2, column 1: the text ends too early
		remove neighbour fd42::a: no record wants it
		remove address 2001:db8::203: no record wants it
		remove 2001:db8::203 port 80/tcp from services: no record wants it
		remove 2001:db8::203 port 80/tcp from traffic: no record wants it
		remove 2001:db8::203 from addresses: no record wants it
		remove fd42::/64 from hairpin: no record wants it
	STEPS
	[ -z "$(cat /run/lab/dry.err)" ]
	grep -q '^v6ctl: /run/oci-v6/records/.*; removed$' /run/lab/real.err
}

@test "orphans: what is ours without a record" {
	nft add element ip6 oci-v6 services '{ tcp . 2001:db8::99 . 80 comment "x y" : fd42::5 . 80 }'
	nft add element ip6 oci-v6 addresses '{ 2001:db8::99 }'
	ip -6 route add fd42:9::9/128 dev cni0 proto 83
	ip -6 route add local 2001:db8::98/128 dev lo proto 83
	steps <<-STEPS
		remove the route to fd42:9::9: no record wants it
		remove the route to 2001:db8::98: no record wants it
		remove 2001:db8::99 port 80/tcp from services: no record wants it
		remove 2001:db8::99 from addresses: no record wants it
	STEPS
	[ "$(tail -n 1 /run/lab/dry)" = "1 live, 0 to be repaired; 0 dead to be collected, 4 orphans to be removed" ]
}

@test "a link that was made again" {
	ip link add extra type veth peer name other
	ip link set extra up
	ip link set other up
	ip addr add 2001:db8:5::1/64 dev extra nodad
	box_unbind a
	box_bind a v6.host=2001:db8:5::9
	ip link del extra
	ip link add extra type veth peer name other
	ip link set extra up
	ip link set other up
	ip addr add 2001:db8:5::1/64 dev extra nodad
	lab_until box_settled extra
	lab_until box_settled other
	forced=
	[ ! -e /proc/sys/net/ipv6/conf/extra/force_forwarding ] ||
		forced="set net.ipv6.conf.extra.force_forwarding from 0 to 1"
	# the other end is no news
	sysctl -qw net.ipv6.conf.other.force_forwarding=1 2>/dev/null || true
	sed '/^$/d' <<-STEPS | steps
		follow interface extra of 2001:db8:5::9, which was made again
		$forced
		bring 2001:db8:5::9 (2001:db8:5::9) to interface extra
	STEPS
	box_unbind a
	ip link del extra
}

@test "what can't be done is no step; nor is it in a dry run" {
	ip addr flush dev eth0
	sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	run --separate-stderr v6ctl reconcile
	sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
	ip link set eth0 up
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip addr add 192.0.2.1/24 dev eth0
	ip route add default via "$LAB_ROUTER" dev eth0
	[[ "$stderr" == *": not repaired: "*"IPv6 is off on interface eth0"* ]]
	[[ "$output" != *"bring "* ]]
}

@test "quiet, only errors are left, and the status tells" {
	run -0 v6ctl reconcile -q
	[ -z "$output" ]
	run -0 v6ctl resolve --quiet web3
	[ -z "$output" ]
	run --separate-stderr -1 v6ctl resolve -q no-such-name
	[ -z "$output" ]
	[[ "$stderr" == "v6ctl: no-such-name: no such name"* ]]
	run -0 v6ctl clear --settings --quiet
	[ -z "$output" ]
	[ "$(v6ctl)" = "nothing is published" ]
}
