#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# crowd.bats - Hundreds of hooks at once, and thousands of services
#
#	CROWD=10000 tests/lab/run bats tests/faults/crowd.bats
#
# CROWD is how many services there are in the last test. A container of the crowd is a number, and a
# box that several of them share, as members of a pod do.

load ../net/lab

BOXES=50
pids=()

setup_file() {
	local i

	lab_ready
	box_bridge fd42::ffff/64
	for ((i = 1; i <= BOXES; i++)); do
		box_up "n$i" "fd42::1:$i/64"
	done
	box_serve n1 tcp 80
	box_serve n2 tcp 80
	mkdir -p /run/lab/crowd /etc/oci-v6
	# that it forwards stays
	box_bind n1 v6.host=web2
	box_unbind n1
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind n1 v6.host=web2
	box_unbind n1
	forget
	nothing=$(box_snapshot)
	export nothing
}

setup() {
	rm -f /run/lab/crowd/*
	know_pids
}

teardown() {
	meanwhile_stop
	forget
}

# As on a host that has published nothing yet
forget() {
	rm -rf /run/oci-v6 /etc/oci-v6/config.json
	v6ctl reconcile >/dev/null
	nft flush ruleset
	rm -rf /run/oci-v6
}

# id NUMBER - of a container
id() {
	printf '%012d%052d' "$1" 0
}

# address N - of service N
address() {
	printf '2001:db8::9:%x' "$1"
}

# prepare STAGE NUMBER BOX [SERVICE] - what one of the next crowd does; without a fork, as there are many
prepare() {
	local annotation=

	[ $# -lt 4 ] || printf -v annotation '"v6.host":"2001:db8::9:%x"' "$4"
	printf '{"ociVersion":"1.2.0","id":"%012d%052d","status":"creating","pid":%d,"bundle":"/","annotations":{%s}}' \
		"$2" 0 "${pids[$3]}" "$annotation" >"/run/lab/crowd/$1-$2.in"
}

# The inits of the boxes
know_pids() {
	local i

	for ((i = 1; i <= BOXES; i++)); do
		pids[i]=$(<"/run/lab/init-n$i.pid")
	done
}

# all_at_once - each that was prepared runs, all together; what it says is in NAME.out, how it ended
# in NAME.status
all_at_once() {
	local file running=()

	for file in /run/lab/crowd/*.in; do
		one "${file%.in}" 3>&- 4>&- &
		running+=($!)
	done
	wait "${running[@]}"
	rm /run/lab/crowd/*.in
}

# On a busy machine the lock may come too late for some, who say so; they come again
one() {
	local name=${1##*/} status

	while
		status=0
		"$hook" "${name%-*}" <"$1.in" >"$1.out" 2>&1 || status=$?
		grep -q "more come first; start fewer containers at a time" "$1.out"
	do
		:
	done
	echo "$status" >"$1.status"
}

# ended STATUS - how many did so
ended() {
	cat /run/lab/crowd/*.status | grep -cx "$1" || :
}

# Nobody of the crowd failed or had anything to say
all_content() {
	cat /run/lab/crowd/*.out
	[ -z "$(cat /run/lab/crowd/*.out)" ]
	[ "$(ended 0)" = "$(cat /run/lab/crowd/*.status | wc -l)" ]
	rm /run/lab/crowd/*
}

# meanwhile_start COMMAND... - over and over; what goes wrong is in meanwhile.log
meanwhile_start() {
	rm -f /run/lab/meanwhile.log /run/lab/meanwhile.end
	lab_start meanwhile bash -c 'while [ ! -e /run/lab/meanwhile.end ]; do
		status=0
		"$@" >/dev/null 2>/run/lab/meanwhile.err || status=$?
		grep -q "more come first" /run/lab/meanwhile.err || {
			cat /run/lab/meanwhile.err
			[ "$status" = 0 ] || echo "status $status"
		}
		v6ctl list >/dev/null || echo "list: status $?"
	done' - "$@"
}

# At its next turn, so that nothing is killed in its midst
meanwhile_stop() {
	[ -e /run/lab/meanwhile.pid ] || return 0
	touch /run/lab/meanwhile.end
	lab_until lab_is_gone "$(</run/lab/meanwhile.pid)"
	rm /run/lab/meanwhile.pid
	cat /run/lab/meanwhile.log
	[ ! -s /run/lab/meanwhile.log ]
}

published() {
	[ "$(v6ctl reconcile)" = "$1 live, 0 repaired; 0 dead collected, 0 orphans removed" ]
}

nothing_is_left() {
	published 0
	nft delete table ip6 oci-v6
	box_same "$nothing"
}

@test "200 starts at once, the first ones of a host, and 200 stops, with reconciles meanwhile" {
	local i

	for ((i = 1; i <= 200; i++)); do
		prepare createRuntime $i $((i % BOXES + 1)) $i
	done
	meanwhile_start v6ctl reconcile
	all_at_once
	all_content
	meanwhile_stop
	published 200
	[ "$(ip -6 -o addr show dev eth0 to 2001:db8::9:0/112 | wc -l)" = 200 ]
	answers "n2 $LAB_CLIENT" tcp "$(address 1)" 80
	answers "n1 $LAB_CLIENT" tcp "$(address 200)" 80
	for ((i = 1; i <= 200; i++)); do
		prepare poststop $i $((i % BOXES + 1))
	done
	meanwhile_start v6ctl reconcile
	all_at_once
	all_content
	meanwhile_stop
	nothing_is_left
}

# holder ADDRESS - the number of whoever has it, as the map says
holder() {
	sed -n "s/.* $1 \. 80 .*comment \"[^ ]* 0*\([0-9]*\)0\{52\}\".*/\1/p" <<<"$map"
}

