#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# values.bats - The forms that the value of an annotation may have
#
#	tests/lab/run bats tests/net/values.bats

load lab

LONG=enx0200000000010000 # over 15 characters

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
	ip link property add dev eth0 altname enp3s0 altname "$LONG"
}

setup() {
	box_bridge fd42::ffff/64
	ip link property add dev cni0 altname containers
	box_up web fd42::2/64
}

teardown() {
	box_unbind same
	box_down same
	ip addr del 2001:db8::203/64 dev eth0 2>/dev/null
	lab_clear_bridge web
}

# placed NAME=VALUE... - box web has its service on eth0, and answers
placed() {
	box_bind web v6.host=web3 "$@"
	[ "$(v6ctl list --tsv | cut -f 10)" = eth0 ]
	box_unbind web
}

@test "a YAML block: each line is an item" {
	box_bind web 'v6.host=web3\nweb4\n' 'v6.ports=80\r\n443\r\n' 'v6.interface=eth0\n' 'v6.required=true\n'
	box_serve web tcp 443
	answers "web $LAB_CLIENT" tcp 2001:db8::204 443
}

@test "an interface by its alternative names" {
	local name config

	for name in eth0 enp3s0 "$LONG"; do
		placed "v6.interface=$name"
		echo "{\"attach\": \"route\"}" >/etc/oci-v6/config.json
		placed "v6.interface=$name"
		for config in "" ', "attach": "route"' ', "routed": ["2001:db8::/64"]'; do
			echo "{\"interface\": \"$name\"$config}" >/etc/oci-v6/config.json
			placed
		done
		rm /etc/oci-v6/config.json
		v6ctl bind --pid "$(box_pid web)" --host web3 --interface "$name"
		v6ctl unbind "pid-$(box_pid web)"
	done
}

@test "an interface by its alternative name, of an address that is there" {
	box_bind web v6.host=web3 v6.interface=eth0
	box_up same fd42::3/64
	box_bind same v6.host=web3 v6.ports=81 "v6.interface=$LONG"
	box_unbind web
	box_unbind same
	ip addr add 2001:db8::203/64 dev eth0 nodad
	placed v6.interface=enp3s0
}

@test "the alternative name of another interface, and one of none" {
	run -1 box_bind web v6.host=web3 v6.interface=containers
	[[ "$output" == *"2001:db8::203 is in no prefix of interface containers; correct v6.interface or the address" ]]
	box_bind web v6.host=web3
	box_up same fd42::3/64
	run -1 box_bind same v6.host=web3 v6.ports=81 v6.interface=containers
	[[ "$output" == *"2001:db8::203 is on interface eth0 already; correct v6.interface or the address" ]]
	run -1 box_bind same v6.host=web3 v6.ports=81 "v6.interface=${LONG}0"
	[[ "$output" == *"v6.interface: this host has no interface ${LONG}0; see ip link" ]]
}

@test "a key in capitals is an error that names the right one" {
	local key

	for key in V6.Ports v6.Ports V6.ports V6.Ports/web; do
		run -1 box_bind web v6.host=web3 "$key=443"
		[[ "$output" == *"annotation $key is not known; did you mean v6.ports"* ]]
	done
	run -1 box_bind web V6.Host=web3
	[[ "$output" == *"annotation V6.Host is not known; did you mean v6.host?" ]]
	[ -z "$(box_left)" ]
}

@test "an address with a zone" {
	run -1 box_bind web v6.host=fe80::1%eth0
	[[ "$output" == *"v6.host: \"fe80::1%eth0\": can't be a service address; use a global (2000::/3) or unique-local (fc00::/7) one" ]]
	run -1 box_bind web v6.host=2001:db8::203%eth0
	[[ "$output" == *"a service address has no zone; write 2001:db8::203, and name the interface in v6.interface" ]]
}

# many ADDRESS... - the name "many" has twenty addresses of nobody's, and these
many() {
	printf '%s many\n' 2001:db8:f0::{1..9} 2001:db8:f0::{11..21} "$@" >/run/lab/hosts/many
	lab_until many_is_known
}

many_is_known() {
	[ "$(getent ahostsv6 many | grep -c STREAM)" = "$(wc -l </run/lab/hosts/many)" ]
}

@test "a name with more addresses than are looked at: what this host can have is found" {
	local i

	# in whichever order they are answered
	for i in 1 2 3; do
		many 2001:db8::207 2001:db8::208
		box_bind web v6.host=many 2>/dev/null
		[ "$(v6ctl list --tsv | cut -f 2 | sort | xargs)" = "2001:db8::207 2001:db8::208" ]
		run v6ctl check many
		[ "$(grep -c '✓ name  *many is 2001:db8::20[78]$' <<<"$output")" = 2 ]
		box_unbind web
	done
	v6ctl resolve many | grep '2001:db8::207 on eth0 (address), free'
	# also by the rules
	echo '{"allow": [{"prefixes": ["2001:db8::208"]}]}' >/etc/oci-v6/config.json
	box_bind web v6.host=many 2>/dev/null
	[ "$(v6ctl list --tsv | cut -f 2 | xargs)" = 2001:db8::208 ]
	rm /run/lab/hosts/many
}

@test "a name with many addresses, none of which this host can have" {
	many
	run -1 box_bind web v6.host=many
	[[ "$output" == *"many: 2001:db8:f0::"*" is in no prefix of any interface of this host; "* ]]
	[ -z "$(box_left)" ]
	rm /run/lab/hosts/many
}
