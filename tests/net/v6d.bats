#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# v6d.bats - What is taken away comes back by itself, and what containers left goes
#
#	tests/lab/run bats tests/net/v6d.bats

load lab

setup() {
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up b
	box_serve a tcp 80
	box_serve b tcp 80
	box_bind a v6.host=web2
	box_bind b v6.host=web3
	: >/run/lab/v6d.log
	v6d_start
	before=$(everything)
}

# What there is, in whatever order the kernel lists it
everything() {
	box_snapshot | tr -s '{},\t ' '\n' | sort
}

is_as_before() {
	[ "$(everything)" = "$before" ]
}

teardown() {
	cat /run/lab/v6d.log
	lab_stop v6d
	lab_stop datagrams
	lab_stop sshd
	lab_clear_bridge a b c
}

v6d_start() {
	lab_start v6d v6d
	lab_until v6d_watches
}

# It reconciles before it waits for the first time: a descriptor for each container by then
v6d_watches() {
	[ "$(find "/proc/$(cat /run/lab/v6d.pid)/fd" -lname '*pidfd*' | wc -l)" = \
		"$(find /run/oci-v6/records -name '*.json' | wc -l)" ]
}

both_answer() {
	answers "a $LAB_CLIENT" tcp 2001:db8::202 80 && answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

# comes_back COMMAND... - what the command takes away is there again soon, and the services answer
comes_back() {
	"$@"
	lab_until is_as_before
	both_answer
}

@test "the ruleset flushed: all is there again" {
	comes_back nft flush ruleset
}

@test "our table deleted" {
	comes_back nft delete table ip6 oci-v6
}

@test "a chain, a rule, the elements of a set" {
	comes_back nft flush chain ip6 oci-v6 guard
	comes_back nft flush map ip6 oci-v6 services
	comes_back nft flush set ip6 oci-v6 addresses
	comes_back nft flush set ip6 oci-v6 hairpin
}

@test "one element" {
	comes_back nft delete element ip6 oci-v6 services "{ tcp . 2001:db8::203 . 80 }"
}

@test "an address taken off its link" {
	comes_back ip addr del 2001:db8::202/128 dev eth0
}

@test "the route to a container without IPv6, and its gateway" {
	comes_back ip -6 route del "$(ip -6 route show dev cni0 proto 83 | cut -d' ' -f1)" dev cni0
}

@test "the gateway of containers without IPv6 alone" {
	gateway=$(ip -6 -o addr show dev cni0 | grep -o 'fe80::7636:[^ ]*')
	comes_back ip addr del "$gateway" dev cni0
}

@test "the bridge of containers down and up" {
	ip link set cni0 down
	lab_until eval '[ -z "$(ip -6 route show proto 83)" ]'
	ip link set cni0 up
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "the link down and up" {
	ip link set eth0 down
	ip link set eth0 up
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	lab_client ip neigh flush dev eth0
	lab_until both_answer
}

@test "the link down and up: the kernel has forgotten the proxy neighbours, without an event" {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_up c fd42::c/64
	box_serve c tcp 80
	box_bind c v6.host=web4
	ip link set eth0 down
	[ -z "$(ip -6 neigh show proxy)" ]
	ip link set eth0 up
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	lab_until eval 'ip -6 neigh show proxy | grep -q 2001:db8::204'
	lab_client ip neigh flush dev eth0
	lab_until answers "c $LAB_CLIENT" tcp 2001:db8::204 80
}

@test "the host itself never answers while the address is back and the guard is not" {
	lab_start sshd "$peer" serve tcp 22 host
	lab_until eval 'ss -Hltn "sport = :22" | grep -q .'
	for ((i = 0; i < 10; i++)); do
		nft delete table ip6 oci-v6
		lab_until answers "a $LAB_CLIENT" tcp 2001:db8::202 80
		run ask tcp 2001:db8::202 22
		[[ "$output" == *refused* ]]
		# at its pace it would pause now and then
		[ $((i % 4)) != 3 ] || { lab_stop v6d; v6d_start; }
	done
}

@test "a container that ends without a word is collected" {
	box_kill a
	lab_until test ! -e "/run/oci-v6/records/$(box_id a).json"
	lab_until eval '[ -z "$(ip -6 -o addr show to 2001:db8::202)" ]'
	answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "so is one that was bound after the watch began" {
	box_up c fd42::c/64
	box_bind c v6.host=web4
	lab_until v6d_watches
	box_kill c
	lab_until test ! -e "/run/oci-v6/records/$(box_id c).json"
	lab_until eval '[ -z "$(ip -6 -o addr show to 2001:db8::204)" ]'
}

@test "so is one that had ended before it could be waited for" {
	pid=$(cat /run/lab/v6d.pid)
	box_up c fd42::c/64
	kill -STOP "$pid"
	box_bind c v6.host=web4
	box_kill c
	kill -CONT "$pid"
	lab_until test ! -e "/run/oci-v6/records/$(box_id c).json"
}

@test "one that exited while v6d did not run is collected at the start" {
	lab_stop v6d
	box_kill a
	nft flush ruleset
	lab_start v6d v6d
	lab_until test ! -e "/run/oci-v6/records/$(box_id a).json"
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "a stop is no loss: nothing comes back" {
	box_unbind a
	before=$(everything)
	nft flush ruleset
	lab_until is_as_before
	[ -z "$(ip -6 -o addr show to 2001:db8::202)" ]
	v6d_watches
}

@test "killed: what it left is begun with by the next one" {
	pid=$(cat /run/lab/v6d.pid)
	kill -KILL "$pid"
	lab_until lab_is_gone "$pid"
	rm /run/lab/v6d.pid
	nft flush ruleset
	v6d_start
	lab_until is_as_before
}

@test "what can't be repaired is logged once" {
	box_up c fd42::c/64
	box_bind c v6.host=web4
	ip -6 neigh del fd42::c dev cni0
	ip -6 neigh add fd42::c lladdr 02:00:00:00:00:09 dev cni0 nud permanent
	nft flush ruleset
	lab_until grep -q "not repaired: fd42::c has a permanent neighbour entry on cni0" /run/lab/v6d.log
	# each time all is looked at
	for ((i = 0; i < 3; i++)); do
		nft flush ruleset
		lab_until both_answer
	done
	[ "$(grep -c "not repaired: fd42::c has a permanent" /run/lab/v6d.log)" = 1 ]
	ip -6 neigh del fd42::c dev cni0
}

@test "the reader of its messages has exited: it goes on" {
	lab_stop v6d
	mkfifo /run/lab/said
	lab_start reader cat /run/lab/said
	lab_start v6d sh -c 'exec v6d 2>/run/lab/said'
	lab_until v6d_watches
	lab_stop reader
	rm /run/lab/said
	# which it tells of
	echo nonsense >/run/oci-v6/records/x.json
	kill -HUP "$(cat /run/lab/v6d.pid)"
	lab_until test ! -e /run/oci-v6/records/x.json
	comes_back nft flush ruleset
}

# removed_too_often - its address is removed once more, and v6d has said that this happens too often
removed_too_often() {
	ip addr del 2001:db8::202/128 dev eth0 2>/dev/null || true
	grep "something of 2001:db8::202 was removed 5 times" /run/lab/v6d.log
}

@test "a program that keeps removing something: v6d backs off, and logs it once" {
	lab_until removed_too_often
	[ "$(grep -c "was removed 5 times" /run/lab/v6d.log)" = 1 ]
	ip addr del 2001:db8::202/128 dev eth0 2>/dev/null || true
	ask tcp 2001:db8::203 80
	[ -z "$(ip -6 -o addr show to 2001:db8::202)" ]
	# others are mended all the same
	ip addr del 2001:db8::203/128 dev eth0
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::203 80
}

# comes_and_goes - a container with the lowest MAC address, which is that of its bridge then, so that
# the kernel forgets the bridge's neighbours
comes_and_goes() {
	ip link add low type veth peer name low-peer
	ip link set low address 00:00:00:00:00:01 master cni0 up
	lab_until eval '[ -n "$(ip -6 neigh show fd42::a dev cni0 nud permanent)" ]'
	ip link del low
	lab_until eval '[ -n "$(ip -6 neigh show fd42::a dev cni0 nud permanent)" ]'
}

@test "what the kernel removes, as an interface goes down, is blamed on no program and not put off" {
	for _ in 1 2 3 4 5 6; do
		comes_and_goes
		ip link set eth0 down
		ip link set eth0 up
		ip addr add "$LAB_HOST/64" dev eth0 nodad
		lab_client ip neigh flush dev eth0
		lab_until both_answer
	done
	ip -6 route replace default via "$LAB_ROUTER" dev eth0
	[ "$(grep -c "another program" /run/lab/v6d.log)" = 0 ]
}

@test "the table removed again and again: v6d makes it each time, and logs it once" {
	for _ in 1 2 3 4 5 6 7 8; do
		comes_back nft flush ruleset
	done
	[ "$(grep -c "table ip6 oci-v6 was removed 5 times within 10 s by another program" /run/lab/v6d.log)" = 1 ]
	[ "$(grep -c "backing off" /run/lab/v6d.log)" = 0 ]
}

@test "the state directory removed: services stay, v6d logs it, and the next ones are watched" {
	# it may be made anew while it is being removed
	lab_until rm -rf /run/oci-v6
	lab_until grep -q "the state directory was removed" /run/lab/v6d.log
	both_answer
	box_up c fd42::c/64
	box_bind c v6.host=web4
	lab_until v6d_watches
	box_kill c
	lab_until test ! -e "/run/oci-v6/records/$(box_id c).json"
	[ -n "$(ip -6 -o addr show to 2001:db8::202)" ]
	for name in 202 203; do
		ip addr del "2001:db8::$name/128" dev eth0
	done
}

@test "there is one of it" {
	run v6d
	[ "$status" = 1 ]
	[[ "$output" == "v6d: v6d runs already"* ]]
}

@test "it notifies the service manager, and ends by SIGTERM" {
	lab_stop v6d
	lab_start datagrams "$PWD/$V6_BUILD/tests/net/datagrams" /run/lab/notify
	lab_until test -S /run/lab/notify
	NOTIFY_SOCKET=/run/lab/notify WATCHDOG_USEC=100000 lab_start v6d v6d
	lab_until eval '[ "$(grep -c WATCHDOG=1 /run/lab/datagrams.log)" -gt 3 ]'
	[ "$(head -n 1 /run/lab/datagrams.log)" = READY=1 ]
	lab_stop v6d
	lab_until grep -x STOPPING=1 /run/lab/datagrams.log
	both_answer
}

# v6d_as_unit - with the mounts and capabilities that its unit leaves it
v6d_as_unit() {
	local unit=/usr/lib/systemd/system/v6d.service caps

	caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr '[:upper:]' '[:lower:]' | sed 's/cap_/+/g; s/ /,/g')
	# shellcheck disable=SC2016 # the inner shell's
	exec unshare --mount --propagation slave sh -c '
		! grep -qx PrivateTmp=yes "$0" || mount -t tmpfs tmpfs /tmp
		! grep -qx ProtectHome=yes "$0" || for dir in /home /root /run/user; do
			mount -t tmpfs -o mode=0 tmpfs $dir
		done
		exec setpriv --bounding-set "-all,$1" --inh-caps=-all v6d' "$unit" "$caps"
}

@test "as a unit: a namespace whose file is in /tmp, at home or a user's own lives, too" {
	lab_stop v6d
	mkdir -p /run/user/1000
	chmod 700 /run/user/1000
	chown 1000 /run/user/1000
	for file in /tmp/v6d-netns /run/user/1000/v6d-netns; do
		touch "$file"
		mount --bind /run/netns/a "$file"
		v6ctl bind --netns "$file" --host 2001:db8::204 --ports 81:80 --id "x${file//\//-}"
		lab_start datagrams "$PWD/$V6_BUILD/tests/net/datagrams" /run/lab/notify
		lab_until test -S /run/lab/notify
		: >/run/lab/datagrams.log
		NOTIFY_SOCKET=/run/lab/notify lab_start v6d v6d_as_unit
		# after the first reconcile
		lab_until grep WATCHDOG=1 /run/lab/datagrams.log
		lab_stop v6d
		lab_stop datagrams
		rm -f /run/lab/notify
		[ "$(grep -c "cannot tell" /run/lab/v6d.log)" = 0 ]
		answers "a $LAB_CLIENT" tcp 2001:db8::204 81
		v6ctl unbind "x${file//\//-}"
		umount "$file"
		rm "$file"
	done
}

# at_rest - for two seconds it was not woken
at_rest() {
	local switches

	switches=$(grep ctxt_switches "/proc/$pid/status")
	sleep 2
	[ "$(grep ctxt_switches "/proc/$pid/status")" = "$switches" ]
}

@test "it does nothing while nothing happens" {
	pid=$(cat /run/lab/v6d.pid)
	lab_until eval "[ \$(wc -c <'/proc/$pid/wchan') -gt 0 ]"
	# it may have to look at others' rules yet, for what was started before
	lab_until at_rest
	at_rest
	at_rest
}

@test "usage" {
	run v6d --daemon
	[ "$status" = 2 ]
	[[ "$output" == "usage: v6d"* ]]
	lab_stop v6d
	lab_start v6d v6d --foreground
	lab_until test -S /run/oci-v6d.sock
}