look() {
	map=$(nft list map ip6 oci-v6 services)
}

# the_others_name NUMBER - who lost was told who has it
the_others_name() {
	local file

	for file in /run/lab/crowd/*.out; do
		[ "$(<"${file%.out}.status")" = 0 ] ||
			grep -q "port 80/tcp is held by container $(id "$1" | cut -c1-12)" "$file" || {
			cat "$file"
			return 1
		}
	done
}

# one_gets_it BOX... - of containers in as many boxes that want one service
one_gets_it() {
	local box

	for box; do
		prepare createRuntime "$box" "$box" 1
	done
	all_at_once
	[ "$(ended 0)" = 1 ]
	[ "$(ended 1)" = $(($# - 1)) ]
	look
	winner=$(holder "$(address 1)")
	[ "$(<"/run/lab/crowd/createRuntime-$winner.status")" = 0 ]
	the_others_name "$winner"
	rm /run/lab/crowd/*
	published 1
}

@test "50 at once for the same claim: one gets it, the others' errors name it; again when that one has died" {
	meanwhile_start v6ctl reconcile
	# shellcheck disable=SC2046 # numbers
	one_gets_it $(seq $BOXES)
	first=$winner
	box_kill "n$first"
	# shellcheck disable=SC2046
	one_gets_it $(seq $BOXES | grep -vx "$first")
	[ "$winner" != "$first" ]
	meanwhile_stop
	for ((i = 1; i <= BOXES; i++)); do
		[ "$i" = "$first" ] || prepare poststop "$i" "$i"
	done
	all_at_once
	all_content
	nothing_is_left
	box_init "n$first"
}

# Flush the ruleset when $1 of the crowd are done
flush_after() {
	lab_until eval '[ "$(find /run/lab/crowd -name "*.status" | wc -l)" -ge '"$1"' ]'
	nft flush ruleset
}

@test "100 stop while their successors start, the ruleset is flushed and reconciles run" {
	local i file

	for ((i = 1; i <= 100; i++)); do
		prepare createRuntime $i $((i % BOXES + 1)) $i
	done
	all_at_once
	all_content
	for ((i = 1; i <= 100; i++)); do
		prepare poststop $i $((i % BOXES + 1))
		prepare createRuntime $((1000 + i)) $(((i + 1) % BOXES + 1)) $i
	done
	meanwhile_start v6ctl reconcile
	lab_start flush bash -c ". tests/lab/topology.sh; $(declare -f flush_after); flush_after 50"
	all_at_once
	lab_until lab_is_gone "$(</run/lab/flush.pid)"
	meanwhile_stop
	[ "$(cat /run/lab/crowd/poststop-*.out)" = "" ]
	v6ctl reconcile
	look
	# who came before the other had gone comes again
	for ((i = 1; i <= 100; i++)); do
		file=/run/lab/crowd/createRuntime-$((1000 + i))
		[ "$(<"$file.status")" != 0 ] || {
			[ "$(holder "$(address $i)")" = $((1000 + i)) ]
			continue
		}
		grep -q "is held by container $(id $i | cut -c1-12)" "$file.out"
		[ -z "$(holder "$(address $i)")" ]
		prepare createRuntime $((1000 + i)) $(((i + 1) % BOXES + 1)) $i
	done
	rm /run/lab/crowd/*.out /run/lab/crowd/*.status
	all_at_once
	all_content
	published 100
	answers "n2 $LAB_CLIENT" tcp "$(address 100)" 80
	for ((i = 1001; i <= 1100; i++)); do
		prepare poststop $i $(((i + 1 - 1000) % BOXES + 1))
	done
	all_at_once
	all_content
	nothing_is_left
}

# waits_when_done - a traced stop of container 1: how often it waits when its record is gone
waits_when_done() {
	strace -qq -o /run/lab/trace -e trace=unlinkat,poll,ppoll "$hook" poststop </run/lab/crowd/poststop-1.in
	awk '/unlinkat\(.*records|unlinkat\(.*json/ { gone = 1 } gone && /poll\(/ { n++ } END { print n + 0 }' /run/lab/trace
}

# The kernel makes all others wait whenever one closes while it frees what was removed
@test "a stop alone waits for nothing; one of a crowd closes its socket together with the others" {
	prepare createRuntime 1 1 1
	prepare poststop 1 1
	cp /run/lab/crowd/createRuntime-1.in /run/lab/start
	$hook createRuntime </run/lab/start
	[ "$(waits_when_done)" = 0 ]
	$hook createRuntime </run/lab/start
	rm /run/lab/trace
	lab_start has-lock bash -c 'exec 9>>/run/oci-v6/lock; flock 9; exec sleep infinity'
	lab_until eval '! flock -n /run/oci-v6/lock true'
	lab_start frees-lock bash -c ". tests/lab/topology.sh; lab_until test -s /run/lab/trace; lab_stop has-lock"
	[ "$(waits_when_done)" = 1 ]
	lab_until lab_is_gone "$(</run/lab/frees-lock.pid)"
	rm /run/lab/crowd/*
	nothing_is_left
}

@test "thousands of services" {
	local many=${CROWD:-1000}

	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	"$V6_BUILD/tests/bench/populate" "$(box_pid n1)" 1 "$many" 2001:db8::9
	published "$many"
	[ "$(v6ctl list | grep -c ' active ')" = "$many" ]
	answers "n1 $LAB_CLIENT" tcp 2001:db8::9:0:1f4 80
	v6ctl show 2001:db8::9:0:1f4 | grep -q "fd42::1:1"
	# a flush, and one more start
	nft flush ruleset
	prepare createRuntime 1 2 1
	all_at_once
	all_content
	published "$((many + 1))"
	answers "n2 $LAB_CLIENT" tcp "$(address 1)" 80
	# a stop takes away its own
	prepare poststop 1 2
	all_at_once
	all_content
	box_stopped n1 "$(printf %064d 500)" | $hook poststop
	run ask tcp 2001:db8::9:0:1f4 80
	[[ "$output" == error* ]]
	published "$((many - 1))"
	answers "n1 $LAB_CLIENT" tcp 2001:db8::9:0:1f3 80
}

# Of some thousand (make soak) that takes longer than a start waits for one process
@test "hundreds die together: while v6ctl collects them, others start and stop" {
	die_together v6ctl reconcile
	lab_until lab_is_gone "$(</run/lab/collect.pid)"
	grep " $many dead collected, 0 orphans removed" /run/lab/collect.log
	nothing_is_left
}

@test "hundreds die together: v6d does the same" {
	lab_start v6d v6d
	lab_until test -e /run/oci-v6/records
	die_together true
	lab_stop v6d
	nothing_is_left
}

# die_together COLLECTOR... - all do, and somebody collects them
die_together() {
	many=${CROWD:-300}
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	"$V6_BUILD/tests/bench/populate" "$(box_pid n1)" 1 "$many" 2001:db8::9
	box_kill n1
	lab_start collect "$@"
	while is_left; do
		prepare createRuntime 1 2 1
		all_at_once
		prepare poststop 1 2
		all_at_once
		all_content
	done
	box_init n1
}

# Whether one of them has a record yet: only theirs end in a number that is not 0
is_left() {
	find /run/oci-v6/records -name '0*[1-9].json' | grep -q .
}
