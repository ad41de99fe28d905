#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bgp.bats - One service on two hosts, announced to a router by BIRD or FRR as docs/bgp.md has it
#
#	tests/lab/run bats tests/net/bgp.bats
#
#	client ---- router (netns lan, AS 65000) ---- the host (AS 65001), box a
#	                                        \---- netns other (AS 65001), box b

load lab

SERVICE=2001:db8:a::1

# daemon NAME COMMAND... - a routing daemon of build-deps/, where the machine has none
daemon() {
	local name=$1 dir=$PWD/build-deps/$1 lib

	shift
	lib=$dir/usr/lib/$(uname -m)-linux-gnu
	exec env PATH="$PATH:$dir/usr/sbin:$dir/usr/lib/frr" LD_LIBRARY_PATH="$lib:$lib/frr" "$@"
}
export -f daemon

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
	lab_lan sysctl -qw net.ipv6.fib_multipath_hash_policy=1
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	host_up other 2
	host_run other box_bridge fd42::ffff/64
	host_run other box_up b fd42::b/64
	box_serve b tcp 80
}

setup() {
	announce 83
	patience='/bfd on;/d'
}

teardown() {
	local name

	for name in load router bird-host bird-other zebra bgpd v6d; do
		lab_stop "$name"
	done
	ip -n lan link set other up
	box_unbind a
	host_run other box_unbind b
	lab_lan ip -6 route flush proto bird
	! ip -6 route show table all proto 83 | grep -v '^local'
}

# announce TABLE - as docs/bgp.md has it
announce() {
	echo "{\"routed\": [\"2001:db8:a::/48\"], \"announce\": $1}" >/etc/oci-v6/config.json
}

# page LANGUAGE - what docs/bgp.md says of a daemon, with more patience than that: a busy machine is not dead
page() {
	sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d; p}" docs/bgp.md | sed "$patience"
}

# bird_start NAME COMMAND... - with the configuration on stdin, where the command is run
bird_start() {
	local name=$1

	shift
	sed "$patience" >"/run/lab/$name.conf"
	lab_start "$name" "$@" bash -c 'daemon bird bird -f -c "/run/lab/$0.conf" -s "/run/lab/$0.ctl"' "$name"
}

# router_start - a session with each host, and all ways at once
router_start() {
	bird_start router nsenter --net=/run/netns/lan <<-'END'
		router id 192.0.2.254;
		protocol device {}
		protocol bfd {
			interface "*" {
				interval 300 ms;
				multiplier 3;
			};
		}
		protocol kernel { merge paths on; ipv6 { import none; export all; }; }
		template bgp host {
			local 2001:db8::ffff as 65000;
			connect retry time 1; error wait time 1, 2;
			bfd on;
			ipv6 { import all; export none; };
		}
		protocol bgp a from host { neighbor 2001:db8::1 as 65001; }
		protocol bgp b from host { neighbor 2001:db8::2 as 65001; }
	END
}

# other_start - the other host's daemon
other_start() {
	page bird | sed 's/^protocol bgp .*/& connect retry time 1; error wait time 1, 2;/
		s/192\.0\.2\.1;/192.0.2.2;/; s/2001:db8::1 as/2001:db8::2 as/' |
		bird_start bird-other nsenter --net=/run/netns/other
}

# by NUMBER... - the hosts to which the router has ways
by() {
	[ "$(lab_lan ip -6 route show "$SERVICE" | grep -o 'via 2001:db8::[12]' | cut -d: -f4 | sort | xargs)" = "$*" ]
}

# each_answers NAME... - some of the client's connections reach each of these, and none another
each_answers() {
	local i

	[ "$(for i in $(seq 30); do ask tcp "$SERVICE" 80 | cut -d' ' -f1; done | sort -u | xargs)" = "$*" ]
}

is_announced() {
	[ -n "$(ip -6 route show table 83)" ]
}

has_answered() {
	[ "$(wc -l </run/lab/load.log)" -ge "$1" ]
}

@test "two hosts with BIRD: connections are spread, and one that stops is withdrawn" {
	router_start
	page bird | bird_start bird-host
	other_start
	box_bind a v6.host=$SERVICE
	lab_until by 1
	each_answers a
	host_run other box_bind b v6.host=$SERVICE
	lab_until by 1 2
	each_answers a b
	box_unbind a
	lab_until by 2
	each_answers b
}

@test "a host dies: the router goes on with the other one" {
	local died gap patience='s/multiplier 3;/multiplier 10;/'

	router_start
	page bird | bird_start bird-host
	other_start
	box_bind a v6.host=$SERVICE
	host_run other box_bind b v6.host=$SERVICE
	lab_until by 1 2
	rm -f /run/lab/load.log
	lab_start load ip netns exec client python3 tests/net/load.py $SERVICE 80 4
	lab_until has_answered 40
	died=$(date +%s%3N)
	ip -n lan link set other down
	lab_until by 1
	gap=$(($(date +%s%3N) - died))
	echo "# the router had the other way for $gap ms" >&3
	lab_until has_answered $(($(wc -l </run/lab/load.log) + 40))
	each_answers a
	ip -n lan link set other up
	lab_until by 1 2
	each_answers a b
}

