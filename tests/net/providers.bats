#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# providers.bats - Routing rules of the host, as for several providers, and services
#
#	tests/lab/run bats tests/net/providers.bats
#
#	       2001:db8::/64, of provider A, which has the host's default route
#	client ---- lan: br0 ---- eth0 [ the host ] cni0 ---- a (fd42::a), or b, without an address
#	             |                                cni2 ---- c (fd43::c)
#	            far, 2001:db8:f::10: the internet, with a client
#	             |
#	near ------ lan2: br0 ---- eth1
#	       2001:db8:b::/64, of provider B, for which a rule of the host has table 200
#
# The routers let nothing out that has an address of the other one (BCP 38).

load lab

export LC_ALL=C.UTF-8

FAR=2001:db8:f::10
NEAR=2001:db8:b::10
SERVICE=2001:db8:b::203

far() {
	nsenter --net=/run/netns/far "$@"
}

near() {
	nsenter --net=/run/netns/near "$@"
}

setup_file() {
	lab_ready
	second_provider
	internet
	box_bridge fd42::ffff/64
	box_bridge_named cni2 fd43::ffff/64
	box_up a fd42::a/64
	box_up b
	box_up c fd43::c/64 fd43::ffff cni2
	for box in a b c; do
		box_serve "$box" tcp 80
		box_serve "$box" udp 53
	done
}

# quiet NETNS LINK - a link without duplicate detection, nor routes but those that are set here
quiet() {
	nsenter --net="/run/netns/$1" sysctl -qw "net.ipv6.conf.$2.accept_dad=0" "net.ipv6.conf.$2.accept_ra=0" &&
		ip -n "$1" link set "$2" up
}

second_provider() {
	lab_netns lan2
	nsenter --net=/run/netns/lan2 sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0
	ip -n lan2 link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	ip -n lan2 link set br0 up
	ip -n lan2 addr add 2001:db8:b::ffff/64 dev br0 nodad
	ip link add eth1 type veth peer name host netns /run/netns/lan2
	ip -n lan2 link set host master br0 up
	sysctl -qw net.ipv6.conf.eth1.accept_dad=0 net.ipv6.conf.eth1.accept_ra=0
	ip link set eth1 up
	ip addr add 2001:db8:b::1/64 dev eth1 nodad
	lab_netns near
	ip -n near link add eth0 type veth peer name near netns /run/netns/lan2
	ip -n lan2 link set near master br0 up
	quiet near eth0
	ip -n near addr add "$NEAR/64" dev eth0 nodad
	ip -n near route add default via 2001:db8:b::ffff
}

# internet - behind both routers
internet() {
	lab_netns far
	far sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0
	ip -n far addr add "$FAR/128" dev lo
	for isp in lan lan2; do
		ip -n far link add "$isp" type veth peer name far netns "/run/netns/$isp"
		quiet far "$isp"
		quiet "$isp" far
		ip -n far addr add "fe80::1/64" dev "$isp" nodad
		ip -n "$isp" addr add "fe80::2/64" dev far nodad
		ip -n "$isp" route add default via fe80::1 dev far
	done
	ip -n far route add 2001:db8::/64 via fe80::2 dev lan
	ip -n far route add 2001:db8:b::/64 via fe80::2 dev lan2
	lab_lan nft 'add table ip6 isp; add chain ip6 isp out { type filter hook forward priority 0; }
		add rule ip6 isp out oifname "far" ip6 saddr != 2001:db8::/64 counter drop'
	nsenter --net=/run/netns/lan2 nft 'add table ip6 isp; add chain ip6 isp out { type filter hook forward priority 0; }
		add rule ip6 isp out oifname "far" ip6 saddr != 2001:db8:b::/64 counter drop'
}

setup() {
	ip -6 route add default via 2001:db8:b::ffff dev eth1 table 200
	ip -6 route add 2001:db8:b::/64 dev eth1 table 200
	ip -6 route add default via 2001:db8::ffff dev eth0 table 100
}

