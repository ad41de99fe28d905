#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# show.bats - v6ctl show and v6ctl path: everything about one service
#
#	tests/lab/run bats tests/ctl/show.bats

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
	lab_clear a b
}

# A program's number differs from run to run
masked() {
	sed -E "s/$(box_id a)/<box-a-id>/g; s/\(([0-9]+)\)/(PID)/; s/process( +)[0-9]+/process\1PID/
		s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}/DATE TIME/; s/[0-9]+s ago/@s ago/"
}

@test "by name, address, id, and the id's beginning: all the same" {
	box_bind a v6.host=web3
	for word in web3 WEB3 2001:db8::203 2001:DB8:0::203 "$(box_id a)" "$(box_id a | cut -c 1-12)"; do
		golden v6ctl show "$word" <<-SHOW
			<box-a-id>
			  engine    unknown
			  process   PID (sleep)
			  network   fd42::a on eth0, by cni0 of the host
			  since     DATE TIME, @s ago
			  claim     web3 2001:db8::203 80/tcp on eth0 -> [fd42::a]:80
			            active: all of it is there
			            connections: 0, bytes: 0
			            peer (PID) listens on [::]:80
		SHOW
		[ "$status" = 0 ]
		schema v6ctl show --json "$word"
	done
}

@test "a container that has no address any more" {
	box_bind a v6.host=web3
	ip -n a addr del fd42::a/64 dev eth0
	v6ctl reconcile
	golden v6ctl show web3 <<-SHOW
		<box-a-id>
		  engine    unknown
		  process   PID (sleep)
		  network   the container has lost its IPv6 address on eth0; add one there
		  since     DATE TIME, @s ago
		  claim     web3 2001:db8::203 80/tcp on eth0 -> -
		            pending: held, and refused until the container has an address
		            connections: 0, bytes: 0
		            cannot tell what listens: it is not there yet
	SHOW
	schema v6ctl show --json web3
	schema v6ctl list --json
	[ "$(v6ctl list --tsv | cut -f 8,9,11)" = $'-\t-\tpending' ]
	[ "$(v6ctl path web3 | tail -n 1)" = "pending: held, and refused until the container has an address" ]
}

@test "too little of an id, or anything else, is nothing" {
	box_bind a v6.host=web3
	for word in "$(box_id a | cut -c 1-3)" web 2001:db8::202 ""; do
		run v6ctl show "$word"
		[ "$status" = 1 ]
		[ "$output" = "v6ctl: $word: nothing is published under that name, address or container, and no such container failed; v6ctl lists all" ]
	done
	run v6ctl show
	[ "$status" = 2 ]
	[ "$output" = "v6ctl: show: expected NAME|ADDRESS|CONTAINER; see v6ctl show --help" ]
}

@test "listeners: none, on IPv4 alone, on loopback alone, on some of a range" {
	box_bind a v6.host=web3 v6.ports=81:8081,82:8082,90-92:80-82,99/udp
	lab_start v4 nsenter --net=/run/netns/a busybox httpd -f -p 127.0.0.1:8081 -h /
	lab_start lo nsenter --net=/run/netns/a busybox httpd -f -p '[::1]:8082' -h /
	lab_until box_listens a tcp 8081
	lab_until box_listens a tcp 8082
	run v6ctl show web3
	lab_stop v4
	lab_stop lo
	masked <<<"$output" | grep listen >/run/lab/listen
	diff /run/lab/listen - <<-LISTEN
		            no program listens there; busybox (PID) listens on 127.0.0.1:8081 only
		            no program listens there; busybox (PID) listens on [::1]:8082 only
		            listeners: 1, the first is peer (PID) on [::]:80
		            no program listens on [fd42::a]:99
	LISTEN
}

