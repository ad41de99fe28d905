#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bind.bats - v6ctl bind and unbind: services by hand, for a process or a network namespace
#
#	tests/lab/run bats tests/ctl/bind.bats

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
}

setup() {
	box_up a fd42::a/64
	box_serve a tcp 80
}

teardown() {
	for record in /run/oci-v6/records/*.json; do
		v6ctl unbind "$(basename "$record" .json)"
	done
	lab_clear a b
}

@test "a process: published until it ends" {
	run v6ctl bind --pid "$(box_pid a)" --host web3
	[ "$status" = 0 ]
	[ "$output" = "pid-$(box_pid a)" ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_kill a
	[ "$(v6ctl --tsv | cut -f 11)" = stale ]
	[[ "$(v6ctl reconcile)" == *"1 dead collected"* ]]
	[ "$(v6ctl)" = "nothing is published" ]
}

@test "a name of ip netns: published as long as that is the same namespace" {
	box_kill a # no process of it is needed
	run v6ctl bind --netns a --host web3
	[ "$output" = netns-a ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[[ "$(v6ctl show netns-a)" == *"  netns     /run/netns/a, there"* ]]
	schema v6ctl show --json netns-a
	[ "$(v6ctl reconcile)" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	# the name comes back as another namespace
	ip netns del a
	[ "$(v6ctl --tsv | cut -f 11)" = stale ]
	ip netns add a
	[ "$(v6ctl --tsv | cut -f 11)" = stale ]
	[[ "$(v6ctl show netns-a)" == *"  netns     /run/netns/a, gone"* ]]
	[[ "$(v6ctl reconcile)" == *"1 dead collected"* ]]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "a path, with ports, interface and an id; and bound again, it replaces the first" {
	v6ctl bind -n /run/netns/a -H web2,web3 --ports 8080:80,53/udp -i eth0 --id mine
	answers "a $LAB_CLIENT" tcp 2001:db8::203 8080
	answers "a $LAB_CLIENT" tcp 2001:db8::202 8080
	v6ctl bind --netns /proc/self/fd/7 --host web3 --id mine 7</run/netns/a
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::202)" ]
	# by then the descriptor is closed, and so the path stands for nothing
	[ "$(v6ctl --tsv | cut -f 11)" = stale ]
}

@test "without IPv6 in there an address is assigned, and reconcile repairs it" {
	box_up b
	box_serve b tcp 80
	box_kill b
	v6ctl bind --netns b --host web3
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	given=$(json 'o["claims"][0]["target_address"]' v6ctl --json)
	ip -n b addr del "$given/128" dev eth0
	[[ "$(v6ctl reconcile)" == *"1 live, 1 repaired;"* ]]
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a plain service of the host, as a systemd unit would bind it" {
	lab_start init-h "$peer" serve tcp 8099 host
	v6ctl bind --pid "$(cat /run/lab/init-h.pid)" --host web3 --ports 8099 --id unit
	lab_until answers "host $LAB_CLIENT" tcp 2001:db8::203 8099
	v6ctl unbind unit
	lab_stop init-h
	[ "$(v6ctl)" = "nothing is published" ]
}

@test "unbind removes everything, and twice is no failure" {
	before=$(box_snapshot | grep -v '^/run\|^table\|^}')
	v6ctl bind --netns a --host web3
	v6ctl unbind netns-a
	v6ctl unbind netns-a
	[ "$(ask tcp 2001:db8::203 80)" != "a $LAB_CLIENT" ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "a failure is kept as the hook's are, and forgotten with success" {
	run v6ctl bind --netns a --host nowhere
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: nowhere: no such name in DNS or /etc/hosts"* ]]
	[[ "$(v6ctl show netns-a)" == *"  error     "*"nowhere: no such name"* ]]
	v6ctl bind --netns a --host web3
	[[ "$(v6ctl)" != *"Last failures"* ]]
}

# refused STATUS TEXT ARGUMENT...
refused() {
	local wanted=$1 text=$2

	shift 2
	run v6ctl bind "$@"
	echo "$output"
	[ "$status" = "$wanted" ]
	[ "${output:0:${#text}}" = "$text" ]
	[ -z "$(ls /run/oci-v6/records 2>/dev/null)" ]
}

@test "what is wrong is said in the words of the annotation, or of the option" {
	refused 2 "v6ctl: bind: expected one of --pid and --netns; see" --host web3
	refused 2 "v6ctl: bind: expected one of --pid and --netns; see" --host web3 --pid 1 --netns a
	refused 2 "v6ctl: bind: expected --host; see" --netns a
	refused 2 "v6ctl: --pid: \"0\": not the number of a process" --pid 0 --host web3
	refused 2 "v6ctl: --pid: \"1x\": not the number of a process" --pid 1x --host web3
	refused 2 "v6ctl: --pid: \"-1\": not the number of a process" --pid -1 --host web3
	refused 2 "v6ctl: --netns: \"x/y\": neither a name of ip netns nor a path from /" --netns x/y --host web3
	refused 2 "v6ctl: --netns: \"/aaaaa" --netns "/$(printf 'a%.0s' {1..255})" --host web3
	refused 2 "v6ctl: --id: \"aaaaa" --netns a --id "$(printf 'a%.0s' {1..128})" --host web3
	refused 2 "v6ctl: bind: given twice: \"web2\"" --netns a --host web3 --host web2
	refused 2 "v6ctl: bind: a value is missing behind \"--host\"" --netns a --host
	refused 1 "v6ctl: process 4194304: it has exited" --pid 4194304 --host web3
	refused 1 "v6ctl: /run/netns/none: cannot open it: not there" --netns none --host web3
	refused 1 "v6ctl: /dev/null: it is no network namespace; see ip netns" --netns /dev/null --host web3
	refused 1 "v6ctl: container state: \"id\": \"../x\" is not a container id" --netns a --id ../x --host web3
	refused 1 "v6ctl: container state: \"id\": \"netns-a b\" is not a container id" --netns "a b" --host web3
	refused 1 "v6ctl: v6.ports: \"80-70\"" --netns a --host web3 --ports 80-70
	refused 1 "v6ctl: v6.host: " --netns a --host ""
	refused 1 "v6ctl: web3: v6.interface: this host has no interface eth9" --netns a --host web3 --interface eth9
}

@test "two that share a name: the newest one has it, and the other one when that goes" {
	box_up b fd42::b/64
	box_serve b tcp 80
	v6ctl bind --netns a --host web3 --share newest
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl bind --netns b --host web3 --share newest
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl unbind netns-b
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	run v6ctl bind --netns b --host web3 --share all
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: v6.share: \"all\""* ]]
}

@test "--relay is v6.relay, with what that needs" {
	run v6ctl bind --netns a --host web3 --relay on
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: v6.relay: v6d does not run, which starts relays"* ]]
	run v6ctl bind --netns a --host web3 --relay yes
	[ "$status" = 1 ]
	[[ "$output" == *'v6.relay: "yes": expected on, proxy or off'* ]]
}

@test "a claim is a claim: held by a container it is refused, and the other way round" {
	box_up b fd42::b/64
	box_bind b v6.host=web3
	refused_text="web3: 2001:db8::203 port 80/tcp is held by container $(box_id b | cut -c1-12)"
	run v6ctl bind --netns a --host web3
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: $refused_text"* ]]
	box_unbind b
	v6ctl bind --netns a --host web3
	run box_bind b v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"is held by container netns-a;"* ]]
}

@test "not as root" {
	run setpriv --reuid=65534 --clear-groups v6ctl bind --netns a --host web3
	[ "$status" = 1 ]
	[[ "$output" == "v6ctl: /run/oci-v6: cannot make it: not allowed; run as root" ]]
	run setpriv --reuid=65534 --clear-groups v6ctl unbind netns-a
	[ "$status" = 1 ]
}
