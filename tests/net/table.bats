#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# table.bats - The text of our table loads again, and an older or changed table is replaced
#
#	tests/lab/run bats tests/net/table.bats

bats_require_minimum_version 1.5.0

load lab

setup_file() {
	lab_up
	box_install
}

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_up c
}

teardown() {
	lab_stop stream-tcp
	lab_stop stream-udp
	rm -f /run/lab/stream-*
	lab_stop host-8080
	lab_stop host-5300
	lab_stop host-22
	box_unbind a 2>/dev/null
	box_unbind b 2>/dev/null
	box_unbind h 2>/dev/null
	lab_stop init-h
	box_unbind c 2>/dev/null
	box_down a b c
	ip link del cni0
	ip -6 rule del pref 1000 2>/dev/null
	ip -6 route flush table 200 2>/dev/null
	rm -rf /run/oci-v6
	nft delete table ip6 oci-v6 2>/dev/null || true
}

# Every kind of element: ports, ranges, a whole address, an assigned one, a port of the host itself
publish() {
	# answers of 2001:db8::205 leave by another router, as of another provider
	ip -6 route add default via 2001:db8::53 dev eth0 table 200
	ip -6 rule add from 2001:db8::205 lookup 200 pref 1000
	lab_start init-h sleep infinity
	lab_start host-8080 "$peer" serve tcp 8080 h
	lab_start host-5300 "$peer" serve udp 5300 h
	lab_start host-22 "$peer" serve tcp 22 HOST
	lab_until box_host_listens 8080 && lab_until box_host_listens 22
	box_serve a tcp 80
	box_serve a tcp 6000
	box_serve a udp 6000
	box_serve b udp 53
	box_bind a v6.host=web3 "v6.ports=80,5000-9000,5000-9000/udp,5000-9000/sctp"
	box_bind b v6.host=web2 v6.ports=all
	box_bind h v6.host=web4 v6.ports=8080,5300/udp
	box_serve c tcp 80
	box_bind c v6.host=2001:db8::205 v6.egress=on
}

