#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# logs.bats - v6ctl logs: from the journal, from a file of syslog, and the failures that are kept
#
#	tests/lab/run bats tests/ctl/logs.bats
#
# journalctl is a script here, which a test fills; packaging/check/systemd.bats has the real one.

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	mkdir -p /run/lab/bin
}

setup() {
	PATH=/run/lab/bin:$PATH
	mkdir -p /var/log
	mount -t tmpfs log /var/log
	rm -rf /run/log
	box_up a fd42::a/64
}

teardown() {
	[ ! -e /run/lab/logs.pid ] || kill "$(</run/lab/logs.pid)"
	rm -f /run/lab/logs.pid
	umount /var/log
	lab_clear a
}

# journal - stdin is what journald has; its arguments go into a file
journal() {
	mkdir -p /run/log/journal
	cat >/run/lab/journal
	cat >/run/lab/bin/journalctl <<-'SH'
		#!/bin/sh
		echo "$*" >>/run/lab/journalctl.args
		case " $* " in
		*" --follow "*) exec tail -n 0 -f /run/lab/journal ;;
		esac
		cat /run/lab/journal
	SH
	chmod 755 /run/lab/bin/journalctl
	rm -f /run/lab/journalctl.args
}

some_lines() {
	cat <<-OUT
		2026-11-30T10:00:01+0000 host oci-v6-hook[17]: 0123456789ab: web3: 2001:db8::203 port 80/tcp is held
		2026-11-30T10:00:02+0000 host v6d[4711]: web3-test: brought to eth0
		2026-11-30T10:00:03+0000 host sshd[9]: web3 is no user
		2026-11-30T10:00:04+0000 host oci-v6-runtime[18]: 0123456789ab: config.json: cannot open it
		2026-11-30T10:00:05+0000 v6d oci-v6-hook[19]: fedcba987654: WEB3: no such name
	OUT
}

@test "by the journal: our programs' lines, and no others" {
	some_lines | journal
	golden v6ctl logs < <(echo "Logged, by the journal:"; some_lines | grep -v sshd)
	[ "$(cat /run/lab/journalctl.args)" = "--quiet --no-pager --output=short-iso -toci-v6-hook -toci-v6-runtime -tv6ctl -tv6d --lines=100000" ]
	run -0 v6ctl logs -n 1
	[ "${lines[1]}" = "$(some_lines | tail -n 1)" ]
	[ "${#lines[@]}" = 2 ]
}

@test "of one name, address or container, as a word of its own" {
	some_lines | journal
	golden v6ctl logs web3 < <(echo "Logged, by the journal:"; some_lines | sed -n '1p; 5p')
	golden v6ctl logs 2001:db8::203 < <(echo "Logged, by the journal:"; some_lines | sed -n 1p)
	golden v6ctl logs 01234567 < <(echo "Logged, by the journal:"; some_lines | sed -n '1p; 4p')
	# not a part of a line's time or host
	run ! v6ctl logs host
	[[ "$output" == *"host: nothing is logged of it"* ]]
}

@test "of a name: also what its container logged, and its failure" {
	local id

	id=$(box_id a | cut -c 1-12)
	run ! box_bind a v6.host=web3 v6.ports=0
	echo "Nov 30 10:00:01 host oci-v6-hook[17]: $id: config.json: cannot open it" | journal
	run -0 v6ctl logs web3
	[ "${lines[0]}" = "Last failures:" ]
	[[ "${lines[1]}" == *" $id: "*v6.ports* ]]
	[ "${lines[-1]}" = "Nov 30 10:00:01 host oci-v6-hook[17]: $id: config.json: cannot open it" ]
	box_bind a v6.host=web2
	run -0 v6ctl logs web2
	[ "${lines[-1]}" = "Nov 30 10:00:01 host oci-v6-hook[17]: $id: config.json: cannot open it" ]
}

@test "without a journal, by the file of syslog, followed if wanted" {
	some_lines >/var/log/messages
	run -0 v6ctl logs
	[ "${lines[0]}" = "Logged, by /var/log/messages:" ]
	[ "${#lines[@]}" = 5 ]
	some_lines | head -n 1 >/var/log/syslog
	v6ctl logs -f web3 >/run/lab/followed 2>&1 3>&- &
	echo $! >/run/lab/logs.pid
	lab_until grep -q "0123456789ab: web3" /run/lab/followed
	# tail has no file open before it has printed what is there
	lab_until pgrep -P "$(</run/lab/logs.pid)" -f "tail -n 0 -F"
	write_until_seen
	run ! grep sshd /run/lab/followed
	kill "$(</run/lab/logs.pid)"
	wait "$(</run/lab/logs.pid)" || :
	rm /run/lab/logs.pid
	lab_until followers_are_gone
}

# write_until_seen - a line may come before tail is ready for it
write_until_seen() {
	lab_until line_is_followed
}

line_is_followed() {
	some_lines | tail -n 3 >>/var/log/syslog
	grep -q "fedcba987654" /run/lab/followed
}

followers_are_gone() {
	! pgrep -f "^tail -n 0 -F /var/log/syslog" >/dev/null
}

@test "control characters of a log stay there, and a long line is one" {
	{
		printf 'Nov 30 10:00:01 host v6d[1]: \033[2Jgone\n'
		printf 'Nov 30 10:00:02 host v6d[1]: %05000d v6d: x\n' 0
	} >/var/log/syslog
	run -0 v6ctl logs
	[ "${lines[1]}" = "Nov 30 10:00:01 host v6d[1]: ?[2Jgone" ]
	[ "${#lines[@]}" = 3 ]
}

@test "without any log: a line says so, and failures are shown all the same" {
	run ! box_bind a v6.host=web3 v6.ports=0
	run --separate-stderr -1 v6ctl logs web3
	[[ "${lines[1]}" == *v6.ports* ]]
	[[ "$stderr" == "v6ctl: log: this host has no journal, and no /var/log/syslog"* ]]
	mkdir -p /run/log/journal
	run --separate-stderr -1 env PATH=/run/lab/none "$(command -v v6ctl)" logs
	[[ "$stderr" == "v6ctl: journalctl: cannot run it; is it installed?" ]]
}

@test "a number of lines is a number" {
	some_lines | journal
	for lines in 0 -1 x 100001 ""; do
		run -2 v6ctl logs -n "$lines"
		[[ "$output" == *"--lines: expected a number"* ]]
	done
}
