#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# crash.bats - The hook and v6ctl are killed at each of their steps; what comes next mends it
#
#	FAULTS=all tests/lab/run bats tests/faults/crash.bats

load faults

@test "killed in the first start of a host" {
	sweep_kill first reconcile again stop death successor
}

@test "killed in a start that shares an address" {
	sweep_kill shared reconcile again stop death
}

@test "killed in the start of a container without IPv6" {
	sweep_kill provided reconcile again stop death successor
}

@test "killed in the start of a container with several addresses" {
	sweep_kill several reconcile again stop death successor
}

@test "killed while it takes a dead one's claims over" {
	sweep_kill takeover reconcile retry death end
}

@test "killed in the start of a member of a pod" {
	sweep_kill member reconcile again stop
}

@test "killed in the start of one more that shares a name, and of a replica" {
	sweep_kill newest reconcile again stop death
	sweep_kill each reconcile again stop death
}

@test "killed in a start with a route, a proxy neighbour and a range" {
	sweep_kill routed reconcile again stop death successor
}

@test "killed while it is refused" {
	sweep_kill refused again stop death
}

@test "killed in a start with a relay" {
	sweep_kill relayed reconcile again stop death successor
}

@test "killed in a restart that no stop came before" {
	sweep_kill again reconcile again stop death successor
}

@test "killed in the last stop" {
	sweep_kill last reconcile again start successor
}

@test "killed in a stop, and another container is on the address" {
	sweep_kill other reconcile again start
}

@test "killed in a stop in the host's network, and another answers on the port" {
	sweep_kill local reconcile again
}

@test "killed in the stop of a pod's member that owns what others share" {
	sweep_kill owner reconcile again
}

@test "killed in the stop of one of several that share a name, and of a replica" {
	sweep_kill former reconcile again
	sweep_kill replica reconcile again
}

@test "killed while a replica is drained" {
	sweep_kill drained reconcile again
}

@test "killed in the stop of a container that was given its address" {
	sweep_kill given reconcile again successor
}

@test "killed in a reconcile: the ruleset was flushed" {
	sweep_kill flushed reconcile
}

@test "killed in a reconcile: of the table a part is gone" {
	sweep_kill damaged reconcile
}

@test "killed in a reconcile: of two dead" {
	sweep_kill dead reconcile
}

@test "killed in a reconcile: the uplink became a port of a bridge" {
	sweep_kill port reconcile
	out_of_bridge_of_scene
}

@test "killed in a reconcile: the state directory was removed" {
	sweep_kill forgotten reconcile
}

@test "at no moment of all that did the host answer for a service" {
	faults_unexposed
}