teardown() {
	lab_stop v6d
	for box in a b c; do
		box_unbind "$box"
	done
	v6ctl clear
	ip -6 rule flush
	ip -6 rule add pref 32766 lookup main
	ip -6 route flush table 100
	ip -6 route flush table 200
	nft delete table inet strict 2>/dev/null || :
	rm -rf /run/oci-v6 /etc/oci-v6/config.json
}

# asks WHO BOX ADDRESS - both protocols, from the client's own address; $of is set to it
asks() {
	local of=$LAB_CLIENT

	[ "$1" != far ] || of=$FAR
	[ "$1" != near ] || of=$NEAR
	case $1 in client) enter=lab_client ;; *) enter=$1 ;; esac
	[ "$($enter "$peer" ask tcp "$3" 80)" = "$2 $of" ] || return
	[ "$($enter "$peer" ask udp "$3" 53)" = "$2 $of" ]
}

reached() {
	asks far "$1" "$2" && asks near "$1" "$2" && asks client "$1" "$2"
}

# all_well ADDRESS - nothing but ticks
all_well() {
	run v6ctl check "$1"
	echo "$output"
	[ "$status" = 0 ]
	! tail -n +2 <<<"$output" | grep -v '^  ✓ '
}

# strict - what firewalld's IPv6_rpfilter=strict does
strict() {
	nft 'add table inet strict; add chain inet strict pre { type filter hook prerouting priority raw + 10; }
		add rule inet strict pre meta nfproto ipv6 icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
		add rule inet strict pre meta nfproto ipv6 fib saddr . mark . iif oif missing counter drop'
}

provider_rules() {
	ip -6 rule add from 2001:db8::/64 lookup 100 "$@"
	ip -6 rule add from 2001:db8:b::/64 lookup 200 "$@"
}

bind() {
	box_bind "$1" "v6.host=${*:2}" "v6.ports=80 53/udp"
}

ours() {
	ip -6 -N rule | grep -c 'proto 83'
}

nothing_of_ours() {
	[ "$(ours)" = 0 ] && ! nft list map ip6 oci-v6 answers 2>/dev/null | grep elements
}

@test "a service of the second provider is reached from everywhere, its rules made before" {
	provider_rules pref 1000
	for box in a b; do
		bind $box $SERVICE
		reached $box $SERVICE
		strict
		reached $box $SERVICE
		nft delete table inet strict
		all_well $SERVICE
		[ "$(ours)" = 3 ]
		box_unbind $box
		nothing_of_ours
	done
}

@test "nothing is done where no rule asks for it" {
	bind a $SERVICE
	bind b 2001:db8::203
	nothing_of_ours
	asks client b 2001:db8::203
	v6ctl reconcile | grep ', 0 repaired'
}

@test "of containers that died, and after clear, nothing is left" {
	provider_rules pref 1000
	for how in reconcile clear; do
		bind a $SERVICE
		bind c 2001:db8:b::204
		[ "$(ours)" = 4 ]
		[ "$how" = clear ] || for box in a c; do box_kill $box; done
		v6ctl $how
		nothing_of_ours
		[ "$how" = clear ] || for box in a c; do box_init $box; done
	done
}

@test "a container that loses its address, and gets it again" {
	provider_rules pref 1000
	bind a $SERVICE
	ip -n a addr del fd42::a/64 dev eth0
	v6ctl reconcile
	nothing_of_ours
	ip -n a addr add fd42::a/64 dev eth0 nodad
	ip -n a route replace default via fd42::ffff dev eth0
	v6ctl reconcile
	reached a $SERVICE
	box_unbind a
	nothing_of_ours
}

