# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# faults.bash - One command, hit at each of its system calls in turn; what every bats file here loads
#
# A scene is three functions: NAME_before makes what is there before, from nothing; NAME_input prints
# what the command reads; NAME_run [PREFIX...] runs it, behind what hits it. A mend is a function
# mend_NAME. The state that a hit and a mend leave is compared with the one that comes of the command
# and the mend alone.
#
# FAULTS=all hits every call and mends in every way; else the calls that change something are hit, and
# the ways to mend take turns.

service=2001:db8::203
: "${stride:=5}"

. "$BATS_TEST_DIRNAME/../net/lab.bash"
. tests/faults/scenes.bash

step=$PWD/$V6_BUILD/tests/faults/step
stare=$PWD/$V6_BUILD/tests/faults/stare
nomem=$PWD/$V6_BUILD/tests/faults/nomem.so

# The lab, with boxes a and b, c that has no IPv6, d that has two networks, and a host that listens on all its addresses, at
# the service's port as well: nobody may hear it there
setup_file() {
	local name port

	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64 && box_up b fd42::b/64 && box_up c || return
	box_up d fd42::d/64 && box_connect d fd43::ffff/64 || return
	ip -n d addr add fd43::d/64 dev eth1 nodad
	ip -n d route append default via fd43::ffff dev eth1
	lab_until box_settled d1 && lab_until box_settled cni1 || return
	box_bundle c /run/netns/c
	for name in a b c d; do
		box_kill "$name"
		box_live "$name"
		box_serve "$name" tcp 80 || return
	done
	for port in 22 80; do
		lab_start "host-$port" "$peer" serve tcp "$port" HOST
	done
	lab_until host_listens
	lab_start stare nsenter --net=/run/netns/client "$stare" "$service" 22 80
}

host_listens() {
	[ "$(ss -Hlnt 'sport = :22 or sport = :80' | wc -l)" = 2 ]
}

# Whether what stares at the service saw a container, and never the host
faults_unexposed() {
	! grep HOST /run/lab/stare.log && grep -q "^80 " /run/lab/stare.log
}

# Nothing is there of ours, and all containers live
nothing() {
	local name

	# with a service address, which must go before the table
	out_of_bridge_of_scene
	ip -6 -force -batch - <<-END 2>/dev/null || :
		route flush proto 83
		route flush table local proto 83
		route flush table 83 proto 83
		addr flush dev eth0 deprecated
		addr flush to fe80:0:0:0:7636::/80
	END
	ip -6 neigh show proxy | while read -r address _ link _; do
		ip -6 neigh del proxy "$address" dev "$link"
	done
	ip -n c -6 -force -batch - <<-END 2>/dev/null || :
		addr flush dev eth0 scope global
		route flush default
	END
	nsenter --net=/run/netns/c sysctl -qw net.ipv6.conf.eth0.accept_redirects=1
	# only now, as its guards are in there
	nft delete table ip6 oci-v6 2>/dev/null || :
	conntrack -D -f ipv6 --orig-dst "$service" >/dev/null 2>&1 || :
	rm -rf /run/oci-v6 /etc/oci-v6
	for name in eth0 cni0 cni1 lo; do
		[ ! -e "/proc/sys/net/ipv6/conf/$name/force_forwarding" ] ||
			echo 0 >"/proc/sys/net/ipv6/conf/$name/force_forwarding"
	done
	box_kill member
	box_kill h
	box_kill i
	for name in a b c d; do
		[ -e "/run/lab/init-$name.pid" ] || box_live "$name"
	done
}

# A box has a process again, as after a restart
box_live() {
	lab_start "init-$1" nsenter --net="/run/netns/$1" sleep infinity
	lab_until box_lives "$1"
}

box_lives() {
	[ "$(readlink "/proc/$(box_pid "$1")/ns/net")" = \
		"net:[$(stat -Lc %i "/run/netns/$1")]" ]
}

# scene NAME - its state before, and its input
scene() {
	nothing
	"$1_before"
	"$1_input" >/run/lab/input
}

