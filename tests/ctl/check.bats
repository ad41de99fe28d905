#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.bats - v6ctl check NAME: what breaks a service, and the command that mends it
#
#	tests/lab/run bats tests/ctl/check.bats

load check

setup() {
	cp /run/lab/resolv.conf /etc/resolv.conf
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=web3
	serves
}

teardown() {
	box_unbind a 2>/dev/null
	box_down a
	ip link del cni0
	rm -rf /run/oci-v6 /etc/oci-v6
	nft flush ruleset
}

# config TEXT - the configuration
config() {
	mkdir -p /etc/oci-v6
	echo "$1" >/etc/oci-v6/config.json
}

# The process's number differs from run to run
golden_check() {
	diff "$1" <(masked <<<"$output" | sed 's/process [0-9]*/process PID/')
}

@test "a healthy service: nothing but good news" {
	well web3
	golden_check tests/ctl/check.healthy
	well 2001:db8::203
	well "$(box_id a | cut -c1-12)"
}

@test "without UTF-8 its marks are ASCII" {
	LC_ALL=C check web3
	[ "$(grep -c '^  ok ' <<<"$output")" = 13 ]
	[[ "$output" != *[^[:ascii:]]* ]]
}

@test "JSON, as the schema says" {
	nft flush ruleset
	schema v6ctl check --json web3
	[ "$(json 'o["faults"]' v6ctl check --json web3)" -gt 0 ]
	[ "$(json '[f["command"] for f in o["checked"][0]["findings"] if "command" in f]' \
		v6ctl check --json web3)" = "['v6ctl reconcile']" ]
}

