#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# moved.bats - The host's addresses go to another interface, or from all, while services are on it
#
#	tests/lab/run bats tests/net/moved.bats
#
#	                  2001:db8::/64, the lab's own
#	client ---- lan: br0 ---- eth0 [ the host ] cni0 ---- a (fd42::a)
#	                  `------ eth1, where a test asks for it
#
# eth0 becomes a port of a bridge, of a bond; loses its prefix; is deleted; is switched off.

load ../ctl/ctl

setup_file() {
	box_install
}

setup() {
	lab_up
	mkdir -p /etc/oci-v6
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 81
}

teardown() {
	cat /run/lab/v6d.log 2>/dev/null
	talk_end
	lab_stop v6d
	lab_clear_bridge a b
	for link in br0 bond0 team0 vrf0 eth1 lan0 wan0; do
		ip link del "$link" 2>/dev/null
	done
	rm -f /run/lab/v6d.log /run/lab/talk.log
	lab_down
}

# calm LINK - no duplicate detection on it, and no routes but those that the test sets
calm() {
	sysctl -qw "net.ipv6.conf.$1.accept_dad=0" "net.ipv6.conf.$1.accept_ra=0"
}

# give LINK / take LINK - the host's address and its default route
give() {
	ip addr add "$LAB_HOST/64" dev "$1" nodad
	ip -6 route replace default via "$LAB_ROUTER" dev "$1"
	# all forget who has which link-layer address
	ip -n client neigh flush all
}

take() {
	ip addr del "$LAB_HOST/64" dev "$1"
}

make_bridge() {
	ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	calm br0
	ip link set br0 up
}

# into_bridge - as an administrator does for virtual machines
into_bridge() {
	make_bridge
	ip link set eth0 master br0
	take eth0
	give br0
}

out_of_bridge() {
	ip link del br0
	give eth0
}

# second_link - eth1, in the same switch
second_link() {
	ip link add eth1 type veth peer name host1 netns /run/netns/lan
	ip -n lan link set host1 master br0 up
	calm eth1
	ip link set eth1 up
}

# is_on LINK [ADDRESS] - it is there and nowhere else, whether as an address or by a proxy neighbour
is_on() {
	local to=${2-2001:db8::203}

	[ "$( (ip -6 -o addr show to "$to" | awk '{ print $2 }'
		ip -6 neigh show proxy | awk -v to="$to" '$1 == to { print $3 }') | xargs)" = "$1" ]
}

state() {
	v6ctl list --tsv | cut -f 11 | sort | xargs
}

state_is() {
	[ "$(state)" = "$1" ]
}

reached() {
	answers "a $LAB_CLIENT" tcp "${1-2001:db8::203}" 80
}

# logged COUNT PATTERN - how often v6d said so
logged() {
	[ "$(grep -c "$2" /run/lab/v6d.log)" = "$1" ]
}

# talk_begin, talk_on, talk_end - one connection, and an answer by it
talk_begin() {
	mkfifo /run/lab/talk
	exec 9<>/run/lab/talk
	lab_start talk nsenter --net=/run/netns/client bash -c "'$peer' hold tcp 2001:db8::203 80 <&9"
	talk_on
}

talk_on() {
	local n

	n=$(wc -l </run/lab/talk.log)
	echo >&9
	lab_until eval "[ \"\$(wc -l </run/lab/talk.log)\" = $((n + 1)) ]"
	[ "$(tail -n 1 /run/lab/talk.log)" = "a $LAB_CLIENT" ]
}

talk_end() {
	lab_stop talk
	exec 9>&-
	rm -f /run/lab/talk /run/lab/talk.log
}

# attach ATTACH - the configuration of the next start
attach() {
	echo "{\"attach\": \"$1\"}" >/etc/oci-v6/config.json
}

