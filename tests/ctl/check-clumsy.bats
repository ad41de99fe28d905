#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check-clumsy.bats - v6ctl check names what an administrator did without meaning to
#
#	tests/lab/run bats tests/ctl/check-clumsy.bats

load check

setup() {
	box_bridge fd42::ffff/64
	ip link set dev cni0 address 02:00:00:00:00:01
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bind a v6.host=2001:db8::203
	serves
}

teardown() {
	[ ! -d "${group-}" ] || thaw
	lab_stop hung
	lab_clear_bridge a
	ip link del br9 2>/dev/null || :
	restore_uplink
}

# restore_uplink - what an interface loses that IPv6 was off for
restore_uplink() {
	ip link set dev eth0 mtu 1500 arp on
	sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0
	ip addr add "$LAB_HOST/64" dev eth0 nodad 2>/dev/null || :
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
}

# mended - the first command that it prints makes all well
mended() {
	local line

	line=$(commands | head -n 1)
	[ -n "$line" ]
	sh -e -c "$line" </dev/null
	serves
	well 2001:db8::203
}

# dark - a client is not served, though it may be connected
dark() {
	ip -n client neigh flush dev eth0
	[ "$(ask tcp 2001:db8::203 80)" != "a $LAB_CLIENT" ]
}

@test "the program is stopped: its port is open, and no client gets an answer" {
	kill -STOP "$(cat /run/lab/serve-a-tcp-80.pid)"
	dark
	faulty listening 'is stopped by a signal or a debugger, and does not answer' 2001:db8::203
	mended
	kill -STOP "$(cat /run/lab/serve-a-tcp-80.pid)"
	# of all services at once
	check
	grep -F '✗ service    2001:db8::203 (ca978112ca1b): connection: the container' <<<"$output"
	kill -CONT "$(cat /run/lab/serve-a-tcp-80.pid)"
}

@test "of UDP, too" {
	box_unbind a
	box_serve a udp 80
	box_bind a v6.host=2001:db8::203 v6.ports=80/udp
	kill -STOP "$(cat /run/lab/serve-a-udp-80.pid)"
	faulty listening '80/udp: the container'"'"'s program (peer, process' 2001:db8::203
	kill -CONT "$(cat /run/lab/serve-a-udp-80.pid)"
}

# freeze PID... - as an engine pauses a container, by the control groups of either version
freeze() {
	local pid

	group=/sys/fs/cgroup/freezer/oci-v6-test
	[ -d /sys/fs/cgroup/freezer ] || group=/sys/fs/cgroup/oci-v6-test
	mkdir -p "$group"
	for pid; do
		echo "$pid" >"$group/cgroup.procs"
	done
	[ ! -e "$group/freezer.state" ] || echo FROZEN >"$group/freezer.state"
	[ ! -e "$group/cgroup.freeze" ] || echo 1 >"$group/cgroup.freeze"
}

thaw() {
	[ ! -e "$group/freezer.state" ] || echo THAWED >"$group/freezer.state"
	[ ! -e "$group/cgroup.freeze" ] || echo 0 >"$group/cgroup.freeze"
	lab_until disband
}

# disband - a process of the group may begin or end another one meanwhile
disband() {
	local pid

	while read -r pid; do
		echo "$pid" >"${group%/*}/cgroup.procs" || :
	done <"$group/cgroup.procs"
	rmdir "$group"
} 2>/dev/null

@test "the container is paused" {
	freeze "$(box_pid a)" "$(cat /run/lab/serve-a-tcp-80.pid)"
	dark
	faulty container 'it is paused: its program does not answer until it is resumed' 2001:db8::203
	thaw
	serves
	well 2001:db8::203
}

@test "the program hangs: it listens, and accepts nothing" {
	lab_stop serve-a-tcp-80
	lab_start hung nsenter --net=/run/netns/a python3 -c 'import signal, socket
s = socket.socket(socket.AF_INET6); s.bind(("::", 80)); s.listen(5); signal.pause()'
	lab_until box_listens a tcp 80
	faulty connection 'has not accepted one from this host within 2 s' 2001:db8::203
}

@test "the container's port is off its bridge, on another one, or down" {
	ip link set dev a nomaster
	dark
	faulty route 'a, by which the container is behind cni0, is no port of it any more' 2001:db8::203
	mended
	ip link add br9 type bridge
	ip link set dev a master br9
	dark
	faulty route 'a, by which the container is behind cni0, is no port of it any more' 2001:db8::203
	mended
	ip link set dev a down
	dark
	faulty route 'a, by which the container is behind cni0, is down' 2001:db8::203
	mended
}

@test "IPv6 is turned off on this host, or on the uplink" {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	faulty address 'another program has turned IPv6 off on this host' 2001:db8::203
	[ "$(commands | head -n 1)" = "sysctl -w net.ipv6.conf.all.disable_ipv6=0 && v6ctl reconcile" ]
	sh -c "$(commands | head -n 1)"
	restore_uplink
	ip addr add fd42::ffff/64 dev cni0 nodad
	serves
	well 2001:db8::203
	sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
	faulty address 'another program has turned IPv6 off on eth0' 2001:db8::203
	[ "$(commands | head -n 1)" = "sysctl -w net/ipv6/conf/eth0/disable_ipv6=0 && v6ctl reconcile" ]
	sh -c "$(commands | head -n 1)"
	restore_uplink
	serves
}

