#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# undo.bats - v6ctl clear --settings puts settings of the host back that were changed for services
#
#	tests/lab/run bats tests/net/undo.bats
#
# The router of the lab (radvd in netns lan) advertises itself, and the host has no other default
# route. A kernel before 6.17 is played by a preloaded library that hides force_forwarding.

load lab

setup_file() {
	box_install
}

setup() {
	lab_up
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_serve a tcp 80
	ip -6 route del default
	sysctl -qw net.ipv6.conf.eth0.accept_ra=1 net.ipv6.conf.eth0.autoconf=0
	cat >/run/lab/radvd.conf <<-'CONF'
		interface br0 {
			AdvSendAdvert on;
			MinRtrAdvInterval 3;
			MaxRtrAdvInterval 4;
			MinDelayBetweenRAs 3;
		};
	CONF
	lab_start radvd nsenter --net=/run/netns/lan radvd -n -C /run/lab/radvd.conf -m stderr \
		-p /run/lab/radvd-own.pid
	lab_until has_learnt_route eth0
	before=$(settings)
}

teardown() {
	lab_stop radvd
	lab_stop v6d
	sysctl -qw net.ipv6.conf.all.forwarding=0
	lab_clear_bridge a
	for link in lan0 eth1 eth1.7; do
		ip link del "$link" 2>/dev/null
	done
	lab_down
}

has_learnt_route() {
	ip -6 route show default proto ra dev "$1" | grep -q "via fe80"
}

# learns_again LINK - the router's next advertisement brings a route back that is lost
learns_again() {
	ip -6 route del default proto ra dev "$1"
	lab_until has_learnt_route "$1"
}

# settings - all of those that we change, of what is there
settings() {
	sysctl -a -r '^net\.ipv6\.(conf|neigh)\.[^.]*\.(forwarding|force_forwarding|accept_ra|proxy_ndp|proxy_delay|ndisc_notify)$' \
		2>/dev/null
}

setting() {
	sysctl -n "net.ipv6.$1"
}

bind_on_old_kernel() {
	OLDKERNEL=force_forwarding LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so \
		ASAN_OPTIONS=verify_asan_link_order=0 box_bind a v6.host=2001:db8::203
	[ "$(setting conf.all.forwarding)" = 1 ]
	[ "$(setting conf.eth0.accept_ra)" = 2 ]
}

clear_settings() {
	run -0 v6ctl clear --settings
	echo "$output"
}

