#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# egress.bats - v6.egress: what a container begins leaves with its service address
#
#	tests/lab/run bats tests/net/egress.bats
#
#	client: servers ---- eth0 [ the host ] cni0 ---- a, b	no IPv6 address but what we assign
#	                                            ---- c	fd42::c
#	                                       cni1 ---- d	fd43::d

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_bridge_named cni1 fd43::ffff/64
	client_serves tcp 25
	client_serves udp 53
}

setup() {
	box_up a
	box_up b
	box_up c fd42::c/64
	box_up d fd43::d/64 fd43::ffff cni1
	for box in a b c d; do
		box_serve "$box" tcp 80
	done
}

teardown() {
	lab_stop v6d
	nft delete table ip6 engine 2>/dev/null
	lab_clear a b c d
	sysctl -qw net.ipv6.conf.all.forwarding=0
	conntrack -F 2>/dev/null
	lab_client nft delete table ip6 probe 2>/dev/null || true
}

inside() {
	nsenter --net="/run/netns/$1" "${@:2}"
}

# leaves BOX ADDRESS - whom servers of the LAN see when a box connects to them: tcp, udp, ping
leaves() {
	[ "$(inside "$1" "$peer" ask tcp "$LAB_CLIENT" 25)" = "out $2" ] || return
	[ "$(inside "$1" "$peer" ask udp "$LAB_CLIENT" 53)" = "out $2" ] || return
	pings_as "$1" "$2"
}

# pings_as BOX ADDRESS - and is answered
pings_as() {
	lab_client nft -f - <<-NFT || return
		table ip6 probe
		delete table ip6 probe
		table ip6 probe {
			chain in {
				type filter hook input priority 0
				icmpv6 type echo-request ip6 saddr $2 counter
			}
		}
	NFT
	inside "$1" ping -6 -c 1 -W 2 "$LAB_CLIENT" || return
	[[ "$(lab_client nft list chain ip6 probe in)" == *"packets 1 "* ]]
}

# stays BOX [COMMAND...] - nothing that a box begins gets anywhere
stays() {
	local protocol port=25

	for protocol in tcp udp; do
		run inside "$1" "$peer" ask $protocol "$LAB_CLIENT" $port
		[[ "$output" == "error: "* ]] || return
		port=53
	done
	run inside "$1" ping -6 -c 1 -W 1 "$LAB_CLIENT"
	[ "$status" != 0 ]
}

# masquerade - what an engine does for its networks
masquerade() {
	nft -f - <<-'NFT'
		table ip6 engine {
			chain postrouting {
				type nat hook postrouting priority srcnat; policy accept;
				ip6 saddr { fd00::/8, 64:ff9b:1::/48 } oifname != { "cni0", "cni1" } masquerade
			}
		}
	NFT
}

