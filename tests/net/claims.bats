#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# claims.bats - Who holds a claim, and how reconcile makes the kernel agree with the records
#
#	tests/lab/run bats tests/net/claims.bats

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
	box_serve b tcp 80
}

teardown() {
	lab_clear_bridge a b c
	ip addr del 2001:db8::203/128 dev eth0 2>/dev/null || true
}

owner() {
	nft list map ip6 oci-v6 services | grep -o 'comment "[^"]*"' | tr -d '"' | sed 's/.* //'
}

@test "a claim of a living container is refused, and its holder named" {
	box_bind a v6.host=web3
	before=$(box_snapshot)
	run box_bind b v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"web3: 2001:db8::203 port 80/tcp is held by container $(box_id a | cut -c1-12); stop that one"* ]]
	box_same "$before"
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "one claim of several held: none is taken" {
	box_bind a v6.host=web3 v6.ports=443:80
	before=$(box_snapshot)
	run box_bind b v6.host=web2,web3 v6.ports=80,443
	[ "$status" = 1 ]
	[[ "$output" == *"port 443/tcp is held"* ]]
	box_same "$before"
}

@test "a thousand claims held at once: the first is named, and a dead holder's are taken over" {
	box_bind a v6.host=web3 v6.ports=10000-11023:80-1103
	run box_bind b v6.host=web3 v6.ports=10000-11023:80-1103
	[ "$status" = 1 ]
	[[ "$output" == *"web3: 2001:db8::203 port 10000/tcp is held by container"* ]]
	box_kill a
	box_bind b v6.host=web3 v6.ports=10000-11023:80-1103
	answers "b $LAB_CLIENT" tcp 2001:db8::203 10000
	[ "$(owner | sort | uniq -c | awk '{ print $1, $2 }')" = "1024 $(box_id b)" ]
}