@test "with force_forwarding: the links forward no longer, once and for all" {
	[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] || skip "this kernel is older than 6.17"
	box_bind a v6.host=2001:db8::203
	[ "$(setting conf.eth0.force_forwarding)" = 1 ]
	# without the table the host would be a router
	run -0 v6ctl clear
	[ "$output" = "1 unpublished, 0 orphans removed, table ip6 oci-v6 deleted" ]
	[ "$(setting conf.eth0.force_forwarding)" = 0 ]
	clear_settings
	diff - <<<"$output" <(cat <<-'STEPS'
		set net.ipv6.conf.cni0.ndisc_notify back to 0
		0 unpublished, 0 orphans removed, table ip6 oci-v6 deleted; 1 settings put back, 0 left
	STEPS
	)
	diff <(echo "$before") <(settings)
	[ ! -e /run/oci-v6/sysctls ]
	clear_settings
	[[ "$output" == *"; 0 settings put back, 0 left" ]]
	box_bind a v6.host=2001:db8::203
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "without: services go first, and the host keeps its router before and afterwards" {
	bind_on_old_kernel
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip monitor route >/run/lab/routes 3>&- 4>&- &
	clear_settings
	kill $!
	[[ "$output" == *"set net.ipv6.conf.all.forwarding back to 0
set net.ipv6.conf.cni0.ndisc_notify back to 0
set net.ipv6.conf.eth0.accept_ra back to 1
1 unpublished, "*"; 3 settings put back, 0 left" ]]
	run ! grep "^Deleted default" /run/lab/routes
	diff <(echo "$before") <(settings)
	has_learnt_route eth0
	learns_again eth0
}

@test "attach by route: the link answers for no other neighbours" {
	install -d /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	box_bind a v6.host=2001:db8::203
	[ "$(setting conf.eth0.proxy_ndp)" = 1 ]
	[ "$(setting neigh.eth0.proxy_delay)" = 0 ]
	clear_settings
	[[ "$output" != *"; 0 settings"* ]]
	diff <(echo "$before") <(settings)
	learns_again eth0
}

@test "what another program has changed since stays, with a line that says so" {
	bind_on_old_kernel
	sysctl -qw net.ipv6.conf.eth0.accept_ra=0
	clear_settings
	[[ "$output" == *"leave net.ipv6.conf.eth0.accept_ra at 0: another program has changed it since"* ]]
	[[ "$output" == *"; 2 settings put back, 1 left" ]]
	[ "$(setting conf.eth0.accept_ra)" = 0 ]
	clear_settings
	[[ "$output" == *"; 0 settings put back, 0 left" ]]
}

@test "a run that was cut short is finished by the next one" {
	bind_on_old_kernel
	sysctl -qw net.ipv6.conf.all.forwarding=0
	clear_settings
	[[ "$output" == *"; 2 settings put back, 0 left" ]]
	diff <(echo "$before") <(settings)
}

# changes_of COMMAND... - the calls before which it is killed
changes_of() {
	"$V6_BUILD/tests/faults/step" list "$@" 2>/dev/null | sed -n 's/^\(![0-9]*\) .*/\1/p'
}

# killed CALL COMMAND... - where it has so many calls, as the first start of a host has the most
killed() {
	run "$V6_BUILD/tests/faults/step" kill "$@"
	[ "$status" = 137 ] || [ "$status" = 0 ]
}

@test "killed at each of its changes, it is finished by the next run" {
	local call calls v6ctl

	v6ctl=$(command -v v6ctl)
	bind_on_old_kernel
	mapfile -t calls < <(changes_of "$v6ctl" clear --settings)
	[ ${#calls[@]} -gt 5 ]
	for call in "${calls[@]}"; do
		bind_on_old_kernel
		killed "$call" "$v6ctl" clear --settings
		v6ctl clear --settings
		diff <(echo "$before") <(settings)
		[ ! -e /run/oci-v6/sysctls ]
		has_learnt_route eth0
	done
}

@test "a start that is killed at each of its changes leaves none that is not put back" {
	local call calls

	box_state a v6.host=2001:db8::203 >/run/lab/state
	mapfile -t calls < <(changes_of "$hook" createRuntime </run/lab/state)
	[ ${#calls[@]} -gt 5 ]
	v6ctl clear --settings
	for call in "${calls[@]}"; do
		killed "$call" "$hook" createRuntime </run/lab/state
		v6ctl clear --settings
		diff <(echo "$before") <(settings)
	done
}

@test "an interface that forwards for another program learns from its router until that is off" {
	bind_on_old_kernel
	sysctl -qw net.ipv6.conf.all.forwarding=2
	clear_settings
	[[ "$output" == *"leave net.ipv6.conf.all.forwarding at 2: another program has changed it since"* ]]
	[[ "$output" == *"leave net.ipv6.conf.eth0.accept_ra at 2: the interface forwards"* ]]
	learns_again eth0
	sysctl -qw net.ipv6.conf.all.forwarding=0
	clear_settings
	[[ "$output" == *"set net.ipv6.conf.eth0.accept_ra back to 1"* ]]
	diff <(echo "$before") <(settings)
}

@test "what forwarded by itself before does so afterwards" {
	sysctl -qw net.ipv6.conf.cni0.forwarding=1 net.ipv6.conf.default.forwarding=1
	before=$(settings)
	bind_on_old_kernel
	clear_settings
	diff <(echo "$before") <(settings)
}

@test "a link that was renamed has its own back, and what has its name now keeps its own" {
	bind_on_old_kernel
	box_unbind a
	ip link set eth0 down
	ip link set eth0 name lan0
	ip link set lan0 up
	ip link add eth0 type veth peer name eth1
	sysctl -qw net.ipv6.conf.eth0.accept_ra=2
	clear_settings
	[[ "$output" == *"set net.ipv6.conf.lan0.accept_ra back to 1"* ]]
	[ "$(setting conf.lan0.accept_ra)" = 1 ]
	[ "$(setting conf.eth0.accept_ra)" = 2 ]
	ip link del eth0
	lab_until has_learnt_route lan0
	learns_again lan0
}

@test "a link that is gone is forgotten" {
	box_bind a v6.host=2001:db8::203
	box_unbind a
	box_down a
	ip link del cni0
	box_bridge fd42::ffff/64
	sysctl -qw net.ipv6.conf.cni0.ndisc_notify=1
	clear_settings
	[[ "$output" != *cni0* ]]
	[ "$(setting conf.cni0.ndisc_notify)" = 1 ]
}

@test "a link with a dot in its name" {
	ip link add eth1.7 type veth peer name eth1
	printf 'net.ipv6.conf.eth1/7.proxy_ndp 0 -> 1\n' >"$(notes)"
	sysctl -qw net.ipv6.conf.eth1/7.proxy_ndp=1
	clear_settings
	[ "$(setting conf.eth1/7.proxy_ndp)" = 0 ]
}

# notes - the file, in a directory that is there
notes() {
	install -d -m 700 /run/oci-v6
	echo /run/oci-v6/sysctls
}

@test "what an earlier version noted is put back; what no version writes is not" {
	cat >"$(notes)" <<-'NOTES'
		net.ipv6.conf.eth0.accept_ra 1 -> 2
		net.ipv6.conf.all.forwarding 0 -> 1
		net.ipv6.conf.cni0.accept_dad 1 -> 0
		net.ipv6.conf...forwarding 0 -> 0
		net.ipv6.conf.//.forwarding 0 -> 0
		net.ipv6.conf..forwarding 0 -> 0
		net.ipv6.conf.forwarding 0 -> 0
		net.ipv4.conf.eth0.forwarding 1 -> 0
		net.ipv6.conf.eth0.forwarding
		net.ipv6.conf.eth0.forwarding 99999999999999999999 -> 1
		net.ipv6.conf.averyveryverylongname.forwarding 0 -> 1

	NOTES
	sysctl -qw net.ipv6.conf.eth0.accept_ra=2 net.ipv6.conf.all.forwarding=1
	clear_settings
	[ "$output" = "set net.ipv6.conf.all.forwarding back to 0
set net.ipv6.conf.eth0.accept_ra back to 1
0 unpublished, 0 orphans removed, table ip6 oci-v6 deleted; 2 settings put back, 0 left" ]
	diff <(echo "$before") <(settings)
}

@test "links, FIFOs and directories in the place of the notes" {
	local file

	file=$(notes)
	echo precious >/run/lab/elsewhere
	ln -s /run/lab/elsewhere "$file"
	run -1 v6ctl clear --settings
	[[ "$output" == *"/run/oci-v6/sysctls: cannot read it: "*"; remove it" ]]
	[ "$(cat /run/lab/elsewhere)" = precious ]
	rm "$file"
	mkdir "$file"
	run -1 v6ctl clear --settings
	[[ "$output" == *"; remove it" ]]
	rmdir "$file"
	mkfifo "$file"
	clear_settings
	head -c 2000000 /dev/zero >"$file"
	run -1 v6ctl clear --settings
	[[ "$output" == *"; remove it" ]]
}

@test "another network namespace with the same state directory keeps its settings, and ours" {
	bind_on_old_kernel
	nsenter --net=/run/netns/a sysctl -qw net.ipv6.conf.all.forwarding=1
	run -0 ip netns exec a v6ctl clear --settings
	[[ "$output" == *"; 0 settings put back, 0 left" ]]
	[ "$(nsenter --net=/run/netns/a sysctl -n net.ipv6.conf.all.forwarding)" = 1 ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	clear_settings
	diff <(echo "$before") <(settings)
}

@test "as long as a service can't be taken down, settings stay" {
	bind_on_old_kernel
	chattr +i /run/oci-v6/records/* 2>/dev/null || mount --bind /run/oci-v6/records/* /run/oci-v6/records/*
	run v6ctl clear --settings
	chattr -i /run/oci-v6/records/* 2>/dev/null || umount /run/oci-v6/records/*
	echo "$output"
	[ "$status" = 1 ]
	[ "$(setting conf.all.forwarding)" = 1 ]
	clear_settings
	diff <(echo "$before") <(settings)
}

@test "with v6d: it does not set them again, and the next start does" {
	box_v6d_start
	box_bind a v6.host=2001:db8::203
	during=$(settings)
	clear_settings
	diff <(echo "$before") <(settings)
	v6ctl reconcile
	diff <(echo "$before") <(settings)
	box_bind a v6.host=2001:db8::203
	diff <(echo "$during") <(settings)
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "notes of bridges that came and went do not grow for ever" {
	box_bind a v6.host=2001:db8::203
	for i in {1000..1100}; do
		echo "net.ipv6.conf.cni0.ndisc_notify 0 -> 1, link $i of net $(stat -Lc %i /proc/self/ns/net)"
	done >>/run/oci-v6/sysctls
	v6ctl reconcile
	[ "$(wc -l </run/oci-v6/sysctls)" -le 5 ]
	clear_settings
	diff <(echo "$before") <(settings)
}

@test "each setting is noted once, though it is changed again, and its bridge is another one" {
	box_bind a v6.host=2001:db8::203
	noted=$(cut -d, -f1 /run/oci-v6/sysctls | sort)
	box_unbind a
	for _ in 1 2 3; do
		sysctl -qw net.ipv6.conf.cni0.ndisc_notify=0
		# of one that was made again under the same name
		sed -i '/ndisc_notify/s/link [0-9]*/link 999/' /run/oci-v6/sysctls
		box_bind a v6.host=2001:db8::203
		box_unbind a
	done
	diff <(echo "$noted") <(cut -d, -f1 /run/oci-v6/sysctls | sort)
	[ "$(v6ctl check | grep -o 'cni0.ndisc_notify 0 -> 1' | wc -l)" = 1 ]
	clear_settings
	diff <(echo "$before") <(settings)
}

@test "v6ctl check lists them, and prints the command" {
	box_bind a v6.host=2001:db8::203
	run v6ctl check
	[[ "$output" == *"v6ctl clear --settings"* ]]
	v6ctl clear --settings
	run v6ctl check
	[[ "$output" == *"none was changed"* ]]
}
