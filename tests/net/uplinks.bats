#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# uplinks.bats - What leads out of the host may be of many kinds, and there may be several
#
#	tests/lab/run bats tests/net/uplinks.bats
#
#	                  2001:db8::/64, the lab's own
#	client ---- lan: br0 ---- eth0 [ the host ] cni0 ---- a (fd42::a)
#	second ---- lan: br1 ---- eth1
#	                  2001:db8:1::/64, a second link, where a test asks for it
#
# A kernel without VLANs or bonds skips their tests, and says so.

load lab

SECOND=2001:db8:1::10

setup_file() {
	box_install
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
}

setup() {
	lab_up
}

teardown() {
	box_unbind a
	box_unbind b
	box_down b
	for link in bond0 eth1 eth1.7 port0 below vxlan0 cni1 br0; do
		ip link del "$link" 2>/dev/null
	done
	ip netns del second 2>/dev/null
	rm -rf /run/oci-v6
	nft delete table ip6 oci-v6 2>/dev/null
	lab_down
}

# calm LINK - no duplicate detection on it, and no routes but those that the test sets
calm() {
	sysctl -qw "net.ipv6.conf.$1.accept_dad=0" "net.ipv6.conf.$1.accept_ra=0"
}

# cable NETNS [BRIDGE] - eth1 of a namespace ("host" is ours), in a bridge of the switch
cable() {
	local enter=(nsenter --net="/run/netns/$1")

	[ "$1" != host ] || enter=()
	"${enter[@]}" ip link add eth1 type veth peer name "$1-1" netns /run/netns/lan &&
		ip -n lan link set "$1-1" master "${2:-br0}" up &&
		"${enter[@]}" sysctl -qw net.ipv6.conf.eth1.accept_dad=0 \
			net.ipv6.conf.eth1.accept_ra=0 &&
		"${enter[@]}" ip link set eth1 up
}

second_link() {
	ip -n lan link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 &&
		ip -n lan link set br1 up &&
		ip -n lan addr add 2001:db8:1::ffff/64 dev br1 nodad &&
		cable host br1 &&
		ip addr add 2001:db8:1::1/64 dev eth1 nodad &&
		lab_netns second &&
		cable second br1 &&
		ip -n second addr add "$SECOND/64" dev eth1 nodad &&
		ip -n second route add default via 2001:db8:1::ffff
}

# strip LINK... - take all addresses and routes of the host from it
strip() {
	local link

	for link; do
		ip -6 route flush dev "$link" && ip addr flush dev "$link" || return
	done
}

# bridge_up PORT [ADDRESS] - br0 with the host's address, and no router
bridge_up() {
	ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 &&
		calm br0 &&
		ip link set br0 up &&
		ip link set "$1" master br0 up &&
		lab_until box_settled br0 &&
		ip addr add "${2:-$LAB_HOST}/64" dev br0 nodad
}

# is_on ADDRESS LINK - it is there and nowhere else; on "", it is nowhere
is_on() {
	[ "$(ip -6 -o addr show to "$1" | awk '{ print $2 }')" = "$2" ]
}

from_second() {
	nsenter --net=/run/netns/second "$peer" ask tcp "$1" 80
}

# knows NETNS ADDRESS LINK - what the neighbour has for the address is our link's
knows() {
	ip -n "$1" neigh show "$2" | grep -q "$(cat "/sys/class/net/$3/address")"
}

@test "two uplinks: each service is on the link of its prefix, and answers on both" {
	second_link
	ip -n second neigh replace 2001:db8:1::203 lladdr 02:00:00:00:00:01 dev eth1 nud reachable
	box_bind a v6.host=2001:db8::203,2001:db8:1::203
	is_on 2001:db8::203 eth0
	is_on 2001:db8:1::203 eth1
	# neighbours are told on the right one
	lab_until knows second 2001:db8:1::203 eth1
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ "$(from_second 2001:db8:1::203)" = "a $SECOND" ]
	# there by the router, and back by the other link
	answers "a $LAB_CLIENT" tcp 2001:db8:1::203 80
	[ "$(from_second 2001:db8::203)" = "a $SECOND" ]
	box_unbind a
	is_on 2001:db8::203 ""
	is_on 2001:db8:1::203 ""
}

@test "two uplinks: the routers of both are no service" {
	second_link
	ip route add default via 2001:db8:1::ffff dev eth1 metric 2000
	for router in "$LAB_ROUTER" 2001:db8:1::ffff; do
		run box_bind a "v6.host=$router"
		[ "$status" = 1 ]
		[[ "$output" == *"$router is the address of this host's router"* ]]
	done
}