# The milliseconds of the processor that a command takes
cpu_of() {
	local TIMEFORMAT='%3U %3S' user system

	read -r user system < <({ time "$@" >/dev/null 2>&1; } 2>&1)
	echo $((10#${user//./} + 10#${system//./}))
}

@test "sixteen thousand claims of one container: reconcile takes about as long as the start" {
	hosts=$(seq -f '2001:db8::a:%g' -s ' ' 16)
	start=$(cpu_of box_bind a v6.host="$hosts" v6.ports=1000-2023)
	again=$(cpu_of v6ctl reconcile)
	echo "$start $again"
	[ "$again" -lt $((5 * start + 100)) ]
}

@test "the claim of a dead container is taken over, and the rest of it collected" {
	box_bind a v6.host=web2,web3
	box_kill a
	box_bind b v6.host=web3
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	[ "$(owner)" = "$(box_id b)" ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::202)" ]
	[ "$(ls /run/oci-v6/records)" = "$(box_id b).json" ]
}

@test "a process that got the dead one's number does not keep its claim" {
	box_bind a v6.host=web3
	# as if a's init had ended and its number were a later process's now
	sed -i 's/"started": [0-9]*/"started": 1/' "/run/oci-v6/records/$(box_id a).json"
	box_bind b v6.host=web3
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a late stop of the predecessor leaves the successor alone" {
	box_bind a v6.host=web3
	box_kill a
	box_bind b v6.host=web3
	box_unbind a
	box_unbind a
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "the predecessor's record comes back: its stop takes nothing of the successor's" {
	box_bind a v6.host=web3
	cp "/run/oci-v6/records/$(box_id a).json" /run/lab/record
	box_kill a
	box_bind b v6.host=web3
	cp /run/lab/record "/run/oci-v6/records/$(box_id a).json"
	box_unbind a
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	[ ! -e "/run/oci-v6/records/$(box_id a).json" ]
}

@test "a restart without a stop, with a new address, is forwarded to the new one" {
	box_bind a v6.host=web3
	ip -n a addr del fd42::a/64 dev eth0
	ip -n a addr add fd42::aa/64 dev eth0 nodad
	box_bind a v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	[ "$(owner)" = "$(box_id a)" ]
}

@test "a container with a route of its own, inside the prefix of another's" {
	box_bind a v6.host=web2
	ip -6 route add fd42::b/128 dev cni0
	box_bind b v6.host=web3
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl reconcile
	run v6ctl reconcile
	[ "$output" = "2 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	box_unbind a
	v6ctl reconcile
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind b
	run ! grep fd42 <(nft list set ip6 oci-v6 hairpin)
}

@test "removing a more specific prefix leaves the wider one whole" {
	box_bind a v6.host=web2
	ip -6 route add fd42::b/128 dev cni0
	box_bind b v6.host=web3
	box_unbind b
	nft list set ip6 oci-v6 hairpin | grep "fd42::/64 . fd42::/64"
}

@test "bind twice, as prestart and createRuntime both listed do, for a container without IPv6" {
	box_up c
	box_serve c tcp 80
	box_bind c v6.host=web3
	box_bind c v6.host=web3
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
	# and again in the same namespace after a stop, as a member of a pod does
	box_unbind c
	box_bind c v6.host=web3
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind c
}

# sibling NAME KEY=VALUE... - a second container in the network namespace of box a
sibling() {
	box_state a "${@:2}" | sed "s/$(box_id a)/$(box_id "$1")/"
}

@test "two containers of one namespace without IPv6: each has its service" {
	box_up c
	box_serve c tcp 80
	box_bind c v6.host=web3
	box_state c v6.host=web2 | sed "s/$(box_id c)/sibling/" | $hook createRuntime
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
	answers "c $LAB_CLIENT" tcp 2001:db8::202 80
	box_stopped c sibling | $hook poststop
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind c
}

@test "members of a pod ask for the same: it goes with the last, whoever stops first" {
	for kind in a c; do
		[ $kind = a ] || { box_up c; box_serve c tcp 80; }
		box_bind $kind v6.host=web3
		box_state $kind v6.host=web3 | sed "s/$(box_id $kind)/second/" | $hook createRuntime
		box_state $kind v6.host=web3,web2 | sed "s/$(box_id $kind)/third/" | $hook createRuntime
		run v6ctl reconcile
		[ "$output" = "3 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
		# somebody else is refused
		run box_bind b v6.host=web3
		[ "$status" = 1 ]
		box_unbind $kind
		answers "$kind $LAB_CLIENT" tcp 2001:db8::203 80
		box_stopped $kind third | $hook poststop
		answers "$kind $LAB_CLIENT" tcp 2001:db8::203 80
		run ask tcp 2001:db8::202 80
		[[ "$output" == error* ]]
		run v6ctl reconcile
		[ "$output" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
		box_stopped $kind second | $hook poststop
		[ -z "$(owner)" ]
		[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
		[ -z "$(ip -6 route show proto 83)" ]
		[ -z "$(find /run/oci-v6/holders-* -type f)" ]
	done
}

@test "members of a pod ask for one claim with different ports behind it: that is a conflict" {
	box_bind a v6.host=web3 v6.ports=80:80
	run eval "sibling sib v6.host=web3 v6.ports=80:81 | $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"is held by container"* ]]
}

@test "a refused sibling of the holder's namespace leaves the holder's flows alone" {
	box_serve a udp 53
	box_bind a v6.host=web3 v6.ports=53/udp
	answers "a $LAB_CLIENT" udp 2001:db8::203 53
	box_bind b v6.host=web2 v6.ports=54/udp
	flows=$(conntrack -L -f ipv6 -p udp --dst-nat 2>/dev/null | grep -c 2001:db8::203)
	run eval "sibling sib v6.host=web3,web2 'v6.ports=53/udp 54/udp' | $hook createRuntime"
	[ "$status" = 1 ]
	[ "$(conntrack -L -f ipv6 -p udp --dst-nat 2>/dev/null | grep -c 2001:db8::203)" = "$flows" ]
}

@test "a holder whose record cannot be read now keeps its claim" {
	box_bind a v6.host=web3
	file=/run/oci-v6/records/$(box_id a).json
	sed -i 's/"version": 1/"version": 9/' "$file"
	run box_bind b v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"later version"* ]]
	v6ctl reconcile
	[ -e "$file" ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	sed -i 's/"version": 9/"version": 1/' "$file"
}

@test "an administrator's own address is not ours because a guard was left, or on another interface" {
	box_bind a v6.host=web3
	box_unbind a
	nft add element ip6 oci-v6 addresses '{ 2001:db8::203 }'
	ip addr add 2001:db8::203/128 dev eth0 nodad
	box_bind a v6.host=web3
	box_unbind a
	ip -6 addr show dev eth0 | grep 2001:db8::203
	ip addr del 2001:db8::203/128 dev eth0
	# the same address on another interface while it is ours on this one
	box_bind a v6.host=web3
	ip addr add 2001:db8::203/128 dev cni0 nodad
	box_bind b v6.host=web3 v6.ports=443
	box_unbind a
	box_unbind b
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	ip -6 addr show dev cni0 | grep 2001:db8::203
}

@test "another network namespace with the same state directory counts for itself" {
	box_bind a v6.host=web3
	# a holder of the same address over there
	mkdir -p /run/oci-v6/holders-1/2001:db8::203
	touch /run/oci-v6/holders-1/2001:db8::203/elsewhere
	box_unbind a
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "a route past the container is refused" {
	ip -n a addr flush dev eth0 scope global
	ip -n a addr add 2001:db8::99/64 dev eth0 nodad
	run box_bind a v6.host=web3
	[ "$status" = 1 ]
	[[ "$output" == *"route to the container's address 2001:db8::99 does not go through cni0, where the container is"* ]]
}

@test "an element that its owner's record does not want is an orphan" {
	box_bind a v6.host=web2,web3
	echo broken >"/run/oci-v6/records/$(box_id a).json"
	box_bind a v6.host=web2
	v6ctl reconcile
	run ! grep 2001:db8::203 <(nft list map ip6 oci-v6 services)
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
}

@test "a rule that an administrator added to our table stays" {
	box_bind a v6.host=web3
	nft add rule ip6 oci-v6 forward counter
	run v6ctl reconcile
	[ "$output" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	nft list chain ip6 oci-v6 forward | grep counter
}

@test "reconcile where nothing is published makes nothing" {
	run v6ctl reconcile
	[ "$output" = "0 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	run ! nft list table ip6 oci-v6
}

@test "what a killed writer left goes with the next reconcile" {
	box_bind a v6.host=web3
	touch /run/oci-v6/records/.dead.json
	v6ctl reconcile
	[ "$(ls -A /run/oci-v6/records)" = "$(box_id a).json" ]
}

@test "a link that is renamed does not make the host a router" {
	box_bind a v6.host=web3
	sed -i 's/"link": "eth0",/"link": "gone0",/' "/run/oci-v6/records/$(box_id a).json"
	v6ctl reconcile
	[ "$(sysctl -n net.ipv6.conf.all.forwarding)" = 0 ]
}

@test "fifty want one claim at once: one gets it, and the others' errors name it" {
	local i wins=0

	for ((i = 0; i < 50; i++)); do
		printf '{"id":"%064d","pid":%s,"annotations":{"v6.host":"2001:db8::203","v6.ports":"80:%d"}}' \
			"$i" "$(box_pid a)" "$((8000 + i))" >"/run/lab/state-$i"
	done
	pids=()
	for ((i = 0; i < 50; i++)); do
		$hook createRuntime <"/run/lab/state-$i" 2>"/run/lab/said-$i" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		! wait "$pid" || wins=$((wins + 1))
	done
	[ "$wins" = 1 ]
	[ "$(grep -l "is held by container 0000000" /run/lab/said-* | wc -l)" = 49 ]
	[ "$(find /run/oci-v6/records -name "*.json" | wc -l)" = 1 ]
	winner=$(basename /run/oci-v6/records/*.json .json)
	$hook poststop <"/run/lab/state-$((10#$winner))"
	[ -z "$(owner)" ]
}

@test "a flushed ruleset is made again by the next start, for all services" {
	box_bind a v6.host=web2
	nft flush ruleset
	box_bind b v6.host=web3
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	diff <(unshare -n sh -c "nft -f tests/net/table.nft; nft -s list table ip6 oci-v6") <(box_table)
}

@test "reconcile repairs: table, element, guard, address; and twice changes nothing" {
	box_bind a v6.host=web3
	whole=$(box_snapshot)
	for break in "nft flush ruleset" \
		"nft delete table ip6 oci-v6" \
		"nft flush map ip6 oci-v6 services" \
		"nft flush set ip6 oci-v6 addresses" \
		"nft flush chain ip6 oci-v6 guard" \
		"nft flush set ip6 oci-v6 hairpin" \
		"nft flush set ip6 oci-v6 provided" \
		"ip addr del 2001:db8::203/128 dev eth0" \
		"eval rm -r /run/oci-v6/holders-*"; do
		$break
		run v6ctl reconcile
		[ "$status" = 0 ]
		box_same "$whole"
		answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	done
	run v6ctl reconcile
	[ "$output" = "1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
	box_same "$whole"
}

@test "reconcile repairs what was assigned to a container without IPv6" {
	box_up c
	box_serve c tcp 80
	box_bind c v6.host=web3
	whole=$(box_snapshot)
	ip -6 route flush proto 83
	ip addr del "$(ip -6 -o addr show dev cni0 | grep -o 'fe80::7636:[^ ]*')" dev cni0
	ip -n c -6 addr flush dev eth0 scope global
	for set in senders sources; do
		nft flush set ip6 oci-v6 $set
	done
	v6ctl reconcile
	box_same "$whole"
	answers "c $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind c
}

@test "reconcile follows a link that was made again" {
	box_bind a v6.host=web3
	ip link del eth0
	lab_plug host 1
	v6ctl reconcile
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind a
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "reconcile collects the dead, and leaves the living alone" {
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	box_kill a
	run v6ctl reconcile
	[ "${lines[-1]}" = "1 live, 0 repaired; 1 dead collected, 0 orphans removed" ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::202)" ]
	[ "$(owner)" = "$(box_id b)" ]
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "reconcile removes what has no record: elements, guards, addresses, routes, gateway" {
	box_up c
	before=$(box_snapshot)
	box_bind c v6.host=web3
	rm -r /run/oci-v6
	v6ctl reconcile
	nft list table ip6 oci-v6
	nft delete table ip6 oci-v6
	box_same "$before"
}

@test "orphans: addresses go before their guards, so that the host never answers there" {
	lab_start host "$peer" serve tcp 22 HOST
	lab_until box_host_listens 22
	lab_start stare nsenter --net=/run/netns/client "$PWD/$V6_BUILD/tests/faults/stare" \
		2001:db8::203 22 80
	box_bind a v6.host=2001:db8::203 v6.ports=80,10000-11000:10000-11000/udp
	lab_until grep -q "^80 a" /run/lab/stare.log
	rm -r /run/oci-v6
	v6ctl reconcile
	lab_stop stare
	lab_stop host
	run ! grep HOST /run/lab/stare.log
}

@test "a dead holder that has no claim any more, as a killed stop leaves it, goes with the next start" {
	box_bind a v6.host=web2,web3
	nft flush map ip6 oci-v6 services
	box_kill a
	box_bind b v6.host=web3
	[ "$(ls /run/oci-v6/records)" = "$(box_id b).json" ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::202)" ]
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
	box_unbind b
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "a stop removes the record that a killed start had not finished" {
	box_bind a v6.host=web3
	box_unbind a
	touch "/run/oci-v6/records/.$(box_id a).json"
	box_unbind a
	[ -z "$(ls -A /run/oci-v6/records)" ]
}

@test "a member of a pod that stops before the owner leaves no note behind" {
	box_bind a v6.host=web3
	before=$(box_snapshot)
	sibling member v6.host=web3 | $hook createRuntime
	box_stopped a "$(box_id member)" | $hook poststop
	box_same "$before"
	# nor does a killed one, whose note was not finished
	sibling member v6.host=web3 | $hook createRuntime
	rm /run/oci-v6/holders-*/share-*/"$(box_id member)"
	box_stopped a "$(box_id member)" | $hook poststop
	box_same "$before"
}

@test "an owner that stops leaves no note of those that shared with it" {
	box_bind a v6.host=web3
	sibling member v6.host=web3 | $hook createRuntime
	# as a stop that was killed leaves it
	rm /run/oci-v6/holders-*/share-*/"$(box_id member)"
	box_unbind a
	[ -z "$(find /run/oci-v6/holders-* -name 'share-*')" ]
	box_stopped a "$(box_id member)" | $hook poststop
}

@test "a record that cannot be read is reported, removed, and stops nothing" {
	box_bind b v6.host=web3
	echo '{"version": 1, "boot": 7}' >/run/oci-v6/records/bad.json
	ln -s /etc/passwd /run/oci-v6/records/link.json
	run v6ctl reconcile
	[ "$status" = 0 ]
	[[ "$output" == *'records/bad.json: "boot": expected a string'*removed* ]]
	[[ "$output" == *"records/link.json: not a record"* ]]
	[ "$(ls /run/oci-v6/records)" = "$(box_id b).json" ]
	[ -s /etc/passwd ]
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "records of an earlier boot are dropped, those of another network are left alone" {
	box_bind a v6.host=web3
	file=/run/oci-v6/records/$(box_id a).json
	sed 's/"host_netns": [0-9]*/"host_netns": 1/; s/"id": "[^"]*"/"id": "elsewhere"/' "$file" \
		>/run/oci-v6/records/elsewhere.json
	sed 's/"boot": "[^"]*"/"boot": "before"/; s/"id": "[^"]*"/"id": "old"/' "$file" \
		>/run/oci-v6/records/old.json
	v6ctl reconcile
	[ ! -e /run/oci-v6/records/old.json ]
	[ -e /run/oci-v6/records/elsewhere.json ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a start killed after its record was written is finished or undone by the next" {
	box_bind a v6.host=web3
	whole=$(box_snapshot)
	# what a kill between the record and the kernel leaves: the record alone
	nft flush map ip6 oci-v6 services
	ip addr del 2001:db8::203/128 dev eth0
	v6ctl reconcile
	box_same "$whole"
	nft flush map ip6 oci-v6 services
	box_bind a v6.host=web3
	box_same "$whole"
}
