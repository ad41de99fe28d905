#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# clear.bats - v6ctl clear takes everything away, whatever it is
#
#	tests/lab/run bats tests/ctl/clear.bats

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up c
	box_serve a tcp 80
	# settings of links stay without --settings
	box_bind a v6.host=web3
	box_unbind a
	nft delete table ip6 oci-v6
	rm -r /run/oci-v6
}

# What is there of ours, but for the files of the state directory itself
left() {
	nft list tables | grep oci-v6
	ip -6 addr show | grep deprecated
	ip -6 route show proto 83
	find /run/oci-v6/records -type f
	return 0
}

@test "living and dead containers, one that was given its address, and what has no record" {
	before=$(box_snapshot)
	box_bind a v6.host=web3
	box_bind c v6.host=web2
	box_up b fd42::b/64
	box_bind b v6.host=2001:db8::204
	box_kill b
	ip route add local 2001:db8::205 dev lo proto 83
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	run -0 v6ctl clear
	[ "$output" = "3 unpublished, 1 orphans removed, table ip6 oci-v6 deleted" ]
	[ -z "$(left)" ]
	box_down b
	box_same "$before"
	run ! ask tcp 2001:db8::203 80
	run -0 v6ctl clear
	[ "$output" = "0 unpublished, 0 orphans removed, table ip6 oci-v6 deleted" ]
}

@test "a record that is none goes, too; one of another network namespace stays, and so does its service" {
	box_bind a v6.host=web3
	echo '{' >/run/oci-v6/records/none.json
	ip netns exec a v6ctl clear
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl clear
	[ -z "$(left)" ]
}

@test "what can't be removed keeps its guard, and the error says why" {
	box_bind a v6.host=web3
	box_bind c v6.host=web2
	mv "/run/oci-v6/records/$(box_id a).json" /run/lab/record
	mkdir "/run/oci-v6/records/$(box_id a).json"
	run -1 v6ctl clear
	echo "$output"
	[[ "$output" == *"/run/oci-v6/records/$(box_id a).json: "* ]]
	[ -z "$(ip -6 addr show to 2001:db8::202)" ]
	nft list table ip6 oci-v6
	[ -n "$(ip -6 addr show to 2001:db8::203)" ]
	rmdir "/run/oci-v6/records/$(box_id a).json"
	v6ctl clear
	[ -z "$(left)" ]
}

@test "--dry-run says what would go, and nothing goes" {
	sysctl -qw net.ipv6.conf.cni0.ndisc_notify=0
	box_bind a v6.host=web3,web2
	ip route add local 2001:db8::205 dev lo proto 83
	before=$(box_snapshot)
	run -0 v6ctl clear --dry-run --settings
	[ "$(masked <<<"${lines[0]}")" = "would take down <box-a-id> (web3, ...)" ]
	[[ "$output" == *"would remove "*2001:db8::205*"would delete table ip6 oci-v6"*"would set net.ipv6.conf.cni0.ndisc_notify back to 0"* ]]
	[[ "${lines[-1]}" == "1 to be unpublished, 1 orphans to be removed; "[1-9]*" settings to be put back, 0 to be left" ]]
	box_same "$before"
	[ "$(sysctl -n net.ipv6.conf.cni0.ndisc_notify)" = 1 ]
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	v6ctl clear -n >/dev/null
	# what is done is what was said
	run -0 v6ctl clear
	[ "$output" = "1 unpublished, 1 orphans removed, table ip6 oci-v6 deleted" ]
	run -0 v6ctl clear --dry-run
	[ "$output" = "0 to be unpublished, 0 orphans to be removed" ]
}

@test "what takes long says how far it is, on a terminal alone" {
	"$V6_BUILD/tests/bench/populate" "$(box_pid a)" 1 500 2001:db8::1
	TERM=xterm script -qec 'v6ctl check >/dev/null' /run/lab/screen || :
	grep -q $'\e\[Kchecking: [0-9]* of 500 containers' /run/lab/screen
	# and the line is gone in the end
	[[ "$(tail -n 2 /run/lab/screen | head -n 1)" == *$'\r\e[K' ]]
	run --separate-stderr v6ctl check
	[ -z "$stderr" ]
	v6ctl clear
}

# slow_clear INJECTION - one that is held up, or killed, at calls that remove files
slow_clear() {
	strace -qq -o /run/lab/trace -e trace=unlinkat -e inject=unlinkat:"$1" v6ctl clear
}

records() {
	find /run/oci-v6/records -name '*.json' | wc -l
}

@test "others start while hundreds are cleared, and what they published goes, too" {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	"$V6_BUILD/tests/bench/populate" "$(box_pid a)" 1 300 2001:db8::9
	lab_start clear bash -c "$(declare -f slow_clear); slow_clear delay_enter=3000"
	lab_until eval '[ "$(records)" -lt 295 ]'
	box_bind c v6.host=2001:db8::204
	[ "$(records)" -gt 50 ]
	lab_until lab_is_gone "$(</run/lab/clear.pid)"
	grep -q "^301 unpublished, 0 orphans removed, table ip6 oci-v6 deleted" /run/lab/clear.log
	[ -z "$(left)" ]
	rm /etc/oci-v6/config.json
}

@test "killed in the midst of 300 services: the next one clears the rest" {
	mkdir -p /etc/oci-v6
	echo '{"attach": "route"}' >/etc/oci-v6/config.json
	for call in 1 700 701 702 703 704; do
		"$V6_BUILD/tests/bench/populate" "$(box_pid a)" 1 300 2001:db8::9
		run ! slow_clear "signal=KILL:when=$call"
		[ -n "$(left)" ]
		v6ctl clear
		[ -z "$(left)" ]
		[ -z "$(find /run/oci-v6/holders-* -mindepth 1)" ]
	done
	rm /etc/oci-v6/config.json
}