@test "the ruleset is flushed" {
	nft flush ruleset
	fails
	faulty table 'ip6 oci-v6 is gone or not whole'
	golden_check tests/ctl/check.flushed
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "our table is deleted" {
	nft delete table ip6 oci-v6
	fails
	faulty table 'ip6 oci-v6 is gone or not whole'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "a rule of ours is deleted" {
	nft -a list chain ip6 oci-v6 prerouting | sed -n 's/.*services # handle //p' |
		xargs nft delete rule ip6 oci-v6 prerouting handle
	fails
	faulty table 'ip6 oci-v6 is gone or not whole'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "our table is dormant" {
	nft 'add table ip6 oci-v6 { flags dormant; }'
	fails
	faulty table 'ip6 oci-v6 is dormant'
	mend 'nft delete table ip6 oci-v6 && v6ctl reconcile'
	serves
	well web3
}

@test "an element is deleted" {
	nft 'delete element ip6 oci-v6 services { tcp . 2001:db8::203 . 80 }'
	fails
	faulty claim '2001:db8::203 port 80/tcp is forwarded nowhere'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "an element has another target" {
	nft "delete element ip6 oci-v6 services { tcp . 2001:db8::203 . 80 }
		add element ip6 oci-v6 services {
			tcp . 2001:db8::203 . 80 comment \"web3 $(box_id a)\" : fd42::99 . 81 }"
	fails
	faulty claim '2001:db8::203 port 80/tcp is forwarded to fd42::99 port 81 instead of fd42::a port 80'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "an element is another container's" {
	nft 'delete element ip6 oci-v6 services { tcp . 2001:db8::203 . 80 }
		add element ip6 oci-v6 services {
			tcp . 2001:db8::203 . 80 comment "web3 nobody" : fd42::99 . 80 }'
	fails
	faulty claim '2001:db8::203 port 80/tcp is held by container nobody'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "the guard is gone: the host's own listeners answer" {
	lab_start sshd "$peer" serve tcp 22 sshd
	lab_until eval 'ss -Hltn sport = :22 | grep -q .'
	nft flush set ip6 oci-v6 addresses
	answers "sshd $LAB_CLIENT" tcp 2001:db8::203 22
	faulty claim '2001:db8::203 is not guarded'
	mend 'v6ctl reconcile'
	run ask tcp 2001:db8::203 22
	[ "$output" = "error: Connection refused" ]
	lab_stop sshd
	well web3
}

@test "the address is lost" {
	ip addr del 2001:db8::203/128 dev eth0
	fails
	faulty address '2001:db8::203 is on no interface; another program has removed it from eth0'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "an address that the host had before is lost" {
	box_unbind a
	ip addr add 2001:db8::203/64 dev eth0 nodad
	box_bind a v6.host=web3
	well web3
	ip addr del 2001:db8::203/64 dev eth0
	fails
	faulty address "2001:db8::203 was this host's own on eth0, and is gone"
	mend 'ip -6 addr add 2001:db8::203/64 dev eth0'
	serves
	well web3
	ip addr del 2001:db8::203/64 dev eth0
}

@test "the address has moved to another link" {
	ip addr del 2001:db8::203/128 dev eth0
	ip addr add 2001:db8::203/128 dev cni0 nodad
	fails
	faulty address '2001:db8::203 is on cni0 instead of eth0'
	mend 'ip -6 addr del 2001:db8::203/128 dev cni0 && v6ctl reconcile'
	serves
	well web3
}

@test "an address that came as a route: what belongs to that is looked at" {
	box_unbind a
	config '{"attach": "route"}'
	box_bind a v6.host=web3
	serves
	well web3
	grep -qF '✓ address    2001:db8::203 is here by a local route, and a proxy neighbour on eth0' <<<"$output"
	ip -6 neigh del proxy 2001:db8::203 dev eth0
	fails
	faulty address 'eth0 does not tell its neighbours that 2001:db8::203 is here'
	mend 'v6ctl reconcile'
	serves
	sysctl -qw net.ipv6.conf.eth0.proxy_ndp=0
	faulty address 'eth0 does not tell its neighbours that 2001:db8::203 is here'
	mend 'v6ctl reconcile'
	serves
	ip -6 route del local 2001:db8::203 table local
	faulty address 'the local route for 2001:db8::203 is gone'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "a prefix that is routed to this host: no neighbour asks for its addresses" {
	ip -n lan -6 route add 2001:db8:5::/48 via "$LAB_HOST"
	box_unbind a
	config '{"routed": ["2001:db8:5::/48"]}'
	box_bind a v6.host=2001:db8:5::9
	serves 2001:db8:5::9
	well 2001:db8:5::9
	grep -qF '✓ neighbours 2001:db8:5::9 is routed to this host' <<<"$output"
	ip -6 route del local 2001:db8:5::9 table local
	faulty address 'the local route for 2001:db8:5::9 is gone' 2001:db8:5::9
	mend 'v6ctl reconcile'
	serves 2001:db8:5::9
	ip -n lan -6 route del 2001:db8:5::/48
}

@test "another machine had the address first: dadfailed" {
	ip addr del 2001:db8::203/128 dev eth0
	ip -n dns addr add 2001:db8::203/64 dev eth0 nodad
	sysctl -qw net.ipv6.conf.eth0.accept_dad=1
	ip addr add 2001:db8::203/128 dev eth0
	lab_until eval 'ip -6 addr show dev eth0 dadfailed | grep -q 2001:db8::203'
	sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	fails
	faulty address '2001:db8::203 on eth0 is out of use (dadfailed)'
	ip -n dns addr del 2001:db8::203/64 dev eth0
	mend 'ip -6 addr del 2001:db8::203/128 dev eth0 && v6ctl reconcile'
	serves
	well web3
}

@test "another machine answers for the address" {
	ip -n dns addr add 2001:db8::203/64 dev eth0 nodad
	lab_client ip neigh flush dev eth0
	mac=$(ip -n dns -br link show dev eth0 | awk '{ print $3 }')
	faulty neighbours "another machine on eth0, $mac, answers for 2001:db8::203, too"
	ip -n dns addr del 2001:db8::203/64 dev eth0
	mend 'ip -6 addr del 2001:db8::203/128 dev eth0 && v6ctl reconcile'
	serves
	well web3
}

@test "the link is down" {
	ip link set dev eth0 down
	fails
	faulty address 'interface eth0 is down'
	mend 'ip link set dev eth0 up && v6ctl reconcile'
	faulty route "clients on eth0, such as 2001:db8::202, can't be answered"
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip route add default via "$LAB_ROUTER" dev eth0
	serves
	well web3
}

@test "the link is not connected" {
	ip -n lan link set dev host down
	fails
	faulty address 'interface eth0 is not connected'
	ip -n lan link set dev host up
	serves
	well web3
}

@test "forwarding is off" {
	sysctl -qw net.ipv6.conf.eth0.force_forwarding=0
	fails
	faulty forwarding 'off: packets do not pass between eth0 and cni0'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "forwarding is on, and the default route learnt from a router will be lost" {
	sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.eth0.accept_ra=1
	well web3
	ip -6 route add default via "$LAB_ROUTER" dev eth0 proto ra metric 2048
	faulty forwarding 'the default route by eth0 was learnt from a router'
	mend 'sysctl -w net/ipv6/conf/eth0/accept_ra=2'
	[ "$(sysctl -n net.ipv6.conf.eth0.accept_ra)" = 2 ]
	well web3
	ip -6 route del default proto ra
	sysctl -qw net.ipv6.conf.all.forwarding=0 net.ipv6.conf.eth0.accept_ra=0
}

@test "the route to the container is gone" {
	ip -6 route del fd42::/64 dev cni0
	fails
	faulty route 'the route to fd42::a goes through eth0 instead of cni0'
	mend 'ip -6 route replace fd42::/64 dev cni0'
	serves
	well web3
}

@test "the route to the container has another way" {
	ip -6 route add fd42::a/128 dev eth0
	fails
	faulty route 'the route to fd42::a goes through eth0 instead of cni0'
	mend 'ip -6 route del fd42::a/128 dev eth0 && v6ctl reconcile'
	serves
	well web3
}

@test "the container's bridge is down, and its address is gone with that" {
	ip link set dev cni0 down
	fails
	faulty route 'interface cni0, behind which the container is, is down'
	grep -qF "the container's answers go to its gateway fd42::ffff, which is not this host on cni0" <<<"$output"
	mend 'ip link set dev cni0 up && v6ctl reconcile' 'ip -6 addr add fd42::ffff/64 dev cni0'
	serves
	well web3
}

@test "a container without IPv6 of its own: what it was given is gone" {
	box_unbind a
	ip -n a addr flush dev eth0 scope global
	ip -n a -6 route del default
	box_bind a v6.host=web3
	serves
	well web3
	given=$(ip -n a -6 -o addr show dev eth0 scope global | sed 's/.*inet6 \([^/]*\).*/\1/')
	ip -6 route del "$given" dev cni0
	fails
	faulty route "the route to $given goes through eth0 instead of cni0"
	mend 'v6ctl reconcile'
	serves
	gateway=$(ip -n a -6 route show default | sed 's/.*via \([^ ]*\).*/\1/')
	ip -6 addr del "$gateway/64" dev cni0
	faulty inside "the container's answers go to its gateway $gateway"
	mend 'v6ctl reconcile'
	ip -n a -6 addr del "$given/128" dev eth0
	faulty inside "the container has lost its address $given"
	mend 'v6ctl reconcile'
	serves
	ip -n a -6 route del default
	faulty inside 'the container has no default route'
	mend 'v6ctl reconcile'
	serves
	well web3
}

# second_network - what engines do when they connect it to one more, with IPv6
second_network() {
	box_connect a fd43::ffff/64
	ip -n a addr add fd43::a/64 dev eth1 nodad
	ip -n a route replace default via fd43::ffff dev eth1
	lab_until box_settled cni1
	sysctl -qw net.ipv6.conf.all.forwarding=1
}

second_network_gone() {
	ip link del cni1
	sysctl -qw net.ipv6.conf.all.forwarding=0
}

@test "a container without IPv6 of its own is connected to a network with it" {
	box_unbind a
	ip -n a addr flush dev eth0 scope global
	ip -n a -6 route del default
	box_bind a v6.host=web3
	second_network
	faulty inside "the container's answers go to its gateway fd43::ffff, which is not this host on cni0"
	mend 'v6ctl reconcile'
	[[ "$(v6ctl list)" == *" [fd43::a]:80 "* ]]
	serves
	well web3
	second_network_gone
}

@test "a container with several networks: its answers may take another one" {
	second_network
	serves
	well web3
	ip -n a route replace default via fd43::1 dev eth1
	faulty inside "the container's answers go to its gateway fd43::1, which is not this host on cni0"
	run ! grep -F 'ip -6 addr add' <<<"$output"
	second_network_gone
}

@test "the container has lost its address" {
	ip -n a addr del fd42::a/64 dev eth0
	fails
	faulty inside 'the container has lost its address fd42::a'
	mend "nsenter --net=/proc/$(box_pid a)/ns/net ip -6 addr add fd42::a/64 dev eth0"
	serves
	well web3
}

@test "the container has no way back" {
	ip -n a -6 route del default
	fails
	faulty inside 'the container has no default route, so that its answers go nowhere'
	mend "nsenter --net=/proc/$(box_pid a)/ns/net ip -6 route add default via fd42::ffff dev eth0"
	serves
	well web3
}

@test "the container's interface is down" {
	ip -n a link set dev eth0 down
	fails
	faulty inside "the container's interface eth0 is down"
	mend "nsenter --net=/proc/$(box_pid a)/ns/net ip link set dev eth0 up && v6ctl reconcile"
	faulty inside 'the container has lost its IPv6 address on eth0; add one there'
	ip -n a addr add fd42::a/64 dev eth0 nodad
	ip -n a route add default via fd42::ffff dev eth0
	faulty inside 'the container has a network by now, and no reconcile has run since'
	mend 'v6ctl reconcile'
	serves
	well web3
}

@test "the container exited, and its stop hook did not run" {
	box_kill a
	faulty container 'it exited, but its stop hook did not run'
	mend 'v6ctl reconcile'
	faulty container 'no container publishes web3'
	[ -z "$(ip addr show dev eth0 to 2001:db8::203)" ]
}

# relisten PROTO PORT [ADDRESS] - the container's program listens there instead
relisten() {
	lab_stop serve-a-tcp-80
	[ $# = 0 ] || box_serve a "$@"
}

# again - as the text said
again() {
	lab_stop "serve-a-$1-$2"
	box_serve a tcp 80
	serves
	well web3
}

@test "the program listens on IPv4 only" {
	relisten tcp 80 0.0.0.0
	fails
	faulty listening "80/tcp: the container's program (peer) listens on 0.0.0.0:80 only, which is IPv4; make it listen on [::]:80"
	grep -F "  ? relay      v6.relay=on would reach it, but hides clients' addresses (=proxy passes them on)" <<<"$output"
	again tcp 80
	relisten tcp 80 127.0.0.1
	faulty listening 'listens on 127.0.0.1:80 only'
	again tcp 80
}

@test "the program listens for itself only" {
	relisten tcp 80 ::1
	fails
	faulty listening 'listens on [::1]:80 only, which is for the container itself; make it listen on [::]:80, or on [fd42::a]:80'
	again tcp 80
}

@test "the program listens on another port" {
	relisten tcp 8080
	fails
	faulty listening '80/tcp: nothing listens on port 80 in the container, but on 8080 (peer) something does; start it with v6.ports=80:8080'
	box_unbind a
	box_bind a v6.host=web3 v6.ports=80:8080
	serves
	well web3
}

@test "nothing listens" {
	relisten
	fails
	faulty listening '80/tcp: nothing listens on port 80 in the container; see whether its program runs'
	again tcp 80
}

@test "UDP, ranges and whole addresses: what listens is looked for, too" {
	box_unbind a
	box_bind a v6.host=web3 v6.ports=80,53/udp,5000-5010
	faulty listening '53/udp: nothing listens on port 53'
	grep -qF 'listening  5000-5010/tcp: nothing in the container listens on any of these ports' <<<"$output"
	box_serve a udp 53
	box_serve a tcp 5003
	well web3
	box_unbind a
	box_bind a v6.host=web3 v6.ports=all
	serves
	well web3
}

@test "DNS does not answer" {
	echo 'nameserver 2001:db8::dead' >/etc/resolv.conf
	faulty name 'web3: DNS timed out'
	cp /run/lab/resolv.conf /etc/resolv.conf
	well web3
}

@test "the name stands for another address now" {
	sed -i '/web3/d' /run/lab/hosts/lab
	echo '2001:db8::333 web3' >/run/lab/hosts/moved
	lab_until lab_dns_knows web3 2001:db8::333
	faulty name 'web3 is 2001:db8::333 now, but was 2001:db8::203 when the container was started; correct the name, or restart the container'
	box_unbind a
	box_bind a v6.host=web3
	serves 2001:db8::333
	well web3
	rm /run/lab/hosts/moved
	lab_dns_zone >/run/lab/hosts/lab
	lab_until lab_dns_knows web3 2001:db8::203
}

@test "the name is gone" {
	sed -i '/web3/d' /run/lab/hosts/lab
	lab_until eval '! lab_dns_knows web3 2001:db8::203'
	faulty name 'it was 2001:db8::203 when the container was started'
	lab_dns_zone >/run/lab/hosts/lab
	lab_until lab_dns_knows web3 2001:db8::203
	well web3
}

@test "the rules do not allow it any more" {
	config '{"allow": [{"names": ["web3"]}]}'
	well web3
	config '{"allow": [{"names": ["web2"]}]}'
	serves
	faulty policy '2001:db8::203 port 80/tcp: no rule of "allow" in /etc/oci-v6/config.json'
	rm /etc/oci-v6/config.json
	well web3
}

@test "the configuration is broken" {
	config '{"allow": [}'
	faulty policy '/etc/oci-v6/config.json: line 1'
	rm /etc/oci-v6/config.json
	well web3
}

@test "a start has failed" {
	box_unbind a
	run ! box_bind a v6.host=nowhere
	faulty start "container $(box_id a | cut -c1-12) failed at " nowhere
	grep -qF 'nowhere: no such name in DNS' <<<"$output"
	faulty start 'nowhere: no such name in DNS' "$(box_id a | cut -c1-12)"
	faulty container 'no container publishes web4, and no failure of one is kept' web4
	grep -qF '✓ address    2001:db8::204 would go to eth0' <<<"$output"
}

@test "a start has failed, whose message names something else" {
	box_unbind a
	config '{"allow": [}'
	run ! box_bind a v6.host=web3,web2
	rm /etc/oci-v6/config.json
	faulty start '/etc/oci-v6/config.json: line 1'
	[[ "$(v6ctl show WEB2)" == *"config.json: line 1"* ]]
	# another container has it since
	v6ctl bind --netns a --host web3
	v6ctl unbind netns-a
	faulty container 'no container publishes web3, and no failure of one is kept'
	faulty start '/etc/oci-v6/config.json: line 1' web2
}

@test "a service by hand, in a namespace's file" {
	box_unbind a
	v6ctl bind --netns a --host web3
	serves
	well web3
	grep -qF '✓ container  /run/netns/a is there' <<<"$output"
	ip -n a -6 route del default
	faulty inside 'the container has no default route'
	mend 'nsenter --net=/run/netns/a ip -6 route add default via fd42::ffff dev eth0'
	serves
	v6ctl unbind netns-a
}

@test "many ports: those that work are summed up, the others are listed" {
	box_unbind a
	for port in 81 82 83 84 85 86 87 88; do
		box_serve a tcp $port
	done
	box_bind a v6.host=web3 v6.ports=80,81,82,83,84,85,86,87,88
	well web3
	[ "$(grep -c '✓ claim' <<<"$output")" = 1 ]
	[ "$(grep -c '✓ listening' <<<"$output")" = 1 ]
	[ "$(grep -c '✓ connection' <<<"$output")" = 1 ]
	lab_stop serve-a-tcp-85
	nft 'delete element ip6 oci-v6 services { tcp . 2001:db8::203 . 87 }'
	faulty listening '85/tcp: nothing listens on port 85'
	grep -qF '✗ claim      2001:db8::203 port 87/tcp is forwarded nowhere' <<<"$output"
	[ "$(grep -c '✗ claim' <<<"$output")" = 1 ]
	# other ports lead there already, so that none is proposed
	[[ "$output" != *"start it with"* ]]
}

@test "several services of one container, each on its own" {
	box_unbind a
	box_bind a v6.host=web2,web3
	well web3
	ip addr del 2001:db8::202/128 dev eth0
	serves
	faulty address '2001:db8::202 is on no interface'
	mend 'v6ctl reconcile'
	well web2
}

@test "without privileges: what is to be seen, and what is not" {
	run --separate-stderr setpriv --reuid=65534 --clear-groups v6ctl check web3
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	grep -qF -- "– container  $v6d_is_down" <<<"$output"
	grep -qF '✓ name       web3 is 2001:db8::203' <<<"$output"
	grep -qF '✓ address    2001:db8::203 is on eth0' <<<"$output"
	grep -qF '✓ connection [2001:db8::203]:80 answers this host' <<<"$output"
	run --separate-stderr setpriv --bounding-set=-net_admin,-net_raw,-sys_admin v6ctl check web3
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	for step in neighbours table claim firewall inside listening; do
		grep -q "^  – $step" <<<"$output"
	done
}

@test "one operand too many is wrong usage" {
	run v6ctl check web2 web3
	[ "$status" = 2 ]
}
