#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ways.bats - Clients come by any interface of the host, and nothing else passes that did not before
#
#	tests/lab/run bats tests/net/ways.bats
#
#	                 2001:db8::/64
#	client --- lan --- eth0 [ the host ] cni0 --- a (fd42::a)
#	vpn ------ 2001:db8:7::/64 --- up1    lxcbr0 --- x (fd43::a), y: containers of nobody's services
#
# The host does not forward. Before Linux 6.17 it has to as a whole: there, these are skipped.

load lab

VPN=2001:db8:7::10
OTHER=fd43::a

setup_file() {
	box_install
}

setup() {
	[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] || skip "this kernel is older than 6.17"
	lab_up
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	lab_netns vpn
}

teardown() {
	lab_stop v6d
	v6ctl clear --settings
	sysctl -qw net.ipv6.conf.all.forwarding=0
	nft delete table ip6 peer 2>/dev/null
	lab_clear_bridge a x y
	lab_stop tunnel
	for link in lxcbr0 up1 up2 tun0 br1; do
		ip link del "$link" 2>/dev/null
	done
	ip netns del vpn 2>/dev/null
	lab_down
}

# second_link - another LAN of the host
second_link() {
	ip link add up1 type veth peer name eth0 netns vpn &&
		sysctl -qw net.ipv6.conf.up1.accept_dad=0 &&
		ip link set up1 up && vpn_end eth0 &&
		ip addr add 2001:db8:7::1/64 dev up1 nodad
}

# vpn_end LINK - the other end of a link
vpn_end() {
	nsenter --net=/run/netns/vpn sysctl -qw "net.ipv6.conf.$1.accept_dad=0" &&
		ip -n vpn link set "$1" up &&
		ip -n vpn addr add "$VPN/64" dev "$1" nodad &&
		ip -n vpn route add default via 2001:db8:7::1
}

from_vpn() {
	nsenter --net=/run/netns/vpn "$peer" ask tcp "$1" 80
}

vpn_answered() {
	[ "$(from_vpn 2001:db8::203)" = "a $VPN" ]
}

# other_containers - x has a server, which the client reaches if the host is a router
other_containers() {
	box_bridge_named lxcbr0 fd43::ffff/64
	box_up x "$OTHER/64" fd43::ffff lxcbr0
	box_serve x tcp 80
	ip -n client route add fd43::/64 via "$LAB_HOST"
}

# routes - to a container and from it, both not by a service
routes() {
	[ "$(ask tcp "$OTHER" 80)" = "x $LAB_CLIENT" ] &&
		nsenter --net=/run/netns/x ping -c 1 -W 1 "$LAB_CLIENT"
}

# is_no_router - none of these is answered, all asked at once
is_no_router() {
	local from ping pings=()

	nsenter --net=/run/netns/client ping -c 1 -W 1 "$OTHER" 3>&- &
	pings+=($!)
	for from in vpn x a; do
		nsenter --net=/run/netns/$from ping -c 1 -W 1 "$LAB_CLIENT" 3>&- &
		pings+=($!)
	done
	for ping in "${pings[@]}"; do
		run ! wait "$ping"
	done
}

forwarding() {
	sysctl -n "net.ipv6.conf.$1.force_forwarding"
}

@test "a second link: its clients are answered, attached as an address or as a route" {
	second_link
	install -d /etc/oci-v6
	for attach in address route; do
		echo "{\"attach\": \"$attach\"}" >/etc/oci-v6/config.json
		box_bind a v6.host=web3
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		vpn_answered
		v6ctl check web3 | grep -q "✓ forwarding on for services, by eth0, cni0, up1$"
		box_unbind a
		v6ctl clear --settings
	done
}