all_answer() {
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 6000
	answers "a $LAB_CLIENT" udp 2001:db8::203 6000
	answers "b $LAB_CLIENT" udp 2001:db8::202 53
	answers "h $LAB_CLIENT" tcp 2001:db8::204 8080
	answers "c $LAB_CLIENT" tcp 2001:db8::205 80
	run ask tcp 2001:db8::203 22
	[[ "$output" == *refused* ]]
	[[ "$(nsenter --net=/run/netns/b "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
}

@test "what nft lists, nft loads: every kind of element, and packets flow as before" {
	ip -n b addr add fd42::bb/64 dev eth0 nodad
	publish
	all_answer
	before=$(box_snapshot)
	text=$(nft list table ip6 oci-v6)
	for set in services ranges-tcp ranges-udp ranges-sctp whole traffic addresses local hairpin senders sources udp-ports several siblings answers egress outgoing departures provided; do
		nft list set ip6 oci-v6 $set 2>/dev/null | grep elements ||
			nft list map ip6 oci-v6 $set | grep elements
	done
	# of the text of an interval map with protocols nft 1.0.6 makes what Linux 6.12 refuses
	run ! grep byteorder <(nft --debug=netlink -c -f - <<<"$text")
	# what a newer nft would write as "dstnat - 10" in there, this one may not know
	grep "hook output priority -111" <<<"$text"
	# a number in the host's byte order
	grep -F "2001:db8::205 : 0x00001048" <<<"$text"
	for remove in "flush ruleset" "delete table ip6 oci-v6"; do
		nft "$remove"
		nft -f - <<<"$text"
		box_same "$before"
		all_answer
		answers "h $LAB_CLIENT" udp 2001:db8::204 5300
	done
}

# ask_behind_option ADDRESS PORT - by UDP, behind a destination options header
ask_behind_option() {
	lab_client python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
s.settimeout(2)
s.sendto(b"\n", (sys.argv[1], int(sys.argv[2])))
print(s.recv(100).decode().strip())' "$@"
}

@test "ports and ranges are found behind an extension header" {
	publish
	[[ "$(ask_behind_option 2001:db8::202 53)" == "b $LAB_CLIENT" ]]
	[[ "$(ask_behind_option 2001:db8::203 6000)" == "a $LAB_CLIENT" ]]
}

# stream PROTO PORT - the client asks box a over one connection, again as soon as it is answered
stream() {
	lab_start "stream-$1" bash -c 'exec nsenter --net=/run/netns/client "$@" < <(exec yes)' - \
		"$peer" hold "$1" 2001:db8::203 "$2"
	lab_until test -s "/run/lab/stream-$1.log"
	flows "$1"
}

# flows PROTO - it goes on, and all was answered: of UDP, nothing sends again what is lost
flows() {
	local log=/run/lab/stream-$1.log before

	before=$(wc -l <"$log")
	lab_until eval '[ "$(wc -l <"$log")" -gt $((before + 100)) ]'
	run ! grep -m 1 error "$log"
}

# replaced BEFORE - by a reconcile that loses no packet; the next one finds nothing to do
replaced() {
	run -1 v6ctl check
	[[ "$output" == *"an older version made it, or another program has changed it"* ]]
	run -0 v6ctl reconcile --dry-run
	[[ "$output" == *"make table ip6 oci-v6 again"* ]]
	v6ctl reconcile
	box_same "$1"
	run -0 v6ctl reconcile --dry-run
	[[ "$output" != *"make table"* ]]
	flows tcp
	flows udp
	all_answer
	answers "h $LAB_CLIENT" udp 2001:db8::204 5300
}

@test "a table of before it knew its version is replaced, and connections go on" {
	publish
	before=$(box_snapshot)
	text=$(
		cat tests/net/table-1.nft
		for map in services whole; do
			nft list map ip6 oci-v6 $map
		done
		for set in traffic addresses local hairpin provided; do
			nft list set ip6 oci-v6 $set
		done
		for protocol in tcp udp sctp; do
			echo "add element ip6 oci-v6 ranges { $protocol . 2001:db8::203 . 5000-9000" \
				"comment \"web3 $(box_id a)\" : fd42::a }"
		done
	)
	nft delete table ip6 oci-v6
	nft -f - <<<"$text" || skip "this kernel does not take its text from this nft"
	all_answer
	stream tcp 80
	stream udp 6000
	replaced "$before"
}

# replaced_without VERSION CHAIN RULE - a table of that version, which had no such rule
replaced_without() {
	local text

	publish
	before=$(box_snapshot)
	text=$(nft list table ip6 oci-v6 |
		sed "/chain $2/,/}/{/$3/d}; s/hook, version [0-9]*/hook, version $1/")
	nft delete table ip6 oci-v6
	nft -f - <<<"$text"
	[ -z "$(rule "$2" "$3")" ]
	all_answer
	stream tcp 80
	stream udp 6000
	replaced "$before"
	[ -n "$(rule "$2" "$3")" ]
}

@test "a table of version 2, with no binding in chain output, is replaced, and connections go on" {
	replaced_without 2 output @addresses
}

@test "a table of version 10, which looks longer at what services forward, is replaced, and connections go on" {
	replaced_without 10 forward "ct status dnat accept"
}

# rule CHAIN TEXT - the handle of a rule
rule() {
	nft -a list chain ip6 oci-v6 "$1" | sed -n "s/.*$2.* # handle //p"
}

@test "a rule that was changed, moved or put before ours is seen, and the table replaced meanwhile" {
	publish
	before=$(box_snapshot)
	stream tcp 80
	stream udp 6000
	nft replace rule ip6 oci-v6 guard handle "$(rule guard "tcp reset")" accept
	[[ "$(ask tcp 2001:db8::203 22)" == "HOST "* ]]
	replaced "$before"
	nft insert rule ip6 oci-v6 prerouting accept
	replaced "$before"
	nft "delete rule ip6 oci-v6 prerouting handle $(rule prerouting @whole);
		add rule ip6 oci-v6 prerouting dnat to ip6 daddr map @whole"
	replaced "$before"
}

@test "a rule that was added after ours stays" {
	publish
	nft add rule ip6 oci-v6 forward counter
	v6ctl reconcile
	[ -n "$(rule forward counter)" ]
}

@test "a start that finds a set gone replaces an older table, too" {
	publish
	nft delete table ip6 oci-v6
	nft -f tests/net/table-1.nft || skip "this kernel does not take its text from this nft"
	box_unbind a
	box_bind a v6.host=web3 "v6.ports=80,5000-9000,5000-9000/udp,5000-9000/sctp"
	diff <(unshare -n sh -c "nft -f tests/net/table.nft; nft -s list table ip6 oci-v6") <(box_table)
	all_answer
}

@test "of records at odds, only the elements that the kernel refuses are left out of a new table" {
	box_serve a tcp 80
	box_serve b tcp 83
	box_bind a v6.host=web3 v6.ports=80,81
	box_bind b v6.host=web2 v6.ports=80,81,82:83
	sed -i s/2001:db8::202/2001:db8::203/g "/run/oci-v6/records/$(box_id b).json"
	nft flush ruleset
	v6ctl reconcile
	[ "$(nft list map ip6 oci-v6 services | grep -c 2001:db8::203)" = 3 ]
	nft list map ip6 oci-v6 services | grep "2001:db8::203 . 82 .*$(box_id b)"
	[[ "$(ask tcp 2001:db8::203 82)" == "b "* ]]
	nft list set ip6 oci-v6 traffic | grep "2001:db8::203 . 82"
}
