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

@test "with force_forwarding: only the two links forward, and the host stays a host" {
	[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] ||
		skip "this kernel is older than 6.17: the next test is the one for it"
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	has_learnt_route
	learns_again
	[ "$(sysctl -n net.ipv6.conf.all.forwarding)" = 0 ]
	[ "$(sysctl -n net.ipv6.conf.eth0.accept_ra)" = 1 ]
	diff /run/oci-v6/sysctls - <<-'NOTES'
		net.ipv6.conf.cni0.ndisc_notify 0 -> 1
		net.ipv6.conf.eth0.force_forwarding 0 -> 1
		net.ipv6.conf.cni0.force_forwarding 0 -> 1
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
	diff /run/oci-v6/sysctls - <<-'NOTES'
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
