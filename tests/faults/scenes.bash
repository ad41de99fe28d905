# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scenes.bash - What is hit, and what mends; see faults.bash

start() {
	"${@:2}" "$hook" createRuntime <"$1"
}

stop() {
	"${@:2}" "$hook" poststop <"$1"
}

stop_input() {
	printf '{"id":"%s"}' "$(box_id "$1")"
}

# A container in the network namespace of box a, as of its pod
member_live() {
	lab_start init-member nsenter --net=/run/netns/a sleep infinity
	lab_until eval '[ "$(readlink /proc/$(box_pid member)/ns/net)" = "$(readlink /proc/$(box_pid a)/ns/net)" ]'
}

# The first service of a host
first_before() { :; }
first_input() { box_state a "v6.host=$service"; }
first_run() { start /run/lab/input "$@"; }

# One more container on an address, by a name
shared_before() { box_bind b "v6.host=$service" v6.ports=443:80; }
shared_input() { box_state a v6.host=web3 "v6.from=$LAB_CLIENT 2001:db8:f::/48"; }
shared_run() { start /run/lab/input "$@"; }
shared_holds() { answers "b $LAB_CLIENT" tcp "$service" 443; }

# A container without IPv6
provided_before() { :; }
provided_input() { box_state c "v6.host=$service" v6.egress=on; }
provided_run() { start /run/lab/input "$@"; }

# By UDP, one with several addresses
several_before() { :; }
several_input() { box_state d "v6.host=$service" "v6.ports=80 53/udp"; }
several_run() { start /run/lab/input "$@"; }

# With a relay, which v6d would start: something holds its lock
relayed_before() {
	ip -n a addr replace 10.1.0.2/24 dev eth0
	install -d -m 700 /run/oci-v6
	rm -f /run/lab/v6d-lock.log # that of the scene before says the same
	lab_start v6d-lock /usr/bin/python3 -c '
import fcntl, signal, struct
lock = open("/run/oci-v6/v6d.lock", "w+")
fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
print("held", flush=True)
signal.pause()'
	lab_until grep -q held /run/lab/v6d-lock.log
}
relayed_input() { box_state a "v6.host=$service" v6.relay=on; }
relayed_run() { start /run/lab/input "$@"; }

# By UDP, one of two in the host's network stops, on one port
local_before() {
	lab_start init-h sleep infinity
	lab_start init-i sleep infinity
	box_bind h v6.host=2001:db8::204 v6.ports=5300/udp
	box_bind i v6.host=2001:db8::206 v6.ports=5300/udp,5301/udp
	box_kill i
}
local_input() { stop_input i; }
local_run() { stop /run/lab/input "$@"; }
local_holds() { nft get element ip6 oci-v6 udp-ports '{ 5300 }' >/dev/null; }

# Whose claims are a dead one's
takeover_before() {
	box_bind b "v6.host=$service,2001:db8::202" v6.ports=80,53/udp v6.from=2001:db8::/64
	box_kill b
}
takeover_input() { box_state a "v6.host=$service" v6.from="$LAB_CLIENT"; }
takeover_run() { start /run/lab/input "$@"; }

# A member of a pod, which shares what is another's
member_before() {
	box_bind a "v6.host=$service"
	member_live
}
member_input() { box_state member "v6.host=$service"; }
member_run() { start /run/lab/input "$@"; }
member_holds() { answers "a $LAB_CLIENT" tcp "$service" 80; }

# One more of several that share a name, and of replicas
newest_before() { box_bind b "v6.host=$service" v6.share=newest; }
newest_input() { box_state a "v6.host=$service" v6.share=newest; }
newest_run() { start /run/lab/input "$@"; }
newest_holds() { somebody_answers; }
each_before() { box_bind b "v6.host=$service" v6.share=each; }
each_input() { box_state a "v6.host=$service" v6.share=each; }
each_run() { start /run/lab/input "$@"; }
each_holds() { somebody_answers; }

somebody_answers() {
	[[ "$(ask tcp "$service" 80)" == [ab]" $LAB_CLIENT" ]]
}

# With routes and proxy neighbours, whole ranges of ports, and an address for itself
routed_before() {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route", "announce": 83}' >/etc/oci-v6/config.json
	box_bind b v6.host=2001:db8::204 v6.ports=all
}
routed_input() { box_state a "v6.host=$service" "v6.ports=80 10000-20000/udp"; }
routed_run() { start /run/lab/input "$@"; }

# Who is refused, as another has it
refused_before() { box_bind b "v6.host=$service"; }
refused_input() { box_state a "v6.host=2001:db8::202,$service"; }
refused_run() { start /run/lab/input "$@"; }
refused_holds() { answers "b $LAB_CLIENT" tcp "$service" 80; }

# A restart that no stop came before
again_before() {
	box_bind a "v6.host=$service,2001:db8::202" v6.ports=80,443
	box_kill a
	box_live a
}
again_input() { box_state a "v6.host=$service"; }
again_run() { start /run/lab/input "$@"; }

# The last one stops
last_before() {
	box_bind a "v6.host=$service" "v6.from=$LAB_CLIENT 2001:db8:f::/48"
	box_kill a
}
last_input() { stop_input a; }
last_run() { stop /run/lab/input "$@"; }

# One of two on an address stops
other_before() {
	box_bind a "v6.host=$service,2001:db8::202"
	box_bind b "v6.host=$service" v6.ports=443:80
	box_kill a
}
other_input() { stop_input a; }
other_run() { stop /run/lab/input "$@"; }
other_holds() { answers "b $LAB_CLIENT" tcp "$service" 443; }

