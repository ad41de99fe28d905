#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# forwarding.bats - The host forwards for its services, and keeps the default route that it learnt
#
#	tests/lab/run bats tests/net/forwarding.bats
#
# The router of the lab (radvd in netns lan) advertises itself, and the host has no other default
# route. A kernel before 6.17 is played by a preloaded library that hides force_forwarding.

load lab

setup_file() {
	box_install
}

setup() {
	lab_up
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	ip -6 route del default
	sysctl -qw net.ipv6.conf.eth0.accept_ra=1 net.ipv6.conf.eth0.autoconf=0
	cat >/run/lab/radvd.conf <<-'CONF'
		interface br0 {
			AdvSendAdvert on;
			MinRtrAdvInterval 3;
			MaxRtrAdvInterval 4;
			MinDelayBetweenRAs 3;
		};
	CONF
	lab_start radvd nsenter --net=/run/netns/lan radvd -n -C /run/lab/radvd.conf -m stderr \
		-p /run/lab/radvd-own.pid
	lab_until has_learnt_route
}

teardown() {
	lab_stop radvd
	for link in lxcbr0 port0 outer0 below; do
		ip link del "$link" 2>/dev/null
	done
	box_down evil
	box_unbind a
	box_down a
	ip link del cni0
	rm -rf /run/oci-v6
	nft delete table ip6 oci-v6
	sysctl -qw net.ipv6.conf.all.forwarding=0
	lab_down
}

has_learnt_route() {
	ip -6 route show default proto ra dev eth0 | grep -q "via fe80"
}

# The router's next advertisement brings a route that is lost back, or not
learns_again() {
	ip -6 route del default proto ra dev eth0
	lab_until has_learnt_route
}

@test "with force_forwarding: the links forward for services, and the host stays a host" {
	[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] ||
		skip "this kernel is older than 6.17: the next test is the one for it"
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	has_learnt_route
	learns_again
	[ "$(sysctl -n net.ipv6.conf.all.forwarding)" = 0 ]
	[ "$(sysctl -n net.ipv6.conf.eth0.accept_ra)" = 1 ]
	diff <(cut -d, -f1 /run/oci-v6/sysctls) - <<-'NOTES'
		net.ipv6.conf.cni0.ndisc_notify 0 -> 1
		net.ipv6.conf.eth0.force_forwarding 0 -> 1
		net.ipv6.conf.cni0.force_forwarding 0 -> 1
		net.ipv6.conf.lo.force_forwarding 0 -> 1
	NOTES
}

@test "without: the host forwards as a whole, and goes on learning from its router" {
	export OLDKERNEL=force_forwarding LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so
	export ASAN_OPTIONS=verify_asan_link_order=0
	box_bind a v6.host=2001:db8::203
	unset LD_PRELOAD
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	has_learnt_route
	learns_again
	[ "$(sysctl -n net.ipv6.conf.all.forwarding)" = 1 ]
	diff <(cut -d, -f1 /run/oci-v6/sysctls) - <<-'NOTES'
		net.ipv6.conf.cni0.ndisc_notify 0 -> 1
		net.ipv6.conf.eth0.accept_ra 1 -> 2
		net.ipv6.conf.all.forwarding 0 -> 1
	NOTES
}

@test "without, and no route learnt yet, as just after boot: it is learnt later" {
	ip -6 route del default proto ra dev eth0
	export OLDKERNEL=force_forwarding LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so
	export ASAN_OPTIONS=verify_asan_link_order=0
	box_bind a v6.host=2001:db8::203
	unset LD_PRELOAD
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	lab_until has_learnt_route
}

# bind_on_old_kernel - forwarding is turned on as a whole
bind_on_old_kernel() {
	OLDKERNEL=force_forwarding LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so \
		ASAN_OPTIONS=verify_asan_link_order=0 box_bind a v6.host=2001:db8::203
	[ "$(sysctl -n net.ipv6.conf.all.forwarding)" = 1 ]
}

heard_advertisements() {
	awk '$1 == "Icmp6InRouterAdvertisements" { print $2 }' /proc/net/dev_snmp6/lxcbr0
}

hears_more_than() {
	[ "$(heard_advertisements)" -gt "$1" ]
}

