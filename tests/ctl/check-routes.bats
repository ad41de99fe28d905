#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-routes.bats - v6ctl check asks for the way of each packet as it is: its source, and where it came in
#
#	tests/lab/run bats tests/ctl/check-routes.bats

load check

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
}

setup() {
	serves
	well web3
}

teardown() {
	ip addr del 2001:db8::202/128 dev eth0 2>/dev/null || :
	ip -6 route del fd42::a/128 2>/dev/null || :
	ip -6 rule flush
	ip -6 rule add pref 32766 lookup main
	ip -6 route flush table 100
	ip -6 route flush default
	ip link del up1 2>/dev/null || :
	nft delete table ip6 marks 2>/dev/null || :
	ip -n a -6 rule flush
	ip -n a -6 rule add pref 32766 lookup main
	ip -n a -6 route flush table 100
	ip -n a link del tun0 2>/dev/null || :
	lab_stop mine
	v6ctl reconcile
}

# rule_for_uplink - what NAS systems, cloud images and guides for several uplinks make
rule_for_uplink() {
	ip -6 route add 2001:db8::/64 dev eth0 table 100
	ip -6 route add default via 2001:db8::ffff dev eth0 table 100
	ip -6 rule add from 2001:db8::/64 lookup 100 pref 1000
}

# two_uplinks - each with its router; that of the second one is preferred
two_uplinks() {
	ip link add up1 type veth peer name up1-end
	ip link set up1-end up
	ip link set up1 up
	ip addr add 2001:db8:7::1/64 dev up1 nodad
	ip -6 route add default via 2001:db8:7::ffff dev up1 metric 10
	# clients come by it, too
	v6ctl reconcile
	ip -6 route add default via 2001:db8::ffff dev eth0 metric 20
}

# lost_inside - answers do not come back: check doubts the way, and has tried a connection
lost_inside() {
	check web3
	[ "$status" = 1 ]
	grep -F "? inside     the container's answers go by its tun0, not by eth0, and may not come back to this host" <<<"$output"
	grep -F '✗ connection' <<<"$output"
}

