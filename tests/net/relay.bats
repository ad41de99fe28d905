#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# relay.bats - Clients of programs that listen on IPv4 only
#
#	tests/lab/run bats tests/net/relay.bats
#
#	client ---- 2001:db8::203 ---- [ box a ] relay ---- 10.1.0.2:80
#	client ---- 2001:db8::204 ---- [ box b ] relay ---- 10.1.0.3:80

load lab

setup_file() {
	lab_ready
	box_bridge
	ip addr add 10.1.0.1/24 dev cni0
	box_v6d_start
}

setup() {
	: >/run/lab/v6d.log
	box_up a
	box_ipv4 a 2
}

teardown() {
	cat /run/lab/v6d.log
	lab_stop talk
	lab_stop other
	for box in a b; do
		box_unbind $box
		box_down $box
	done
	rm -f /etc/oci-v6/config.json
	lab_until eval '! relays'
}

# box_ipv4 NAME NUMBER - 10.1.0.NUMBER
box_ipv4() {
	ip -n "$1" addr add "10.1.0.$2/24" dev eth0
	ip -n "$1" route add default via 10.1.0.1
}

# program BOX MODE [ADDRESS [PORT]] - what listens there, on IPv4 only; see relay-peer.py
program() {
	lab_start "serve-$1-tcp-${4-80}" nsenter --net="/run/netns/$1" \
		python3 tests/net/relay-peer.py "$2" "${3-0.0.0.0}" "${4-80}"
	lab_until box_listens "$1" tcp "${4-80}"
}

client() {
	lab_client python3 tests/net/relay-peer.py "$@"
}

# relay_of BOX - its process, which locks its file
relay_of() {
	local inode

	inode=$(stat -c %i "/run/oci-v6/relays/$(box_id "$1")") &&
		awk -v inode="$inode" '$2 == "POSIX" && $6 ~ ":" inode "$" { print $5; found = 1 }
			END { exit !found }' /proc/locks
}

relays() {
	pgrep -x oci-v6-relay
}

# relay_listens BOX [PORT [NETNS]] - the relay of a box, on the first port that is tried, or on another
relay_listens() {
	relay_of "$1" && box_listens "${3-$1}" tcp "${2-61000}"
}

relayed() {
	box_bind "$@" && lab_until relay_listens "$1"
}

# talking ADDRESS [NAME] - one client that stays; say TEXT [NAME] - it says something, and is answered
talking() {
	rm -f "/run/lab/${2-talk}.in" "/run/lab/${2-talk}.log"
	mkfifo "/run/lab/${2-talk}.in"
	lab_start "${2-talk}" nsenter --net=/run/netns/client sh -c \
		"exec python3 tests/net/relay-peer.py talk $1 80 <>/run/lab/${2-talk}.in"
	lab_until grep -qx 'hello 10.1.0.[23]' "/run/lab/${2-talk}.log"
}

say() {
	echo "$1" >"/run/lab/${2-talk}.in"
	lab_until grep -qx "$1" "/run/lab/${2-talk}.log"
}

hello() {
	[ "$(client ask "$1" 80 </dev/null)" = "$2"$'\n'"0 bytes" ]
}

@test "a program on 0.0.0.0, in a container without IPv6: it sees the container's own address" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	hello web3 "hello 10.1.0.2"
}

@test "a program on 127.0.0.1: it, too, does not take clients for itself" {
	program a serve 127.0.0.1
	relayed a v6.host=web3 v6.relay=on
	hello web3 "hello 10.1.0.2"
}

@test "other ports, several of them, and a program that listens on IPv6 later" {
	program a serve 0.0.0.0 8080
	program a serve 0.0.0.0 443
	relayed a v6.host=web3 v6.ports=80:8080,443 v6.relay=on
	hello web3 "hello 10.1.0.2"
	[ "$(client ask web3 443 </dev/null | head -n 1)" = "hello 10.1.0.2" ]
	program a serve :: 80
}

@test "what is said arrives, both ways, and each end may stop speaking first" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	head -c 30000000 /dev/urandom >/run/lab/said
	client ask web3 80 </run/lab/said >/run/lab/heard
	cmp <(echo "hello 10.1.0.2"; cat /run/lab/said; echo "30000000 bytes") /run/lab/heard
}

@test "small pieces for a program that takes none for a while: not a byte is lost" {
	mkfifo /run/lab/go || true
	lab_start serve-a-tcp-80 nsenter --net=/run/netns/a python3 tests/net/relay-peer.py late 0.0.0.0 80 /run/lab/go
	lab_until box_listens a tcp 80
	relayed a v6.host=web3 v6.relay=on
	said=$(client press web3 80 /run/lab/go)
	lab_until grep -qx "$said" /run/lab/serve-a-tcp-80.log
}

