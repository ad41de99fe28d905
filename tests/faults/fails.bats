#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fails.bats - Each system call and each allocation of the hook and of v6ctl fails once
#
#	FAULTS=all tests/lab/run bats tests/faults/fails.bats

load faults

@test "a call fails: the first start of a host" {
	sweep_fail first
}

@test "a call fails: a start that shares an address" {
	sweep_fail shared
}

@test "a call fails: the start of a container without IPv6" {
	sweep_fail provided
}

@test "a call fails: a dead one's claims are taken over" {
	sweep_fail takeover
}

@test "a call fails: the start of a member of a pod" {
	sweep_fail member
}

@test "a call fails: the start of one more that shares a name, and of a replica" {
	sweep_fail newest
	sweep_fail each
}

@test "a call fails: a route, a proxy neighbour and a range" {
	sweep_fail routed
}

@test "a call fails: while what is refused is undone" {
	sweep_fail refused
}

@test "a call fails: a restart that no stop came before" {
	sweep_fail again
}

@test "a call fails: the last stop" {
	sweep_fail last
}

@test "a call fails: a stop, and another container is on the address" {
	sweep_fail other
}

@test "a call fails: the stop of a pod's member that owns what others share" {
	sweep_fail owner
}

@test "a call fails: the stop of one of several that share a name, and of a replica" {
	sweep_fail former
	sweep_fail replica
}

@test "a call fails: the stop of a container that was given its address" {
	sweep_fail given
}

@test "a call fails: reconcile after a flush" {
	sweep_fail flushed
}

@test "a call fails: reconcile, of the table a part is gone" {
	sweep_fail damaged
}

@test "a call fails: reconcile, of two dead" {
	sweep_fail dead
}

@test "a call fails: reconcile, the uplink became a port of a bridge" {
	sweep_fail port
	out_of_bridge_of_scene
}

@test "a call fails: reconcile, the state directory was removed" {
	sweep_fail forgotten
}

@test "a call fails: reconcile, the records were removed" {
	sweep_fail unrecorded
}

@test "memory runs out: the first start of a host, and one that shares an address" {
	sweep_nomem first
	sweep_nomem shared
}

@test "memory runs out: a container without IPv6" {
	sweep_nomem provided
}

@test "memory runs out: a member of a pod, and what is refused" {
	sweep_nomem member
	sweep_nomem refused
}

@test "memory runs out: a replica, and its stop" {
	sweep_nomem each
	sweep_nomem replica
}

@test "memory runs out: stops" {
	sweep_nomem last
	sweep_nomem owner
	sweep_nomem given
}

@test "memory runs out: reconcile" {
	sweep_nomem flushed
	sweep_nomem damaged
	sweep_nomem dead
	sweep_nomem forgotten
}

@test "at no moment of all that did the host answer for a service" {
	faults_unexposed
}
