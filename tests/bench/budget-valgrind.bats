#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# budget-valgrind.bats - What bind and unbind cost, in what can be counted, and what they never do
#
#	tests/lab/run bats tests/bench/budget-valgrind.bats
#
# Instructions and system calls are the same whatever else the machine does, so that they tell of a
# change that times would hide. tests/bench/budget says how many there may be, and why.

load ../net/lab

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
	# where bridges filter, hairpin mode of the container's port comes on top: 14 calls
	[ ! -e /proc/sys/net/bridge ] || sysctl -qw net.bridge.bridge-nf-call-ip6tables=0
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	box_bundle a /run/netns/a
	box_state a v6.host=2001:db8::203 >/run/lab/a.json
	# the first one makes the table, and turns forwarding on
	$hook createRuntime </run/lab/a.json
	$hook poststop </run/lab/a.json
}

setup() {
	empty=$V6_BUILD/tests/bench/empty
	trace=/run/lab/trace
}

stage() {
	case $1 in
	bind) echo createRuntime ;;
	unbind) echo poststop ;;
	esac
}

# make_ready VERB - for a run of it; a service that is stopped had a client
make_ready() {
	case $1 in
	bind) $hook poststop </run/lab/a.json ;;
	unbind)
		$hook createRuntime </run/lab/a.json &&
			{ [ -n "${unused-}" ] || answers "a $LAB_CLIENT" tcp 2001:db8::203 80; }
		;;
	esac
}

# calls COMMAND... - how many system calls it makes; what they were is in "$trace"
calls() {
	strace -f -qq -o "$trace" "$@" </run/lab/a.json || return
	grep -c -E '^[0-9]+ +[a-z0-9_]+\(' "$trace"
}

# instructions COMMAND... - of each object: number, and its name
instructions() {
	valgrind -q --tool=callgrind --callgrind-out-file="$trace" --compress-strings=no \
		--compress-pos=no "$@" </run/lab/a.json || return
	awk '/^ob=/ { object = substr($0, 4) }
		/^[0-9]/ { if (!called) spent[object] += $2; called = 0 }
		/^calls=/ { called = 1 }
		END { for (object in spent) print spent[object], object }' "$trace"
}

# spent PATTERN [NOT] - the sum of what instructions() says of objects that match
spent() {
	awk -v pattern="$1" -v not="${2-^$}" \
		'$2 ~ pattern && $2 !~ not { sum += $1 } END { printf "%d\n", sum }'
}

# most VERB WHAT - what the budget allows
most() {
	awk -v verb="$1" -v what="$2" '$1 == verb && $2 == what { print $3 }' tests/bench/budget
}

# within VERB WHAT NUMBER
within() {
	local most

	most=$(most "$1" "$2")
	echo "# $1, $2: $3 of $most" >&3
	[ "$3" -le "$most" ] && return
	echo "$1 takes $3 $2, and tests/bench/budget allows for $most: find out what it does more"
	return 1
}

# check_calls VERB - a run where the kernel was busy, and had to be waited for, takes more; one of ten
# has to be right
check_calls() {
	local none many try most

	most=$(most "$1" calls)
	none=$(calls "$empty")
	for try in {1..10}; do
		make_ready "$1"
		many=$(calls "$hook" "$(stage "$1")")
		[ $((many - none)) -gt "$most" ] || break
	done
	within "$1" calls $((many - none)) || { cut -c 1-120 "$trace"; return 1; }
}

# check_instructions VERB
check_instructions() {
	local none many try most

	[ "$(uname -m)" = x86_64 ] || skip "the budget is for instructions of x86-64"
	most=$(most "$1" own)
	none=$(instructions "$empty")
	for try in {1..5}; do
		make_ready "$1"
		many=$(instructions "$hook" "$(stage "$1")")
		[ "$(spent /oci-v6-hook <<<"$many")" -gt "$most" ] || break
	done
	within "$1" own "$(spent /oci-v6-hook <<<"$many")" &&
		within "$1" all $(($(spent . /ld- <<<"$many") - $(spent . /ld- <<<"$none"))) &&
		within "$1" loader $(($(spent /ld- <<<"$many") - $(spent /ld- <<<"$none")))
}

