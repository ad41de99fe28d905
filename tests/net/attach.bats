#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# attach.bats - Service addresses as local routes: on a link by a proxy neighbour, and routed prefixes
#
#	tests/lab/run bats tests/net/attach.bats
#
# The router of the lab (netns lan) knows 2001:db8:5::/48 to be behind this host where a test says so.

load lab

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
}

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 443
	sysctl -qw net.ipv6.conf.eth0.forwarding=0 net.ipv6.conf.eth0.proxy_ndp=0 \
		net.ipv6.neigh.eth0.proxy_delay=80
}

teardown() {
	lab_stop sshd
	lab_stop radvd
	lab_clear_bridge a b
	ip link del br1 2>/dev/null
	ip -6 route flush table local proto static
	ip -n lan -6 route flush proto static
}

by_route() {
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
}

# routed [PREFIX] - the lab's router sends it here; with an argument, we know
routed() {
	ip -n lan -6 route add 2001:db8:5::/48 via "$LAB_HOST" proto static
	[ $# = 0 ] || echo "{\"routed\": [\"$1\"]}" >/etc/oci-v6/config.json
}

@test "route on a link: it answers whoever knows nothing of it, and no link has the address" {
	by_route
	box_bind a v6.host=web3
	lab_client ip neigh flush dev eth0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ -z "$(ip -6 -o addr show to 2001:db8::203)" ]
	[ "$(ip -6 route show table local proto 83)" = "local 2001:db8::203 dev lo metric 1024 pref medium" ]
	[[ "$(ip -6 neigh show proxy)" == "2001:db8::203 dev eth0 proxy"* ]]
}

@test "route on a link: the host itself is answered, and comes from its own address" {
	by_route
	box_bind a v6.host=web3
	run "$peer" ask tcp 2001:db8::203 80
	[ "$output" = "a $LAB_HOST" ]
}

@test "route on a link: the host's listeners are refused there, ping answers" {
	by_route
	lab_start sshd "$peer" serve tcp 22 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q .'
	box_bind a v6.host=web3
	run ask tcp 2001:db8::203 22
	[[ "$output" == *refused* ]]
	lab_client ping -q -c 1 -W 2 2001:db8::203
}

@test "route on a link: what was set on the host is noted" {
	by_route
	box_bind a v6.host=web3
	grep "^net.ipv6.conf.eth0.forwarding 0 -> 1," /run/oci-v6/sysctls
	grep "^net.ipv6.conf.eth0.proxy_ndp 0 -> 1," /run/oci-v6/sysctls
	grep "^net.ipv6.neigh.eth0.proxy_delay 80 -> 0," /run/oci-v6/sysctls
}

@test "route on a link: the default route learnt from a router stays, and is learnt again" {
	by_route
	ip -6 route del default
	sysctl -qw net.ipv6.conf.eth0.accept_ra=1 net.ipv6.conf.eth0.autoconf=0
	printf 'interface br0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; MinDelayBetweenRAs 3; };' \
		>/run/lab/radvd.conf
	lab_start radvd nsenter --net=/run/netns/lan radvd -n -C /run/lab/radvd.conf -m stderr \
		-p /run/lab/radvd-own.pid
	lab_until eval 'ip -6 route show default proto ra | grep -q via'
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip -6 route show default proto ra | grep via
	ip -6 route del default proto ra dev eth0
	lab_until eval 'ip -6 route show default proto ra | grep -q via'
	sysctl -qw net.ipv6.conf.eth0.accept_ra=0
	ip -6 route del default proto ra dev eth0
	ip route add default via "$LAB_ROUTER" dev eth0
}

@test "route on a link: stop removes everything, and a start with other ports shares it" {
	by_route
	box_bind a v6.host=2001:db8::7
	box_unbind a
	before=$(box_snapshot)
	box_bind a v6.host=web3
	box_bind b v6.host=web3 v6.ports=443
	box_unbind a
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
	box_unbind b
	box_same "$before"
}

@test "route on a link: neighbours that knew the address elsewhere learn of it at once" {
	by_route
	ip -n dns addr add 2001:db8::203/128 dev eth0 nodad
	lab_client ping -q -c 1 -W 2 2001:db8::203
	ip -n dns addr del 2001:db8::203/128 dev eth0
	box_bind a v6.host=web3
	lab_until eval '[[ "$(lab_client ip neigh show 2001:db8::203)" == *"$(cat /sys/class/net/eth0/address)"* ]]'
}

@test "an address that is there is shared as it is, however others would be brought now" {
	box_bind a v6.host=web3
	by_route
	box_bind b v6.host=web3 v6.ports=443
	[ -z "$(ip -6 neigh show proxy)" ]
	box_unbind a
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
	box_unbind b
	box_bind a v6.host=web3
	rm /etc/oci-v6/config.json
	box_bind b v6.host=web3 v6.ports=443
	[ -z "$(ip -6 -o addr show to 2001:db8::203)" ]
	box_unbind a
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
}