# faults_snapshot - with what is in the container that has no IPv6 address; without the interfaces that
# were opened, which stay so when a container has ended: see is_safe
faults_snapshot() {
	box_snapshot | box_but_opened
	ip -n c -6 -o addr show scope global
	ip -n c -6 route show
	nsenter --net=/run/netns/c sysctl net.ipv6.conf.eth0.accept_redirects \
		net.ipv6.conf.eth0.disable_ipv6
}

# outcome NAME RUN MEND - print the state that comes of a scene without a hit
outcome() {
	scene "$1"
	[ "$2" = no ] || "$1_run" >/dev/null 2>&1 || :
	"mend_$3"
	faults_snapshot
}

# What holds at every moment: the host does not answer for the service, nobody has the lock, and
# what the scene says of others
is_safe() {
	flock -n /run/oci-v6/lock true 2>/dev/null || [ ! -e /run/oci-v6/lock ] || {
		echo "somebody has the lock"
		return 1
	}
	no_router || {
		echo "the host forwards what is not for services"
		return 1
	}
	! declare -F "$1_holds" >/dev/null || "$1_holds" || {
		echo "$1: what is another's does not hold"
		return 1
	}
	[[ "$(ip -6 route get "$service")" == local* ]] || return 0
	[[ "$(lab_client "$stare" -1 "$service" 22 80)" != *HOST* ]] || {
		echo "the host answers"
		return 1
	}
}

# no_router - by each interface that was opened, the table, where somebody has not flushed it, lets in what
# is for services alone
no_router() {
	local name

	nft list table ip6 oci-v6 >/dev/null 2>&1 || return 0
	for name in eth0 cni0 cni1; do
		[ "$(cat "/proc/sys/net/ipv6/conf/$name/force_forwarding" 2>/dev/null)" != 1 ] ||
			nft get element ip6 oci-v6 opened "{ $name }" >/dev/null 2>&1 ||
			return 1
	done
}

# is_either STATE... - whether all is as one of them says, soon
is_either() {
	local state

	! lab_until is_one_of "$@" 2>/dev/null || return 0
	for state; do
		diff <(echo "$state") <(faults_snapshot)
	done
	return 1
}

is_one_of() {
	local now state

	now=$(faults_snapshot)
	for state; do
		[ "$now" != "$state" ] || return 0
	done
	return 1
}

# note SCENE WHAT N - how often something was done; for people
note() {
	echo "# $1: $3 $2" >&3
}

# asked KEY - what the input says
asked() {
	sed -n "s/.*\"$1\": *\"\?\([^\",}]*\).*/\1/p" /run/lab/input
}

# Whether what is asked for is on record
is_recorded() {
	grep -qs "\"pid\": $(asked pid)," "/run/oci-v6/records/$(asked id).json"
}

# kill_points NAME MEND... - the calls before which it is killed, each with a way to mend: CALL MEND.
# Else of those that change something each so many, or more where they are few
kill_points() {
	local name=$1

	shift
	scene "$name"
	"${name}_run" "$step" list 2>/dev/null | awk -v all="${FAULTS-}" -v stride="$stride" -v mends="$*" '
		BEGIN { ways = split(mends, way, " ") }
		/^!/ { change[++n] = $1; next }
		all { print $1, way[NR % ways + 1] }
		END {
			while (!all && stride > 1 && n / stride < 6)
				stride--
			for (i = 1; i <= n; i += all ? 1 : stride)
				for (j = 1; j <= (all ? ways : 1); j++)
					print change[i], way[++m % ways + 1]
		}'
}

# sweep_kill NAME MEND... - kill it before each call
sweep_kill() {
	local name=$1 n mend kills=0 survived=0

	declare -A whole base
	for mend in "${@:2}"; do
		whole[$mend]=$(outcome "$name" yes "$mend")
		base[$mend]=$(outcome "$name" no "$mend")
	done
	while read -r n mend; do
		kill_and_mend || {
			echo "$name: killed before call $n, mended by $mend"
			return 1
		}
		kills=$((kills + 1))
	done < <(kill_points "$@")
	note "$name" crashes "$((kills - survived))"
	[ "$kills" -gt "$survived" ]
}

