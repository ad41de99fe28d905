#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guard.bats - What must not answer on a service address: the host, and other engines' ports
#
#	tests/lab/run bats tests/net/guard.bats

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up other fd42::b/64
	box_serve a tcp 80
	box_serve other tcp 8088
	lab_start sshd "$peer" serve tcp 22 host
	lab_start named "$peer" serve udp 53 host
	box_bind a v6.host=web3
}

@test "the host's listener on [::] answers on its own address" {
	answers "host $LAB_CLIENT" tcp "$LAB_HOST" 22
	answers "host $LAB_CLIENT" udp "$LAB_HOST" 53
}

@test "and is refused, not dropped, on a service address: tcp" {
	run ask tcp 2001:db8::203 22
	[ "$output" = "error: Connection refused" ]
}

@test "and is refused, not dropped, on a service address: udp" {
	run ask udp 2001:db8::203 53
	[ "$output" = "error: Connection refused" ]
}

@test "nor does it answer the host itself there" {
	run "$peer" ask tcp 2001:db8::203 22
	[ "$output" = "error: Connection refused" ]
}

@test "ping is answered" {
	lab_client ping -c 1 -W 1 2001:db8::203
}

@test "neighbour discovery works through the guard: a client that knows nothing is answered" {
	ip -n client neigh flush dev eth0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

# As netavark and Docker write it: any local address, at the usual priority
@test "another engine's wildcard published port does not answer on a service address" {
	nft -f - <<-'NFT'
		table ip6 engine {
			chain prerouting {
				type nat hook prerouting priority dstnat; policy accept;
				fib daddr type local tcp dport 8088 dnat to [fd42::b]:8088
			}
		}
	NFT
	answers "other $LAB_CLIENT" tcp "$LAB_HOST" 8088
	run ask tcp 2001:db8::203 8088
	nft delete table ip6 engine
	[ "$output" = "error: Connection refused" ]
}

# wildcard PROTO - the same in both chains: output is what the host's own packets pass
wildcard() {
	nft -f - <<-NFT
		table ip6 engine {
			chain prerouting {
				type nat hook prerouting priority dstnat; policy accept;
				fib daddr type local $1 dport { 8088, 8090 } dnat to [fd42::b]:8088
			}
			chain output {
				type nat hook output priority -100; policy accept;
				fib daddr type local $1 dport { 8088, 8090 } dnat to [fd42::b]:8088
			}
		}
	NFT
}

@test "nor does it answer the host itself there, by tcp or udp" {
	box_serve other udp 8088
	for protocol in tcp udp; do
		wildcard $protocol
		[ "$("$peer" ask $protocol "$LAB_HOST" 8088)" = "other $LAB_HOST" ]
		run "$peer" ask $protocol 2001:db8::203 8088
		nft delete table ip6 engine
		[ "$output" = "error: Connection refused" ]
	done
}

# host_hears EXPECTED PROTO ADDRESS PORT - what a program of the host hears
host_hears() {
	local expected=$1

	shift
	[ "$("$peer" ask "$@" | cut -d' ' -f1)" = "$expected" ]
}

@test "beside it, what is published answers the host itself and clients, by tcp and udp" {
	lab_start init-h sleep infinity
	box_serve other tcp 7
	lab_start h-tcp "$peer" serve tcp 8090 h
	lab_until host_hears h tcp ::1 8090
	box_serve a udp 53
	box_bind a v6.host=web3 v6.ports=80,8088:80,8088:53/udp
	box_bind h v6.host=web4 v6.ports=8090,8091:8090,8090/udp
	box_bind other "v6.host=$LAB_HOST" v6.ports=8089:7
	# by UDP, who listens on any address answers from the host's own
	lab_start h-udp "$peer" serve udp 8090 h 2001:db8::204
	lab_until host_hears h udp 2001:db8::204 8090
	for protocol in tcp udp; do
		wildcard $protocol
		host_hears a $protocol 2001:db8::203 8088
		[[ "$(ask $protocol 2001:db8::203 8088)" == "a "* ]]
		# a port of a container in the host's network: nothing translates it
		conntrack -D -f ipv6 -p $protocol --orig-dst 2001:db8::204 2>/dev/null || true
		host_hears h $protocol 2001:db8::204 8090
		[[ "$(ask $protocol 2001:db8::204 8090)" == "h "* ]]
		[ "$(conntrack -L -f ipv6 -p $protocol --orig-dst 2001:db8::204 2>/dev/null | wc -l)" = 2 ]
		run -0 conntrack -L -f ipv6 -p $protocol --orig-dst 2001:db8::204 --dst-nat
		[[ "$output" != *2001:db8::204* ]]
		nft delete table ip6 engine
	done
	wildcard tcp
	host_hears h tcp 2001:db8::204 8091
	host_hears a tcp 2001:db8::203 80
	host_hears other tcp "$LAB_HOST" 8089
	ping -c 1 -W 1 2001:db8::203
	nft delete table ip6 engine
	box_unbind h
	box_unbind other
	lab_stop h-tcp
	lab_stop h-udp
	lab_stop init-h
}

@test "a container's given address is no way out to the world" {
	box_up c
	box_bind c v6.host=web4
	# the client would answer, if the packet came
	lab_start elsewhere nsenter --net=/run/netns/client "$peer" serve tcp 7 client
	lab_until "$peer" ask tcp "$LAB_CLIENT" 7
	ip -n client route add fd00::/8 via "$LAB_HOST"
	run nsenter --net=/run/netns/c "$peer" ask tcp "$LAB_CLIENT" 7
	lab_stop elsewhere
	[ "$output" = "error: Connection refused" ]
}

@test "a service address guards nothing of other addresses after its end" {
	box_unbind a
	answers "host $LAB_CLIENT" tcp "$LAB_HOST" 22
	run ! grep 2001:db8::203 <(nft list set ip6 oci-v6 addresses)
}