# The owner stops of what a member of its pod shares
owner_before() {
	box_bind a "v6.host=$service,2001:db8::202"
	member_live
	box_bind member "v6.host=$service"
	box_kill a
}
owner_input() { stop_input a; }
owner_run() { stop /run/lab/input "$@"; }
owner_holds() { answers "a $LAB_CLIENT" tcp "$service" 80; }

# One of several that share a name stops, and one of the replicas
former_before() {
	box_bind b "v6.host=$service" v6.share=newest
	box_bind a "v6.host=$service" v6.share=newest 2>/dev/null
	box_kill a
}
former_input() { stop_input a; }
former_run() { stop /run/lab/input "$@"; }
former_holds() { somebody_answers; }
replica_before() {
	box_bind a "v6.host=$service" v6.share=each
	box_bind b "v6.host=$service" v6.share=each 2>/dev/null
	box_kill a
}
replica_input() { stop_input a; }
replica_run() { stop /run/lab/input "$@"; }
replica_holds() { somebody_answers; }

# A replica gets no new connections
drained_before() {
	box_bind a "v6.host=$service" v6.share=each
	box_bind b "v6.host=$service" v6.share=each 2>/dev/null
}
drained_input() { echo '{"id":"none"}'; }
drained_run() { "$@" v6ctl share --drain "$(box_id a)"; }
drained_holds() { somebody_answers; }

# One that was given its address stops
given_before() {
	box_bind c "v6.host=$service" v6.egress=on
	box_kill c
}
given_input() { stop_input c; }
given_run() { stop /run/lab/input "$@"; }

reconcile() {
	"$@" v6ctl reconcile
}

# The ruleset was flushed, by which whoever did it exposed the host
flushed_before() {
	box_bind a v6.host=2001:db8::206
	box_bind b v6.host=2001:db8::202
	box_bind c v6.host=2001:db8::204
	nft flush ruleset
	ip -n c -6 addr flush dev eth0 scope global
}
flushed_input() { echo '{"id":"none"}'; }
flushed_run() { reconcile "$@"; }

# Part of the table is gone, and there is another one
damaged_before() {
	nft add table ip6 theirs
	box_bind a v6.host=2001:db8::206
	nft flush chain ip6 oci-v6 guard
}
damaged_input() { echo '{"id":"none"}'; }
damaged_run() { reconcile "$@"; }
damaged_holds() { nft list table ip6 theirs >/dev/null; }

# One has died that nobody told of
dead_before() {
	box_bind a "v6.host=$service,2001:db8::202"
	box_bind c v6.host=2001:db8::204
	box_bind b "v6.host=$service" v6.ports=443:80
	box_kill a
	box_kill c
}
dead_input() { echo '{"id":"none"}'; }
dead_run() { reconcile "$@"; }
dead_holds() { answers "b $LAB_CLIENT" tcp "$service" 443; }

# The uplink has become a port of a bridge, to which the host's addresses went
port_before() {
	out_of_bridge_of_scene
	box_bind a "v6.host=$service"
	into_bridge_of_scene
}
port_input() { echo '{"id":"none"}'; }
port_run() { reconcile "$@"; }

into_bridge_of_scene() {
	ip link add br0 address 02:00:00:00:00:b0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	sysctl -qw net.ipv6.conf.br0.accept_dad=0 net.ipv6.conf.br0.accept_ra=0
	ip link set br0 up
	ip link set eth0 master br0
	ip addr del "$LAB_HOST/64" dev eth0
	ip addr add "$LAB_HOST/64" dev br0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev br0
	lab_until box_settled br0
}

out_of_bridge_of_scene() {
	ip link del br0 2>/dev/null || return 0
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
}

# The state directory is gone
forgotten_before() {
	box_bind a "v6.host=$service"
	box_bind c v6.host=2001:db8::204
	rm -r /run/oci-v6
}
forgotten_input() { echo '{"id":"none"}'; }
forgotten_run() { reconcile "$@"; }

# The records are gone, and who holds what is noted still
unrecorded_before() {
	box_bind a "v6.host=$service"
	box_bind c v6.host=2001:db8::204
	rm -r /run/oci-v6/records
}
unrecorded_input() { echo '{"id":"none"}'; }
unrecorded_run() { reconcile "$@"; }

mend_nothing() { :; }
mend_reconcile() { v6ctl reconcile >/dev/null; }
mend_again() { "${name}_run" 2>/dev/null || :; }
mend_retry() { mend_again && leaves_nothing; }
mend_start() { box_live a; box_bind a "v6.host=$service"; }
mend_stop() { $hook poststop </run/lab/input; }
mend_end() { mend_stop; v6ctl reconcile >/dev/null; }

# The container dies without a stop, as runtimes have it where a start failed
mend_death() {
	box_kill a
	box_kill c
	box_kill d
	v6ctl reconcile >/dev/null
}

# It dies, and another one wants what it had
mend_successor() {
	box_kill a
	box_kill c
	box_kill d
	box_bind b "v6.host=$service"
	leaves_nothing
}

# In the kernel nothing is left that a reconcile would remove; there may be a file
leaves_nothing() {
	local kernel

	kernel=$(kernel_of)
	v6ctl reconcile >/dev/null
	[ "$(kernel_of)" = "$kernel" ] || diff <(echo "$kernel") <(kernel_of)
}

kernel_of() {
	box_snapshot | grep -v "^/run"
}