@test "a tunnel, and a prefix that is routed to the host by it" {
	ip tuntap add tun0 mode tun
	ip -n vpn tuntap add tun0 mode tun
	lab_start tunnel python3 -c 'import ctypes, fcntl, os, select, struct
def tun(netns):
    if netns:
        ctypes.CDLL(None).setns(os.open("/run/netns/" + netns, os.O_RDONLY), 0x40000000)
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", b"tun0", 0x1001))
    return fd
ends = [tun(""), tun("vpn")]
while True:
    for fd in select.select(ends, [], [])[0]:
        os.write(ends[1 - ends.index(fd)], os.read(fd, 65536))'
	sysctl -qw net.ipv6.conf.tun0.accept_dad=0
	ip link set tun0 up
	ip addr add 2001:db8:7::1/64 dev tun0 nodad
	vpn_end tun0
	lab_until ip netns exec vpn ping -c 1 -W 1 2001:db8:7::1
	install -d /etc/oci-v6
	echo '{"routed": ["2001:db8:5::/64"]}' >/etc/oci-v6/config.json
	box_bind a v6.host=web3,2001:db8:5::7
	vpn_answered
	[ "$(from_vpn 2001:db8:5::7)" = "a $VPN" ]
}

@test "a link that appears later, with v6d: it is opened, and refuses what is not for services" {
	box_v6d_start
	box_bind a v6.host=web3
	second_link
	other_containers
	lab_until vpn_answered
	lab_until [ "$(forwarding lxcbr0)" = 1 ]
	is_no_router
	ip link set up1 down
	ip link set up1 name up2
	ip link set up2 up
	ip addr add 2001:db8:7::1/64 dev up2 nodad
	lab_until eval 'nft list set ip6 oci-v6 opened | grep -q "\"up2\""'
	lab_until eval '! nft list set ip6 oci-v6 opened | grep -q "\"up1\""'
	lab_until vpn_answered
	is_no_router
	ip link del up2
	lab_until eval '! nft list set ip6 oci-v6 opened | grep -q "\"up2\""'
}

@test "without: check names it, and a reconcile opens it" {
	box_bind a v6.host=web3
	second_link
	run ! vpn_answered
	run -1 v6ctl check web3
	[[ "$output" == *"forwarding clients that come by up1 get no answer: v6d, which opens new interfaces, was not running"* ]]
	v6ctl reconcile
	vpn_answered
	run -0 v6ctl check web3
}

@test "the host is no router: not before a service, nor with one, nor after it" {
	second_link
	other_containers
	is_no_router
	box_bind a v6.host=web3
	vpn_answered
	nsenter --net=/run/netns/x "$peer" ask tcp 2001:db8::203 80
	is_no_router
	nft flush ruleset
	nft delete table ip6 oci-v6 2>/dev/null || true
	v6ctl reconcile
	is_no_router
	vpn_answered
	box_unbind a
	is_no_router
	# a start makes the table again, and so does a reconcile without any service
	nft delete table ip6 oci-v6
	box_bind a v6.host=web3
	is_no_router
	box_unbind a
	nft delete table ip6 oci-v6
	v6ctl reconcile
	is_no_router
	v6ctl clear
	is_no_router
	[ "$(forwarding eth0)$(forwarding up1)$(forwarding lo)" = 000 ]
}

@test "what forwards by itself goes on, before, meanwhile and afterwards" {
	second_link
	other_containers
	sysctl -qw net.ipv6.conf.eth0.force_forwarding=1 net.ipv6.conf.lxcbr0.force_forwarding=1
	routes
	box_bind a v6.host=web3
	vpn_answered
	routes
	nft delete table ip6 oci-v6
	v6ctl reconcile
	routes
	v6ctl clear --settings
	routes
	[ "$(forwarding up1)" = 0 ]
}

@test "a host that forwards as a whole: nothing is refused, whether that was so before or since" {
	second_link
	other_containers
	sysctl -qw net.ipv6.conf.all.forwarding=1
	box_bind a v6.host=web3
	vpn_answered
	routes
	box_unbind a
	sysctl -qw net.ipv6.conf.all.forwarding=0
	box_bind a v6.host=web3
	is_no_router
	sysctl -qw net.ipv6.conf.all.forwarding=1
	v6ctl check web3
	run -1 v6ctl check
	[[ "$output" == *"net.ipv6.conf.all.forwarding was turned on, but table ip6 oci-v6 still refuses"* ]]
	# each start does it, and a reconcile
	box_unbind a
	box_bind a v6.host=web3
	routes
	vpn_answered
	sysctl -qw net.ipv6.conf.all.forwarding=0
	v6ctl reconcile
	vpn_answered
	is_no_router
	sysctl -qw net.ipv6.conf.all.forwarding=1
	v6ctl reconcile
	routes
	v6ctl check
}