@test "two uplinks with one prefix: v6.interface picks, and the next container has to agree" {
	cable host
	ip addr add 2001:db8::2/64 dev eth1 nodad
	box_up b fd42::b/64
	for link in eth1 eth0; do
		box_bind a v6.host=2001:db8::203 "v6.interface=$link"
		is_on 2001:db8::203 $link
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		lab_until knows client 2001:db8::203 $link
		[ $link = eth0 ] && other=eth1 || other=eth0
		run box_bind b v6.host=2001:db8::203 v6.ports=443 "v6.interface=$other"
		[ "$status" = 1 ]
		[[ "$output" == *"2001:db8::203 is on interface $link already; correct v6.interface"* ]]
		box_unbind a
		is_on 2001:db8::203 ""
	done
}

# VLANs mostly are called so. sysctl(8) takes eth1/7 for a link with a dot in its name
@test "a link with a dot in its name: what we say of it is what sysctl understands" {
	second_link
	ip link set eth1 down
	ip link set eth1 name eth1.7
	ip link set eth1.7 up
	ip addr replace 2001:db8:1::1/64 dev eth1.7 nodad
	sysctl -qw net.ipv6.conf.eth1/7.disable_ipv6=1
	run box_bind a v6.host=2001:db8:1::203 v6.interface=eth1.7
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"IPv6 is off on interface eth1.7; sysctl net.ipv6.conf.eth1/7.disable_ipv6=0" ]]
	sysctl -qw net.ipv6.conf.eth1/7.disable_ipv6=0
	ip addr add 2001:db8:1::1/64 dev eth1.7 nodad
	box_bind a v6.host=2001:db8:1::203
	[ "$(from_second 2001:db8:1::203)" = "a $SECOND" ]
	[ ! -e /proc/sys/net/ipv6/conf/all/force_forwarding ] ||
		grep -q '^net.ipv6.conf.eth1/7.force_forwarding 0 -> 1,' /run/oci-v6/sysctls
}

@test "a VLAN as uplink" {
	ip link add link eth0 name eth0.7 type vlan id 7 || skip "this kernel has no VLANs"
	calm eth0/7
	ip link set eth0.7 up
	ip addr add 2001:db8:7::1/64 dev eth0.7 nodad
	ip -n client link add link eth0 name eth0.7 type vlan id 7
	ip -n client link set eth0.7 up
	ip -n client addr add 2001:db8:7::10/64 dev eth0.7 nodad
	ip -n client neigh replace 2001:db8:7::203 lladdr 02:00:00:00:00:01 dev eth0.7 nud reachable
	box_bind a v6.host=2001:db8:7::203,2001:db8::203
	is_on 2001:db8:7::203 eth0.7
	is_on 2001:db8::203 eth0
	lab_until knows client 2001:db8:7::203 eth0.7
	answers "a 2001:db8:7::10" tcp 2001:db8:7::203 80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	is_on 2001:db8:7::203 ""
}

@test "a bond as uplink: the service answers on, whichever of its links fails" {
	ip link add bond0 type bond mode active-backup miimon 20 || skip "this kernel has no bonds"
	cable host
	calm bond0
	strip eth0
	for link in eth0 eth1; do
		ip link set $link down
		ip link set $link master bond0
	done
	ip link set bond0 up
	ip addr add "$LAB_HOST/64" dev bond0 nodad
	ip route add default via "$LAB_ROUTER" dev bond0
	lab_until ping -c 1 -W 1 "$LAB_CLIENT"
	ip -n client neigh replace 2001:db8::203 lladdr 02:00:00:00:00:01 dev eth0 nud reachable
	box_bind a v6.host=2001:db8::203
	is_on 2001:db8::203 bond0
	lab_until knows client 2001:db8::203 bond0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	for port in host host-1; do
		ip -n lan link set $port down
		lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		ip -n lan link set $port up
		lab_until ping -c 1 -W 1 "$LAB_CLIENT"
	done
	box_unbind a
	is_on 2001:db8::203 ""
}

@test "a macvlan as uplink, on a link of another namespace: this host is a container itself" {
	ip link del eth0
	ip -n lan link add below type veth peer name below-port
	ip -n lan link set below-port master br0 up
	ip -n lan link set below up
	ip -n lan link add mv0 link below type macvlan mode bridge ||
		skip "this kernel has no macvlan"
	ip -n lan link set mv0 netns $$ name eth0
	calm eth0
	ip link set eth0 up
	ip addr add 2001:db8::1/64 dev eth0 nodad
	for attach in address route; do
		mkdir -p /etc/oci-v6
		echo "{\"attach\": \"$attach\"}" >/etc/oci-v6/config.json
		box_bind a v6.host=web3
		lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		v6ctl check web3
		box_unbind a
		[ -z "$(box_left)" ]
	done
	rm -r /etc/oci-v6
}

@test "a bridge as uplink: the service is on it, not on its port" {
	strip eth0
	bridge_up eth0
	ip route add default via "$LAB_ROUTER" dev br0
	ip -n client neigh replace 2001:db8::203 lladdr 02:00:00:00:00:01 dev eth0 nud reachable
	box_bind a v6.host=2001:db8::203
	is_on 2001:db8::203 br0
	lab_until knows client 2001:db8::203 br0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	is_on 2001:db8::203 ""
}