@test "the listener in JSON" {
	box_bind a v6.host=web3 v6.ports=80,81
	[ "$(json '[("listener" in c) for c in o["containers"][0]["claims"]]' v6ctl show web3 --json)" = "[True, False]" ]
	listener='[c["listener"] for c in o["containers"][0]["claims"] if "listener" in c]'
	[ "$(json "[(l[\"process\"], l[\"port\"], l[\"pid\"]) for l in $listener]" v6ctl show web3 --json)" = \
		"[('peer', 80, $(cat /run/lab/serve-a-tcp-80.pid))]" ]
	schema v6ctl show --json web3
}

@test "a container whose start failed has its error, and nothing else" {
	run ! box_bind a v6.host=nowhere
	golden v6ctl show "$(box_id a | cut -c 1-12)" <<-SHOW
		<box-a-id>
		  error     DATE TIME: nowhere: no such name in DNS or /etc/hosts: asked 2001:db8::53; add an AAAA record, or a line to /etc/hosts
	SHOW
	schema v6ctl show --json "$(box_id a)"
}

@test "a container that runs, and failed to have more, has both" {
	box_bind a v6.host=web3
	# as if by a later start that nobody cleaned up after
	run ! box_bind a v6.host=web3,nowhere
	run v6ctl show web3
	[[ "$output" == *"  error     "*"nowhere: no such name"*"  claim     web3 "* ]]
	[ "$(json 'len(o["containers"])' v6ctl show "$(box_id a)" --json)" = 1 ]
	schema v6ctl show --json web3
}

@test "a dead container, and one in the host's network" {
	lab_start init-b sleep infinity
	box_bind b v6.host=web2 v6.ports=8099
	run v6ctl show web2
	[[ "$output" == *"  network   the host's own"* ]]
	[[ "$output" == *"no program listens on [2001:db8::202]:8099"* ]]
	schema v6ctl show --json web2
	box_kill b
	run v6ctl show web2
	[[ "$output" == *"  process   "*", ended"* ]]
	[[ "$output" == *"stale: the container exited, but its stop hook did not run; run v6ctl reconcile"* ]]
	[[ "$output" == *"cannot tell what listens: process "*": it has exited"* ]]
	schema v6ctl show --json web2
	box_unbind b
}

@test "a service of two containers shows both" {
	box_bind a v6.host=web3 v6.ports=80
	box_up b fd42::b/64
	box_bind b v6.host=web3 v6.ports=443
	[ "$(json 'len(o["containers"])' v6ctl show web3 --json)" = 2 ]
	[ "$(v6ctl show web3 | grep -c '^  claim')" = 2 ]
	box_unbind b
}

@test "a process may call itself what it likes" {
	box_bind a v6.host=web3 v6.ports=5555
	cp "$peer" $'/run/lab/x\e[31m'
	lab_start evil nsenter --net=/run/netns/a $'/run/lab/x\e[31m' serve tcp 5555 x
	lab_until box_listens a tcp 5555
	run v6ctl show web3
	lab_stop evil
	[[ "$output" == *" x?[31m ("*") listens on [::]:5555"* && "$output" != *$'\e'* ]]
	schema v6ctl show --json web3
}

@test "not as root: why not" {
	box_bind a v6.host=web3
	run setpriv --reuid=65534 --clear-groups v6ctl show web3
	[ "$status" = 1 ]
	[ "$output" = "v6ctl: $v6d_is_down" ]
}

@test "path: from the client to the process, as a picture" {
	box_bind a v6.host=web3 v6.ports=443:80
	answers "a $LAB_CLIENT" tcp 2001:db8::203 443
	LC_ALL=C golden v6ctl path web3 <<-PATH
		client
		  |  web3 2001:db8::203 443:80/tcp
		  v
		eth0 of this host: an address of the interface
		  |  nf_tables: to [fd42::a]:80, connections so far: 1
		  v
		cni0 of this host
		  |
		  v
		eth0 of container $(box_id a | cut -c 1-12): fd42::a
		  |
		  v
		peer (PID) listens on [::]:80
	PATH
	run env LC_ALL=C.UTF-8 v6ctl path 2001:db8::203
	[ "${lines[1]}" = "  │  web3 2001:db8::203 443:80/tcp" ]
	[ "${lines[2]}" = "  ▼" ]
}

@test "path: whose clients may come, and the way of what the container begins" {
	client_serves tcp 25
	box_bind a v6.host=web3 v6.egress=on "v6.from=2001:db8::/32 fd42::/16"
	nsenter --net=/run/netns/a "$peer" ask tcp "$LAB_CLIENT" 25
	LC_ALL=C golden v6ctl path web3 <<-PATH
		client
		  |  web3 2001:db8::203 80/tcp
		  v
		eth0 of this host: an address of the interface
		  |  nf_tables: from 2 prefixes only, to [fd42::a]:80, connections so far: 0
		  v
		cni0 of this host
		  |
		  v
		eth0 of container $(box_id a | cut -c 1-12): fd42::a
		  |
		  v
		peer (PID) listens on [::]:80

		eth0 of container $(box_id a | cut -c 1-12): fd42::a
		  |
		  v
		cni0 of this host
		  |  nf_tables: from 2001:db8::203 (web3), connections so far: 1
		  v
		eth0 of this host
		  |
		  v
		where the container connects to
	PATH
	lab_stop out-tcp
}

@test "path: what is wrong stands below; in the host's network there is no bridge" {
	lab_start init-b sleep infinity
	box_bind b v6.host=web2 v6.ports=8099
	box_kill b
	LC_ALL=C golden v6ctl path web2 <<-PATH
		client
		  |  web2 2001:db8::202 8099/tcp
		  v
		eth0 of this host: an address of the interface
		  |  nf_tables: to [2001:db8::202]:8099, connections so far: 0
		  v
		container $(box_id b | cut -c 1-12), in this host's network
		  |
		  v
		cannot tell what listens: process PID: it has exited
		stale: the container exited, but its stop hook did not run; run v6ctl reconcile
	PATH
	box_unbind b
	run v6ctl path web2
	[ "$status" = 1 ]
	[ "$output" = "v6ctl: web2: nothing is published under that name, address or container; v6ctl lists all" ]
}