@test "an MTU that IPv6 cannot do with, of the uplink, the bridge and the container" {
	ip link set dev eth0 mtu 1200
	faulty address 'the MTU of eth0 is 1200, and IPv6 is off below 1280' 2001:db8::203
	restore_uplink
	v6ctl reconcile
	serves
	ip link set dev cni0 mtu 1200
	faulty route 'the MTU of cni0 is 1200, and IPv6 is off below 1280' 2001:db8::203
	ip link set dev cni0 mtu 1500
	ip addr add fd42::ffff/64 dev cni0 nodad
	v6ctl reconcile
	serves
	ip -n a link set dev eth0 mtu 1200
	dark
	faulty inside "the MTU of the container's interface eth0 is 1200" 2001:db8::203
}

@test "the uplink takes no part in neighbour discovery" {
	ip link set dev eth0 arp off
	dark
	faulty address 'eth0 takes no part in neighbour discovery (arp off)' 2001:db8::203
	mended
}

@test "IPv6 is turned off inside" {
	nsenter --net=/run/netns/a sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	dark
	faulty inside "IPv6 is off on the container's interface eth0 (disable_ipv6)" 2001:db8::203
}

# of_client - what check says of the lab's client
of_client() {
	v6ctl check 2001:db8::203 --from "$LAB_CLIENT"
}

# lost TEXT - of that client alone, check names it; of others it is well
lost() {
	dark
	well 2001:db8::203
	faulty "$1" "$2" 2001:db8::203 --from "$LAB_CLIENT"
}

@test "one client alone: routes, rules and bans, by --from" {
	run -0 of_client
	[[ "$output" == *"✓ client     $LAB_CLIENT is behind eth0, with routes there and back"* ]]
	for kind in blackhole unreachable prohibit; do
		ip -6 route add $kind "$LAB_CLIENT"
		lost client "this host has no way to $LAB_CLIENT, or one that drops its packets"
		ip -6 route del $kind "$LAB_CLIENT"
	done
	ip -6 rule add from "$LAB_CLIENT" prohibit pref 5
	lost client "packets of $LAB_CLIENT to fd42::a go nowhere instead of to cni0"
	ip -6 rule del pref 5
	ip -6 rule add to "$LAB_CLIENT" iif cni0 blackhole pref 5
	lost client "the container's answers to $LAB_CLIENT go nowhere"
	ip -6 rule del pref 5
	ip -n a -6 route add blackhole "$LAB_CLIENT"
	lost client "the container has no way to $LAB_CLIENT"
	ip -n a -6 route del blackhole "$LAB_CLIENT"
	# as fail2ban does
	nft 'add table inet ban; add set inet ban hosts { type ipv6_addr; };
		add chain inet ban in { type filter hook prerouting priority -300; };
		add rule inet ban in ip6 saddr @hosts drop; add element inet ban hosts { '"$LAB_CLIENT"' }'
	lost firewall 'new connections are dropped by the rule'
	nft delete table inet ban
	serves
}

@test "--from takes an address, and needs a service" {
	run -2 v6ctl check --from 2001:db8::10
	[[ "$output" == *"say of which service"* ]]
	run -2 v6ctl check 2001:db8::203 --from client
	[[ "$output" == *"expected a client's IPv6 address"* ]]
	run v6ctl check 2001:db8::203 --from "$LAB_HOST"
	[[ "$output" == *"? client     $LAB_HOST is this host's own"* ]]
}

@test "new interfaces have IPv6 off" {
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	check
	sysctl -qw net.ipv6.conf.default.disable_ipv6=0
	[ "$status" = 0 ]
	grep -F '? kernel     interfaces made from now on have IPv6 off' <<<"$output"
	grep -F 'run: sysctl -w net.ipv6.conf.default.disable_ipv6=0' <<<"$output"
}

@test "a host whose names are all in /etc/hosts needs no DNS" {
	box_unbind a
	echo '2001:db8::203 web9' >>/etc/hosts
	box_bind a v6.host=web9
	echo 'nameserver 127.0.0.1' >/etc/resolv.conf
	check
	[ "$status" = 0 ]
	grep -F '? dns        resolver-check.invalid: cannot ask DNS: nothing listens on 127.0.0.1' <<<"$output"
	sed -i '/web9$/d' /etc/hosts
	check
	cp /run/lab/resolv.conf /etc/resolv.conf
	[ "$status" = 1 ]
	grep -F '✗ dns        resolver-check.invalid: cannot ask DNS' <<<"$output"
}

@test "a line of /etc/hosts with a slip of the pen" {
	box_unbind a
	echo '2001:db8::203 other web9 # the web' >>/etc/hosts
	box_bind a v6.host=web9
	well web9
	# another host's line is none of our business
	echo '2001:db8::20x web99' >>/etc/hosts
	well web9
	sed -i 's/2001:db8::203 other/2001:db8::2o3 other/' /etc/hosts
	number=$(grep -n 'other web9' /etc/hosts | cut -d: -f1)
	faulty name "/etc/hosts line $number: \"2001:db8::2o3\" is no address, so that the line says nothing of web9" web9
	# nor does it start again, and check says why
	box_unbind a
	run ! box_bind a v6.host=web9
	faulty name "/etc/hosts line $number: \"2001:db8::2o3\" is no address" web9
	sed -i '/web9/d' /etc/hosts
}

@test "podman reads hooks elsewhere, by a drop-in: nothing publishes a service, and check says why" {
	mkdir -p /etc/containers/containers.conf.d
	printf '[engine]\nhooks_dir = ["/run/lab/no-hooks"]\n' >/etc/containers/containers.conf.d/50-hooks.conf
	printf '[engine]\nhooks_dir = ["/usr/share/containers/oci/hooks.d"]\n' \
		>/etc/containers/containers.conf.d/60-hooks.conf.bak
	faulty hooks '/run/lab/no-hooks has no hook of ours for the start of containers' web2
	grep -F '✗ container  no container publishes web2, and no failure of one is kept' <<<"$output"
	rm -r /etc/containers/containers.conf.d
	check web2
	run ! grep -F hooks <<<"$output"
}
