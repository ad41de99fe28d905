#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# from.bats - v6.from: who may connect; everybody else is refused as on a port that nobody published
#
#	tests/lab/run bats tests/net/from.bats
#
# The client has 2001:db8::10, and 2001:db8:f::10 beside it, which the host reaches by the same link.

load lab

ELSEWHERE=2001:db8:f::10

setup_file() {
	lab_ready
	ip -n client addr add $ELSEWHERE/128 dev eth0 nodad
	ip route add 2001:db8:f::/48 via "$LAB_CLIENT" dev eth0
	lab_start stranger "$peer" serve tcp 8080 STRANGER
	lab_until box_host_listens 8080
}

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
}

teardown() {
	lab_stop hold
	lab_stop host-5300
	lab_stop host-80
	lab_stop init-h
	for box in h member; do
		box_unbind $box 2>/dev/null
		lab_stop init-$box
	done
	lab_clear_bridge a b c
	rm -f /etc/oci-v6/config.json
	rm -rf /run/oci-v6
	nft delete table ip6 oci-v6 2>/dev/null || true
}

# ask_from ADDRESS PROTO SERVICE PORT
ask_from() {
	lab_client "$peer" ask "${@:2}" "$1"
}

let_in() {
	local name=$1 client=$2

	shift 2
	[ "$(ask_from "$client" "$@")" = "$name $client" ]
}

# refused CLIENT PROTO SERVICE PORT - at once, which peer tells from silence
refused() {
	run ask_from "$@"
	echo "$output"
	[[ "$output" == *refused* ]]
}

@test "clients of a prefix get in, others are refused: TCP and UDP" {
	box_serve a tcp 80
	box_serve a udp 53
	box_bind a v6.host=web3 v6.ports=80,53/udp v6.from=2001:db8::/64
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	let_in a "$LAB_CLIENT" udp 2001:db8::203 53
	refused $ELSEWHERE tcp 2001:db8::203 80
	refused $ELSEWHERE udp 2001:db8::203 53
	# as a port that nobody published
	[ "$(ask_from "$LAB_CLIENT" tcp 2001:db8::203 81)" = "error: Connection refused" ]
	lab_client ping -q -c 1 -W 2 -I $ELSEWHERE 2001:db8::203
}

# none_left - of the elements that let clients in or keep them out
none_left() {
	for set in limited limited-tcp limited-udp limited-sctp from-tcp from-udp from-sctp; do
		run ! grep elements <(nft list set ip6 oci-v6 $set)
	done
}

@test "a stop leaves nothing, and the next container there is for everybody" {
	box_serve b tcp 80
	box_bind a v6.host=web3 v6.ports=80,2000-9000 "v6.from=2001:db8:aaaa::/48 $LAB_CLIENT"
	box_unbind a
	none_left
	box_bind b v6.host=web3
	let_in b $ELSEWHERE tcp 2001:db8::203 80
}

@test "nested prefixes, one twice, ::/0 among them: what the widest says" {
	box_serve a tcp 80
	box_bind a v6.host=web3 "v6.from=2001:db8:f::10/128,2001:db8:f::/48 2001:db8:f::/64 2001:db8:f::/48"
	nft list set ip6 oci-v6 from-tcp | grep -F "2001:db8::203 . 80 . 2001:db8:f::/48"
	let_in a $ELSEWHERE tcp 2001:db8::203 80
	refused "$LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	box_bind a v6.host=web3 "v6.from=2001:db8:f::/48 ::/0"
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
}

@test "containers on one address have lists of their own, by port and protocol" {
	box_serve a tcp 80
	box_serve b tcp 443
	box_serve b udp 80
	box_bind a v6.host=web3 v6.from="$LAB_CLIENT"
	box_bind b v6.host=web3 v6.ports=443,80/udp v6.from=$ELSEWHERE
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	let_in b $ELSEWHERE tcp 2001:db8::203 443
	refused "$LAB_CLIENT" tcp 2001:db8::203 443
	let_in b $ELSEWHERE udp 2001:db8::203 80
	refused "$LAB_CLIENT" udp 2001:db8::203 80
	box_unbind b
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	box_bind b v6.host=web3 v6.ports=443
	let_in b "$LAB_CLIENT" tcp 2001:db8::203 443
}

