#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# move.bats - A service moves to another host of the link, and clients that know it follow at once
#
#	tests/lab/run bats tests/net/move.bats
#
#	client ---- lan ---- eth0 [ the host ] cni0 ---- a (fd42::a)	2001:db8::1
#	               +---- eth0 [ other ]    cni0 ---- b (fd42::b)	2001:db8::2
#
# Without our advertisement a client asks for the address anew when its neighbour has been silent for
# 5 s and three probes, and not before it doubts the neighbour: half a minute in all.

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	host_up other 2
	host_run other box_bridge fd42::ffff/64
	host_run other box_up b fd42::b/64
	box_serve b udp 53
}

setup() {
	box_up a fd42::a/64
	box_serve a udp 53
	box_bind a "${service[@]}"
	lab_start watch nsenter --net=/run/netns/client "$peer" watch udp 2001:db8::203 53
	lab_until grep -q " a $LAB_CLIENT" /run/lab/watch.log
	# as warm as can be: for clients and for the router
	lab_lan ping -c 1 -W 1 2001:db8::203
	for netns in client lan; do
		ip -n $netns neigh change 2001:db8::203 dev "$(link_of $netns)" nud reachable
	done
}

teardown() {
	lab_stop watch
	lab_stop v6d
	rm /run/lab/watch.log
	ip -n lan link set host up
	nsenter --net=/run/netns/client nft flush ruleset
	rm -f /etc/oci-v6/config.json
	box_unbind a
	box_down a
	host_run other box_unbind b
}

service=(v6.host=2001:db8::203 v6.ports=53/udp)

link_of() {
	[ "$1" = lan ] && echo br0 || echo eth0
}

# follows NETNS HOST-NETNS... - what the neighbour has for the address is this host's
follows() {
	local mac

	mac=$("${@:2}" ip -o link show dev eth0 | grep -o 'link/ether [^ ]*')
	ip -n "$1" neigh show 2001:db8::203 | grep -q " lladdr ${mac#* } "
}

asked() {
	wc -l </run/lab/watch.log
}

# asked_since COUNT MORE - the client has asked so many times more
asked_since() {
	[ "$(asked)" -ge $(($1 + $2)) ]
}

# dark_for NAME COUNT - how often the client asked in vain before NAME answered, the first COUNT
# times not counted
dark_for() {
	local first

	lab_until grep -q " $1 $LAB_CLIENT" /run/lab/watch.log
	first=$(grep -n -m 1 " $1 " /run/lab/watch.log | cut -d : -f 1)
	echo $((first - 1 > $2 ? first - 1 - $2 : 0))
}

@test "the old host is dead: clients and routers follow long before they would by themselves" {
	ip -n lan link set host down
	host_run other box_bind b "${service[@]}"
	dark=$(dark_for b "$(asked)")
	echo "# after the start: $dark questions in vain, one each 10 ms" >&3
	# 800, if they probed at once, and there were no advertisement
	[ "$dark" -lt 200 ]
	lab_until follows client host_run other
	lab_until follows lan host_run other
}

@test "but for our advertisement they would not" {
	# bit 1 of its flags: solicited, as an answer to the client's own question is
	lab_client nft -f - <<-'NFT'
		table ip6 deaf {
			chain input {
				type filter hook input priority filter;
				icmpv6 type nd-neighbor-advert @th,33,1 0 counter drop
			}
		}
	NFT
	ip -n lan link set host down
	host_run other box_bind b "${service[@]}"
	before=$(asked)
	lab_until asked_since "$before" 200
	lab_client nft list chain ip6 deaf input | grep -q "counter packets [1-9]"
	run ! grep -q " b " /run/lab/watch.log
	follows client
}

@test "the old host lives, only its container is dead: it is asked first; then clients follow, and stay" {
	box_kill a
	# it still answers for the address, so by default it is not taken from it
	run host_run other box_bind b "${service[@]}"
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::203 is in use by another machine on eth0"* ]]
	mkdir -p /etc/oci-v6
	echo '{"dad": "off"}' >/etc/oci-v6/config.json
	host_run other box_bind b "${service[@]}"
	rm /etc/oci-v6/config.json
	[ "$(dark_for b "$(asked)")" -lt 200 ]
	follows client host_run other
	run v6ctl reconcile
	[ "${lines[-1]}" = "0 live, 0 repaired; 1 dead collected, 0 orphans removed" ]
	before=$(asked)
	lab_until asked_since "$before" 20
	[ "$(tail -n +$((before + 1)) /run/lab/watch.log | grep -c " b ")" -gt 10 ]
	follows client host_run other
}

# The client's flow is one all the time, and it sends while nobody has the address
@test "there and back" {
	box_unbind a
	host_run other box_bind b "${service[@]}"
	lab_until grep -q " b $LAB_CLIENT" /run/lab/watch.log
	host_run other box_unbind b
	before=$(asked)
	lab_until asked_since "$before" 3
	box_bind a "${service[@]}"
	before=$(asked)
	lab_until eval 'tail -n +$((before + 1)) /run/lab/watch.log | grep " a "'
	lab_until follows client
}

# both_have ADDRESS - the other host is made to bring it up, too
both_have() {
	mkdir -p /etc/oci-v6
	echo '{"dad": "off"}' >/etc/oci-v6/config.json
	host_run other box_unbind b
	host_run other box_bind b v6.host="$1" v6.ports=53/udp
}

told_of() {
	grep -F "$1 is in use by another machine on eth0, too ($(host_run other ip -br link show eth0 | awk '{ print $3 }')): clients reach either" /run/lab/v6d.log
}

@test "both hosts have it: v6d logs that once, with the machine" {
	box_up c fd42::c/64
	box_bind c v6.host=2001:db8::205 v6.ports=53/udp
	box_v6d_start
	both_have 2001:db8::203
	lab_until told_of 2001:db8::203
	both_have 2001:db8::203
	both_have 2001:db8::207
	both_have 2001:db8::205
	lab_until told_of 2001:db8::205
	[ "$(told_of 2001:db8::203 | wc -l)" = 1 ]
	run ! told_of 2001:db8::207
	box_unbind c
	box_down c
}