@test "an address that two containers share, when the provider's table gets another number" {
	provider_rules pref 1000
	bind a $SERVICE
	box_bind c v6.host=$SERVICE v6.ports=81:80
	[ "$(far "$peer" ask tcp $SERVICE 81)" = "c $FAR" ]
	ip -6 rule del from 2001:db8:b::/64
	ip -6 route flush table 200
	ip -6 route add default via 2001:db8:b::ffff dev eth1 table 201
	ip -6 rule add from 2001:db8:b::/64 lookup 201
	v6ctl reconcile
	nft list map ip6 oci-v6 answers | grep -F "$SERVICE : 0x00001049"
	reached a $SERVICE
	[ "$(far "$peer" ask tcp $SERVICE 81)" = "c $FAR" ]
	run ! grep -w 200 <(ip -6 rule)
	box_unbind a
	[ "$(far "$peer" ask tcp $SERVICE 81)" = "c $FAR" ]
	ip -6 route flush table 201
}

@test "two tables whose numbers give the same mark: a warning names the second one" {
	provider_rules pref 1000
	ip -6 route add default via 2001:db8::53 dev eth0 table 328
	ip -6 rule add from 2001:db8::204 lookup 328
	bind a $SERVICE
	run bind c 2001:db8::204
	[ "$status" = 0 ]
	[[ "$output" == *"answers do not leave by routing table 328, as those by table 200 have the same mark"* ]]
	asks far a $SERVICE
	ip -6 route flush table 328
}

@test "a rule with preference 0 can't be overtaken, with a warning" {
	ip -6 rule add from 2001:db8:b::/64 lookup 200 pref 0
	ip -6 route del 2001:db8:b::/64 table 200
	run bind a $SERVICE
	[ "$status" = 0 ]
	[[ "$output" == *"a routing rule with preference 0 comes before what services need"* ]]
	run v6ctl check $SERVICE
	[ "$status" = 1 ]
	[[ "$output" == *"by a rule for their source, port or mark"* ]]
	v6ctl reconcile | grep ', 0 repaired'
	# ip -6 rule flush spares it
	ip -6 rule del from 2001:db8:b::/64
}

@test "rules made after the start: by reconcile, and by v6d" {
	bind a $SERVICE
	provider_rules
	run ! asks far a $SERVICE
	v6ctl reconcile
	reached a $SERVICE
	box_v6d_start
	ip -6 rule del from 2001:db8::/64
	ip -6 rule del from 2001:db8:b::/64
	lab_until nothing_of_ours
	provider_rules
	lab_until reached a $SERVICE
	ip -6 rule del proto 83
	lab_until reached a $SERVICE
	nft flush map ip6 oci-v6 answers
	lab_until reached a $SERVICE
}

@test "a service with an address of each provider is answered by each" {
	provider_rules pref 1000
	strict
	bind b $SERVICE 2001:db8::203
	bind c 2001:db8:b::204
	reached b $SERVICE
	reached b 2001:db8::203
	reached c 2001:db8:b::204
	# what others need stays
	box_unbind b
	reached c 2001:db8:b::204
	run ! grep -F "$SERVICE" <(nft list map ip6 oci-v6 answers)
	# a container asks the other one's service
	bind b $SERVICE
	[[ "$(nsenter --net=/run/netns/c "$peer" ask tcp $SERVICE 80)" == "b "* ]]
}

@test "one uplink, and a rule for its own prefix, whatever its place" {
	for rule in "pref 1000" "pref 1" ""; do
		# shellcheck disable=SC2086
		ip -6 rule add from 2001:db8::/64 lookup 100 $rule
		bind a 2001:db8::203
		asks client a 2001:db8::203
		asks far a 2001:db8::203
		ip -6 rule add from 2001:db8::/65 lookup 100
		v6ctl reconcile
		asks client a 2001:db8::203
		! v6ctl reconcile | grep -v '^1 live, 0 repaired'
		box_unbind a
		ip -6 rule del from 2001:db8::/65
		ip -6 rule del from 2001:db8::/64
	done
}

@test "a provider that the main table knows nothing of" {
	provider_rules pref 1000
	ip -6 route del 2001:db8:b::/64 dev eth1
	bind b $SERVICE
	ip -6 addr show dev eth1 | grep -F $SERVICE
	ip -6 route add 2001:db8:b::/64 dev eth1 proto kernel metric 256
	asks far b $SERVICE
	asks near b $SERVICE
}

