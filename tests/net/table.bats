#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# table.bats - The text of our table loads again, and an older or changed table is replaced
#
#	tests/lab/run bats tests/net/table.bats

bats_require_minimum_version 1.5.0

load lab

setup_file() {
	load_lab
	lab_up
	box_install
}

setup() {
	load_lab
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
}

teardown() {
	lab_stop host-8080
	box_unbind a 2>/dev/null
	box_unbind b 2>/dev/null
	box_unbind h 2>/dev/null
	lab_stop init-h
	box_down a b
	ip link del cni0
	rm -rf /run/oci-v6
	nft delete table ip6 oci-v6 2>/dev/null || true
}

# Every kind of element: ports, ranges, a whole address, a port of the host itself
publish() {
	lab_start init-h sleep 10000
	lab_start host-8080 "$peer" serve tcp 8080 h
	lab_until box_host_listens 8080
	box_serve a tcp 80
	box_serve a tcp 6000
	box_serve a udp 6000
	box_serve b udp 53
	box_bind a v6.host=web3 "v6.ports=80,5000-9000,5000-9000/udp,5000-9000/sctp"
	box_bind b v6.host=web2 v6.ports=all
	box_bind h v6.host=web4 v6.ports=8080
}

all_answer() {
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 6000
	answers "a $LAB_CLIENT" udp 2001:db8::203 6000
	answers "b $LAB_CLIENT" udp 2001:db8::202 53
	answers "h $LAB_CLIENT" tcp 2001:db8::204 8080
	run ask tcp 2001:db8::203 8080
	[[ "$output" == *refused* ]]
	[[ "$(nsenter --net=/run/netns/b "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
}

@test "what nft lists, nft loads: every kind of element, and packets flow as before" {
	publish
	all_answer
	before=$(box_snapshot)
	text=$(nft list table ip6 oci-v6)
	for set in services ranges-tcp ranges-udp ranges-sctp whole traffic addresses local hairpin provided; do
		nft list set ip6 oci-v6 $set 2>/dev/null | grep elements ||
			nft list map ip6 oci-v6 $set | grep elements
	done
	# of the text of an interval map with protocols nft 1.0.6 makes what Linux 6.12 refuses
	run ! grep byteorder <(nft --debug=netlink -c -f - <<<"$text")
	for remove in "flush ruleset" "delete table ip6 oci-v6"; do
		nft $remove
		nft -f - <<<"$text"
		box_same "$before"
		all_answer
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
