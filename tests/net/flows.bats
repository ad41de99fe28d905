#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# flows.bats - Flows end with their container, and no others do, with 100,000 of them in the table
#
#	tests/lab/run bats tests/net/flows.bats
#
#	client ---- lan ---- eth0 [ the host ] cni0 ---- a (fd42::a), b (fd42::b), c (fd42::c)
#
# Containers a and b share 2001:db8::203: 80/tcp and 53/udp lead to a, 443/tcp to b. Container c has
# 2001:db8::205.

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up c fd42::c/64
	box_bind c v6.host=2001:db8::205
}

setup() {
	conntrack -F
	crowd
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve a udp 53
	box_serve b tcp 443
	box_serve b udp 53
}

teardown() {
	hang_up
	box_unbind a
	box_unbind b
	box_down a b
}

flood() {
	"$PWD/$V6_BUILD/tests/net/flood" "$@"
}

# 100,000 flows that are no affair of container a
crowd() {
	flood 40000 tcp 2001:db8::203 443 fd42::b # of the same address, to b
	flood 20000 tcp 2001:db8::204 80 fd42::b # of the same port
	flood 20000 udp 2001:db8::203 53 fd42::c # of the same claim, when c had it
	flood 20000 udp "$LAB_HOST" 53 "$LAB_HOST" # not of a service at all
}

# others COUNT - so many of them are there
others() {
	[ "$(conntrack -L -f ipv6 2>/dev/null | LC_ALL=C grep -c src=2001:db8:c::)" = "$1" ]
}

# call PROTO PORT TEXT - a client that keeps its socket is told this, and can be made to ask again
call() {
	mkfifo "/run/lab/$1.fifo"
	lab_start "$1" sh -c "exec nsenter --net=/run/netns/client $peer hold $1 2001:db8::203 $2 </run/lab/$1.fifo"
	case $1 in
	tcp) exec 7>/run/lab/tcp.fifo ;;
	udp) exec 8>/run/lab/udp.fifo ;;
	esac
	told "$1" "$3"
}

# told PROTO TEXT - asking again, the client is told this
told() {
	local before

	before=$(wc -l <"/run/lab/$1.log")
	case $1 in
	tcp) echo >&7 ;;
	udp) echo >&8 ;;
	esac
	lab_until has_lines "/run/lab/$1.log" $((before + 1))
	# shellcheck disable=SC2053 # a pattern
	[[ "$(tail -n 1 "/run/lab/$1.log")" == $2 ]]
}

has_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

hang_up() {
	exec 7>&- 8>&-
	for proto in tcp udp; do
		lab_stop $proto
		rm -f "/run/lab/$proto.log" "/run/lab/$proto.fifo"
	done
}

# Messages "address unreachable" that the client has had
unreachables() {
	lab_client nstat -asz Icmp6InDestUnreachs | awk '/Unreachs/ { print $2 }'
}

@test "stop: its TCP flow is reset and its UDP flow refused at once, 100,000 others are untouched" {
	box_bind a v6.host=2001:db8::203 v6.ports=80,53/udp
	box_bind b v6.host=2001:db8::203 v6.ports=443
	call tcp 80 "a $LAB_CLIENT"
	call udp 53 "a $LAB_CLIENT"
	others 100000
	box_unbind a
	told tcp "error: Connection reset by peer"
	told udp "error: Connection refused"
	others 100000
	answers "b $LAB_CLIENT" tcp 2001:db8::203 443
	box_unbind b
	others 60000
}

@test "stop of the last: the end of its processes ends connections, and new clients are refused" {
	box_bind a v6.host=2001:db8::203 v6.ports=80,53/udp
	call tcp 80 "a $LAB_CLIENT"
	call udp 53 "a $LAB_CLIENT"
	# as the kernel ends the processes of a container
	lab_stop serve-a-udp-53
	told udp "error: Connection refused"
	for pid in $(nsenter --net=/run/netns/a ss -Htnp | grep -o 'pid=[0-9]*' | sort -u); do
		kill -KILL "${pid#pid=}"
	done
	told tcp "error: closed"
	box_unbind a
	# the host, which a client asks for a while, looks for the address on the link, three times
	sysctl -qw net.ipv6.neigh.eth0.retrans_time_ms=20
	before=$(unreachables)
	echo >&8
	lab_until eval '[ "$(unreachables)" -gt "$before" ]'
	sysctl -qw net.ipv6.neigh.eth0.retrans_time_ms=1000
	others 100000
}

@test "a UDP client moves to the successor with its first packet" {
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	call udp 53 "a $LAB_CLIENT"
	box_unbind a
	box_bind b v6.host=2001:db8::203 v6.ports=53/udp
	told udp "b $LAB_CLIENT"
	others 100000
}

# What it sent meanwhile is refused, and keeps no flow alive that would not be for the service
@test "a UDP client that sends between stop and start is served afterwards" {
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	call udp 53 "a $LAB_CLIENT"
	box_unbind a
	told udp "error: *"
	run ! eval 'conntrack -L -f ipv6 -p udp 2>/dev/null | grep "src=$LAB_CLIENT .*UNREPLIED"'
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	told udp "a $LAB_CLIENT"
	others 100000
}

@test "a claim that is taken over from the dead: its flows go to the successor, no others" {
	box_bind a v6.host=2001:db8::203 v6.ports=53/udp
	call udp 53 "a $LAB_CLIENT"
	box_kill a
	box_bind b v6.host=2001:db8::203 v6.ports=53/udp
	told udp "b $LAB_CLIENT"
	others 100000
}

# zoned EXPRESSION - packets of the test's connections are followed in a zone of their own
zoned() {
	nft -f - <<-END
		table ip6 zones {
			chain pre { type filter hook prerouting priority raw; ct $1 set 7; }
			chain out { type filter hook output priority raw; ct $1 set 7; }
		}
	END
}

# ends_in_zone EXPRESSION - a stop ends flows of that zone, too, and a successor is asked next
ends_in_zone() {
	zoned "$1"
	box_bind a v6.host=2001:db8::203 v6.ports=80,53/udp
	call tcp 80 "a $LAB_CLIENT"
	call udp 53 "a $LAB_CLIENT"
	conntrack -L -f ipv6 2>/dev/null | grep "src=$LAB_CLIENT .*zone"
	box_unbind a
	[ "$(conntrack -L -f ipv6 2>/dev/null | grep -c "src=fd42::a .*dst=$LAB_CLIENT")" = 0 ]
	box_bind b v6.host=2001:db8::203 v6.ports=53/udp
	told udp "b $LAB_CLIENT"
	nft delete table ip6 zones
	others 100000
}

@test "flows of another conntrack zone end, too" {
	ends_in_zone zone
}

@test "flows whose first direction alone has another zone end, too" {
	ends_in_zone 'original zone'
}
