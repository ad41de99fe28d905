#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# outside.bats - Of a lab, nothing is left on the machine, however it ended
#
#	bats tests/lab/outside.bats
#
# To be run on the machine itself. Others may be at work there, so what belongs to a lab is told by
# the namespaces it was in, rather than by counting.

bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/topology.sh"
	lab=$BATS_TEST_DIRNAME/run
	before=$(machine)
	pid=
}

# After a failure
teardown() {
	[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || :
}

# lab_groups PID - the control groups of a lab, which are named by its run
lab_groups() {
	find /sys/fs/cgroup -name "oci-v6-lab.$1" -prune 2>/dev/null || :
}

# What no lab may change, its control groups apart: those of others come and go
machine() {
	ip -o addr | sed 's/valid_lft.*//'
	ip netns list
	nft list tables
	cat /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv4/ip_forward
	cat /proc/self/mounts
	find /dev /etc/resolv.conf /etc/hosts /etc/containers -xdev -printf '%p %M %s\n' | sort
	ls -d /usr/bin/lab-* /etc/lab-* /var/lib/lab-* /tmp/lab-* 2>/dev/null || :
	stat -c %i /run
	hostname
}

# Everything that a test could do in a lab: the networks, an engine, and a container left running
busy='cd "$1" && . ./topology.sh && . ./engine.sh &&
	lab_up >&2 && engine_up >&2 && engine_run web >&2 &&
	touch /usr/bin/lab-left /etc/lab-left /var/lib/lab-left /tmp/lab-left &&
	nft add table ip6 lab-left && hostname lab-left && sysctl -qw net.ipv6.conf.all.forwarding=1 &&
	readlink /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/mnt'

# A busy lab that announces itself in file $1 and then stays, until a line is written to $end. Sets
# $pid.
start_busy() {
	mkfifo "$BATS_TEST_TMPDIR/stdin"
	exec {end}<>"$BATS_TEST_TMPDIR/stdin"
	"$lab" bash -c "$busy"' >&3; read -r' lab "$BATS_TEST_DIRNAME" \
		<&"$end" >"$BATS_TEST_TMPDIR/log" 2>&1 3>"$1" 4>&- &
	pid=$!
	lab_until grep -q mnt "$1" || { cat "$BATS_TEST_TMPDIR/log"; return 1; }
	pin "$1"
}

# Hold the namespaces listed in file $1 open: or their numbers would be those of the next lab, which
# some other test may start at any moment
pin() {
	local path fd

	while read -r path _; do
		exec {fd}<"$path"
	done < <(find /proc -mindepth 3 -maxdepth 3 -path '/proc/[0-9]*/ns/*' -printf '%p %l\n' 2>/dev/null |
		grep -Ff "$1" | sort -u -k 2,2)
}

# Does any process live in one of the namespaces listed in file $1?
deserted() {
	! find /proc -mindepth 3 -maxdepth 3 -path '/proc/[0-9]*/ns/*' -printf '%l\n' 2>/dev/null |
		grep -qFf "$1"
}

unchanged() {
	[ "$(machine)" = "$before" ] && [ -z "$(lab_groups "$pid")" ]
}

# Tell what differs rather than that something does
nothing_left() {
	lab_until deserted "$1"
	lab_until unchanged || differs
}

differs() {
	diff <(echo "$before") <(machine)
	lab_groups "$pid"
	return 1
}

@test "a lab that ends by itself leaves nothing" {
	start_busy "$BATS_TEST_TMPDIR/ns"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ns")" = 3 ]
	echo >&"$end"
	wait "$pid"
	nothing_left "$BATS_TEST_TMPDIR/ns"
}

@test "a lab whose run is killed leaves nothing" {
	start_busy "$BATS_TEST_TMPDIR/ns"
	run ! deserted "$BATS_TEST_TMPDIR/ns"
	[ -n "$(lab_groups "$pid")" ]
	kill -KILL "$pid"
	nothing_left "$BATS_TEST_TMPDIR/ns"
}

@test "nor when the janitor is stopped first" {
	start_busy "$BATS_TEST_TMPDIR/ns"
	pkill -TERM -f "oci-v6-lab[.]$pid"
	kill -KILL "$pid"
	nothing_left "$BATS_TEST_TMPDIR/ns"
}

