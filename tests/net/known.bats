#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# known.bats - The last known answers of DNS: used while it is down, and only then
#
#	tests/lab/run bats tests/net/known.bats

kept=/var/lib/oci-v6
week=$((7 * 24 * 60 * 60))

load lab

setup_file() {
	# outside the lab there may be one
	rm -rf "$kept"
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
}

setup() {
	fake=
	rm -rf "$kept"
	: >/run/lab/messages
	dns_up
	box_bind a v6.host=web3
	box_unbind a
}

teardown() {
	behave
	box_unbind a
	! mountpoint -q "$kept" || umount "$kept"
}

dns_up() {
	cp /run/lab/resolv.conf /etc/resolv.conf
}

# Nobody listens there, which fails at once
dns_down() {
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
}

# misbehave MODE - DNS answers, but so; until the next one, or the test's end
misbehave() {
	behave
	ip -n dns addr replace 2001:db8::5353/64 dev eth0 nodad
	fake=$(lab_dns "$PWD/$V6_BUILD/tests/net/fakedns" 2001:db8::5353 "$1" 3>&-)
	echo "nameserver 2001:db8::5353" >/etc/resolv.conf
}

behave() {
	[ -n "$fake" ] || return 0
	kill "$fake"
	lab_until lab_is_gone "$fake"
	fake=
}

# is_served TEXT - web3 has its address, with this warning, on stderr and in the log
is_served() {
	run box_bind a v6.host=web3
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == "oci-v6-hook: $(box_id a | cut -c1-12): web3: "*"$1"* ]]
	lab_until grep -qF "$1" /run/lab/messages
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	box_unbind a
}

# is_not_served [TEXT] - nothing is published; the last line has that text
is_not_served() {
	run box_bind a v6.host=web3
	echo "$output"
	[ "$status" = 1 ]
	[[ "${lines[-1]}" == *"$1"* ]]
	[[ "$output" != *"using the answer"* ]]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

# is_published NAME - without any warning
is_published() {
	run box_bind a v6.host="$1"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
	box_unbind a
}

# The file that web3 is kept in
file() {
	grep -lx web3 "$kept"/names/*
}

# age SECONDS - as if web3 had been asked for so long ago
age() {
	sed -i "2s/.*/$(($(date +%s) - $1))/" "$(file)"
}

@test "DNS is down after a first success: served, with a warning" {
	dns_down
	is_served "cannot ask DNS: nothing listens on $LAB_CLIENT"
	[[ "$output" == *"; using the answer of "[0-9]*" s ago" ]]
}

@test "DNS times out, for several names: served within one budget" {
	box_bind a v6.host=web2,web4
	box_unbind a
	printf 'nameserver 2001:db8::dea%s\n' 1 2 3 >/etc/resolv.conf
	began=$EPOCHREALTIME
	run box_bind a v6.host=web2,web3,web4
	echo "$output"
	[ "$status" = 0 ]
	# three times 2 s, if each had its own
	awk "BEGIN { exit !($EPOCHREALTIME - $began < 6) }"
	[[ "${lines[0]}" == *": web2: DNS timed out after "*"; using the answer of "*" ago" ]]
	[[ "${lines[1]}" == *": web3: DNS timed out after "*"; using the answer of "*" ago" ]]
	[[ "${lines[2]}" == *": web4: DNS timed out after "*"; using the answer of "*" ago" ]]
	for n in 2 3 4; do
		[ -n "$(ip -6 addr show dev eth0 to 2001:db8::20$n)" ]
	done
}

@test "DNS refuses, or fails: served" {
	misbehave refused
	is_served "2001:db8::5353 refuses to answer (REFUSED)"
	misbehave servfail
	is_served "2001:db8::5353 answers with a failure (SERVFAIL)"
}

@test "no such name: never served, and forgotten" {
	misbehave nxdomain
	is_not_served "web3: no such name"
	run ! file
	dns_down
	is_not_served "web3: cannot ask DNS"
}

@test "no address any more: never served, and forgotten" {
	misbehave nodata
	is_not_served "web3: the name exists, but has no address"
	dns_down
	is_not_served "web3: cannot ask DNS"
}

@test "another name, or none known: not served" {
	dns_down
	run box_bind a v6.host=web3,web2
	echo "$output"
	[ "$status" = 1 ]
	[[ "${lines[-1]}" == *": web2: cannot ask DNS"* ]]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "an absolute name is another: not served for the one without its dot, nor that for it" {
	dns_down
	run box_bind a v6.host=web3.
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *": web3.: cannot ask DNS"* ]]
	dns_up
	is_published web3.
	[ "$(find "$kept/names" -type f | wc -l)" = 2 ]
	dns_down
	run box_bind a v6.host=web3.
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *": web3.: cannot ask DNS"*"; using the answer of "* ]]
}