@test "a container that shares is announced when it is ready, and not when it is drained" {
	router_start
	page bird | bird_start bird-host
	other_start
	host_run other box_bind b v6.host=$SERVICE
	box_v6d_start
	box_up d fd42::d/64
	box_bind d v6.host=$SERVICE v6.share=newest
	[ -z "$(ip -6 route show table 83)" ]
	lab_until by 2
	each_answers b
	box_serve d tcp 80
	lab_until by 1 2
	# what an administrator removes, v6d restores
	ip -6 route flush table 83
	lab_until is_announced
	v6ctl share --drain "$(box_id d)"
	[ -z "$(ip -6 route show table 83)" ]
	lab_until by 2
	v6ctl share "$(box_id d)"
	lab_until by 1 2
	box_unbind d
	box_down d
}

@test "FRR, from the main table" {
	announce 254
	router_start
	{ echo "log stdout"; page frr; } >/run/lab/frr.conf
	mkdir -p /run/lab/frr
	# in the lab's own /etc
	grep -q ^frrvty: /etc/group || echo frrvty:x:990:root >>/etc/group
	lab_start zebra bash -c 'daemon frr "$@"' - zebra -u root -g root -i /run/lab/frr/zebra.pid -z /run/lab/frr/zserv \
		--vty_socket /run/lab/frr -f /run/lab/frr.conf -A 127.0.0.1
	lab_until test -e /run/lab/frr/zserv
	lab_start bgpd bash -c 'daemon frr "$@"' - bgpd -u root -g root -S -i /run/lab/frr/bgpd.pid -z /run/lab/frr/zserv \
		--vty_socket /run/lab/frr -f /run/lab/frr.conf -A 127.0.0.1
	box_bind a v6.host=$SERVICE
	lab_until by 1
	each_answers a
	box_unbind a
	lab_until by
}

@test "what announces is a thing as all others: lost, left by the dead, another table, two containers" {
	box_bind a v6.host=$SERVICE
	before=$(box_snapshot)
	run v6ctl check "$(box_id a)"
	[[ "$output" == *"✓ announced  $SERVICE is in routing table 83"* ]]
	ip -6 route del $SERVICE table 83
	run v6ctl check "$(box_id a)"
	[ "$status" = 1 ]
	[[ "$output" == *"✗ announced  $SERVICE is not in routing table 83"*"run: v6ctl reconcile"* ]]
	run v6ctl reconcile
	[[ "$output" == *"1 repaired"* ]]
	box_same "$before"
	# another table for those that start from now on, and one that no record wants
	announce 84
	ip -6 route add 2001:db8:a::9 dev lo table 85 proto 83
	v6ctl reconcile
	box_same "$before"
	box_up c fd42::c/64
	box_bind c v6.host=$SERVICE v6.ports=81
	[ "$(ip -6 route show table 84 | grep -c "^$SERVICE")" = 1 ]
	box_kill c
	v6ctl reconcile
	box_down c
	box_same "$before"
	announce 83
	box_up c fd42::c/64
	box_bind c v6.host=$SERVICE v6.ports=81
	box_unbind a
	[ "$(ip -6 route show table 83 | grep -c "^$SERVICE")" = 1 ]
	box_unbind c
	box_down c
	[ -z "$(ip -6 route show table 83)" ]
	box_init a
}

@test "what others have in that table stays: a daemon's routes, and with our mark wider ones and others' links" {
	local others

	ip -6 route add 2001:db8:a::8 dev lo table 83 proto bird
	ip -6 route add 2001:db8:a::9 dev cni0 table 83 proto static
	ip -6 route add 2001:db8:a::/48 dev lo table 83 proto 83
	ip -6 route add 2001:db8:a::7 dev cni0 table 83 proto 83
	others=$(ip -6 route show table 83)
	box_bind a v6.host=$SERVICE
	v6ctl reconcile
	[ "$(ip -6 route show table 83 | wc -l)" = 5 ]
	box_unbind a
	v6ctl reconcile
	[ "$(ip -6 route show table 83)" = "$others" ]
	v6ctl clear
	[ "$(ip -6 route show table 83)" = "$others" ]
	ip -6 route flush table 83
}

@test "a table that has no room for it is refused" {
	for table in 253 255 0 -1 4294967296 '"83"'; do
		announce "$table"
		run v6ctl config
		[ "$status" = 1 ]
		[[ "$output" == *'"announce"'* || "$output" == *"83 is a good choice"* ]]
	done
}