# What was not recorded yet, or is taken back, may be as if it had not been asked for
kill_and_mend() {
	local states=("${whole[$mend]}")

	scene "$name"
	run "${name}_run" "$step" kill "$n"
	# there may be fewer calls than when they were counted
	[ "$status" = 137 ] || { survived=$((survived + 1)); return 0; }
	[ "$mend" != stop ] && is_recorded || states+=("${base[$mend]}")
	is_safe "$name" && "mend_$mend" && is_either "${states[@]}" && is_safe "$name"
}

# sweep_fail NAME - let each call of it fail once, in each way that happens in life
sweep_fail() {
	local name=$1 n code call fails=0

	remember_outcomes
	while read -r n code call; do
		fails_well "$step" fail "$n" "$code" || {
			echo "$name: call $n, $call, failed with $code"
			return 1
		}
		fails=$((fails + 1))
	done < <(fail_points)
	note "$name" "failed calls" "$fails"
	[ "$fails" -gt 4 ]
}

# fail_points - CALL ERRNO NAME; else what the kernel refuses (EPERM), and some of the others
fail_points() {
	scene "$name"
	"${name}_run" "$step" plan 2>/dev/null |
		awk -v all="${FAULTS-}" -v stride="$((stride * 6 - 1))" '
			all || NR % stride == 0 || /^!.* 1 send/'
}

# sweep_nomem NAME - let each allocation fail once
sweep_nomem() {
	local name=$1 n total every=$((stride * 4 + 3))

	remember_outcomes
	scene "$name"
	"${name}_run" env NOMEM_COUNT=/run/lab/allocations "LD_PRELOAD=$nomem" >/dev/null 2>&1 || :
	total=$(</run/lab/allocations)
	[ "${FAULTS-}" != all ] || every=1
	for ((n = 1; n <= total; n += every)); do
		fails_well env "NOMEM=$n" "LD_PRELOAD=$nomem" || {
			echo "$name: allocation $n failed"
			return 1
		}
	done
	note "$name" "failed allocations" "$(((total + every - 1) / every))"
	[ "$total" -gt 4 ]
}

# What comes of a scene where nothing fails: done; not begun, or taken back; and that after a reconcile
remember_outcomes() {
	taken_back=$(outcome "$name" yes stop)
	done=$(outcome "$name" yes nothing)
	mended=$(outcome "$name" yes reconcile)
	before=$(outcome "$name" no nothing)
	undone=$(outcome "$name" no reconcile)
}

# fails_well PREFIX... - it ends orderly, says why in lines of its own, and leaves all done or nothing;
# what it had to leave it names, and the next reconcile mends that
fails_well() {
	scene "$name"
	run --separate-stderr "${name}_run" "$@"
	is_safe "$name" && has_said "" && ends_well && return
	echo "status $status, and it said: $stderr"
	return 1
}

ends_well() {
	case $status in
	0) is_one_of "$done" || if has_said .; then mends "$mended"; else is_either "$done"; fi ;;
	# what was a dead one's before may be so in part, and what a reconcile had to do
	1) engine_kills; has_said . && if has_said "$leaves" || is_in_parts; then
		mends "$undone" "$taken_back"
	else
		is_either "$before" "$taken_back"
	fi ;;
	134) has_said "cannot go back" && mends "$mended" "$undone" ;;
	*) false ;;
	esac
}

is_in_parts() {
	[ "$name" = takeover ] || [ "$(asked id)" = none ]
}

# What a runtime does where a start failed
engine_kills() {
	local box

	for box in a c d member; do
		[ "$(box_id "$box")" != "$(asked id)" ] || box_kill "$box"
	done
}

leaves="left behind\|run v6ctl reconcile"

# has_said PATTERN - and nothing but messages
has_said() {
	grep -q "$1" <<<"$stderr" && ! grep -v "^\(oci-v6-hook\|v6ctl\): \|^$" <<<"$stderr"
}

mends() {
	v6ctl reconcile >/dev/null && is_either "$@" && is_safe "$name"
}