@test "an assigned address has a way out by the service's, and only with it" {
	# which would have the other one answered, too, if it got that far
	masquerade
	box_bind a v6.host=web3 v6.egress=on
	box_bind b v6.host=web2
	leaves a 2001:db8::203
	stays b
	# inbound clients, hairpin, other containers and the host itself are who they were
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[[ "$(inside b "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
	[[ "$(inside a "$peer" ask tcp 2001:db8::203 80)" == "a "* ]]
	[ "$("$peer" ask tcp "$LAB_CLIENT" 25)" = "out $LAB_HOST" ]
	# nor if the host forwards all packets
	sysctl -qw net.ipv6.conf.all.forwarding=1
	v6ctl reconcile
	stays b
	box_unbind a
	stays a
}

@test "of a container with an address of its own, before an engine's masquerade and after it" {
	sysctl -qw net.ipv6.conf.all.forwarding=1
	masquerade
	box_bind c v6.host=web3 v6.egress=on
	box_bind d v6.host=web2
	leaves c 2001:db8::203
	nft delete table ip6 engine
	masquerade
	leaves c 2001:db8::203
	# the other one leaves as its engine has it; to each other they are who they are
	leaves d "$LAB_HOST"
	[ "$(inside c "$peer" ask tcp fd43::d 80)" = "d fd42::c" ]
	[ "$(inside c "$peer" ask tcp 2001:db8::202 80)" = "d fd42::c" ]
	box_unbind c
	leaves c "$LAB_HOST"
}

@test "a host that does not forward does so for it alone" {
	masquerade
	box_bind c v6.host=web3 v6.egress=on
	box_bind d v6.host=web2
	leaves c 2001:db8::203
	stays d
}

# translated [PORT] - what conntrack has of connections that left by a service address, from that port
translated() {
	conntrack -L -f ipv6 2>/dev/null | grep "dst=2001:db8::203 " | grep "sport=$1" |
		grep -v "^[a-z0-9 ]*src=[^ ]* dst=2001:db8::203"
}

@test "a stop ends what it began, and its address and port are another's to leave by" {
	sysctl -qw net.ipv6.conf.all.forwarding=1
	lab_client ip -6 route add fd42::/16 via "$LAB_HOST"
	box_bind c v6.host=web3 v6.egress=on
	[ "$(from_port c 4000)" = "out 2001:db8::203" ]
	leaves c 2001:db8::203
	translated
	box_unbind c
	[ -z "$(translated)" ]
	[ "$(from_port c 4000)" = "out fd42::c" ]
	lab_client ip -6 route del fd42::/16
	[ -z "$(box_left)" ]
}

# from_port BOX PORT - what the server of UDP says to a program that binds its port
from_port() {
	inside "$1" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", int(sys.argv[2])))
s.settimeout(2)
s.sendto(b"\n", (sys.argv[1], 53))
print(s.recv(100).decode().strip())' "$LAB_CLIENT" "$2"
}

@test "two containers on one address leave by it, also from one port" {
	box_bind a v6.host=web3 v6.egress=on
	box_bind b v6.host=web3 v6.ports=8080:80 v6.egress=web3
	leaves a 2001:db8::203
	leaves b 2001:db8::203
	[ "$(from_port a 4000)" = "out 2001:db8::203" ]
	[ "$(from_port b 4000)" = "out 2001:db8::203" ]
	box_unbind a
	leaves b 2001:db8::203
	[ "$(from_port b 4000)" = "out 2001:db8::203" ]
	stays a
}

@test "containers that share a name all leave by it, until each stops" {
	for mode in newest each; do
		box_bind a v6.host=web3 v6.share=$mode v6.egress=on
		box_bind b v6.host=web3 v6.share=$mode v6.egress=on
		leaves a 2001:db8::203
		leaves b 2001:db8::203
		box_unbind a
		leaves b 2001:db8::203
		stays a
		box_unbind b
		[ -z "$(box_left)" ]
	done
}

@test "of several names the first one, or the one that is chosen" {
	box_bind a "v6.host=web3 web2" v6.egress=on
	leaves a 2001:db8::203
	box_unbind a
	box_bind a "v6.host=web3 web2" v6.egress=web2
	leaves a 2001:db8::202
	box_unbind a
	box_bind a "v6.host=web3 2001:db8:0::204" v6.egress=2001:db8::204
	leaves a 2001:db8::204
	box_unbind a
	box_bind a v6.host=web3 v6.egress=off
	stays a
}

# refused BOX TEXT ANNOTATION... - it may not start, and is told why
refused() {
	run box_bind "$1" "${@:3}"
	echo "$output"
	[ "$status" = 1 ] && [[ "$output" == *"$2"* ]] && [ -z "$(box_left)" ]
}

@test "what can't be is refused, and says why" {
	refused a "v6.egress: \"web2\": v6.host has no such name" v6.host=web3 v6.egress=web2
	refused a "v6.egress: 2001:db8::202 is no service address of this container" v6.host=web3 v6.egress=2001:db8::202
	lab_dns_add both 2001:db8::205
	lab_dns_add both 2001:db8::206
	refused a "v6.egress: both has 2 addresses; write the one to leave by, as v6.egress=2001:db8::20" \
		v6.host=both v6.egress=on
	box_bind a v6.host=both v6.egress=2001:db8::206
	leaves a 2001:db8::206
	box_unbind a
	lab_start init-h sleep infinity
	refused h "v6.egress: a container in the host's network leaves as the host" v6.host=web3 v6.egress=on
	lab_stop init-h
	# behind one bridge with its clients
	uplink_to_bridge
	box_up e 2001:db8::e/64 "$LAB_ROUTER" br0
	run refused e "does not leave through this host" v6.host=web3 v6.egress=on
	box_down e
	uplink_back
	echo "$output"
	[ "$status" = 0 ]
}

@test "members of a pod leave by one address" {
	box_bind c v6.host=web3 v6.egress=on
	box_init p c
	run box_bind p v6.host=web2 v6.egress=on v6.ports=81:80
	[ "$status" = 1 ]
	[[ "$output" == *"of the same network leaves by 2001:db8::203 (web3) already"* ]]
	box_bind p v6.host=web3 v6.ports=81:80 v6.egress=on
	box_unbind c
	leaves c 2001:db8::203
	box_unbind p
	stays c
	lab_stop init-p
}

@test "a mail server finds the name of its client" {
	lab_start mail nsenter --net=/run/netns/client python3 -c '
import socket
s = socket.create_server(("::", 2525), family=socket.AF_INET6)
while True:
    c, peer = s.accept()
    c.sendall(("%s %s\n" % (peer[0], socket.getnameinfo(peer, 0)[0])).encode())
    c.close()'
	lab_until client_listens tcp 2525
	box_bind a v6.host=web3 v6.egress=on
	run inside a timeout 10 bash -c "cat </dev/tcp/$LAB_CLIENT/2525"
	lab_stop mail
	echo "$output"
	[[ "$output" == "2001:db8::203 web3"* ]]
}

@test "what is gone, another's or changed by hand is repaired; of a dead one all goes" {
	box_bind a v6.host=web3 v6.egress=on
	address=$(nft list set ip6 oci-v6 outgoing | grep -o '"eth0" . [^ ]*' | cut -d' ' -f3)
	[ -n "$address" ]
	nft flush map ip6 oci-v6 egress
	nft flush set ip6 oci-v6 outgoing
	v6ctl reconcile
	leaves a 2001:db8::203
	nft "delete element ip6 oci-v6 egress { \"eth0\" . $address }
		add element ip6 oci-v6 egress { \"eth0\" . $address : 2001:db8::202 }
		add element ip6 oci-v6 egress { \"eth0\" . fd42::c : 2001:db8::203 }
		add element ip6 oci-v6 outgoing { \"eth0\" . fd42::c }"
	v6ctl reconcile
	leaves a 2001:db8::203
	stays c
	nft flush ruleset
	v6ctl reconcile
	leaves a 2001:db8::203
	box_kill a
	v6ctl reconcile
	[ -z "$(box_left)" ]
	run ! grep elements <(nft list map ip6 oci-v6 egress)
	run ! grep elements <(nft list set ip6 oci-v6 outgoing)
}

@test "the uplink gets another name: it leaves by that, and what is connected goes on" {
	box_bind a v6.host=web3 v6.egress=on
	[ "$(from_port a 4000)" = "out 2001:db8::203" ]
	ip link set eth0 name wan0 2>/dev/null || skip "this kernel does not rename what is up"
	v6ctl reconcile
	leaves a 2001:db8::203
	translated 4000
	[ "$(nft list map ip6 oci-v6 egress | grep -c '"eth0"')" = 0 ]
	ip link set wan0 name eth0
	v6ctl reconcile
	leaves a 2001:db8::203
}

@test "a name that moves takes it along" {
	lab_dns_add mover 2001:db8::205
	box_bind a v6.host=mover v6.egress=on
	leaves a 2001:db8::205
	rm /run/lab/hosts/mover-2001:db8::205
	lab_dns_add mover 2001:db8::206
	box_v6d_start
	lab_until leaves a 2001:db8::206
	lab_stop v6d
	box_unbind a
	[ -z "$(box_left)" ]
}

@test "show, metrics and check tell of it" {
	box_bind a v6.host=web3 v6.egress=on
	v6ctl show web3 | grep -x '  leaves *by 2001:db8::203 (web3) on eth0; connections: 0'
	leaves a 2001:db8::203
	v6ctl show web3 | grep -x '  leaves *by 2001:db8::203 (web3) on eth0; connections: 3'
	v6ctl show --json web3 | python3 -c '
import json, sys
print(json.load(sys.stdin)["containers"][0]["egress"] == {
    "service": "web3", "address": "2001:db8::203", "link": "eth0", "active": True, "connections": 3})' | grep True
	v6ctl metrics | grep '^oci_v6_egress_connections_total{service="web3",address="2001:db8::203",container=".*",name=""} 3$'
	v6ctl check web3 | grep '✓ egress .*leaves by 2001:db8::203 on eth0; 3 connections so far'
	nft flush set ip6 oci-v6 outgoing
	v6ctl show web3 | grep 'leaves *not by 2001:db8::203 (web3), as it asks for; run v6ctl check'
	run v6ctl check web3
	[ "$status" = 1 ]
	[[ "$output" == *"the container does not leave by 2001:db8::203"* ]]
}

# uplink_to_bridge - eth0 becomes a port of a bridge, as for virtual machines; uplink_back
uplink_to_bridge() {
	ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	sysctl -qw net.ipv6.conf.br0.accept_dad=0 net.ipv6.conf.br0.accept_ra=0
	ip link set br0 up
	ip link set eth0 master br0
	ip addr del "$LAB_HOST/64" dev eth0
	ip addr add "$LAB_HOST/64" dev br0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev br0
	ip -n client neigh flush all
}

uplink_back() {
	ip link del br0
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	ip -n client neigh flush all
}

@test "a service that moves to another interface takes it along" {
	box_bind a v6.host=web3 v6.egress=on
	[ "$(from_port a 4000)" = "out 2001:db8::203" ]
	uplink_to_bridge
	v6ctl reconcile
	run leaves a 2001:db8::203
	moved=$status keys=$(nft list map ip6 oci-v6 egress | grep -o '"[a-z0-9]*" \.' | sort -u | xargs)
	kept=$(translated 4000 | wc -l)
	uplink_back
	v6ctl reconcile
	echo "$moved $keys $kept"
	[ "$moved" = 0 ] && [ "$keys" = "br0 ." ] && [ "$kept" -gt 0 ]
	lab_until leaves a 2001:db8::203
	box_unbind a
	[ -z "$(box_left)" ]
}

# cni COMMAND BOX - have CNI's bridge plugin make or remove a box's network, with ipMasq
cni() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=$plugins \
		"$plugins/bridge" <<-'JSON'
			{"cniVersion": "0.4.0", "name": "lab", "type": "bridge", "bridge": "cni2",
			 "isGateway": true, "ipMasq": true, "ipam": {"type": "host-local",
			 "ranges": [[{"subnet": "fd44::/64"}]], "routes": [{"dst": "::/0"}]}}
		JSON
}

@test "CNI's ipMasq" {
	for plugins in /opt/cni/bin /usr/lib/cni none; do
		[ ! -x "$plugins/bridge" ] || break
	done
	[ "$plugins" != none ] || skip "no CNI plugins here"
	box_netns m
	cni ADD m
	box_init m
	lab_until inside m ping -6 -c 1 -W 1 fd44::1
	leaves m "$LAB_HOST"
	box_bind m v6.host=web3 v6.egress=on
	leaves m 2001:db8::203
	box_unbind m
	leaves m "$LAB_HOST"
	cni DEL m
	lab_stop init-m
	ip netns del m
	ip link del cni2
}

@test "firewalld's masquerade" {
	. tests/lab/firewalld.sh
	for backend in nftables iptables; do
		firewalld_up $backend
		firewall-cmd --zone=trusted --add-interface=cni0
		firewall-cmd --zone=public --add-interface=eth0
		firewall-cmd --zone=public --add-rich-rule='rule family=ipv6 masquerade'
		box_bind a v6.host=web3 v6.egress=on
		leaves a 2001:db8::203
		box_unbind a
		firewalld_down
		nft flush ruleset
	done
}