@test "a program that is not up yet, or again: the client is reset at once, then answered" {
	relayed a v6.host=web3 v6.relay=on
	[ "$(client meet web3 80)" = reset ]
	program a serve
	hello web3 "hello 10.1.0.2"
	lab_stop serve-a-tcp-80
	[ "$(client meet web3 80)" = reset ]
	program a serve
	hello web3 "hello 10.1.0.2"
}

@test "a reset is one at the other end, too" {
	program a reset
	relayed a v6.host=web3 v6.relay=on
	[ "$(client meet web3 80)" = reset ]
}

@test "killed: v6d starts it again" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	former=$(relay_of a)
	kill -KILL "$former"
	lab_until eval '[ "$(relay_of a)" != "$former" ]'
	lab_until hello web3 "hello 10.1.0.2"
}

@test "v6d killed, stopped, started: connections live, and there is one relay" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	talking web3
	former=$(relay_of a)
	kill -KILL "$(cat /run/lab/v6d.pid)"
	lab_stop v6d
	say "without v6d"
	hello web3 "hello 10.1.0.2"
	box_v6d_start
	say "with another"
	lab_stop v6d
	box_v6d_start
	kill -HUP "$(cat /run/lab/v6d.pid)"
	say "with a third"
	[ "$(relay_of a)" = "$former" ]
	[ "$(relays)" = "$former" ]
}

@test "a limit that was changed: existing connections continue, and new ones get the new limit" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	talking web3
	former=$(relay_of a)
	mkdir -p /etc/oci-v6
	echo '{"relay": {"connections": 1}}' >/etc/oci-v6/config.json
	kill -HUP "$(cat /run/lab/v6d.pid)"
	lab_until eval 'relay_listens a && [ "$(relay_of a)" != "$former" ]'
	say "with the former one"
	talking web3 other
	say "with the latter" other
	[ "$(client meet web3 80)" = reset ]
	lab_until grep -q "ca978112ca1b: relay: it has as many connections as" /run/lab/v6d.log
	lab_stop talk
	lab_until eval '[ "$(relays)" = "$(relay_of a)" ]'
}

@test "the container ends without a stop hook: so does its relay, without v6d, too" {
	relayed a v6.host=web3 v6.relay=on
	lab_stop v6d
	box_kill a
	lab_until eval '! relays'
	box_v6d_start
}

@test "unpublished: the relay takes no more, and goes when the last client does" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	box_unbind a
	lab_until eval '! relays'
}

@test "clear: there is none, without v6d, too" {
	relayed a v6.host=web3 v6.relay=on
	lab_stop v6d
	v6ctl clear
	lab_until eval '! relays'
	box_v6d_start
}

@test "members of a pod that ask for the same have one relay, others one each" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	box_init b a
	box_bind b v6.host=web3 v6.relay=on
	hello web3 "hello 10.1.0.2"
	box_unbind b
	relayed a v6.host=web3 v6.relay=on
	program a serve 0.0.0.0 81
	box_bind b v6.host=web4 v6.ports=80:81 v6.relay=on
	lab_until relay_listens b 61001 a
	hello web4 "hello 10.1.0.2"
	hello web3 "hello 10.1.0.2"
}

@test "the one that has the relay of a pod ends: the next one has it" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	box_init b a
	box_bind b v6.host=web3 v6.relay=on
	box_kill a
	lab_until hello web3 "hello 10.1.0.2"
	lab_until relay_of b
}

# refused TEXT KEY=VALUE... - the start fails, and says this
refused() {
	local text=$1

	shift
	run box_bind "$@"
	[ "$status" = 1 ]
	[[ "$output" == *"$text"* ]]
}

@test "what can't be relayed is refused, and the error says what to do" {
	refused 'v6.relay: "yes": expected on, proxy or off' a v6.host=web3 v6.relay=yes
	refused "53/udp can't be relayed, only single ports of TCP can; list them in v6.ports" \
		a v6.host=web3 v6.ports=80,53/udp v6.relay=on
	refused "5000-5001/tcp can't be relayed" a v6.host=web3 v6.ports=5000-5001 v6.relay=on
	refused "all can't be relayed" a v6.host=web3 v6.ports=all v6.relay=on
	ip -n a addr flush dev eth0 scope global
	ip -n a -4 addr flush dev eth0
	refused "the container has no IPv4 address; remove v6.relay" a v6.host=web3 v6.relay=on
	lab_start init-b sleep infinity
	refused "a container in the host's network can't have one" b v6.host=web3 v6.relay=on
	box_ipv4 a 2
	lab_stop v6d
	refused "v6d does not run, which starts relays; run systemctl enable --now v6d" \
		a v6.host=web3 v6.relay=on
	box_v6d_start
	box_bind a v6.host=web3 v6.relay=off
}