@test "the uplink becomes a port of a bridge, and is none again: reconcile moves the service" {
	for how in address route; do
		attach $how
		box_bind a v6.host=web3
		before=$(box_snapshot)
		into_bridge
		run reached
		[ "$status" = 1 ]
		state_is unreachable
		run v6ctl check web3
		[ "$status" = 1 ]
		[[ "$output" == *"interface eth0 is a port of br0"*"clients reach 2001:db8::203 on interface br0 now"* ]]
		run v6ctl reconcile --dry-run
		[[ "$output" == *"would move 2001:db8::203 (web3) from interface eth0 to interface br0"* ]]
		is_on eth0
		run -0 v6ctl reconcile
		[[ "$output" == *"move 2001:db8::203 (web3) from interface eth0 to interface br0"*"1 live, 1 repaired;"* ]]
		is_on br0
		reached
		state_is active
		v6ctl check web3
		run -0 v6ctl reconcile
		[ "$output" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
		out_of_bridge
		v6ctl reconcile
		is_on eth0
		reached
		box_same "$before"
		box_unbind a
		[ -z "$(box_left)" ]
	done
}

@test "v6d moves it there and back, neighbours learn of it, and connections continue" {
	for how in address route; do
		attach $how
		box_bind a v6.host=web3
		box_v6d_start
		talk_begin
		into_bridge
		lab_until is_on br0
		lab_until reached
		talk_on
		out_of_bridge
		lab_until is_on eth0
		lab_until reached
		talk_on
		talk_end
		logged 0 'not repaired'
		lab_stop v6d
		box_unbind a
		[ -z "$(box_left)" ]
	done
}

# make_bond KIND - it has eth0 as its port, and nobody has the prefix yet
make_bond() {
	ip link add bond0 type bond mode active-backup miimon 20 || skip "this kernel has no bonds"
	calm bond0
	ip link set eth0 down
	ip link set eth0 master bond0
	ip link set bond0 up
}

@test "the uplink becomes a port of a bond, and is none again" {
	box_bind a v6.host=web3
	box_v6d_start
	make_bond
	lab_until state_is unreachable
	give bond0
	lab_until is_on bond0
	lab_until reached
	ip link del bond0
	ip link set eth0 up
	give eth0
	lab_until is_on eth0
	lab_until reached
	logged 0 'not repaired'
	for word in cannot can; do
		logged 2 "web3: clients $word reach 2001:db8::203"
	done
}

@test "the uplink is a port of a VRF: services stay where they are" {
	ip link add vrf0 type vrf table 7 || skip "this kernel has no VRFs"
	ip link set vrf0 up
	box_bind a v6.host=web3
	ip link set eth0 master vrf0
	ip addr replace "$LAB_HOST/64" dev eth0 nodad
	v6ctl reconcile
	is_on eth0
	state_is active
}

@test "the prefix goes to another interface: the service, too, and stays there when it is on both" {
	second_link
	for how in address route; do
		attach $how
		box_bind a v6.host=web3
		box_v6d_start
		# on both, a service stays where it is, also when its cable is out for a moment
		ip addr add 2001:db8::2/64 dev eth1 nodad
		ip -n lan link set host down
		v6ctl reconcile
		is_on eth0
		ip -n lan link set host up
		v6ctl reconcile
		is_on eth0
		take eth0
		lab_until is_on eth1
		give eth1
		ip addr del 2001:db8::2/64 dev eth1
		lab_until reached
		give eth0
		v6ctl reconcile
		is_on eth1
		logged 0 'cannot reach'
		lab_stop v6d
		box_unbind a
		[ -z "$(box_left)" ]
		take eth1
	done
}

@test "a switched-off uplink: the service goes to another one with its prefix, and does not come back" {
	second_link
	ip addr add 2001:db8::2/64 dev eth1 nodad
	box_bind a v6.host=web3
	box_v6d_start
	ip link set eth0 down
	lab_until is_on eth1
	lab_until reached
	ip link set eth0 up
	give eth0
	v6ctl reconcile
	is_on eth1
	logged 0 'cannot reach'
}

@test "no interface will do: said in list, metrics and check, and once in the log, as is its end" {
	box_bind a v6.host=web3
	box_v6d_start
	make_bridge
	ip link set eth0 master br0
	lab_until logged 1 'web3: clients cannot reach 2001:db8::203: interface eth0 is a port of br0'
	state_is unreachable
	[ "$(json 'o["claims"][0]["state"]' v6ctl list --json)" = unreachable ]
	v6ctl metrics | grep -x 'oci_v6_claims{state="unreachable"} 1'
	run v6ctl check web3
	[ "$status" = 1 ]
	[[ "$output" == *"interface eth0 is a port of br0"*"so that clients cannot reach it"* ]]
	for round in 1 2; do
		run -0 v6ctl reconcile
		[ "$output" = "1 live, 1 unreachable, 0 repaired; 0 dead collected, 0 orphans removed" ]
	done
	# what comes and goes elsewhere is looked at, and changes nothing
	ip addr add fd77::1/64 dev cni0 nodad
	take eth0
	give br0
	lab_until is_on br0
	lab_until reached
	state_is active
	logged 1 'clients cannot reach 2001:db8::203'
	logged 1 'web3: clients can reach 2001:db8::203 again, on interface br0'
}

@test "the interface is there before its prefix: the service needs no second reconcile" {
	box_bind a v6.host=web3
	ip link set eth0 down
	v6ctl reconcile
	ip link set eth0 up
	v6ctl reconcile
	state_is unreachable
	is_on eth0
	give eth0
	state_is active
	reached
}

@test "it ends while no client reaches it: nothing is left" {
	for how in address route; do
		attach $how
		box_bind a v6.host=web3
		make_bridge
		ip link set eth0 master br0
		take eth0
		v6ctl reconcile
		box_unbind a
		[ -z "$(box_left)" ]
		[ -z "$(ip -6 neigh show proxy)" ]
		out_of_bridge
	done
}

@test "the interface is deleted and made anew, as another one: the service is there again" {
	second_link
	for how in address route; do
		attach $how
		box_bind a v6.host=web3
		box_v6d_start
		ip link del eth0
		lab_until state_is unreachable
		ip link set eth1 down
		ip link set eth1 name lan0
		ip link set lan0 up
		give lan0
		lab_until is_on lan0
		lab_until reached
		logged 0 'not repaired'
		lab_stop v6d
		box_unbind a
		[ -z "$(box_left)" ]
		ip link del lan0
		lab_plug host 1
		second_link
	done
}

@test "the uplink gets another name, and a bridge gets its name: the service is on the bridge" {
	box_bind a v6.host=web3 v6.interface=eth0
	ip link set eth0 down
	ip link set eth0 name wan0
	ip link set wan0 up
	ip link add eth0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	calm eth0
	ip link set eth0 up
	ip link set wan0 master eth0
	give eth0
	v6ctl reconcile
	is_on eth0
	reached
}

@test "an interface that was asked for is a port: its bridge is meant, at a start as later" {
	box_bind a v6.host=web3 v6.interface=eth0
	second_link
	ip addr add 2001:db8::2/64 dev eth1 nodad
	into_bridge
	v6ctl reconcile
	is_on br0
	reached
	box_unbind a
	box_bind a v6.host=web3 v6.interface=eth0
	is_on br0
	reached
	# and nothing else is taken for it
	take br0
	v6ctl reconcile
	state_is unreachable
	is_on br0
	give br0
	v6ctl reconcile
	state_is active
	reached
}

@test "a start on a port that has the prefix still is refused" {
	make_bridge
	ip link set eth0 master br0
	run box_bind a v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::203: interface eth0 is a port of br0; give this host's addresses to br0"* ]]
}

@test "two containers on one address: both go, and it goes with the last of them" {
	for how in address route; do
		attach $how
		box_bind a v6.host=web3
		box_bind b v6.host=web3 v6.ports=81
		into_bridge
		# who starts there before all is seen to is told so
		box_up c fd42::c/64
		run box_bind c v6.host=web3 v6.ports=82
		[ "$status" = 1 ]
		[[ "$output" == *"2001:db8::203 is on interface eth0, where clients cannot reach it; run v6ctl reconcile"* ]]
		box_down c
		v6ctl reconcile
		is_on br0
		reached
		answers "b $LAB_CLIENT" tcp 2001:db8::203 81
		box_unbind a
		is_on br0
		answers "b $LAB_CLIENT" tcp 2001:db8::203 81
		box_unbind b
		[ -z "$(box_left)" ]
		[ -z "$(ip -6 neigh show proxy)" ]
		out_of_bridge
	done
}

@test "another machine of the new link has the address: the service does not take it from it" {
	second_link
	ip -n lan link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	ip -n lan link set br1 up
	ip -n lan link set host1 master br1
	ip -n lan addr add 2001:db8::203/64 dev br1 nodad
	box_bind a v6.host=web3
	take eth0
	ip addr add 2001:db8::2/64 dev eth1 nodad
	for round in 1 2; do
		v6ctl reconcile
		state_is unreachable
		is_on ""
	done
	ip -n lan addr del 2001:db8::203/64 dev br1
	v6ctl reconcile
	is_on eth1
	state_is active
}

@test "a service on an address that the host had before goes where that goes" {
	ip addr add 2001:db8::203/64 dev eth0 nodad
	box_bind a v6.host=web3
	box_v6d_start
	make_bridge
	ip link set eth0 master br0
	take eth0
	ip addr del 2001:db8::203/64 dev eth0
	lab_until state_is unreachable
	give br0
	ip addr add 2001:db8::203/64 dev br0 nodad
	lab_until state_is foreign
	lab_until reached
	box_unbind a
	is_on br0
}

@test "services in the host's own network, and of v6ctl bind, go along" {
	lab_start init-h sleep infinity
	lab_start serve-h-tcp-8099 "$peer" serve tcp 8099 h
	v6ctl bind --pid "$(box_pid h)" --host 2001:db8::203 --ports 8099 --id unit
	v6ctl bind --netns a --host 2001:db8::204
	into_bridge
	v6ctl reconcile
	is_on br0
	is_on br0 2001:db8::204
	answers "h $LAB_CLIENT" tcp 2001:db8::203 8099
	reached 2001:db8::204
	v6ctl unbind unit
	v6ctl unbind netns-a
	lab_stop serve-h-tcp-8099
	box_kill h
	[ -z "$(box_left)" ]
}

@test "an address that is routed here: its interface is where the default route leaves" {
	echo '{"routed": ["2001:db8:5::/48"]}' >/etc/oci-v6/config.json
	ip -n lan -6 route add 2001:db8:5::/48 via "$LAB_HOST"
	box_bind a v6.host=2001:db8:5::203
	box_v6d_start
	second_link
	ip addr add 2001:db8::2/64 dev eth1 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth1
	lab_until eval '[ "$(v6ctl list --tsv | cut -f 10)" = eth1 ]'
	lab_until reached 2001:db8:5::203
	ip link del eth1
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	lab_until eval '[ "$(v6ctl list --tsv | cut -f 10)" = eth0 ]'
	# without one, there is no better place
	ip -6 route del default
	v6ctl reconcile
	state_is active
	# what is between two of these commands, it would log on a slow machine
	kill -STOP "$(cat /run/lab/v6d.pid)"
	into_bridge
	kill -CONT "$(cat /run/lab/v6d.pid)"
	lab_until eval '[ "$(v6ctl list --tsv | cut -f 10)" = br0 ]'
	lab_until reached 2001:db8:5::203
	state_is active
	logged 0 'cannot reach'
}