@test "SIGTERM ends a lab, with nothing left when run has returned" {
	local status=0

	start_busy "$BATS_TEST_TMPDIR/ns"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ]
	deserted "$BATS_TEST_TMPDIR/ns"
	unchanged || differs
}

@test "Ctrl-C ends a lab" {
	# A shell ignores SIGINT for what it backgrounds, and a terminal sends it to the group
	env --default-signal=INT setsid "$lab" bash -c 'trap "" INT; readlink /proc/self/ns/net >&3
		sleep infinity' </dev/null >/dev/null 2>&1 3>"$BATS_TEST_TMPDIR/ns" &
	pid=$!
	lab_until grep -q net "$BATS_TEST_TMPDIR/ns"
	kill -INT -- "-$pid"
	run wait "$pid"
	nothing_left "$BATS_TEST_TMPDIR/ns"
}

@test "exit status and standard input pass through" {
	run -7 "$lab" sh -c 'exit 7'
	[ "$(echo through | "$lab" cat)" = through ]
	run -2 "$lab"
}

@test "a signal reaches the command's default action" {
	run -143 "$lab" sh -c 'kill -TERM $$'
	run -130 "$lab" sh -c 'kill -INT $$'
}

@test "a lab fits into a lab" {
	# Linux stacks overlayfs no higher (FILESYSTEM_MAX_STACK_DEPTH)
	[ ! -d /run/.lab ] || skip "in a lab already"
	"$lab" "$lab" bash -c "$busy" lab "$BATS_TEST_DIRNAME" >"$BATS_TEST_TMPDIR/ns" 3>&- 4>&- &
	pid=$!
	wait "$pid"
	nothing_left "$BATS_TEST_TMPDIR/ns"
}

# A machine as people have them: with this program set up and names that it knows, engines with networks
# and hooks of their own, users, and a shell with habits
planted='mkdir -p /var/lib/oci-v6/names /etc/oci-v6 /etc/cni/net.d /etc/docker /var/lib/lxc/web /etc/firewalld/zones \
	/usr/share/containers/oci/hooks.d /etc/containers &&
	echo "{\"allow\": []}" >/etc/oci-v6/config.json &&
	echo "not one of ours" >/var/lib/oci-v6/names/web3 &&
	echo "{\"default-runtime\": \"none\"}" >/etc/docker/daemon.json &&
	echo "lxc.include = /nowhere" >/var/lib/lxc/web/config &&
	echo "{}" >/etc/cni/net.d/00-machine.conflist &&
	echo "<zone/>" >/etc/firewalld/zones/public.xml &&
	echo "{}" >/usr/share/containers/oci/hooks.d/machine.json &&
	echo "[engine" >/etc/containers/containers.conf &&
	echo "2001:db8::bad web3 web3.example.test" >>/etc/hosts &&
	sed -i "s/^hosts:.*/hosts: files/" /etc/nsswitch.conf &&
	useradd --uid 1000 --no-create-home alice &&
	mkdir -p /run/home && echo fail >/run/home/.curlrc && cd "$1/../.." &&
	HOME=/run/home COLUMNS=20 LOCALDOMAIN=nowhere.test http_proxy=http://[::1]:9 HOSTALIASES=/etc/hosts \
	DOCKER_HOST=tcp://[::1]:9 "$1/run" bash -c "$2" lab'

# What tests count on; ends with the word "alike"
counted_on='. tests/lab/topology.sh && . tests/lab/engine.sh && . tests/lab/rootless.sh && . tests/net/box.sh &&
	lab_up && engine_up && box_install && user_add alice 1000 &&
	{ find /etc/cni/net.d /etc/docker /var/lib/lxc /etc/firewalld/zones /var/lib/oci-v6 -type f 2>/dev/null || :; } &&
	ls /usr/share/containers/oci/hooks.d && engine_run web3 --annotation v6.host=web3 >/dev/null &&
	lab_until curl -sS -m 2 http://web3/ && curl -sS -m 2 http://web3/ && v6ctl list | cut -c 1-22 && echo alike'

@test "what the machine knows, and how it is set up, decides nothing in a lab" {
	[ ! -d /run/.lab ] || skip "in a lab already"
	run "$lab" bash -c "$counted_on"
	echo "$output"
	[ "${lines[-1]}" = alike ]
	local alone=$output
	run "$lab" bash -c "$planted" lab "$BATS_TEST_DIRNAME" "$counted_on"
	diff <(echo "$alone") <(echo "$output")
}