# To neighbours its answers go by way of the host, so they see the host and are seen as it
@test "a bridge as uplink, and a container on it: neighbours get answers, and a warning says which clients do not" {
	strip eth0
	bridge_up eth0
	ip route add default via "$LAB_ROUTER" dev br0
	box_up b 2001:db8::b/64 "$LAB_ROUTER" br0
	box_serve b tcp 80
	run box_bind b v6.host=2001:db8::203
	[ "$status" = 0 ]
	[[ "$output" == *": the container is on the service's own interface br0: clients beyond it may get no answer"* ]]
	is_on 2001:db8::203 br0
	answers "b $LAB_HOST" tcp 2001:db8::203 80
	box_unbind b
	is_on 2001:db8::203 ""
}

# The gateway that each gives its container is seen by the other host's, too
@test "a bridge as uplink of two hosts: a container without IPv6 keeps to its own host" {
	export -f bridge_up calm strip
	host_up other 2
	for at in "" "host_run other"; do
		[ ! -e /proc/sys/net/bridge ] || $at sysctl -qw net.bridge.bridge-nf-call-ip6tables=0
		$at strip eth0
		$at bridge_up eth0 "${at:+2001:db8::2}"
		$at ip route add default via "$LAB_ROUTER" dev br0
	done
	box_up b "" "" br0
	box_serve b tcp 80
	host_run other box_up c "" "" br0
	box_serve c tcp 80
	box_bind b v6.host=2001:db8::203
	host_run other box_bind c v6.host=2001:db8::204
	for round in 1 2 3; do
		ip -n b neigh flush dev eth0
		ip -n c neigh flush dev eth0
		answers "b $LAB_CLIENT" tcp 2001:db8::203 80
		answers "c $LAB_CLIENT" tcp 2001:db8::204 80
	done
	host_run other box_unbind c
	host_run other box_down c
	ip netns del other
}

# macvlan stands for hardware: neither veth nor tap, one of which each container or machine has
@test "a bridge without a default route is an uplink if one of its ports is hardware" {
	strip eth0
	ip link add link eth0 name out0 type macvlan mode passthru || skip "this kernel has no macvlan"
	bridge_up out0
	box_bind a v6.host=2001:db8::203
	is_on 2001:db8::203 br0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	# and one with containers' ports only is not
	ip link del out0
	ip link set eth0 master br0
	run box_bind a v6.host=2001:db8::203
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::203 is in the prefix behind the container bridge br0"* ]]
}

# port_of KIND [OPTION...] - port0, made and put into br0; what the kernel lacks is said
port_of() {
	if [ "$1" = tap ]; then
		ip tuntap add port0 mode tap
	else
		ip link add port0 type "$@"
	fi || {
		echo "# this kernel has no $1" >&3
		return 1
	}
	ip link set port0 master br0 up
}

# refused_on BRIDGE - as the prefix of a service is that of containers
refused_on() {
	run box_bind a v6.host=2001:db8::203
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"2001:db8::203 is in the prefix behind the container bridge $1"* ]]
}

# inner - br0 is one of containers, and web3 is in its prefix
inner() {
	strip eth0
	bridge_up eth0
}

@test "a bridge is no uplink by ports to containers, machines, tunnels between hosts, or nowhere" {
	inner
	while read -r -a port; do
		port_of "${port[@]}" || continue
		refused_on br0
		ip link del port0
	done <<-'KINDS'
		veth
		tap
		vxlan id 7 dstport 4789 local 192.0.2.1
		geneve id 7 remote 192.0.2.9
		gretap local 192.0.2.1 remote 192.0.2.9
		ip6gretap local 2001:db8::1 remote 2001:db8::9
		ifb
		dummy
	KINDS
}

@test "a bridge is no uplink by a port on such an interface, or on a bridge of containers" {
	inner
	box_bridge_named cni1
	ip link add below type ifb || ip link add below type dummy
	ip link add vxlan0 type vxlan id 7 dstport 4789 local 192.0.2.1
	for below in cni1 below vxlan0; do
		ip link set $below up
		for upper in "macvlan mode bridge" "vlan id 7"; do
			# shellcheck disable=SC2086
			if ip link add link $below name port0 type $upper; then
				ip link set port0 master br0 up
				refused_on br0
				ip link del port0
			else
				echo "# this kernel has no ${upper%% *}" >&3
			fi
		done
		ip link del $below
	done
}

# The host may be a container itself, with a veth as its uplink
@test "a bridge with a veth as its only port is an uplink if the IPv4 default route leaves by it" {
	inner
	refused_on br0
	ip addr add 192.0.2.1/24 dev br0
	ip route add default via 192.0.2.254 dev br0
	box_bind a v6.host=2001:db8::203
	is_on 2001:db8::203 br0
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a default route that a router advertisement made is no proof of an uplink" {
	inner
	ip route add default via fe80::1 dev br0 proto ra
	refused_on br0
}
