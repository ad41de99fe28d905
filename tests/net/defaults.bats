#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# defaults.bats - Default routes that are not written ::/0
#
#	tests/lab/run bats tests/net/defaults.bats
#
# Some write 2000::/3, which holds all global addresses; VPNs, a route's two halves, to go before it.

load lab

FORMS=(2000::/3 "2000::/4 3000::/4" "::/1 8000::/1")

setup() {
	lab_up
	box_install
	box_bridge fd42::ffff/64
	mkdir -p /etc/oci-v6
}

setup_file() {
	:
}

teardown() {
	lab_clear_bridge a far
	ip link del br0 2>/dev/null
	lab_down
}

# host_default FORM ARGUMENT... - the host's default route, in this form
host_default() {
	local prefix

	ip -6 route del default 2>/dev/null || true
	ip -6 route flush dev eth0 proto static
	for prefix in $1; do
		ip -6 route add "$prefix" "${@:2}" proto static || return
	done
}

@test "the router is no service, and what is routed to the host comes by its interface" {
	local form

	box_up a fd42::a/64
	box_serve a tcp 80
	ip -n lan -6 route add 2001:db8:5::/64 via "$LAB_HOST"
	for form in "${FORMS[@]}"; do
		host_default "$form" via "$LAB_ROUTER" dev eth0
		run -1 box_bind a v6.host="$LAB_ROUTER"
		[[ "$output" == *"$LAB_ROUTER is the address of this host's router"* ]]
		run -1 box_bind a v6.host=2001:db8:5::7
		[[ "$output" == *"2001:db8:5::7 is in no prefix of any interface of this host"* ]]
		echo '{"routed": ["2001:db8:5::/64"]}' >/etc/oci-v6/config.json
		box_bind a v6.host=2001:db8:5::7
		[ "$(v6ctl list --tsv | cut -f 10)" = eth0 ]
		answers "a $LAB_CLIENT" tcp 2001:db8:5::7 80
		box_unbind a
		rm /etc/oci-v6/config.json
	done
}

@test "a default route without a router is no prefix of a link, and no way to a container" {
	local form

	box_up a fd42::a/64
	box_up far
	ip -n far addr add 2001:db8:f::9/128 dev eth0 nodad
	ip -n far -6 route add default via fe80::1 dev eth0
	for form in "${FORMS[@]}"; do
		host_default "$form" dev eth0
		run -1 box_bind a v6.host=2001:db8:77::1
		[[ "$output" == *"2001:db8:77::1 is in no prefix of any interface of this host"* ]]
		run -1 box_bind a v6.host=2001:db8:77::1 v6.interface=eth0
		[[ "$output" == *"2001:db8:77::1 is in no prefix of interface eth0"* ]]
		host_default "$form" dev cni0
		run -1 box_bind far v6.host=web3
		[[ "$output" == *"this host's route to the container's address 2001:db8:f::9 does not go straight through cni0"* ]]
		ip -6 route flush dev cni0 proto static
	done
	[ -z "$(box_left)" ]
}

@test "a container's default route" {
	local form prefix

	box_up a fd42::a/64
	box_serve a tcp 80
	for form in "${FORMS[@]}"; do
		ip -n a -6 route del default 2>/dev/null || true
		for prefix in $form; do
			ip -n a -6 route add "$prefix" via fd42::ffff dev eth0
		done
		box_bind a v6.host=web3
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
		v6ctl check web3
		[ -z "$(ip -n a -6 route show default)" ]
		box_unbind a
		for prefix in $form; do
			ip -n a -6 route del "$prefix"
		done
	done
}

@test "an interface by which such a route leaves is an uplink" {
	local form

	box_up a fd42::a/64
	for form in "${FORMS[@]}"; do
		# of an interface on a virtual cable only the routes tell
		box_bridge_named br0 2001:db8:2::1/64
		ip link add below type veth peer name above
		ip link set below master br0 up
		ip link set above up
		run -1 box_bind a v6.host=2001:db8:2::7
		[[ "$output" == *"2001:db8:2::7 is in the prefix behind the container bridge br0"* ]]
		host_default "$form" via 2001:db8:2::ffff dev br0
		box_bind a v6.host=2001:db8:2::7
		box_unbind a
		ip link del br0
		ip link del below
	done
}
