#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hostile.bats - What nobody should send: states, annotations, and what stands in the state directory
#
#	tests/lab/run bats tests/net/hostile.bats
#
# Never a crash, never a byte for the terminal, one line that says what is wrong, nothing left.

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	lab_first_bind a
}

setup() {
	: >/run/lab/messages
	rm -rf /run/oci-v6/failures
	state=/run/lab/state.json
}

# hook STAGE - with the state in $state. In the background, it would be there for good; so a hook that
# hangs is told by timeout's exit status
hook() {
	run timeout "$LAB_PATIENCE" "$hook" "$1" <"$state"
	printf '%q\n' "$output" | cut -c1-300
	[ "$status" -le 1 ]
}

# Whether a text has a control character in it, other than the ends of lines, or is no UTF-8
harmless() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$@" &&
		iconv -f UTF-8 -t UTF-8 "$@" >/dev/null
}

# refused TEXT - the state in $state is, with one line, and nothing that it was made of is shown raw
refused() {
	local before

	before=$(box_snapshot)
	hook createRuntime
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == "oci-v6-hook: "*"$1"* ]]
	[ "${#output}" -lt 700 ]
	{
		printf '%s\n' "$output"
		v6ctl
		v6ctl list --json
		v6ctl list --tsv
	} >/run/lab/said
	lab_until grep -qF "${output#oci-v6-hook: }" /run/lab/messages
	harmless /run/lab/said
	harmless /run/lab/messages
	# no line of the log is of somebody else's making
	run ! grep -v ' oci-v6-hook\[[0-9]*\]: ' /run/lab/messages
	box_same "$before"
}

# state ID [ANNOTATIONS] - as JSON, taken as it is
state() {
	printf '{"ociVersion":"1.2.0","id":"%s","status":"creating","pid":%s,"bundle":"/","annotations":{%s}}' \
		"$1" "$(box_pid a)" "$2" >"$state"
}

@test "ids: no path, no name of ours, nothing but what names a file" {
	local id stamp

	touch /run/lab/stamp
	for id in '' . .. ../x ../../etc/cron.d/x /etc/x a/b .hidden 'a b' 'a\tb' 'a\"b' 'a\u0000b' 'a\u001b[2Jb' \
		'a\nb' '\u202ea' 'caf\u00e9' "$(printf 'a%.0s' {1..128})"; do
		state "$id" '"v6.host":"2001:db8::203"'
		refused 'container state: '
		# and at the end, when nobody must be held up
		hook poststop
		[ "$status" = 0 ]
	done
	[ -z "$(find /run /etc /var/lib -xdev -newer /run/lab/stamp -type f -size +0 \
		! -path '/run/lab/*' ! -path '/run/.lab/*')" ]
}