@test "ranges: narrow ones, wide ones, and a port beside them" {
	box_serve a tcp 5001
	box_serve a tcp 7777
	box_serve a udp 7777
	box_bind a v6.host=web3 "v6.ports=5000-5010,6000-9000,6000-9000/udp" v6.from="$LAB_CLIENT"
	box_serve b udp 9500
	box_bind b v6.host=web3 v6.ports=9001-11000/udp
	for proto in tcp udp; do
		let_in a "$LAB_CLIENT" $proto 2001:db8::203 7777
		refused $ELSEWHERE $proto 2001:db8::203 7777
	done
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 5001
	refused $ELSEWHERE tcp 2001:db8::203 5001
	let_in b $ELSEWHERE udp 2001:db8::203 9500
}

@test "all of an address is for everybody: with a list, an error" {
	run box_bind a v6.host=web3 v6.ports=all v6.from="$LAB_CLIENT"
	[ "$status" = 1 ]
	[[ "$output" == *"v6.from: v6.ports=all is for everybody; name the ports"* ]]
}

@test "the host itself always may, and whoever runs in its network" {
	box_serve a tcp 80
	box_serve a udp 53
	box_bind a v6.host=web3 v6.ports=80,53/udp v6.from=2001:db8:aaaa::/48
	[[ "$("$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
	[[ "$("$peer" ask udp 2001:db8::203 53)" == "a "* ]]
}

@test "containers are clients with the addresses they have: itself, a neighbour, another bridge" {
	box_serve a tcp 80
	box_bridge_named cni9 fd43::ffff/64
	box_up c fd43::c/64 fd43::ffff cni9
	for bridged in 0 1; do
		[ ! -e /proc/sys/net/bridge ] || sysctl -qw net.bridge.bridge-nf-call-ip6tables=$bridged
		box_bind a v6.host=web3 v6.from=fd42::b
		[[ "$(nsenter --net=/run/netns/b "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
		for box in a c; do
			run nsenter --net=/run/netns/$box "$peer" ask tcp 2001:db8::203 80
			[[ "$output" == *refused* ]]
		done
		box_unbind a
		box_bind a v6.host=web3 "v6.from=fd42::a fd43::/64"
		for box in a c; do
			[[ "$(nsenter --net=/run/netns/$box "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
		done
		run nsenter --net=/run/netns/b "$peer" ask tcp 2001:db8::203 80
		[[ "$output" == *refused* ]]
		box_unbind a
	done
	ip link del cni9
}

@test "on an address that the host had before, no other client reaches the host's own listener instead" {
	box_serve a tcp 80
	box_serve a udp 53
	box_bind a v6.host="$LAB_HOST" v6.ports=80,53/udp v6.from="$LAB_CLIENT"
	lab_start host-80 "$peer" serve tcp 80 STRANGER
	lab_until box_host_listens 80
	let_in a "$LAB_CLIENT" tcp "$LAB_HOST" 80
	refused $ELSEWHERE tcp "$LAB_HOST" 80
	let_in a "$LAB_CLIENT" udp "$LAB_HOST" 53
	refused $ELSEWHERE udp "$LAB_HOST" 53
	box_unbind a
	let_in STRANGER $ELSEWHERE tcp "$LAB_HOST" 80
}

# hold ADDRESS PORT - send from one socket of UDP, and be answered
hold() {
	mkfifo /run/lab/hold
	lab_start hold sh -c "exec nsenter --net=/run/netns/client $peer hold udp $1 $2 $ELSEWHERE </run/lab/hold"
	exec 7>/run/lab/hold
	echo >&7
	lab_until grep -q " $ELSEWHERE" /run/lab/hold.log
}

# held_refused - send from it again, and be refused
held_refused() {
	echo >&7
	lab_until grep -q "^error" /run/lab/hold.log
	exec 7>&-
	rm -f /run/lab/hold /run/lab/hold.log
}

@test "a client that sent by UDP before there was a list goes on only if it is in it" {
	box_serve a udp 53
	for ports in 53/udp 50-2000/udp; do
		box_bind a v6.host=web3 v6.ports=$ports
		hold 2001:db8::203 53
		box_bind a v6.host=web3 v6.ports=$ports v6.from="$LAB_CLIENT"
		held_refused
		lab_stop hold
		let_in a "$LAB_CLIENT" udp 2001:db8::203 53
	done
	# the host itself always may, over one socket, too
	mkfifo /run/lab/hold
	lab_start hold sh -c "exec $peer hold udp 2001:db8::203 53 </run/lab/hold"
	exec 7>/run/lab/hold
	echo >&7
	lab_until grep -q "^a " /run/lab/hold.log
	box_bind a v6.host=web3 v6.ports=53/udp v6.from="$LAB_CLIENT"
	echo >&7
	lab_until eval '[ "$(grep -c "^a " /run/lab/hold.log)" = 2 ]'
	exec 7>&-
	rm -f /run/lab/hold /run/lab/hold.log
}

@test "a container in the host's network: the same port, another one, and a client that was there before" {
	lab_start init-h sleep 10000
	lab_start host-5300 "$peer" serve udp 5300 h
	lab_until eval 'ss -Hlun "sport = :5300" | grep -q .'
	# conntrack knows this client already, as there are rules that need it
	box_bind b v6.host=web2
	hold "$LAB_HOST" 5300
	box_bind h "v6.host=web3,$LAB_HOST" v6.ports=8080,80:8080,5300/udp v6.from="$LAB_CLIENT"
	for port in 80 8080; do
		let_in STRANGER "$LAB_CLIENT" tcp 2001:db8::203 $port
		refused $ELSEWHERE tcp 2001:db8::203 $port
	done
	let_in STRANGER "$LAB_CLIENT" tcp "$LAB_HOST" 8080
	refused $ELSEWHERE tcp "$LAB_HOST" 8080
	for address in 2001:db8::203 "$LAB_HOST"; do
		let_in h "$LAB_CLIENT" udp "$address" 5300
		refused $ELSEWHERE udp "$address" 5300
	done
	held_refused
}

# member_up - a container in the network namespace of box a, as of its pod
member_up() {
	lab_start init-member nsenter --net=/run/netns/a sleep 10000
	lab_until test "/proc/$(box_pid member)/ns/net" -ef /run/netns/a
}

@test "members of a pod share a claim with the same list and item, or not at all" {
	box_serve a tcp 80
	member_up
	box_bind a v6.host=web3 v6.from="$LAB_CLIENT"
	run box_bind member v6.host=web3
	[[ "$output" == *"2001:db8::203 port 80/tcp is shared with container $(box_id a | cut -c1-12), which has another v6.from; give both the same"* ]]
	run box_bind member v6.host=web3 v6.ports=80-81 v6.from="$LAB_CLIENT"
	[[ "$output" == *"with v6.from, 80-81/tcp can be shared with container"* ]]
	refused $ELSEWHERE tcp 2001:db8::203 80
	box_bind member v6.host=web3 v6.from="$LAB_CLIENT/128"
	box_unbind a
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	box_unbind member
	none_left
}

@test "whoever takes over from a dead one has its own list, and so has a restart" {
	box_serve b tcp 80
	box_bind a v6.host=web3 "v6.from=$ELSEWHERE 2001:db8:aaaa::/48"
	box_kill a
	box_bind b v6.host=web3 v6.from="$LAB_CLIENT"
	let_in b "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	run ! grep aaaa <(nft list set ip6 oci-v6 from-tcp)
	box_bind b v6.host=web3 v6.from=$ELSEWHERE
	let_in b $ELSEWHERE tcp 2001:db8::203 80
	refused "$LAB_CLIENT" tcp 2001:db8::203 80
	# and where nobody knows what was there before
	rm -rf /run/oci-v6
	box_bind b v6.host=web3 v6.from=2001:db8::/64
	let_in b "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	rm -rf /run/oci-v6
	box_bind b v6.host=web3
	let_in b $ELSEWHERE tcp 2001:db8::203 80
	v6ctl reconcile
	none_left
	box_kill b
	box_init a
	box_serve a tcp 80
	box_bind a v6.host=web3 v6.from="$LAB_CLIENT"
	box_kill a
	box_init b
	box_bind b v6.host=web3
	let_in b $ELSEWHERE tcp 2001:db8::203 80
	none_left
}

# mended COMMAND - v6ctl reconcile finds what it has changed, and the list holds again
mended() {
	eval "$1"
	run -0 v6ctl reconcile
	echo "$1: $output"
	[ "$output" != "2 live, 0 repaired; 0 dead collected, 0 orphans removed" ] || return
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 7777
	let_in b $ELSEWHERE tcp 2001:db8::203 443
}

@test "a reconcile repairs what was removed or added by hand, and makes the table again" {
	box_serve a tcp 80
	box_serve b tcp 443
	box_bind a v6.host=web3 v6.ports=80,6000-9000 v6.from="$LAB_CLIENT"
	box_bind b v6.host=web3 v6.ports=443
	mended "nft flush set ip6 oci-v6 limited"
	mended "nft flush set ip6 oci-v6 limited-tcp"
	mended "nft flush set ip6 oci-v6 from-tcp"
	mended "nft 'add element ip6 oci-v6 from-tcp { 2001:db8::203 . 80 . $ELSEWHERE }'"
	mended "nft 'add element ip6 oci-v6 from-tcp { 2001:db8::203 . 1-65535 . 2001:db8:f::/48 }'"
	mended "nft 'add element ip6 oci-v6 limited { tcp . 2001:db8::203 . 443 }'"
	mended "nft 'add element ip6 oci-v6 limited-tcp { 2001:db8::203 . 400-500 }'"
	mended "nft flush chain ip6 oci-v6 clients"
	mended "nft delete table ip6 oci-v6"
	run v6ctl reconcile
	[[ "$output" == *"0 repaired"*"0 orphans"* ]]
}

@test "what nft lists of it, nft loads" {
	box_serve a tcp 80
	box_bind a v6.host=web3 "v6.ports=80,6000-9000,6000-9000/udp,6000-9000/sctp" "v6.from=$LAB_CLIENT 2001:db8:aaaa::/48"
	text=$(nft list table ip6 oci-v6)
	for set in limited limited-tcp limited-udp limited-sctp from-tcp from-udp from-sctp; do
		nft list set ip6 oci-v6 $set | grep elements
	done
	run ! grep byteorder <(nft --debug=netlink -c -f - <<<"$text")
	nft delete table ip6 oci-v6
	nft -f - <<<"$text"
	diff <(echo "$text" | box_sort_elements) <(nft list table ip6 oci-v6 | box_sort_elements)
	refused $ELSEWHERE tcp 2001:db8::203 80
}

@test "without IPv6 of its own, and with a route instead of an address" {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_up c
	box_serve c tcp 80
	box_bind c v6.host=web3 v6.from="$LAB_CLIENT"
	let_in c "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
}

@test "wrong lists are refused with what to write instead" {
	while IFS='|' read -r list said; do
		run box_bind a v6.host=web3 "v6.from=$list"
		[ "$status" = 1 ]
		echo "$list: $output"
		[[ "$output" == *"$said"* ]]
	done <<-'END'
		192.0.2.0/24|v6.from: "192.0.2.0/24" is IPv4, by which no client of a service comes
		::ffff:192.0.2.1|is IPv4
		2001:db8::1/32|"2001:db8::1/32": bits beyond the prefix length are set; write 2001:db8::/32 or 2001:db8::1
		example.com|"example.com": not an IPv6 prefix or address
		2001:db8::/129|not an IPv6 prefix
		fe80::1%eth0|not an IPv6 prefix
		,|a prefix is missing
	END
	run box_bind a v6.host=web3 "v6.from=$(printf '2001:db8:%x::/48 ' {1..1001})"
	[[ "$output" == *"more than 1000 prefixes; write wider ones"* ]]
	run box_bind a "v6.host=web3 web2" "v6.ports=$(printf '%d ' {1..20})" "v6.from=$(printf '2001:db8:%x::/48 ' {1..1000})"
	[[ "$output" == *"are more than 16384 in all"* ]]
	[ -z "$(find /run/oci-v6/records -type f)" ]
}

@test "a thousand prefixes: the first and the last get in, and all go with it" {
	box_serve a tcp 80
	box_bind a v6.host=web3 "v6.from=$(printf '2001:db8:%x::/48 ' {15..1013})"
	let_in a $ELSEWHERE tcp 2001:db8::203 80
	refused "$LAB_CLIENT" tcp 2001:db8::203 80
	run v6ctl reconcile
	[[ "$output" == *"0 repaired"*"0 orphans"* ]]
	box_unbind a
	none_left
}

# rules JSON - "allow" of the configuration
rules() {
	mkdir -p /etc/oci-v6
	echo "{\"allow\": [$1]}" >/etc/oci-v6/config.json
}

@test "a rule lists clients, which a container narrows and cannot widen" {
	box_serve a tcp 80
	rules '{"ports": ["80"], "from": ["2001:db8::/64", "2001:db8:aaaa::/48"]}, {}'
	box_bind a v6.host=web3
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	box_unbind a
	box_bind a v6.host=web3 "v6.from=$LAB_CLIENT $ELSEWHERE"
	let_in a "$LAB_CLIENT" tcp 2001:db8::203 80
	refused $ELSEWHERE tcp 2001:db8::203 80
	run ! grep -F 2001:db8:f: <(nft list set ip6 oci-v6 from-tcp)
	run ! grep -F aaaa <(nft list set ip6 oci-v6 from-tcp)
	box_unbind a
	box_bind a v6.host=web3 v6.from=::/0
	refused $ELSEWHERE tcp 2001:db8::203 80
	box_unbind a
	run box_bind a v6.host=web3 v6.from=$ELSEWHERE
	[[ "$output" == *'web3: v6.from has no client in common with "from" of the rule'* ]]
	run box_bind a v6.host=web3 v6.ports=80,443
	[[ "$output" == *"let other clients reach port 443/tcp than its other ports"* ]]
	run box_bind a v6.host=web3 v6.ports=70-90
	[[ "$output" == *"let other clients reach port 80/tcp than its other ports"* ]]
	rules '{"names": ["web3"], "from": ["2001:db8::/64"]}, {}'
	run box_bind a v6.host=web3,web2
	[[ "$output" == *"let other clients reach it than web3; publish it by a container of its own"* ]]
	box_bind a v6.host=web3,web2 v6.from="$LAB_CLIENT"
	let_in a "$LAB_CLIENT" tcp 2001:db8::202 80
	refused $ELSEWHERE tcp 2001:db8::202 80
	box_unbind a
	rules '{"from": ["2001:db8::/64"]}'
	run box_bind a v6.host=web3 v6.ports=all
	[[ "$output" == *"v6.ports=all is for everybody"* ]]
	rules '{"from": ["192.0.2.0/24"]}'
	run box_bind a v6.host=web3
	[[ "$output" == *'"allow"[0]."from": "192.0.2.0/24" is IPv4'* ]]
}

@test "v6ctl check --from says whether a client may connect, v6ctl show lists them" {
	box_serve a tcp 80
	box_bind a v6.host=web3 "v6.from=$LAB_CLIENT 2001:db8:aaaa::/48"
	run v6ctl check --from $ELSEWHERE web3
	[ "$status" = 1 ]
	[[ "$output" == *"$ELSEWHERE may not connect, so it is refused"* ]]
	run v6ctl check --from "$LAB_CLIENT" web3
	[[ "$output" == *"$LAB_CLIENT is one of the clients that may connect"* ]]
	run -0 v6ctl show "$(box_id a)"
	[[ "$output" == *"$LAB_CLIENT"*"2001:db8:aaaa::/48"* ]]
	v6ctl show --json "$(box_id a)" | grep -F '"2001:db8:aaaa::/48"'
	nft flush set ip6 oci-v6 from-tcp
	run v6ctl list
	[[ "$output" == *lost* ]]
}

@test "containers that share a name have the same clients, until the last one stops" {
	local mode

	box_serve a tcp 80
	box_serve b tcp 80
	for mode in newest each; do
		box_bind a v6.host=web3 v6.share=$mode v6.from="$LAB_CLIENT"
		# another list would let its clients in to both
		run box_bind b v6.host=web3 v6.share=$mode v6.from=$ELSEWHERE
		[ "$status" != 0 ]
		[[ "$output" == *"which shares with containers of the same v6.from only; let the same clients in, or stop that one"* ]]
		run box_bind b v6.host=web3 v6.share=$mode
		[ "$status" != 0 ]
		refused $ELSEWHERE tcp 2001:db8::203 80
		box_bind b v6.host=web3 v6.share=$mode v6.from="$LAB_CLIENT/128"
		refused $ELSEWHERE tcp 2001:db8::203 80
		[[ "$(ask_from "$LAB_CLIENT" tcp 2001:db8::203 80)" == [ab]" $LAB_CLIENT" ]]
		box_unbind a
		let_in b "$LAB_CLIENT" tcp 2001:db8::203 80
		refused $ELSEWHERE tcp 2001:db8::203 80
		run v6ctl reconcile
		[[ "$output" == "1 live, 0 repaired; 0 dead collected, 0 orphans removed"* ]]
		box_unbind b
		none_left
	done
}