@test "with v6d: another program turns forwarding on as a whole, and off again" {
	second_link
	other_containers
	box_v6d_start
	box_bind a v6.host=web3
	is_no_router
	sysctl -qw net.ipv6.conf.all.forwarding=1
	lab_until routes
	sysctl -qw net.ipv6.conf.all.forwarding=0
	lab_until vpn_answered
	is_no_router
}

# bind_read_only - as in a container of which only the network is its own
bind_read_only() {
	box_state a v6.host=web3 | unshare -m sh -c "mount --bind -o ro /proc/sys /proc/sys &&
		mount -o remount,ro,bind /proc/sys; exec $hook createRuntime"
}

@test "where settings can't be written to, those of the service's own links suffice" {
	second_link
	run -1 bind_read_only
	sysctl -qw net.ipv6.conf.eth0.force_forwarding=1 net.ipv6.conf.cni0.force_forwarding=1
	run -0 bind_read_only
	[[ "$output" == *"clients may come by some interfaces only: cannot set net.ipv6.conf."* ]]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "state that was lost is made again by the start of a container on a new bridge" {
	box_bind a v6.host=web3
	rm -r /run/oci-v6
	nft delete table ip6 oci-v6
	second_link
	other_containers
	box_up b fd43::b/64 fd43::ffff lxcbr0
	box_serve b tcp 80
	box_bind b v6.host=web2
	[ "$(from_vpn 2001:db8::202)" = "b $VPN" ]
	v6ctl reconcile
	nft list set ip6 oci-v6 opened | grep -q '"up1"'
	box_unbind b
	box_down b
}

@test "an interface that the administrator closes stays closed, and check says so" {
	second_link
	box_bind a v6.host=web3
	sysctl -qw net.ipv6.conf.up1.force_forwarding=0
	v6ctl reconcile
	box_unbind a
	box_bind a v6.host=web3
	[ "$(forwarding up1)" = 0 ]
	run v6ctl check web3
	[[ "$output" == *"clients that come by up1 get no answer: force_forwarding was turned off there"* ]]
	[[ "$output" == *"sysctl -w net/ipv6/conf/up1/force_forwarding=1"* ]]
	sysctl -qw net/ipv6/conf/up1/force_forwarding=1
	vpn_answered
}

@test "a rule of the administrator keeps clients of one interface away" {
	second_link
	nft -f - <<-'NFT'
		table ip6 peer {
			chain forward {
				type filter hook forward priority filter; policy accept;
				iifname "up1" ct status dnat drop
			}
		}
	NFT
	box_bind a v6.host=web3
	run ! vpn_answered
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "ports of a bridge talk to each other, also where br_netfilter shows their frames to us" {
	[ -e /proc/sys/net/bridge ] || skip "this kernel has no br_netfilter"
	sysctl -qw net.bridge.bridge-nf-call-ip6tables=1
	box_bridge_named lxcbr0
	for box in x y; do
		box_up $box "" "" lxcbr0
	done
	ip -n x addr add fd43::a/64 dev eth0 nodad
	ip -n y addr add fd43::b/64 dev eth0 nodad
	box_bind a v6.host=web3
	[ "$(forwarding lxcbr0)" = 1 ]
	nsenter --net=/run/netns/x ping -c 1 -W 2 fd43::b
	# and on one of our own containers
	box_up b fd42::b/64
	nsenter --net=/run/netns/b ping -c 1 -W 2 fd42::a
	box_down b
}

@test "a bridge with members as second link" {
	ip link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	sysctl -qw net.ipv6.conf.br1.accept_dad=0
	ip link set br1 up
	second_link
	ip addr del 2001:db8:7::1/64 dev up1
	ip link set up1 master br1
	ip addr add 2001:db8:7::1/64 dev br1 nodad
	lab_until box_settled br1
	box_bind a v6.host=web3
	vpn_answered
	[ "$(forwarding br1)" = 1 ]
	[ "$(forwarding up1)" = 0 ]
}