@test "it may do next to nothing" {
	relayed a v6.host=web3 v6.relay=on
	status=/proc/$(relay_of a)/status
	cat "$status"
	grep -q "^Uid:.65534.65534.65534.65534$" "$status"
	grep -q "^Gid:.65534.65534.65534.65534$" "$status"
	grep -q "^Groups:[[:space:]]*$" "$status"
	[ "$(grep -c '^Cap\(Prm\|Eff\|Amb\|Inh\):.0*$' "$status")" = 4 ]
	grep -q "^NoNewPrivs:.1$" "$status"
	[ -n "${V6_SAN-}" ] || grep -q "^Seccomp:.2$" "$status"
	[ "$(find "/proc/$(relay_of a)/fd" -lname '/*' ! -lname '/dev/*' ! -lname '/run/lab/*' -printf '%f\n' | sort)" = \
		$'4\n6' ]
	# of which all of root's processes have 128
	[ -z "$(find "/proc/$(relay_of a)/fd" -lname '*inotify*')" ]
}

# another_relay BOX PID - it has one that is not this
another_relay() {
	relay_listens "$1" && [ "$(relay_of "$1")" != "$2" ]
}

@test "the files of relays removed by hand: connections continue, and another relay takes the place" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	talking web3
	for what in "/run/oci-v6/relays" "/run/oci-v6/relays/$(box_id a)"; do
		former=$(relay_of a)
		rm -r "$what"
		lab_until another_relay a "$former"
		hello web3 "hello 10.1.0.2"
		say "after $what"
	done
	lab_stop talk
	lab_until eval '[ "$(relays)" = "$(relay_of a)" ]'
}

@test "the files of relays removed while v6d does not run: the next one finds out, without a client" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	talking web3
	former=$(relay_of a)
	lab_stop v6d
	rm -r /run/oci-v6/relays
	box_v6d_start
	lab_until another_relay a "$former"
	hello web3 "hello 10.1.0.2"
	say "with the former one"
	lab_stop talk
	lab_until eval '[ "$(relays)" = "$(relay_of a)" ]'
}

@test "the state directory removed: relays go with their last client" {
	program a serve
	relayed a v6.host=web3 v6.relay=on
	talking web3
	rm -r /run/oci-v6
	lab_until eval '! box_listens a tcp 61000'
	say "still"
	lab_stop talk
	lab_until eval '! relays'
}

@test "rubbish among the files of relays: a FIFO, a link, a large file, one that no record wants" {
	install -d -m 700 /run/oci-v6 /run/oci-v6/relays
	program a serve
	for rubbish in "mkfifo" "ln -s /run/lab/away" "cp $(command -v bash)"; do
		$rubbish "/run/oci-v6/relays/$(box_id a)"
		$rubbish "/run/oci-v6/relays/.$(box_id a)"
		$rubbish "/run/oci-v6/relays/$(box_id b)"
		relayed a v6.host=web3 v6.relay=on
		hello web3 "hello 10.1.0.2"
		[ ! -e /run/lab/away ]
		box_unbind a
		lab_until eval '! relays'
		lab_stop v6d
		box_v6d_start
		lab_until eval '[ -z "$(ls -A /run/oci-v6/relays)" ]'
	done
}

@test "v6ctl check: the relay, the program, and a program that needs none" {
	relayed a v6.host=web3 v6.relay=on
	run v6ctl check web3
	echo "$output"
	[[ "$output" == *"✗ listening  80/tcp: nothing listens on port 80 in the container by IPv4"* ]]
	program a serve
	run v6ctl check web3
	echo "$output"
	[[ "$output" == *"✓ relay      80/tcp: v6.relay=on, to port 80 by IPv4"* ]]
	[[ "$output" == *"✓ connection [2001:db8::203]:80 answers this host"* ]]
	lab_stop v6d
	kill "$(relay_of a)"
	lab_until eval '! relays'
	run v6ctl check web3
	echo "$output"
	[[ "$output" == *"✗ relay      80/tcp: no relay runs for it: v6d starts them"* ]]
	box_v6d_start
	lab_until relay_listens a
	lab_stop serve-a-tcp-80
	box_serve a tcp 80
	run v6ctl check web3
	echo "$output"
	[[ "$output" == *"? relay      80/tcp: the program listens on IPv6, too"* ]]
}