# fewest KEY=VALUE... - the calls of a start that asks for these, too, where the kernel was not busy
fewest() {
	local try n least=

	box_state a v6.host=2001:db8::203 "$@" >/run/lab/a.json
	for try in {1..5}; do
		make_ready bind
		n=$(calls "$hook" createRuntime)
		[ -n "$least" ] && [ "$n" -ge "$least" ] || least=$n
	done
	$hook poststop </run/lab/a.json
	box_state a v6.host=2001:db8::203 >/run/lab/a.json
	echo "$least"
}

@test "bind makes no more system calls than its budget allows" {
	check_calls bind
}

@test "unbind makes no more system calls than its budget allows" {
	check_calls unbind
}

@test "bind takes no more instructions than its budget allows" {
	check_instructions bind
}

@test "unbind takes no more instructions than its budget allows" {
	check_instructions unbind
}

# received - bytes that came through sockets in the traced run
received() {
	awk '/^[0-9]+ +recv(msg|from)\(/ && $NF ~ /^[0-9]+$/ { sum += $NF } END { print sum + 0 }' "$trace"
}

# cost VERB - system calls and bytes from the kernel, and what should not be: programs and processes
# started, waits
cost() {
	local n

	make_ready "$1"
	n=$(calls "$hook" "$(stage "$1")")
	echo "$n calls, $(received) bytes"
	tail -n +2 "$trace" | grep -E '^[0-9]+ +(execve|clone|v?fork|p?poll|p?select|epoll|(clock_)?nanosleep|pause)' || :
}

# The kernel passes over the others as of 5.15
@test "unbind lists connections of its protocol only, and those that DNAT translated" {
	[ "$(printf '%s\n' 5.15 "$(uname -r)" | sort -V | head -n 1)" = 5.15 ] || skip "of Linux 5.15"
	box_state a v6.host=2001:db8::203 "v6.ports=80 443" >/run/lab/a.json
	$hook poststop </run/lab/a.json
	before=$(cost unbind)
	"$V6_BUILD/tests/net/flood" 1000 tcp "$LAB_HOST" 80 "$LAB_HOST"
	"$V6_BUILD/tests/net/flood" 1000 udp 2001:db8::203 53 fd42::b
	[ "$(cost unbind)" = "$before" ]
}

@test "bind and unbind do the same with hundreds of services beside them, start nothing and wait for nothing" {
	unused=yes
	echo '{"attach": "route", "routed": ["2001:db8:5::/48"]}' >/etc/oci-v6/config.json
	box_state a v6.host=2001:db8:5::203 >/run/lab/a.json
	# the last one behind a bridge has more to take away
	"$V6_BUILD/tests/bench/populate" "$(box_pid a)" 1 1 2001:db8:5:1::1
	make_ready unbind
	bind=$(cost bind)
	unbind=$(cost unbind)
	"$V6_BUILD/tests/bench/populate" "$(box_pid a)" 2 300 2001:db8:5:1::1
	make_ready unbind
	echo "$bind; $unbind"
	[ "$(cost bind)" = "$bind" ]
	[ "$(cost unbind)" = "$unbind" ]
	[[ $bind =~ ^[0-9]+\ calls,\ [0-9]+\ bytes$ ]]
	[[ $unbind =~ ^[0-9]+\ calls,\ [0-9]+\ bytes$ ]]
}

# more_at_most NUMBER KEY=VALUE - beside a start that does not ask for it
more_at_most() {
	local more=$(($(fewest "$2") - plain))

	echo "# ${2:0:10}: $more calls more, $1 allowed" >&3
	[ "$more" -le "$1" ]
}

@test "a list of clients, or a way out by the service, takes five calls more at most" {
	plain=$(fewest)
	more_at_most 5 v6.from="$LAB_CLIENT"
	more_at_most 5 v6.egress=on
	more_at_most 5 "v6.from=$(printf '2001:%x::/32 ' {1..999})"
}