@test "a rule for the uplink's prefix diverts clients' packets from the container" {
	rule_for_uplink
	fails
	faulty route 'packets of clients such as 2001:db8::202 to fd42::a go to eth0 instead of cni0, by a rule for their source, port or mark (ip -6 rule)'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "a rule by which their packets go nowhere" {
	ip -6 rule add from 2001:db8::/64 pref 1000 prohibit
	fails
	faulty route 'go to nowhere instead of cni0'
	ip -6 rule del pref 1000
	serves
	well web3
}

@test "a rule for where packets come in" {
	ip -6 route add default via 2001:db8::ffff dev eth0 table 100
	ip -6 rule add iif eth0 lookup 100 pref 1000
	fails
	faulty route 'go to eth0 instead of cni0'
	mend 'v6ctl reconcile'
	serves
}

@test "a rule for the container's answers" {
	ip -6 route add unreachable default table 100
	ip -6 rule add from fd42::/64 lookup 100 pref 1000
	fails
	faulty route "clients on eth0, such as 2001:db8::202, can't be answered: there is no route to them"
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "a mark that another program gives the container's answers, and a rule for that" {
	ip -6 route add unreachable default table 100
	ip -6 rule add fwmark 5 lookup 100
	nft 'add table ip6 marks; add chain ip6 marks pre { type filter hook prerouting priority mangle + 1; }'
	v6ctl reconcile
	well web3
	nft add rule ip6 marks pre iifname cni0 meta mark set 5
	fails
	faulty route "can't be answered: there is no route to them"
	nft 'flush chain ip6 marks pre; add rule ip6 marks pre iifname cni0 meta mark set numgen inc mod 6'
	check web3
	grep -F "– route      packets of 2001:db8::203 get a mark that is not known here" <<<"$output"
}

@test "a rule for a port, of clients' packets or of answers" {
	ip -6 route add unreachable default table 100
	for of in "dport 80 iif eth0" "ipproto tcp iif eth0"; do
		eval "ip -6 rule add $of lookup 100 pref 1000"
		fails
		faulty route 'packets of clients such as 2001:db8::202 to fd42::a go to nowhere instead of cni0, by a rule for their source, port or mark'
		ip -6 rule del pref 1000
	done
	ip -6 rule add ipproto tcp sport 80 lookup 100 pref 1000
	fails
	faulty route "clients on eth0, such as 2001:db8::202, can't be answered: there is no route to them"
	ip -6 rule del pref 1000
	ip -6 rule add ipproto udp lookup 100 pref 1000
	ip -6 rule add ipproto tcp dport 81 lookup 100 pref 1000
	serves
	check web3
	run ! grep -F '? route' <<<"$output"
	run ! grep -F '✗ route' <<<"$output"
}

@test "a rule for answers, while the next address is another service on this host" {
	ip addr add 2001:db8::202/128 dev eth0 nodad
	ip -6 route add unreachable default table 100
	ip -6 rule add from fd42::/64 lookup 100 pref 1000
	fails
	faulty route "clients on eth0, such as 2001:db8::201, can't be answered: there is no route to them"
}

@test "a route by a router, or a default route, is no way to the container" {
	ip -6 route add fd42::a/128 via fd42::b dev cni0
	fails
	faulty route 'the route to fd42::a goes by a router or a default route, not straight to cni0, where the container is'
	mend 'ip -6 route del fd42::a/128 dev cni0 && v6ctl reconcile'
	well web3
}

@test "two uplinks: answers leave by the other one's router, until a rule says otherwise" {
	two_uplinks
	doubtful route 'answers to clients beyond the router of eth0 leave by up1, whose router may drop what comes from 2001:db8::203'
	ip -6 route add default via 2001:db8::ffff dev eth0 table 100
	ip -6 rule add from fd42::/64 lookup 100 pref 1000
	ip -6 rule add to 2001:db8::/64 lookup main pref 999
	# other containers ask, too
	doubtful route "the host's routing rules have changed"
	mend 'v6ctl reconcile'
	well web3
	serves
}

@test "two uplinks: a service of the host's own network answers by its own rule" {
	lab_start mine "$peer" serve tcp 81 host
	lab_until box_host_listens 81
	v6ctl bind --pid "$(cat /run/lab/mine.pid)" --host web2 --ports 81 --id two
	two_uplinks
	run v6ctl check web2
	[[ "$output" = *"? route      answers to clients beyond the router of eth0 leave by up1"* ]]
	rule_for_uplink
	well web2
	v6ctl unbind two
}

@test "a second uplink that is not preferred is none of our business" {
	two_uplinks
	ip -6 route del default dev up1
	ip -6 route add default via 2001:db8:7::ffff dev up1 metric 30
	well web3
}

@test "a VPN in the container takes its default route" {
	ip -n a tuntap add tun0 mode tun
	ip -n a link set tun0 up
	ip -n a -6 addr add fd99::2/128 dev tun0 nodad
	ip -n a -6 route add default dev tun0 metric 5
	fails
	lost_inside
	ip -n a -6 route del default dev tun0
	serves
}

@test "a default route by rules, as wg-quick has them" {
	ip -n a tuntap add tun0 mode tun
	ip -n a link set tun0 up
	ip -n a -6 addr add fd99::2/128 dev tun0 nodad
	ip -n a -6 route add default dev tun0 table 100
	ip -n a -6 rule add not fwmark 51820 table 100
	ip -n a -6 rule add table main suppress_prefixlength 0
	fails
	lost_inside
}

@test "a rule in the container for what is not its own traffic to clients" {
	ip -n a tuntap add tun0 mode tun
	ip -n a link set tun0 up
	ip -n a -6 route add default dev tun0 table 100
	ip -n a -6 rule add from fd99::2 lookup 100
	serves
	well web3
}