@test "ids: the longest, and odd ones that are none of our business, work like any other" {
	local id

	for id in "$(printf 'f%.0s' {1..127})" 'a;rm -rf $HOME' '-rf' '%s%n' 'a..b' "it's" '*'; do
		id=${id// /_}
		state "$id" '"v6.host":"2001:db8::203"'
		hook createRuntime
		[ "$status" = 0 ]
		[ -e "/run/oci-v6/records/$id.json" ]
		hook poststop
		[ "$status" = 0 ]
		[ ! -e "/run/oci-v6/records/$id.json" ]
	done
}

@test "escapes, in keys and in values: none reaches a terminal or a log" {
	local bytes

	for bytes in '\u001b[31m' '\u001b]0;title\u0007' '\nNov 26 host sshd[1]: Accepted' '\b\b\b' '\u007f' \
		'\u009b2J' '\u202e' '\u2066' '\u0085'; do
		state box "\"v6.host\":\"web${bytes}3\""
		refused 'box: v6.host: '
		state box "\"v6.ho${bytes}st\":\"web3\""
		refused 'box: annotation v6.ho'
		state box "\"v6.host/${bytes}\":\"web3\""
		refused 'box: annotation v6.host/'
		state box "\"v6.host\":\"web3\",\"v6.ports\":\"80${bytes}\""
		refused 'box: v6.ports: '
		state box "\"v6.host\":\"web3\",\"v6.interface\":\"e${bytes}\""
		refused 'box: v6.interface: '
		state box "\"v6.host\":\"web3\",\"v6.required\":\"${bytes}\""
		refused 'box: v6.required: '
	done
	# between values it is a blank
	state box '"v6.ho\r\nst":"web3"'
	refused 'box: annotation v6.ho??st is not known'
	state box '"v6.host":"web3\r\nweb3"'
	refused 'box: v6.host: "web3" is there twice'
}

@test "bytes that are no UTF-8, and NUL, raw and written out" {
	printf '{"id":"box","pid":1,"annotations":{"v6.host":"w\xe9b"}}' >"$state"
	refused 'container state: line 1, column '
	printf '{"id":"box","pid":1,"annotations":{"v6.host":"w\xc0\xafb"}}' >"$state"
	refused 'box: v6.host: "w??b": not a host name'
	printf '{"id":"box","pid":1,"annotations":{"v6.host":"web\0"}}' >"$state"
	refused 'container state: line 1, column '
	state box '"v6.host":"web3\u0000.evil"'
	refused 'a string holds a NUL character'
	state box '"x":"\u0000"'
	refused 'a string holds a NUL character'
}

@test "letters that only look alike" {
	state box '"v6.host":"w\u0435b3"'
	refused 'box: v6.host: "wеb3": not a host name; write an international name in its xn-- form'
	state box '"v6.h\u043est":"web3"'
	refused 'box: annotation v6.hоst is not known; did you mean v6.host?'
	state box '"v6.host":"web3","v6.ports":"\uff18\uff10"'
	refused 'box: v6.ports: '
	state box '"v6.host":"2001\uff1adb8::203"'
	refused 'box: v6.host: '
	# another prefix than ours is somebody else's, whatever it looks like
	state box '"v6.host":"web3","V6.host":"web3"'
	refused 'box: annotation V6.host is not known; did you mean v6.host?'
	state box '"v\u0665.host":"web3","w6.host":"web3"'
	hook createRuntime
	[ "$status" = 0 ]
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "numbers that are none, or too large" {
	local ports pid

	for ports in 0 -1 65536 4294967376 18446744073709551696 99999999999999999999 080 0x50 +80 8e1 80.0 80- -80 80-79 \
		80:0 80:65536 80/ 80/0 ' ' ','; do
		state box "\"v6.host\":\"2001:db8::203\",\"v6.ports\":\"$ports\""
		refused 'box: v6.ports: '
	done
	for pid in -1 2147483648 99999999999999999999 1e3 4.5 '"4"' true '[]' '{}'; do
		printf '{"id":"box","pid":%s,"annotations":{"v6.host":"2001:db8::203"}}' "$pid" >"$state"
		refused 'container state: "pid": expected an integer'
	done
	printf '{"id":"box","pid":2147483647,"annotations":{"v6.host":"2001:db8::203"}}' >"$state"
	refused 'box: process 2147483647: it has exited'
	printf '{"id":"box","pid":0,"annotations":{"v6.host":"2001:db8::203"}}' >"$state"
	refused 'box: the container state has no pid'
}

@test "keys that are there twice" {
	state box '"v6.host":"2001:db8::203","v6.host":"2001:db8::204"'
	refused 'container state: annotations: "v6.host" is there twice'
	printf '{"id":"box","pid":1,"annotations":{},"annotations":{"v6.host":"2001:db8::203"}}' >"$state"
	refused 'container state: "annotations" is there twice'
}

# repeat N TEXT
repeat() {
	yes "$2" | head -n "$1" | tr -d '\n'
}

@test "lists without end" {
	state box "\"v6.host\":\"$(repeat 60000 web3,)web3\""
	refused 'box: v6.host: "web3" is there twice'
	state box "\"v6.host\":\"$(seq -s, -f h%g 1 100000)\""
	refused 'box: v6.host: "h17": more than 16 hosts'
	state box "\"v6.host\":\"web3\",\"v6.ports\":\"$(seq -s, 1 2 60000)\""
	refused 'box: v6.ports: "129/tcp": more than 64 items'
	state box "\"v6.host\":\"web3\",\"v6.ports\":\"1-1000,2001-3000\""
	refused 'box: v6.ports: "2001-3000/tcp": more than 1024 ports in all'
	state box "$(seq -s, -f '"v6.host/c%g":"web3"' 1 30000)"
	refused 'box: annotation v6.host/c1: this engine (unknown) does not say'
	state box "$(seq -s, -f '"x%g":""' 1 60000),\"v6.hots\":\"web3\""
	refused 'box: annotation v6.hots is not known'
}

@test "a mebibyte, and one byte more" {
	local fill

	state box '"v6.host":"2001:db8::203","x":"@"'
	fill=$((1048576 - $(stat -c %s "$state") + 1))
	sed -i "s/@/$(repeat "$fill" x)/" "$state" 2>/dev/null || {
		repeat "$fill" x >/run/lab/fill
		awk 'NR == FNR { fill = $0; next } { sub("@", fill); printf "%s", $0 }' /run/lab/fill "$state" >"$state.new"
		mv "$state.new" "$state"
	}
	[ "$(stat -c %s "$state")" = 1048576 ]
	hook createRuntime
	[ "$status" = 0 ]
	hook poststop
	printf ' ' >>"$state"
	refused 'container state: over 1048576 bytes'
	state box "\"v6.host\":\"$(repeat 900000 a)\""
	refused 'box: v6.host: "aaaa'
	state box "\"v6.$(repeat 900000 a)\":\"\""
	refused 'box: annotation v6.aaaa'
}

@test "nested deeply" {
	repeat 500000 '[' >"$state"
	refused 'container state: line 1, column 33: nested too deeply'
	repeat 100000 '{"a":' >"$state"
	refused 'container state: line 1, column '
	state box "\"x\":$(repeat 40000 '[')$(repeat 40000 ']')"
	refused 'nested too deeply'
}

@test "another state behind the state, and none at all" {
	state box '"v6.host":"2001:db8::203"'
	state box '' && cat "$state" "$state" >/run/lab/two && mv /run/lab/two "$state"
	refused 'container state: line 1, column '
	: >"$state"
	refused 'container state: '
	head -c 100000 /dev/urandom >"$state"
	refused 'container state: '
	state=/dev/zero
	refused 'container state: over 1048576 bytes'
}

# What the directory is, failures.bats has; here it is what it holds

# starts - a container starts all the same, and everything of it goes again
starts() {
	state box '"v6.host":"2001:db8::203"'
	hook createRuntime
	[ "$status" = 0 ]
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	hook poststop
	[ "$status" = 0 ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

@test "in the way of a record: a link, a FIFO, another name of a file, and a directory" {
	local name elsewhere=/run/lab/elsewhere

	mkdir -p /run/oci-v6/records
	for name in box.json .box.json; do
		echo precious >$elsewhere
		ln -sf $elsewhere "/run/oci-v6/records/$name"
		starts
		ln -f $elsewhere "/run/oci-v6/records/$name"
		starts
		rm -f "/run/oci-v6/records/$name"
		mkfifo "/run/oci-v6/records/$name"
		starts
		rm -f "/run/oci-v6/records/$name"
		[ "$(cat $elsewhere)" = precious ]
		mkdir "/run/oci-v6/records/$name"
		state box '"v6.host":"2001:db8::203"'
		refused 'box: /run/oci-v6/records/box.json: cannot write it: Is a directory'
		rmdir "/run/oci-v6/records/$name"
	done
	starts
}

@test "among the records: what is none is reported, and removed" {
	local dir=/run/oci-v6/records

	echo precious >/run/lab/elsewhere
	head -c 10000000 /dev/zero >$dir/huge.json
	ln -s /run/lab/elsewhere $dir/link.json
	ln /run/lab/elsewhere $dir/hard.json
	mkfifo $dir/fifo.json
	printf '{"id":"esc\\u001b[31m"}' >$dir/escape.json
	printf 'no\033[2Jthing' >"$dir/$(printf 'e\033[31mscape').json"
	touch "$dir/a b.json" "$dir/.json" "$dir/$(printf 'x%.0s' {1..200}).json" $dir/notes
	run timeout "$LAB_PATIENCE" v6ctl
	[ "$status" = 0 ]
	printf '%s\n' "$output" >/run/lab/said
	run timeout "$LAB_PATIENCE" v6ctl reconcile
	[ "$status" = 0 ]
	printf '%s\n' "$output" >>/run/lab/said
	harmless /run/lab/said
	grep -F "huge.json" /run/lab/said
	[ "$(cat /run/lab/elsewhere)" = precious ]
	[ -z "$(find $dir -name '[a-z]*.json' ! -name 'xxx*')" ]
	starts
}

@test "among the holders: strange names, links and FIFOs" {
	local base

	state box '"v6.host":"2001:db8::203"'
	hook createRuntime
	base=$(echo /run/oci-v6/holders-*)
	mkdir -p "$base/../holders-" "$base/../holders-x" "$base/../holders--1" "$base/not an address" \
		"$base/$(printf 'e\033[31m')" "$base/2001:db8::203/dir"
	touch "$base/2001:db8::203/$(printf 'n%.0s' {1..255})" "$base/2001:db8::203/other" "$base/file"
	ln -s /etc/passwd "$base/2001:db8::203/passwd"
	ln -s /etc "$base/etc"
	mkfifo "$base/fifo" "$base/2001:db8::203/fifo"
	run timeout "$LAB_PATIENCE" v6ctl reconcile
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c ^root: /etc/passwd)" = 1 ]
	[ ! -e "$base/fifo" ]
	[ ! -e "$base/etc" ]
	rmdir "$base/2001:db8::203/dir"
	hook poststop
	[ "$status" = 0 ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	rmdir /run/oci-v6/holders- /run/oci-v6/holders-x /run/oci-v6/holders--1
	starts
}

@test "the lock, the list of settings, the last failures: links, FIFOs and directories" {
	local dir=/run/oci-v6 name

	echo precious >/run/lab/elsewhere
	for name in lock sysctls failures; do
		mv $dir/$name /run/lab/kept 2>/dev/null || :
		ln -s /run/lab/elsewhere $dir/$name
		state box '"v6.host":"2001:db8::203"'
		hook createRuntime
		hook poststop
		rm $dir/$name
		mkfifo $dir/$name
		hook createRuntime
		hook poststop
		rm $dir/$name
		mkdir $dir/$name
		hook createRuntime
		hook poststop
		rmdir $dir/$name 2>/dev/null || rm -rf ${dir:?}/$name
		mv /run/lab/kept $dir/$name 2>/dev/null || :
		[ "$(cat /run/lab/elsewhere)" = precious ]
	done
	ln -s /run/lab/elsewhere $dir/lock.new && mv -T $dir/lock.new $dir/lock
	state box '"v6.host":"2001:db8::203"'
	refused 'box: /run/oci-v6/lock: cannot open it: '
	rm $dir/lock
	starts
}

@test "a forged record: nothing outside our own things is touched" {
	local dir=/run/oci-v6/records id=forged netns boot

	netns=$(stat -Lc %i /proc/self/ns/net)
	boot=$(cat /proc/sys/kernel/random/boot_id)
	# its container is dead, and it says that the host's own address is ours to remove
	printf '{"version":1,"boot":"%s","host_netns":%s,"id":"%s","engine":1,"pid":4000000,"started":1,"netns":1,"created":1,"services":[{"name":"web3","address":"%s","link":"eth0","link_index":%s,"attach":"address","ours":true}],"ports":[{"protocol":"tcp","service":80,"target":80,"count":1}],"destination":{"address":"fd42::a","provided":false,"link":"eth0","link_index":2,"via":"cni0","via_index":%s,"subnet":"fd42::","subnet_length":64}}' \
		"$boot" "$netns" "$id" "$LAB_HOST" "$(cat /sys/class/net/eth0/ifindex)" \
		"$(cat /sys/class/net/cni0/ifindex)" >$dir/$id.json
	run timeout "$LAB_PATIENCE" v6ctl reconcile
	echo "$output"
	[ "$status" = 0 ]
	[ ! -e $dir/$id.json ]
	# a /64 of the host's is not the /128 that we would have brought
	[ -n "$(ip -6 addr show dev eth0 to "$LAB_HOST")" ]
	lab_client ping -6 -c 1 -W 3 "$LAB_HOST"
}
