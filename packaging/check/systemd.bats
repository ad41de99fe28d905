#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd.bats - The units of the packages under the systemd of a fresh Debian 12
#
#	make check-packages
#
# What is installed stays for the tests that follow. v6d runs at the start of each.

bats_require_minimum_version 1.5.0

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/lab/engine.sh
	. packaging/check/root.bash
	version=$(sed -n 's/^VERSION = //p' Makefile)
}

setup_file() {
	load_lab
	lab_up
	root_boot bookworm
	root_install "/packages/deb/oci-v6-hook_$version-1_amd64.deb" \
		"/packages/deb/v6d_$version-1_amd64.deb"
}

setup() {
	load_lab
	systemctl start v6d.socket v6d.service oci-v6-collect.timer
}

teardown() {
	in_root journalctl -b --no-pager -o cat -n 40 -u v6d -u oci-v6-reconcile -u oci-v6-collect
	# netavark misses its own rules where the test has flushed them
	in_root podman rm -f -t 0 --all || :
}

systemctl() {
	in_root systemctl "$@"
}

property() {
	systemctl show --value -p "$2" "$1"
}

serves() {
	[ "$(lab_client curl -sS -m 3 "http://$1/")" = "$1: hello, $LAB_CLIENT" ]
}

run_web() {
	local name=$1

	shift
	in_root podman run -d --name "$name" --hostname "$name" --annotation "v6.host=$name" "$@" \
		localhost/web
}

publish() {
	run_web "$@"
	lab_until serves "$1"
}

# die NAME - it is gone, and so is who would have run its hook
die() {
	local monitor init

	read -r monitor init < <(in_root podman inspect -f '{{.State.ConmonPid}} {{.State.Pid}}' "$1")
	in_root kill -KILL "$monitor" "$init"
}

is_published() {
	ip -6 addr show | grep -q "$1"
}

is_collected() {
	! is_published "$1"
}

# ours - what is there, without counters
ours() {
	ip -6 -o addr show to 2001:db8::200/120
	nft -s list table ip6 oci-v6 | sed 's/ counter packets [0-9]* bytes [0-9]*//'
}

# succeeded PID - another v6d than that is there, and ready
succeeded() {
	[ "$(property v6d.service ActiveState)" = active ] &&
		[ "$(property v6d.service MainPID)" != "$1" ]
}

@test "installed: all is enabled and runs, the directory and the socket are as they should be" {
	systemctl is-active v6d.service v6d.socket oci-v6-collect.timer
	systemctl is-enabled v6d.service v6d.socket oci-v6-collect.timer oci-v6-reconcile.service
	[ "$(property v6d.service Type)" = notify ]
	[ "$(in_root stat -c '%a %U %F' /run/oci-v6d.sock)" = "666 root socket" ]
	[ "$(in_root stat -c '%a %U' /run/oci-v6)" = "700 root" ]
	[ "$(in_root stat -c '%a %U' /run/oci-v6-hosts)" = "755 root" ]
	systemctl is-system-running
}

# both_run - v6d and its socket, and another user is answered
both_run() {
	systemctl is-active v6d.service v6d.socket &&
		in_root setpriv --reuid 1500 --clear-groups v6ctl list &&
		[[ "$(in_root v6ctl check)" == *" v6d "*"it runs, and users reach it"* ]]
}

# Wanted by v6d only, the socket was refused as often as v6d was there first
@test "upgraded, removed and installed, and started again, v6d has its socket, ten times of ten" {
	local next=/packages/next/deb round

	for round in {1..10}; do
		root_install --allow-downgrades "$next/oci-v6-hook_$version.1-1_amd64.deb" \
			"$next/v6d_$version.1-1_amd64.deb"
		lab_until both_run
		root_install --allow-downgrades "/packages/deb/oci-v6-hook_$version-1_amd64.deb" \
			"/packages/deb/v6d_$version-1_amd64.deb"
		lab_until both_run
		in_root apt-get remove -y -q v6d
		root_install "/packages/deb/v6d_$version-1_amd64.deb"
		lab_until both_run
		systemctl restart v6d.service v6d.socket
		lab_until both_run
		systemctl restart v6d.socket
		systemctl start v6d.service
		lab_until both_run
		echo "# round $round" >&3
	done
	run ! in_root journalctl -b --no-pager -o cat -g 'already active, refusing'
}

@test "the directory of the state is made by tmpfiles" {
	systemctl stop v6d.socket v6d.service
	in_root rm -rf /run/oci-v6
	in_root systemd-tmpfiles --create
	[ "$(in_root stat -c '%a %U' /run/oci-v6)" = "700 root" ]
}

@test "v6d is confined" {
	local pid

	pid=$(property v6d.service MainPID)
	in_root grep -q '^NoNewPrivs:[[:space:]]1$' "/proc/$pid/status"
	in_root grep -q '^Seccomp:[[:space:]]2$' "/proc/$pid/status"
	# net_admin net_raw sys_admin sys_ptrace dac_read_search net_broadcast, setuid setgid for relays
	in_root grep -q '^CapBnd:[[:space:]]00000000002838c4$' "/proc/$pid/status"
	run ! in_root nsenter --target "$pid" --mount touch /etc/oci-v6-was-here /usr/oci-v6-was-here
	[[ "$output" == *"Read-only file system"*"Read-only file system"* ]]
}

@test "systemd finds nothing wrong with the units, and says how exposed v6d is" {
	run -0 in_root systemd-analyze verify --man=no v6d.service v6d.socket oci-v6-reconcile.service \
		oci-v6-collect.service oci-v6-collect.timer
	echo "$output"
	[ -z "$output" ]
	run -0 in_root systemd-analyze --no-pager security v6d.service
	echo "# ${lines[-1]}" >&3
	in_root systemd-analyze --no-pager security --threshold=47 v6d.service
}

@test "v6d repairs and collects under its unit" {
	publish web3
	in_root nft flush ruleset
	lab_until serves web3
	# the address that it was given, which is made again from within its network
	in_root nsenter --target "$(in_root podman inspect -f '{{.State.Pid}}' web3)" --net \
		ip -6 addr flush dev eth0 scope global
	lab_until serves web3
	die web3
	lab_until is_collected 2001:db8::203
}

@test "v6d completes a service inside the network of another user namespace" {
	publish web2 --uidmap 0:100000:1000
}

@test "another user is answered" {
	in_root setpriv --reuid 1500 --clear-groups v6ctl list
}

@test "what the hook said is in the journal, and v6ctl finds it there" {
	run ! in_root podman run -d --name wrong --annotation v6.host=no-such-name localhost/web
	lab_until is_logged "no-such-name: no such name" no-such-name
	run ! in_root v6ctl logs --lines 1 no-such-service
}

# is_logged TEXT NAME
is_logged() {
	in_root v6ctl logs "$2" | sed '1,/^Logged, by the journal:$/d' | grep -qF "$1"
}

@test "reloaded, it stays; killed, it is started again; nothing is lost" {
	local pid before

	publish web3
	before=$(ours)
	pid=$(property v6d.service MainPID)
	systemctl reload v6d.service
	[ "$(property v6d.service MainPID)" = "$pid" ]
	systemctl kill -s KILL v6d.service
	lab_until succeeded "$pid"
	[ "$(ours)" = "$before" ]
	serves web3
	in_root nft flush ruleset
	lab_until serves web3
}

@test "hung, it is started again" {
	local pid

	in_root mkdir -p /run/systemd/system/v6d.service.d
	printf '[Service]\nWatchdogSec=2\n' |
		in_root tee /run/systemd/system/v6d.service.d/soon.conf
	systemctl daemon-reload
	systemctl restart v6d.service
	publish web3
	pid=$(property v6d.service MainPID)
	systemctl kill -s STOP v6d.service
	lab_until succeeded "$pid"
	in_root journalctl -b -u v6d -o cat --no-pager | grep -q 'Watchdog timeout'
	in_root nft flush ruleset
	lab_until serves web3
	in_root rm -r /run/systemd/system/v6d.service.d
	systemctl daemon-reload
	systemctl restart v6d.service
}

@test "without v6d: after the firewall, all is published again" {
	publish web3
	systemctl stop v6d.socket v6d.service oci-v6-collect.timer
	systemctl start nftables.service
	lab_until serves web3
	systemctl restart nftables.service
	lab_until serves web3
	systemctl reload nftables.service
	lab_until serves web3
	systemctl stop nftables.service
}

@test "the timer's service leaves it to v6d, and collects without" {
	publish web3
	systemctl start oci-v6-collect.service
	[ "$(property oci-v6-collect.service Result)" = exec-condition ]
	systemctl stop v6d.socket v6d.service oci-v6-collect.timer
	die web3
	is_published 2001:db8::203
	systemctl start oci-v6-collect.service
	[ "$(property oci-v6-collect.service Result)" = success ]
	run ! is_published 2001:db8::203
}

@test "the metrics are kept current where node_exporter looks, once that is enabled" {
	local metrics=/var/lib/prometheus/node-exporter/oci-v6.prom

	run ! systemctl --quiet is-enabled oci-v6-metrics.timer
	in_root mkdir -p /var/lib/prometheus/node-exporter
	publish web3
	systemctl enable --now oci-v6-metrics.timer
	lab_until in_root grep -q '^oci_v6_containers 1$' "$metrics"
	[ "$(in_root stat -c %a "$metrics")" = 644 ]
	[ "$(in_root find /var/lib/prometheus/node-exporter -type f | wc -l)" = 1 ]
	# installed again, as by an upgrade
	root_install --reinstall "/packages/deb/oci-v6-hook_$version-1_amd64.deb"
	systemctl is-active oci-v6-metrics.timer v6d.service v6d.socket oci-v6-collect.timer
}

@test "the owner of the metrics' directory can't have root write elsewhere" {
	local link=/var/lib/prometheus/node-exporter/.oci-v6.tmp

	systemctl stop oci-v6-metrics.timer
	in_root ln -s /etc/oci-v6-was-here "$link"
	run ! systemctl start oci-v6-metrics.service
	run ! in_root test -e /etc/oci-v6-was-here
	in_root rm "$link"
	systemctl reset-failed oci-v6-metrics.service
	systemctl start oci-v6-metrics.timer
}

@test "stopped, it leaves everything as it is" {
	publish web3
	systemctl stop v6d.socket v6d.service
	[ "$(in_root find /run -maxdepth 1 -name oci-v6d.sock)" = "" ]
	[ "$(in_root stat -c %a /run/oci-v6)" = 700 ]
	serves web3
}

@test "removed, nothing of it runs, and nothing has failed" {
	systemctl is-active oci-v6-metrics.timer
	in_root apt-get remove -y -q v6d oci-v6-hook
	[ -z "$(systemctl list-units --no-legend --plain --state active,activating,failed '*v6d*' '*oci-v6*')" ]
	[ -z "$(in_root find /var/lib/prometheus/node-exporter -type f)" ]
}