@test "route on a link: what was lost is repaired, and what no record wants is removed" {
	by_route
	box_bind a v6.host=web3
	before=$(box_snapshot)
	ip -6 route del local 2001:db8::203 dev lo
	[[ "$(v6ctl reconcile)" == *"1 live, 1 repaired;"* ]]
	box_same "$before"
	ip -6 neigh del proxy 2001:db8::203 dev eth0
	[[ "$(v6ctl reconcile)" == *"1 live, 1 repaired;"* ]]
	box_same "$before"
	[[ "$(v6ctl reconcile)" == "1 live, 0 repaired;"* ]]
	rm /run/oci-v6/records/*
	v6ctl reconcile
	[ -z "$(ip -6 route show table local proto 83)$(ip -6 neigh show proxy)" ]
}

@test "route on a link: proxy neighbours and routes of others are left alone" {
	by_route
	ip -6 neigh add proxy 2001:db8::99 dev eth0
	ip -6 route add local 2001:db8::99 dev lo proto static
	box_bind a v6.host=web3
	rm /run/oci-v6/records/*
	v6ctl reconcile
	[[ "$(ip -6 neigh show proxy)" == "2001:db8::99 dev eth0 proxy"* ]]
	[ -n "$(ip -6 route show table local 2001:db8::99)" ]
	ip -6 neigh del proxy 2001:db8::99 dev eth0
}

@test "route on a link: the state directory is gone, and the next start does not mind" {
	by_route
	box_bind a v6.host=web3
	rm -rf /run/oci-v6
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	[ -z "$(ip -6 route show table local proto 83)$(ip -6 neigh show proxy)" ]
}

@test "route on a link: after the link was down and up, reconcile repairs it" {
	by_route
	box_bind a v6.host=web3
	ip link set eth0 down
	ip link set eth0 up
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip route replace default via "$LAB_ROUTER" dev eth0
	v6ctl reconcile
	lab_client ip neigh flush dev eth0
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a routed prefix: no interface has it, and nothing is announced to neighbours" {
	routed 2001:db8:5::/64
	box_bind a v6.host=2001:db8:5::7
	answers "a $LAB_CLIENT" tcp 2001:db8:5::7 80
	[ "$(ip -6 route show table local proto 83)" = "local 2001:db8:5::7 dev lo metric 1024 pref medium" ]
	[ -z "$(ip -6 neigh show proxy)$(ip -6 -o addr show to 2001:db8:5::7)" ]
	run ask tcp 2001:db8:5::7 443
	[[ "$output" == *refused* ]]
	box_unbind a
	[ -z "$(ip -6 route show table local proto 83)" ]
}

@test "a routed prefix that is not configured: the error says what to do" {
	routed
	run box_bind a v6.host=2001:db8:5::7
	[ "$status" = 1 ]
	[[ "$output" == *'list it under "routed" in /etc/oci-v6/config.json'* ]]
}

@test "a routed prefix: a container's own is still refused" {
	routed fd42::/16
	run box_bind a v6.host=fd42::77
	[ "$status" = 1 ]
	[[ "$output" == *"behind the container bridge cni0"* ]]
	run box_bind a v6.host=fd42::b
	[ "$status" = 1 ]
}

@test "a routed prefix: a container's own is refused also where v6.interface names another link" {
	routed 2001:db8:5::/48
	box_bridge_named br1 2001:db8:5:1::1/64
	run box_bind a v6.host=2001:db8:5:1::2 v6.interface=eth0
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8:5:1::2 is in the prefix behind the container bridge br1"* ]]
	ip -6 route add 2001:db8:5:2::2/128 dev cni0 proto static
	run box_bind a v6.host=2001:db8:5:2::2 v6.interface=eth0
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8:5:2::2 is already routed by this host"* ]]
	ip -6 route del 2001:db8:5:2::2/128 dev cni0
	ip link del br1
}

@test "nor does v6.interface give a container's own of a bridge inside the link's prefix" {
	box_bridge_named br1 2001:db8::8000:1/113
	run box_bind a v6.host=2001:db8::8000:2 v6.interface=eth0
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::8000:2 is in the prefix behind the container bridge br1"* ]]
	ip link del br1
}

@test "a routed prefix: on a host without a default route, v6.interface says where clients come by" {
	routed 2001:db8:5::/64
	ip -6 route del default
	run box_bind a v6.host=2001:db8:5::7
	ip -6 route add default via "$LAB_ROUTER" dev eth0
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"has no default route by an interface to the outside; set v6.interface to the one that clients come by"* ]]
	box_bind a v6.host=2001:db8:5::7 v6.interface=eth0
	answers "a $LAB_CLIENT" tcp 2001:db8:5::7 80
}

@test "a local route for a whole prefix: there is nothing to do but the claim" {
	routed
	ip -6 route add local 2001:db8:5::/64 dev lo proto static
	lab_start sshd "$peer" serve tcp 22 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q .'
	box_bind a v6.host=2001:db8:5::7
	answers "a $LAB_CLIENT" tcp 2001:db8:5::7 80
	[ -z "$(ip -6 route show table local proto 83)" ]
	# the prefix is for services: what is not claimed of a service's address is refused
	run ask tcp 2001:db8:5::7 22
	[[ "$output" == *refused* ]]
	answers "host $LAB_CLIENT" tcp 2001:db8:5::8 22
	box_unbind a
	answers "host $LAB_CLIENT" tcp 2001:db8:5::7 22
	[ -n "$(ip -6 route show table local 2001:db8:5::/64)" ]
}
