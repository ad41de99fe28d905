#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# outgoing.bats - What the host itself is connected to, from an address and port that a container claims
#
#	tests/lab/run bats tests/net/outgoing.bats
#
# Conntrack does not know a connection that is older than the first rule, or that it has forgotten. Then
# the other end's next packet looks like a client's first one.

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	mkfifo /run/lab/far /run/lab/near
}

teardown() {
	exec 8>&- 9>&-
	lab_stop near
	lab_stop far
	rm -f /run/lab/far* /run/lab/near*
	lab_clear_bridge a
	conntrack -F 2>/dev/null || true
}

# end_of_talk - a program: PROTO ADDRESS PORT PEER PORT, "listen" or "dial"; says each line of its
# stdin, prints what it hears
end_of_talk() {
	cat >/run/lab/talk.py <<-'PYTHON'
		import select, socket, sys
		protocol, address, port, peer, peer_port, how = sys.argv[1:]
		s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind((address, int(port)))
		if protocol == 'tcp' and how == 'listen':
		    s.listen()
		    s = s.accept()[0]
		else:
		    s.connect((peer, int(peer_port)))
		print('connected', flush=True)
		while True:
		    for fd in select.select([s, sys.stdin], [], [])[0]:
		        if fd is s:
		            print(s.recv(100).decode(), flush=True)
		        else:
		            s.send(sys.stdin.readline().strip().encode())
	PYTHON
}

listens() {
	nsenter --net="/proc/$(cat /run/lab/far.pid)/ns/net" ss -Hln "--$1" "sport = :7" | grep -q .
}

# host_dials PROTO [NETNS ADDRESS] - from port 15000 of the host's own address to port 7 of the client, or
# of that address
host_dials() {
	local netns=${2-/run/netns/client} address=${3-$LAB_CLIENT}

	end_of_talk
	lab_start far sh -c "exec nsenter --net=$netns python3 /run/lab/talk.py $1 $address 7 $LAB_HOST 15000 listen \
		</run/lab/far"
	exec 8>/run/lab/far
	if [ "$1" = tcp ]; then
		lab_until listens tcp
	else
		lab_until grep -q connected /run/lab/far.log
	fi
	lab_start near sh -c "exec python3 /run/lab/talk.py $1 $LAB_HOST 15000 $address 7 dial </run/lab/near"
	exec 9>/run/lab/near
	lab_until grep -q connected /run/lab/near.log
	echo hello >&9
	lab_until grep -q hello /run/lab/far.log
}

# goes_on - either end hears the other; the far one speaks first
goes_on() {
	echo "from-afar-$1" >&8
	lab_until grep -q "from-afar-$1" /run/lab/near.log
	echo "from-here-$1" >&9
	lab_until grep -q "from-here-$1" /run/lab/far.log
}

@test "tcp: a connection of the host's that is older than the first claim goes on" {
	host_dials tcp
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000
	goes_on 1
}

@test "tcp: one that conntrack forgets goes on" {
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000
	host_dials tcp
	goes_on 1
	conntrack -F
	goes_on 2
}

@test "tcp: one whose port alone is claimed goes on" {
	host_dials tcp
	box_bind a v6.host="$LAB_HOST" v6.ports=15000:80
	goes_on 1
}

@test "tcp: one with a program of this host goes on" {
	host_dials tcp /proc/self/ns/net "$LAB_HOST"
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000
	goes_on 1
}

@test "tcp: what conntrack forgets of a service's own clients goes on, on an address that we brought" {
	box_serve a tcp 80
	box_bind a v6.host=web3 v6.ports=80
	lab_start near sh -c "exec nsenter --net=/run/netns/client $peer hold tcp 2001:db8::203 80 </run/lab/near"
	exec 9>/run/lab/near
	echo >&9
	lab_until grep -q "^a " /run/lab/near.log
	conntrack -F
	echo >&9
	lab_until eval '[ "$(grep -c "^a " /run/lab/near.log)" = 2 ]'
}

@test "udp: a connection of the host's that is older than the first claim goes on" {
	host_dials udp
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000/udp
	goes_on 1
}

@test "udp: one whose port alone is claimed goes on" {
	host_dials udp
	box_bind a v6.host="$LAB_HOST" v6.ports=15000:53/udp
	goes_on 1
}

@test "udp: one with a program of this host goes on" {
	host_dials udp /proc/self/ns/net "$LAB_HOST"
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000/udp
	goes_on 1
}

@test "udp: one that was opened from a claimed port goes on, and clients of that port hear the container" {
	box_serve a udp 15000
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000/udp
	host_dials udp
	goes_on 1
	answers "a $LAB_CLIENT" udp "$LAB_HOST" 15000
	goes_on 2
}

@test "udp: clients of a port that the host is connected from hear the container" {
	box_serve a udp 15000
	host_dials udp
	box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000/udp
	answers "a $LAB_CLIENT" udp "$LAB_HOST" 15000
	goes_on 1
}

@test "udp: of more than a thousand sockets of the host, some may be cut, with a warning" {
	cat >/run/lab/many.py <<-'PYTHON'
		import os, signal, socket
		ended, end = os.pipe()
		child = os.fork() == 0
		many = []
		for i in range(513):
		    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
		    s.bind(('2001:db8::1', 15000 + 1000 * child + i))
		    s.connect(('2001:db8::10', 7))
		    many.append(s)
		print('connected', flush=True)
		if not child:
		    signal.pause()
		os.close(end)
		os.read(ended, 1)
	PYTHON
	lab_start near python3 /run/lab/many.py
	lab_until eval '[ "$(grep -c connected /run/lab/near.log)" = 2 ]'
	run -0 box_bind a v6.host="$LAB_HOST" v6.ports=10000-20000/udp
	[[ "$output" == *"from udp ports of $LAB_HOST may be cut: there are too many to look at all; "* ]]
}

@test "ping and errors come back to the host, and it finds its neighbours, beside all ports of udp" {
	box_bind a v6.host="$LAB_HOST" v6.ports=1-65535/udp
	ip neigh flush dev eth0
	ping -c 1 -W 5 -I "$LAB_HOST" "$LAB_CLIENT"
	run "$peer" ask udp "$LAB_CLIENT" 9
	[ "$output" = "error: Connection refused" ]
	getent ahostsv6 web2
}
