#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ending.bats - Connections are ended without the lock, in bounded memory, and only where there may be any
#
#	tests/lab/run bats tests/net/ending.bats
#
#	client ---- lan ---- eth0 [ the host ] cni0 ---- a (fd42::a), b (fd42::b)

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	# else it changes with the boxes, and the kernel forgets its neighbours
	ip link set cni0 address 02:00:00:00:00:30
}

setup() {
	conntrack -F 2>/dev/null
	box_up a fd42::a/64
	box_up b fd42::b/64
	mkdir -p /run/lab/walks
	: >/run/lab/walks/list
}

teardown() {
	rm -f /run/lab/walks/*
	lab_stop stopping
	lab_stop talk
	lab_stop v6d
	cat /run/lab/v6d.log 2>/dev/null || true
	lab_clear a b
}

flood() {
	"$PWD/$V6_BUILD/tests/net/flood" "$@"
}

# watched COMMAND... - with walks.so in it
watched() {
	V6_WRAP="env WALKS=/run/lab/walks LD_PRELOAD=$PWD/$V6_BUILD/tests/net/walks.so" "$@"
}

walks() {
	wc -l </run/lab/walks/list
}

# flows SOURCE - how many entries are answered by an address
flows() {
	conntrack -L -f ipv6 2>/dev/null | LC_ALL=C grep -c "src=$1 "
}

# stop_in_walk BOX - its stop goes as far as its first walk, until /run/lab/walks/stop is gone
stop_in_walk() {
	touch /run/lab/walks/stop
	box_stopped "$1" >/run/lab/stopped
	lab_start stopping env WALKS=/run/lab/walks "LD_PRELOAD=$PWD/$V6_BUILD/tests/net/walks.so" \
		sh -c "exec $hook poststop </run/lab/stopped"
	lab_until eval '[ "$(walks)" = 1 ]'
}

go_on() {
	local pid

	pid=$(cat /run/lab/stopping.pid)
	rm /run/lab/walks/stop
	lab_until eval "! kill -0 $pid"
}

# talk PROTO PORT ANSWER - a client that keeps its socket; talk_again: asks by it once more
talk() {
	rm -f /run/lab/talk
	mkfifo /run/lab/talk
	lab_start talk sh -c "exec nsenter --net=/run/netns/client $peer hold $1 2001:db8::203 $2 </run/lab/talk"
	exec 7>/run/lab/talk
	talk_again "$3"
}

talk_again() {
	local before

	before=$(wc -l </run/lab/talk.log)
	echo >&7
	lab_until eval "[ \$(wc -l </run/lab/talk.log) -gt $before ]"
	[ "$(tail -n 1 /run/lab/talk.log)" = "$1" ]
}

@test "others start and stop while connections are ended, which have no element any more" {
	box_serve a tcp 80
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	flood 1000 tcp 2001:db8::203 80 fd42::a
	stop_in_walk a
	[ "$(cat /run/lab/walks/list)" = free ]
	run ! grep 2001:db8::203 <(nft list map ip6 oci-v6 services)
	box_bind b v6.host=2001:db8::204
	box_unbind b
	[ "$(flows fd42::a)" -ge 1000 ]
	go_on
	[ "$(flows fd42::a)" = 0 ]
}

# ends PORTS PROTO PORT - all that leads to box a ends with it, and none of a service beside it
ends() {
	box_serve a "$2" "$3"
	box_bind a v6.host=2001:db8::203 v6.ports="$1"
	answers "a $LAB_CLIENT" "$2" 2001:db8::203 "$3"
	flood 3000 "$2" 2001:db8::203 "$3" fd42::a
	flood 3000 "$2" 2001:db8::204 "$3" fd42::a
	flood 3000 "$2" 2001:db8::203 "$3" fd42::b 10000
	watched box_unbind a
	[ "$(flows fd42::a)" = 3000 ]
	[ "$(flows fd42::b)" = 3000 ]
	[ "$(cat /run/lab/walks/list)" = free ]
}

@test "all connections of a port end" {
	ends 80 tcp 80
}

@test "all connections of a UDP port end" {
	ends 53/udp udp 53
}

@test "all connections of a wide range end" {
	ends 2000-9000 tcp 7777
}

@test "all connections of a whole address end" {
	ends all udp 5353
}

@test "all connections of many ports end in one walk" {
	box_serve a tcp 80
	box_serve a udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=80,443,53/udp,2000-9000
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	flood 1000 tcp 2001:db8::203 80 fd42::a
	flood 1000 udp 2001:db8::203 53 fd42::a
	watched box_unbind a
	[ "$(flows fd42::a)" = 0 ]
	[ "$(walks)" = 1 ]
}

@test "in the host's network, too" {
	lab_start init-c sleep infinity
	lab_start serve-c "$peer" serve tcp 8080 c
	lab_until box_host_listens 8080
	box_bind c v6.host=2001:db8::203 v6.ports=8080
	answers "c $LAB_CLIENT" tcp 2001:db8::203 8080
	flood 1000 tcp 2001:db8::203 8080 2001:db8::203
	box_unbind c
	[ "$(flows 2001:db8::203)" = 0 ]
	lab_stop serve-c
	lab_stop init-c
}

@test "where nothing was counted, a stop walks through no connections" {
	for ports in 80 53/udp 80-1024/sctp 2000-9000 all; do
		box_bind a v6.host=2001:db8::203 v6.ports=$ports
		watched box_unbind a
		[ "$(walks)" = 0 ]
	done
}

@test "a start of a TCP service walks through none, nor does a reconcile that finds all in order" {
	watched box_bind a v6.host=2001:db8::203
	LD_PRELOAD=$PWD/$V6_BUILD/tests/net/walks.so WALKS=/run/lab/walks v6ctl reconcile
	[ "$(walks)" = 0 ]
}

# SCTP is what no client here speaks
@test "connections that are older than the element end: of a table that was flushed, of SCTP" {
	for proto in tcp sctp; do
		box_bind a v6.host=2001:db8::203 v6.ports=80/$proto
		flood 1000 $proto 2001:db8::203 80 fd42::a
		nft delete table ip6 oci-v6
		v6ctl reconcile
		box_unbind a
		[ "$(flows fd42::a)" = 0 ]
		box_bind a v6.host=2001:db8::203 v6.ports=80/$proto
		flood 1000 $proto 2001:db8::203 80 fd42::a
		nft flush map ip6 oci-v6 services
		v6ctl reconcile
		box_unbind a
		[ "$(flows fd42::a)" = 0 ]
	done
}

@test "the same container again, while its former connections are ended: the new ones go on" {
	for proto in udp tcp; do
		box_serve a $proto 53
		box_bind a v6.host=2001:db8::203 v6.ports=53/$proto
		answers "a $LAB_CLIENT" $proto 2001:db8::203 53
		stop_in_walk a
		box_bind a v6.host=2001:db8::203 v6.ports=53/$proto
		talk $proto 53 "a $LAB_CLIENT"
		before=$(conntrack -L -f ipv6 -o id 2>/dev/null | grep "src=fd42::a " | grep -o 'id=.*' | sort)
		go_on
		[ "$(conntrack -L -f ipv6 -o id 2>/dev/null | grep "src=fd42::a " | grep -o 'id=.*' | sort)" = "$before" ]
		talk_again "a $LAB_CLIENT"
		exec 7>&-
		lab_stop talk
		box_unbind a
		: >/run/lab/walks/list
	done
}

@test "as all of the address, while connections of its port are ended: the new ones go on" {
	box_serve a udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	stop_in_walk a
	box_bind a v6.host=2001:db8::203 v6.ports=all
	talk udp 53 "a $LAB_CLIENT"
	go_on
	[ "$(flows fd42::a)" -ge 1 ]
	talk_again "a $LAB_CLIENT"
	exec 7>&-
}

@test "a successor, while connections are ended: the former's end, its own go on" {
	box_serve a udp 53
	box_serve b udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	flood 1000 udp 2001:db8::203 53 fd42::a
	stop_in_walk a
	box_bind b v6.host=2001:db8::203 v6.ports=53/udp
	talk udp 53 "b $LAB_CLIENT"
	go_on
	[ "$(flows fd42::a)" = 0 ]
	[ "$(flows fd42::b)" = 1 ]
	talk_again "b $LAB_CLIENT"
	exec 7>&-
}

@test "a claim that moves: connections to the previous target end, with v6ctl and with v6d" {
	for proto in tcp udp; do
		ip -n a addr replace fd42::a/64 dev eth0 nodad
		box_serve a $proto 80
		box_bind a v6.host=2001:db8::203 v6.ports=80/$proto
		answers "a $LAB_CLIENT" $proto 2001:db8::203 80
		flood 1000 $proto 2001:db8::203 80 fd42::a
		ip -n a addr add fd42::1:a/64 dev eth0 nodad
		ip -n a addr del fd42::a/64 dev eth0
		v6ctl reconcile
		answers "a $LAB_CLIENT" $proto 2001:db8::203 80
		[ "$(flows fd42::a)" = 0 ]
		[ "$(flows fd42::1:a)" = 1 ]
		flood 1000 $proto 2001:db8::203 80 fd42::1:a
		box_v6d_start
		ip -n a addr add fd42::a/64 dev eth0 nodad
		ip -n a addr del fd42::1:a/64 dev eth0
		lab_until eval '[ "$(flows fd42::1:a)" = 0 ]'
		lab_stop v6d
		box_unbind a
	done
}

# It is spared, as it leads to where a new one would; and then it makes no new one
@test "a UDP connection that goes on over a restart without a stop ends with the last stop" {
	box_serve a udp 53
	for id in "$(box_id a)" another; do
		box_bind a v6.host=2001:db8::203 v6.ports=53/udp
		talk udp 53 "a $LAB_CLIENT"
		box_kill a
		box_init a
		box_state a v6.host=2001:db8::203 v6.ports=53/udp |
			sed "s/$(box_id a)/$id/" | $hook createRuntime
		talk_again "a $LAB_CLIENT"
		[ "$(flows fd42::a)" = 1 ]
		box_stopped a "$id" | $hook poststop
		[ "$(flows fd42::a)" = 0 ]
		exec 7>&-
		lab_stop talk
	done
}

@test "what members of a pod share ends with the last of them" {
	box_serve a tcp 80
	box_bind a v6.host=2001:db8::203
	lab_start init-member nsenter --net=/run/netns/a sleep infinity
	lab_until test "/proc/$(box_pid member)/ns/net" -ef /run/netns/a
	box_bind member v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	flood 1000 tcp 2001:db8::203 80 fd42::a
	watched box_unbind a
	[ "$(walks)" = 0 ]
	[ "$(flows fd42::a)" -ge 1000 ]
	box_unbind member
	[ "$(flows fd42::a)" = 0 ]
	lab_stop init-member
}

# In one piece, that would be too much for its time, as for a hook's
@test "v6d ends what dead containers left in pieces, and repairs the table meanwhile" {
	box_serve a tcp 80
	box_bind a v6.host=2001:db8::203
	box_bind b v6.host=2001:db8::204
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	flood 100000 tcp 2001:db8::203 80 fd42::a
	WALKS=/run/lab/walks LD_PRELOAD=$PWD/$V6_BUILD/tests/net/walks.so box_v6d_start
	touch /run/lab/walks/slow
	box_kill a
	lab_until eval '[ "$(walks)" = 1 ]'
	nft delete table ip6 oci-v6
	lab_until eval 'nft list map ip6 oci-v6 services 2>/dev/null | grep -q 2001:db8::204'
	[ "$(flows fd42::a)" -gt 0 ]
	rm /run/lab/walks/slow
	lab_until eval '[ "$(flows fd42::a)" = 0 ]'
	run ! grep "more are left" /run/lab/v6d.log
}

# A client that goes on sending would be led to the next container with that address
killed_in_walk() {
	box_serve a udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	talk udp 53 "a $LAB_CLIENT"
	stop_in_walk a
	kill -KILL "$(cat /run/lab/stopping.pid)"
	rm /run/lab/walks/stop
	[ "$(flows fd42::a)" = 1 ]
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "a stop killed while it ends connections: v6ctl reconcile goes on" {
	killed_in_walk
	v6ctl reconcile
	[ "$(flows fd42::a)" = 0 ]
	[ -z "$(ls /run/oci-v6/ending)" ]
}

@test "a stop killed while it ends connections: v6d goes on, a successor's live" {
	box_v6d_start
	killed_in_walk
	lab_stop talk
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	talk udp 53 "a $LAB_CLIENT"
	lab_until eval '[ -z "$(ls /run/oci-v6/ending)" ]'
	[ "$(flows fd42::a)" -ge 1 ]
	talk_again "a $LAB_CLIENT"
	box_unbind a
	[ "$(flows fd42::a)" = 0 ]
}

@test "v6d killed while it ends connections: the next one goes on" {
	box_serve a udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	flood 50000 udp 2001:db8::203 53 fd42::a
	WALKS=/run/lab/walks LD_PRELOAD=$PWD/$V6_BUILD/tests/net/walks.so box_v6d_start
	touch /run/lab/walks/slow
	box_kill a
	lab_until eval '[ "$(walks)" = 1 ]'
	kill -KILL "$(cat /run/lab/v6d.pid)"
	lab_until lab_is_gone "$(cat /run/lab/v6d.pid)"
	rm /run/lab/walks/slow
	[ "$(flows fd42::a)" -gt 0 ]
	box_v6d_start
	lab_until eval '[ "$(flows fd42::a)" = 0 ]'
	lab_until eval '[ -z "$(ls /run/oci-v6/ending)" ]'
}

@test "v6d killed while it ends connections to where a container was: the next one goes on" {
	box_serve a udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	flood 50000 udp 2001:db8::203 53 fd42::a
	WALKS=/run/lab/walks LD_PRELOAD=$PWD/$V6_BUILD/tests/net/walks.so box_v6d_start
	touch /run/lab/walks/slow
	ip -n a addr add fd42::1:a/64 dev eth0 nodad
	ip -n a addr del fd42::a/64 dev eth0
	lab_until eval '[ "$(walks)" -ge 1 ]'
	kill -KILL "$(cat /run/lab/v6d.pid)"
	lab_until lab_is_gone "$(cat /run/lab/v6d.pid)"
	rm /run/lab/walks/slow
	[ "$(flows fd42::a)" -gt 0 ]
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	box_v6d_start
	lab_until eval '[ "$(flows fd42::a)" = 0 ]'
	[ "$(flows fd42::1:a)" = 1 ]
	lab_until eval '[ -z "$(ls /run/oci-v6/ending)" ]'
}

@test "in the way of notes of connections to end: links, FIFOs, directories, and a file" {
	box_serve a tcp 80
	install -d -m 700 /run/oci-v6 /run/oci-v6/ending
	mkdir /run/oci-v6/ending/d.json
	mkfifo /run/oci-v6/ending/f.json "/run/oci-v6/ending/$(box_id a).json"
	ln -s /etc/passwd /run/oci-v6/ending/l.json
	echo '{' >/run/oci-v6/ending/half.json
	v6ctl reconcile
	[ "$(ls /run/oci-v6/ending)" = d.json ]
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	mkdir "/run/oci-v6/ending/$(box_id a).json"
	box_unbind a
	[ "$(flows fd42::a)" = 0 ]
	rm -r /run/oci-v6/ending
	echo >/run/oci-v6/ending
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	[ "$(flows fd42::a)" = 0 ]
	run v6ctl reconcile
	[[ "$output" == *"/run/oci-v6/ending: cannot look through it: Not a directory; remove it"* ]]
}

@test "a service without a record: its connections end with it" {
	box_serve a tcp 80
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	flood 1000 tcp 2001:db8::203 80 fd42::a
	rm -rf /run/oci-v6
	v6ctl reconcile
	[ "$(flows fd42::a)" = 0 ]
}

@test "a stop takes the same memory with 50,000 connections as with one" {
	box_serve a tcp 80
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	watched box_unbind a
	one=$(tail -n 1 /run/lab/walks/peak)
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	flood 50000 tcp 2001:db8::203 80 fd42::a
	watched box_unbind a
	[ "$(flows fd42::a)" = 0 ]
	[ "$(tail -n 1 /run/lab/walks/peak)" -lt $((one + 512)) ]
}

# Those of clients that go on sending do not
@test "a stop that has no time left says so, and the next start on the UDP port ends the others" {
	box_serve a udp 53
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	flood 20000 udp 2001:db8::203 53 fd42::a
	touch /run/lab/walks/late
	run watched box_unbind a
	[ "$status" = 0 ]
	[[ "$output" == *"more are left; v6d or v6ctl reconcile ends them, or conntrack -D -f ipv6 -d 2001:db8::203"* ]]
	[ "$(flows fd42::a)" -gt 10000 ]
	box_bind b v6.host=2001:db8::203 v6.ports=53/udp
	[ "$(flows fd42::a)" = 0 ]
	[ "$(ls /run/oci-v6/ending)" = "$(box_id a).json" ]
	box_unbind b
	v6ctl reconcile
	[ -z "$(ls /run/oci-v6/ending)" ]
}