@test "its age is shown, and limited" {
	dns_down
	age $((3 * 60 * 60 + 60))
	is_served "; using the answer of 3 h ago"
	age $((week - 60))
	is_served "; using the answer of 6 d ago"
	age $((week + 60))
	is_not_served "web3: cannot ask DNS"
	# the clock has been put back since
	age -60
	is_not_served "web3: cannot ask DNS"
}

@test "an answer that has changed replaces the former one" {
	echo "2001:db8::204 web3" >/etc/hosts
	is_published web3
	grep -qx 2001:db8::204 "$(file)"
	echo "127.0.0.1 localhost" >/etc/hosts
	is_published web3
	grep -qx 2001:db8::203 "$(file)"
}

@test "an unchanged answer is not written again for hours" {
	before=$(stat -c %i "$(file)")
	is_published web3
	[ "$(stat -c %i "$(file)")" = "$before" ]
	age $((week / 10 + 60))
	is_published web3
	dns_down
	is_served "; using the answer of "
	[[ "$output" == *"answer of "[0-9]" s ago" ]]
}

@test "a damaged file is as none, and replaced" {
	name=$(file)
	printf 'web3\n%s\n2001:db8::204\nand more\n' "$(date +%s)" >"$name"
	dns_down
	is_not_served "web3: cannot ask DNS"
	dns_up
	is_published web3
	[ "$(tail -n1 "$name")" = 2001:db8::203 ]
}

@test "literals are not kept" {
	is_published 2001:db8::209
	[ "$(find "$kept/names" -type f | wc -l)" = 1 ]
}

@test "the directories are root's alone, or refused" {
	[ "$(stat -c '%a %u' "$kept" "$kept/names" "$(file)")" = $'700 0\n700 0\n600 0' ]
	for dir in "$kept" "$kept/names"; do
		chmod 777 "$dir"
		dns_down
		is_not_served "web3: cannot ask DNS"
		[[ "${lines[0]}" == *"$dir: others than root may write there; remove it"* ]]
		dns_up
		# once, however many names there are, and it stops nothing
		run box_bind a v6.host=web2,web3
		echo "$output"
		[ "$status" = 0 ]
		[ "${#lines[@]}" = 1 ]
		[[ "$output" == *"$dir: others than root may write there"* ]]
		box_unbind a
		chmod 700 "$dir"
		chown nobody "$dir"
		dns_down
		is_not_served "web3: cannot ask DNS"
		chown root "$dir"
		is_served "; using the answer"
	done
}

@test "links are refused" {
	mv "$kept" "$kept-moved"
	ln -s "$kept-moved" "$kept"
	dns_down
	is_not_served "web3: cannot ask DNS"
	rm "$kept"
	mv "$kept-moved" "$kept"
	mv "$kept/names" "$kept/moved"
	ln -s moved "$kept/names"
	is_not_served "web3: cannot ask DNS"
}

@test "what is kept on a read-only file system still serves; what can't be kept stops nothing" {
	mount --bind "$kept" "$kept"
	mount -o remount,bind,ro "$kept"
	is_published web3
	run box_bind a v6.host=web2,web4
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == *"last known answers of DNS are not kept: $kept/names: cannot write there: "* ]]
	box_unbind a
	dns_down
	is_served "; using the answer of "
}

@test "an address that no link takes is passed over with a warning, from DNS or known" {
	lab_dns_add pair 2001:db8:9::1
	lab_dns_add pair 2001:db8::209
	run box_bind a v6.host=pair
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == *": pair: passed over: 2001:db8:9::1 is in no prefix of any interface"* ]]
	lab_until grep -qF "pair: passed over: 2001:db8:9::1 is in" /run/lab/messages
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::209)" ]
	[ -z "$(ip -6 addr show to 2001:db8:9::1)" ]
	box_unbind a
	dns_down
	run box_bind a v6.host=pair
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 2 ]
	[[ "${lines[1]}" == *": pair: passed over: 2001:db8:9::1 is in no prefix of any interface"* ]]
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::209)" ]
	box_unbind a
}

@test "without any address that a link takes there is an error, and no warning" {
	dns_up
	lab_dns_add far 2001:db8:9::1
	lab_dns_add far 2001:db8:9::2
	run box_bind a v6.host=far
	echo "$output"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == *": far: 2001:db8:9::"[12]" is in no prefix of any interface"* ]]
}

@test "a writer that does not end is waited for once, however many names there are" {
	lab_start writer flock -F "$kept/names" sleep infinity
	lab_until eval '! flock -n "$kept/names" true'
	V6_WRAP="strace -f -qq -e trace=openat -o /run/lab/trace" box_bind a v6.host=web2,web4
	[ "$(grep -c '"\.", .*O_DIRECTORY' /run/lab/trace)" = 1 ]
	lab_stop writer
	[[ "$(v6ctl list)" == *web2*web4* ]]
}