@test "v6ctl lists and shows it" {
	program a serve 0.0.0.0 8080
	relayed a v6.host=web3 v6.ports=80:8080 v6.relay=on
	v6ctl list --json >/run/lab/list.json
	jq -e '.claims[0] | .relay == "on" and .program_port == 8080 and .target_port == 61000' /run/lab/list.json
	run v6ctl show web3
	echo "$output"
	[[ "$output" == *"relay     on: its program is reached by IPv4, and does not see its clients' addresses"* ]]
	[[ "$output" == *"python3 ("*") listens on 0.0.0.0:8080"* ]]
}

# metric NAME [LABEL] - its value
metric() {
	v6ctl metrics | sed -n "s/^oci_v6_$1{.*${2-}.*} //p"
}

@test "what a relay counts: who is there, who came, who was refused; whether it runs" {
	mkdir -p /etc/oci-v6
	echo '{"relay": {"connections": 2}}' >/etc/oci-v6/config.json
	kill -HUP "$(cat /run/lab/v6d.pid)"
	program a serve
	relayed a v6.host=web3 v6.relay=on
	hello web3 "hello 10.1.0.2"
	talking web3
	talking web3 other
	[ "$(client meet web3 80)" = reset ]
	[ "$(metric relay_open_connections "container=\"$(box_id a)\"")" = 2 ]
	[ "$(metric relay_limit_connections)" = 2 ]
	[ "$(metric relay_connections_total)" = 3 ]
	[ "$(metric relay_refused_connections_total)" = 1 ]
	[ "$(metric relays running)" = 1 ]
	[[ "$(v6ctl show web3)" == *"2 connections now, of at most 2; refused beyond: 1"* ]]
	lab_stop v6d
	kill "$(relay_of a)"
	lab_until eval '! relays'
	[ "$(metric relays running)" = 0 ]
	[ "$(metric relays missing)" = 1 ]
	[ -z "$(metric relay_open_connections)" ]
	box_v6d_start
}

# memory_of BOX - its relay's own, in KiB
memory_of() {
	awk '/^RssAnon/ { print $2 }' "/proc/$(relay_of "$1")/status"
}

# has_all_pipes BOX - as many as its relay makes, 256; two descriptors each
has_all_pipes() {
	[ "$(find "/proc/$(relay_of "$1")/fd" -lname 'pipe:*' | wc -l)" -ge 512 ]
}

@test "readers that do not read: more than there are pipes, and others are served; memory stays small" {
	program a flood
	program a serve 0.0.0.0 81
	relayed a v6.host=web3 v6.ports=80,81 v6.relay=on
	lab_start other nsenter --net=/run/netns/client python3 -c '
import socket, time
clients = [socket.create_connection(("2001:db8::203", 80)) for _ in range(400)]
print("there", flush=True)
time.sleep(1e6)'
	lab_until grep -q there /run/lab/other.log
	lab_until has_all_pipes a
	head -c 3000000 /dev/urandom >/run/lab/said
	client ask web3 81 </run/lab/said >/run/lab/heard
	cmp <(echo "hello 10.1.0.2"; cat /run/lab/said; echo "3000000 bytes") /run/lab/heard
	[ "$(memory_of a)" -lt 4096 ]
}

@test "10,000 that say nothing, as far as there are descriptors, and then one that does; what they cost" {
	n=$((($(ulimit -Hn) - 1200) / 2))
	[ "$n" -le 9990 ] || n=9990
	program a serve
	relayed a v6.host=web3 v6.relay=on
	mkfifo /run/lab/idle || true
	lab_start other nsenter --net=/run/netns/client sh -c \
		'exec python3 tests/net/relay-peer.py idle 2001:db8::203 80 '"$n"' <>/run/lab/idle'
	lab_until grep -qx "$n" /run/lab/other.log
	hello web3 "hello 10.1.0.2"
	memory_of a
	[ "$(memory_of a)" -lt 4096 ]
}

@test "a flood of one container's clients does not keep those of another" {
	program a flood
	relayed a v6.host=web3 v6.relay=on
	box_up b
	box_ipv4 b 3
	program b serve
	relayed b v6.host=web4 v6.relay=on
	lab_start other nsenter --net=/run/netns/client python3 -c '
import socket
while True:
    try:
        for client in [socket.create_connection(("2001:db8::203", 80)) for _ in range(100)]:
            client.recv(1000)
            print("flooded", flush=True)
    except OSError:
        pass'
	lab_until grep -q flooded /run/lab/other.log
	for ((i = 0; i < 20; i++)); do
		hello web4 "hello 10.1.0.3"
	done
	lab_is_gone "$(cat /run/lab/other.pid)" && false
	[ "$(relays | wc -l)" = 2 ]
}