@test "services of a routed prefix, by a route, and in the host's network" {
	provider_rules pref 1000
	ip -6 rule add from 2001:db8:b5::/64 lookup 200
	ip -n far route add 2001:db8:b5::/64 via fe80::2 dev lan2
	ip -n lan2 route add 2001:db8:b5::/64 via 2001:db8:b::1
	nsenter --net=/run/netns/lan2 nft insert rule ip6 isp out ip6 saddr 2001:db8:b5::/64 accept
	mkdir -p /etc/oci-v6
	echo '{"attach": "route", "routed": ["2001:db8:b5::/64"]}' >/etc/oci-v6/config.json
	bind a $SERVICE 2001:db8:b5::203
	reached a $SERVICE
	reached a 2001:db8:b5::203
	v6ctl list | grep -F 2001:db8:b5::203 | grep -w eth1
	lab_start host "$peer" serve tcp 81 host
	lab_until box_host_listens 81
	v6ctl bind --pid "$(cat /run/lab/host.pid)" --host 2001:db8:b::205 --ports 81 --id host
	[ "$(far "$peer" ask tcp 2001:db8:b::205 81)" = "host $FAR" ]
	v6ctl unbind host
	lab_stop host
}

@test "a rule that refuses a client goes on to do so, with rules that route and without" {
	ip -6 rule add from "$FAR" prohibit pref 500
	bind a $SERVICE
	nothing_of_ours
	run ! asks far a $SERVICE
	asks near a $SERVICE
	provider_rules pref 1000
	v6ctl reconcile
	[ "$(ours)" = 3 ]
	run ! asks far a $SERVICE
	asks near a $SERVICE
	asks client a $SERVICE
	all_well $SERVICE
	v6ctl reconcile | grep '1 live, 0 repaired'
	# and one that comes later, in front of all
	ip -6 rule add from "$NEAR" prohibit
	v6ctl reconcile
	run ! asks near a $SERVICE
	asks client a $SERVICE
	ip -6 rule del from "$FAR" prohibit pref 500
	v6ctl reconcile
	asks far a $SERVICE
}

# leaves BOX ADDRESS - whom a server in the internet sees, and one beside the host
leaves() {
	local protocol port=80

	for protocol in tcp udp; do
		[ "$(nsenter --net="/run/netns/$1" "$peer" ask $protocol "$FAR" $port)" = "far $2" ] || return
		port=53
	done
}

@test "what a container begins leaves by the provider of its service address" {
	lab_start serve-far nsenter --net=/run/netns/far "$peer" serve tcp 80 far
	lab_start serve-far-udp nsenter --net=/run/netns/far "$peer" serve udp 53 far
	provider_rules pref 1000
	for box in a b; do
		box_bind $box "v6.host=$SERVICE" "v6.ports=80 53/udp" v6.egress=on
		lab_until leaves $box "$SERVICE"
		asks far $box "$SERVICE"
		all_well "$SERVICE"
		# what goes to another container of this host is routed as before
		box_bind c v6.host=2001:db8:b::204
		[ "$(nsenter --net=/run/netns/$box "$peer" ask tcp 2001:db8:b::204 80 | cut -d' ' -f1)" = c ]
		box_unbind c
		box_unbind $box
		nothing_of_ours
		! nft list map ip6 oci-v6 departures | grep elements
	done
	# rules that come and go later
	ip -6 rule flush
	ip -6 rule add pref 32766 lookup main
	box_bind a "v6.host=$SERVICE" "v6.ports=80 53/udp" v6.egress=on
	provider_rules pref 1000
	v6ctl reconcile
	leaves a "$SERVICE"
	nft flush map ip6 oci-v6 departures
	v6ctl reconcile
	leaves a "$SERVICE"
	lab_stop serve-far
	lab_stop serve-far-udp
}