# advertise - box evil says that it is a router, and the host has heard it
advertise() {
	local before

	before=$(heard_advertisements)
	nsenter --net=/run/netns/evil python3 -c '
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
s.sendto(message, ("ff02::1", 0, 0, socket.if_nametoindex("eth0")))'
	lab_until hears_more_than "${before:-0}"
}

has_route_from_container() {
	ip -6 route show default proto ra dev lxcbr0 | grep -q "via fe80"
}

@test "without: a container is no router of the host, neither before nor afterwards" {
	box_bridge_named lxcbr0
	box_up evil "" "" lxcbr0
	advertise
	lab_until has_route_from_container
	bind_on_old_kernel
	[ "$(sysctl -n net.ipv6.conf.lxcbr0.accept_ra)" = 1 ]
	run ! has_route_from_container
	advertise
	run ! has_route_from_container
	has_learnt_route
	learns_again
	run ! grep lxcbr0 /run/oci-v6/sysctls
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

service_link() {
	v6ctl --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["claims"][0]["link"])'
}

@test "a routed prefix: clients come by the uplink, whatever router a container says it is" {
	mkdir -p /etc/oci-v6
	echo '{"routed": ["2001:db8:5::/64"]}' >/etc/oci-v6/config.json
	ip -n lan -6 route add 2001:db8:5::/64 via "$LAB_HOST"
	box_bridge_named lxcbr0
	for router in {1..20}; do
		ip -6 route add default via "fe80::$router" dev lxcbr0 proto ra metric $((500 + router))
	done
	box_bind a v6.host=2001:db8:5::7
	[ "$(service_link)" = eth0 ]
	box_unbind a
	# of two that lead out, the better one
	ip link add below type bridge
	ip link set below up
	ip -6 route add default via fe80::1 dev below proto static metric 2048
	box_bind a v6.host=2001:db8:5::7
	[ "$(service_link)" = eth0 ]
	box_unbind a
	ip -6 route del default proto ra dev eth0
	sysctl -qw net.ipv6.conf.eth0.accept_ra=0
	box_bind a v6.host=2001:db8:5::7
	[ "$(service_link)" = below ]
	box_unbind a
	# and where none does, it is to be named
	ip link del below
	run box_bind a v6.host=2001:db8:5::7
	rm /etc/oci-v6/config.json
	[ "$status" = 1 ]
	[[ "$output" == *"has no default route by an interface to the outside; set v6.interface to the one that clients come by"* ]]
}

# learns LINK - it has a route that a router advertisement made
learns() {
	sysctl -qw "net.ipv6.conf.$1.accept_ra=1"
	ip link set "$1" up
	ip -6 route add default via fe80::1 dev "$1" proto ra metric 4096
}

# raised LINK NUMBER - what accept_ra is there after a start, the route being learnt
raised() {
	learns "$1"
	bind_on_old_kernel
	box_unbind a
	sysctl -qw net.ipv6.conf.all.forwarding=0
	ip -6 route del default dev "$1" proto ra
	[ "$(sysctl -n "net.ipv6.conf.$1.accept_ra")" = "$2" ]
}

# made LINK KIND [OPTION...] - what the kernel lacks is said
made() {
	if [ "$2" = tap ]; then
		ip tuntap add "$1" mode tap
	else
		ip link add "$1" type "${@:2}"
	fi || {
		echo "# this kernel has no $2" >&3
		return 1
	}
}

@test "without: the host learns from no veth, tunnel, or bridge of containers" {
	while read -r -a kind; do
		made port0 "${kind[@]}" || continue
		raised port0 1
		ip link add lxcbr0 type bridge
		ip link set port0 master lxcbr0
		raised lxcbr0 1
		ip link del lxcbr0
		ip link del port0
	done <<-'KINDS'
		veth
		tap
		vxlan id 7 dstport 4789 local 192.0.2.1
		ifb
		dummy
	KINDS
}

@test "without: it learns from uplinks that no service is on, bridges among them" {
	ip link add link eth0 name outer0 type macvlan || skip "this kernel has no macvlan"
	raised outer0 2
	ip link add lxcbr0 type bridge
	ip link set outer0 master lxcbr0
	raised lxcbr0 2
}
