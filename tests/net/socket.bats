#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# socket.bats - v6d's socket for users other than root, and requests that v6d refuses
#
#	tests/lab/run bats tests/net/socket.bats
#
# alice is user 1500, bob 1501, mallory 1502, whom no rule allows anything. A user's box is a network
# namespace of his own and a process in it; what he publishes of it listens on the host.

load lab

alice=1500 bob=1501 mallory=1502
knock=$PWD/${V6_BUILD:-build}/tests/net/knock

setup_file() {
	lab_ready
	mkdir -p /etc/oci-v6
}

setup() {
	rules '{"users": ["1500", "1501"]}'
	: >/run/lab/v6d.log
	rm -f /run/lab/knock*.log
	lab_start v6d v6d
	lab_until test -S /run/oci-v6d.sock
	user_box a $alice
	user_box b $bob
	publish $alice 8080 a
	publish $bob 8081 b
}

teardown() {
	kill -CONT "$(cat /run/lab/dns.pid)"
	cat /run/lab/v6d.log
	for file in /run/lab/init-*.pid /run/lab/port-*.pid /run/lab/knock*.pid /run/lab/v6d.pid; do
		[ ! -e "$file" ] || lab_stop "$(basename "$file" .pid)"
	done
	v6ctl reconcile
	[ -z "$(find /run/oci-v6/records /run/oci-v6/holders-* -type f)" ]
	lab_clear_bridge r
	ip netns del own 2>/dev/null || true
}

# rules RULE [MEMBERS] - the configuration
rules() {
	echo "{\"allow\": [$1]${2:+, $2}}" >/etc/oci-v6/config.json
}

as() {
	setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"
}

# start_as UID NAME COMMAND... - start one that stays; see lab_start, which takes no function
start_as() {
	lab_start "$2" setpriv --reuid "$1" --regid "$1" --clear-groups "${@:3}"
}

# user_box NAME UID - as box_up, but all of it is a user's
user_box() {
	start_as "$2" "init-$1" unshare --user --map-root-user --net sleep infinity
	lab_until user_box_is_there "$1"
}

user_box_is_there() {
	[ "$(cat "/proc/$(box_pid "$1")/comm")" = sleep ]
}

# publish UID PORT TEXT - what rootlessport does
publish() {
	start_as "$1" "port-$2" "$peer" serve tcp "$2" "$3"
	lab_until box_host_listens "$2"
}

# bind UID NAME KEY=VALUE... - as an engine of his would run the hook
bind() {
	box_state "${@:2}" | as "$1" "$hook" createRuntime
}

unbind() {
	box_stopped "$2" | as "$1" "$hook" poststop
}

# send UID VERB NAME KEY=VALUE... - the message alone
send() {
	{ echo "$2"; box_state "${@:3}"; } | as "$1" "$knock" send
}

a_answers() {
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
}

# refused TEXT COMMAND... - fails, and says so
refused() {
	run "${@:2}"
	echo "$output"
	[[ "$output" == *": $1"* || "$output" == *$'\n'"$1"* ]]
	[ -z "$(find /run/oci-v6/records -name '*.json')" ]
}

@test "a user's service is forwarded to the published port, and goes on request" {
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	[ "$(ls /run/oci-v6/records)" = "$(box_id a)@$alice.json" ]
	unbind $alice a
	[ -z "$(ls /run/oci-v6/records)" ]
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
}

@test "a user limits the clients, within what the rule allows" {
	ip -n client addr add 2001:db8::11/64 dev eth0 nodad preferred_lft 0
	rules '{"users": ["1500"], "from": ["2001:db8::10/127", "2001:db9::/32"]}'
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	[ "$(lab_client "$peer" ask tcp 2001:db8::203 80 2001:db8::11)" = "a 2001:db8::11" ]
	unbind $alice a
	bind $alice a v6.host=web3 v6.ports=80:8080 "v6.from=$LAB_CLIENT 2001:db8:f::/48"
	lab_until a_answers
	[ "$(lab_client "$peer" ask tcp 2001:db8::203 80 2001:db8::11)" = "error: Connection refused" ]
	# the port that he published, on the host's own address, is not ours to limit
	[ "$(lab_client "$peer" ask tcp "$LAB_HOST" 8080 2001:db8::11)" = "a 2001:db8::11" ]
	[ "$(as $alice v6ctl list --tsv | cut -f 15,16)" = "1	-" ]
	unbind $alice a
	refused 'web3: v6.from has no client in common with "from" of the rule' \
		bind $alice a v6.host=web3 v6.ports=80:8080 v6.from=2001:db8::11:0/112
	ip -n client addr del 2001:db8::11/64 dev eth0
}

@test "a user's container leaves as its user's programs do: a way out is refused" {
	rules '{"users": ["1500"], "egress": true}'
	refused "v6.egress: a rootless container leaves as a program of its user" \
		bind $alice a v6.host=web3 v6.ports=80:8080 v6.egress=on
}

@test "nothing else of the host answers there: not the port itself, and not other listeners" {
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	for port in 8080 8081; do
		run ask tcp 2001:db8::203 $port
		[[ "$output" == *refused* ]]
	done
}

@test "its end, and the end of v6d meanwhile" {
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	lab_stop v6d
	a_answers
	lab_start v6d v6d
	lab_until test -S /run/oci-v6d.sock
	a_answers
	box_kill a
	lab_until eval '[ -z "$(ls /run/oci-v6/records)" ]'
}

@test "users without a rule claim nothing, with it what it says" {
	user_box m $mallory
	publish $mallory 8082 m
	refused "user 1502 may not claim addresses of this host" bind $mallory m v6.host=web3 v6.ports=80:8082
	rules '{"users": ["1500"], "ports": ["80"], "names": ["web3"]}'
	refused "web2: 2001:db8::202 port 80/tcp: no rule" bind $alice a v6.host=web2 v6.ports=80:8080
	refused "web3: 2001:db8::203 port 81/tcp: no rule" bind $alice a v6.host=web3 v6.ports=81:8080
	bind $alice a v6.host=web3 v6.ports=80:8080
	unbind $alice a
}

@test "ports: below 1024, another user's, root's; all, and wide ranges" {
	lab_start port-1080 "$peer" serve tcp 1080 root
	lab_until box_host_listens 1080
	refused "web3: port 22/tcp of this host is one that only root may listen on" bind $alice a v6.host=web3 v6.ports=80:22
	refused "web3: port 1023/tcp of this host" bind $alice a v6.host=web3 v6.ports=80-82:1023-1025
	refused "web3: port 8081/tcp of this host belongs to another user's program" bind $alice a v6.host=web3 v6.ports=80:8081
	refused "web3: port 8081/tcp of this host belongs to another user's program" bind $alice a v6.host=web3 v6.ports=80-90:8075-8085
	refused "web3: port 1080/tcp of this host belongs to another user's program" bind $alice a v6.host=web3 v6.ports=80:1080
	refused "v6.ports: a container in the host's network can't have all" bind $alice a v6.host=web3 v6.ports=all
	refused "v6.ports: a container in the host's network can't have 2000-9000/tcp" bind $alice a v6.host=web3 v6.ports=2000-9000
}

@test "a port without a listener yet; one that another user takes ends the service" {
	bind $alice a v6.host=web3 v6.ports=80:8090
	[[ "$(ask tcp 2001:db8::203 80)" == *refused* ]]
	publish $bob 8090 b
	v6ctl reconcile
	[ -z "$(ls /run/oci-v6/records)" ]
	lab_stop port-8090
	# v6d looks by itself, too
	bind $alice a v6.host=web3 v6.ports=80:8090
	publish $bob 8090 b
	lab_until eval '[ -z "$(ls /run/oci-v6/records)" ]'
	grep -q "unpublished: web3: port 8090/tcp of this host belongs to another user's program" /run/lab/v6d.log
}

@test "whose port it is takes no list of everybody's sockets, of which one user may have any number" {
	v6d_traced
	bind $alice a v6.host=web3 v6.ports=80:8080,90-92:9090-9092,53-54:5053-5054/udp
	lab_until a_answers
	unbind $alice a
	lab_stop v6d
	grep SOCK_DIAG_BY_FAMILY /run/lab/trace
	run ! grep "SOCK_DIAG_BY_FAMILY.*NLM_F_DUMP" /run/lab/trace
}

@test "ports of UDP, and those that are listened on by one link or one address alone" {
	start_as $bob port-5053 /usr/bin/python3 -c '
import signal, socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 5053))
l = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
l.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
l.bind(("::", 5054))
l.listen()
o = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
o.bind(("::1", 5055))
o.listen()
signal.pause()'
	lab_until box_host_listens 5055
	refused "web3: port 5053/udp of this host belongs to another user's program" bind $alice a v6.host=web3 v6.ports=53:5053/udp
	refused "web3: port 5054/tcp of this host belongs to another user's program" bind $alice a v6.host=web3 v6.ports=80:5054
	# where nobody who asks for the service is heard
	bind $alice a v6.host=web3 v6.ports=53:5053,80:5055
}

@test "addresses of the host itself" {
	refused "2001:db8::1 is this host's own; services of users need addresses of their own" \
		bind $alice a v6.host=2001:db8::1 v6.ports=80:8080
}

@test "networks: the host's, another user's, root's, and one without a process" {
	lab_start init-h sleep infinity
	lab_until user_box_is_there h
	ip netns add own
	lab_start init-r nsenter --net=/run/netns/own sleep infinity
	lab_until user_box_is_there r
	refused "the container is in this host's own network" bind $alice h v6.host=web3 v6.ports=80:8080
	refused "the container's network is not one of user 1500" bind $alice r v6.host=web3 v6.ports=80:8080
	refused "the container's network is not one of user 1500" bind $alice b v6.host=web3 v6.ports=80:8080
	box_kill a
	echo 4194305 >/run/lab/init-a.pid
	refused "process 4194305: it has exited" bind $alice a v6.host=web3 v6.ports=80:8080
	rm /run/lab/init-a.pid
}

@test "a namespace below one of the user's is the user's, too" {
	start_as $alice init-n unshare --user --map-root-user unshare --user --map-root-user --net sleep infinity
	lab_until user_box_is_there n
	bind $alice n v6.host=web3 v6.ports=80:8080
	lab_until a_answers
}

@test "another's container: its id is no use, and neither bind nor unbind touches it" {
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	unbind $bob a
	a_answers
	# the same id, of another user
	cp /run/lab/init-a.pid /run/lab/init-keep.pid
	cp /run/lab/init-b.pid /run/lab/init-a.pid
	bind $bob a v6.host=web2 v6.ports=80:8081
	[ "$(find /run/oci-v6/records -name "$(box_id a)@*" | wc -l)" = 2 ]
	unbind $bob a
	mv /run/lab/init-keep.pid /run/lab/init-a.pid
	a_answers
}

@test "a claim that is held: only its user is told the holder" {
	rules '{"users": ["1500", "1501"], "shared": true}'
	user_box a2 $alice
	bind $alice a v6.host=web3 v6.ports=80:8080
	run bind $bob b v6.host=web3 v6.ports=80:8081
	[[ "$output" == *"web3: 2001:db8::203 port 80/tcp is held by another user of this host; choose another name or port" ]]
	run bind $alice a2 v6.host=web3 v6.ports=80:8080
	[[ "$output" == *"web3: 2001:db8::203 port 80/tcp is held by container $(box_id a | cut -c1-12)"* ]]
	lab_until a_answers
}

# root_box - a box of root's, on a bridge, and rules that allow it what they allow users
root_box() {
	rules '{"users": ["root", "1500", "1501"]}'
	box_bridge fd42::ffff/64
	box_up r fd42::a/64
	box_serve r tcp 80
}

@test "regression: a user publishes a port on an address that root's container holds" {
	root_box
	box_bind r v6.host=web3
	lab_until answers "r $LAB_CLIENT" tcp 2001:db8::203 80
	for ports in 8443:8080 80:8080 53:5053/udp; do
		run bind $alice a v6.host=web3 v6.ports=$ports
		[ "$status" = 1 ]
		[[ "$output" == *"web3: 2001:db8::203 is held by another user of this host; services of users need addresses of their own"* ]]
	done
	# the literal address, and a name with a free address beside it
	run bind $alice a v6.host=2001:db8::203 v6.ports=8443:8080
	[[ "$output" == *"2001:db8::203 is held by another user"* ]]
	printf '2001:db8::203 both\n2001:db8::207 both\n' >>/etc/hosts
	bind $alice a v6.host=both v6.ports=8443:8080
	[ "$(v6ctl list | grep -c "^both")" = 1 ]
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::207 8443
	[[ "$(ask tcp 2001:db8::203 8443)" == *refused* ]]
	answers "r $LAB_CLIENT" tcp 2001:db8::203 80
	unbind $alice a
	answers "r $LAB_CLIENT" tcp 2001:db8::203 80
	# an address is free when root's container is dead, though its stop never came
	box_kill r
	bind $alice a v6.host=web3 v6.ports=8443:8080
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 8443
	unbind $alice a
}

@test "another user's address; a user's own containers share theirs with other ports" {
	user_box a2 $alice
	bind $alice a v6.host=web3 v6.ports=80:8080
	run bind $bob b v6.host=web3 v6.ports=81:8081
	[ "$status" = 1 ]
	[[ "$output" == *"web3: 2001:db8::203 is held by another user of this host"* ]]
	[[ "$output" != *"$alice"* ]]
	publish $alice 8083 a2
	bind $alice a2 v6.host=web3 v6.ports=81:8083
	lab_until answers "a2 $LAB_CLIENT" tcp 2001:db8::203 81
	a_answers
	unbind $alice a
	answers "a2 $LAB_CLIENT" tcp 2001:db8::203 81
}

@test "root's address that is a route, and one in a prefix that the host has a route for" {
	root_box
	rules '{"users": ["root"]}, {"users": ["1500"]}' '"attach": "route", "routed": ["2001:db8:5::/48"]'
	ip -6 route add local 2001:db8:6::/48 dev lo
	for address in 2001:db8::203 2001:db8:5::1 2001:db8:6::1; do
		box_bind r v6.host=$address
		run bind $alice a v6.host=$address v6.ports=8443:8080
		[ "$status" = 1 ]
		[[ "$output" == *"$address is held by another user"* ]]
	done
	ip -6 route del local 2001:db8:6::/48 dev lo
}

@test "a rule with \"shared\" lets a user in beside root, for the ports that it allows" {
	root_box
	rules '{"users": ["root"]}, {"users": ["1500"], "shared": true, "ports": ["8443"]}, {"users": ["1500"]}'
	box_bind r v6.host=web3
	bind $alice a v6.host=web3 v6.ports=8443:8080
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 8443
	run bind $alice a v6.host=web3 v6.ports=8443:8080,8444:8080
	[[ "$output" == *"web3: 2001:db8::203 is held by another user"* ]]
	# a claim of somebody else's is none of theirs even so
	rules '{"users": ["root"]}, {"users": ["1500"], "shared": true}'
	run bind $alice a v6.host=web3 v6.ports=80:8080
	[[ "$output" == *"web3: 2001:db8::203 port 80/tcp is held by another user of this host; choose another name or port"* ]]
	answers "r $LAB_CLIENT" tcp 2001:db8::203 80
}

@test "root's container on an address that a user's brought: it stays until the last one stops" {
	root_box
	bind $alice a v6.host=web3 v6.ports=8443:8080
	box_bind r v6.host=web3
	lab_until answers "a $LAB_CLIENT" tcp 2001:db8::203 8443
	unbind $alice a
	answers "r $LAB_CLIENT" tcp 2001:db8::203 80
	[[ "$(ask tcp 2001:db8::203 8443)" == *refused* ]]
	# the user comes back when root's has stopped, not before
	run bind $alice a v6.host=web3 v6.ports=8443:8080
	[[ "$output" == *"web3: 2001:db8::203 is held by another user"* ]]
	box_unbind r
	[ -z "$(ip -6 addr show to 2001:db8::203)" ]
	bind $alice a v6.host=web3 v6.ports=8443:8080
}

@test "two living containers of a user with one id: the second is refused, and its stop stops nothing" {
	bind $alice a v6.host=web3 v6.ports=80:8080
	user_box a2 $alice
	twin=$(box_state a2 v6.host=web2 v6.ports=80:8080 | sed "s/$(box_id a2)/$(box_id a)/")
	run as $alice "$hook" createRuntime <<<"$twin"
	[ "$status" = 1 ]
	[[ "$output" == *"process $(box_pid a), a container that still runs, has this id"* ]]
	run as $alice "$hook" poststop <<<"{\"id\": \"$(box_id a)\"}"
	[ "$status" = 0 ]
	[[ "$output" == *"the container's process $(box_pid a) still runs: not unpublished"* ]]
	as $alice "$hook" poststop <<<"$twin"
	a_answers
	unbind $alice a
	[ -z "$(ls /run/oci-v6/records)" ]
}

@test "quota" {
	rules '{"users": ["1500", "1501"]}' '"quota": 3'
	refused "user 1500 would have 4 claims (ports, times addresses), but may have 3" \
		bind $alice a v6.host=web3,web2 v6.ports=80:8080,81:8080
	user_box a2 $alice
	bind $alice a v6.host=web3 v6.ports=80:8080,81:8080
	run bind $alice a2 v6.host=web2 v6.ports=80:8080,81:8080
	[[ "$output" == *"user 1500 would have 4 claims"* ]]
	bind $alice a2 v6.host=web2 v6.ports=80:8080
	# another one's are counted apart; and a restart counts once
	bind $bob b v6.host=web4 v6.ports=80-82:8081-8083
	bind $alice a v6.host=web3 v6.ports=80:8080,81:8080
}

# v6d_traced - v6d with a tracer of its own, so that the process is v6d; its calls are in /run/lab/trace
v6d_traced() {
	lab_stop v6d
	lab_start v6d strace -D -f -qq -s 256 -e trace=sendto,sendmsg,recvmsg,connect,flock -o /run/lab/trace v6d
	lab_until test -S /run/oci-v6d.sock
	begin_trace
}

# begin_trace - what was traced before counts no more
begin_trace() {
	wc -l </run/lab/trace >/run/lab/trace-begin
}

# traced - what was since then
traced() {
	tail -n "+$(($(cat /run/lab/trace-begin) + 1))" /run/lab/trace
}

# sends COMMAND... - how many messages v6d and its processes send meanwhile
sends() {
	begin_trace
	"$@" >&2
	lab_until eval '[ "$(workers)" = 0 ]'
	traced | grep -c 'send\(to\|msg\)('
}

# sixteen - literal addresses, as many as a request may have
sixteen() {
	printf '2001:db8::7:%x ' {1..16}
}

@test "regression: a request far beyond the quota, of 16,384 claims, costs what one just beyond it does" {
	v6d_traced
	just=$(sends refused "user 1500 would have 65 claims" bind $alice a v6.host=2001:db8::7:1 v6.ports=8000-8064)
	far=$(sends refused "user 1500 would have 16384 claims" bind $alice a "v6.host=$(sixteen)" v6.ports=18000-19023)
	echo "$just messages, and $far"
	[ "$far" -le "$just" ]
	# of another container's claims, too
	bind $alice a v6.host=2001:db8::203 v6.ports=80:8080
	user_box a2 $alice
	begin_trace
	run bind $alice a2 "v6.host=$(sixteen)" v6.ports=8000-8003
	[[ "$output" == *"user 1500 would have 65 claims"* ]]
	# neither the lock, nor listeners, nor routes
	traced | grep sendto
	run ! grep 'flock(\|SOCK_DIAG_BY_FAMILY\|RTM_GET' <(traced)
}

@test "a request beyond the quota asks no DNS" {
	v6d_traced
	kill -STOP "$(cat /run/lab/dns.pid)"
	refused "user 1500 would have 1024 claims" bind $alice a v6.host=web2,web3,web4 v6.ports=18000-19023
	run ! grep 'htons(53)' <(traced)
}

@test "what a user makes long is done before the lock: a name with 15 addresses of no interface, and 64 ports" {
	printf '2001:db8:99::%x many\n' {1..15} >>/etc/hosts
	echo 2001:db8::207 many >>/etc/hosts
	v6d_traced
	bind $alice a v6.host=many v6.ports=8000-8063
	lab_until eval '[ "$(workers)" = 0 ]'
	# v6d itself has the lock now and then
	worker=$(traced | awk '/SOCK_DIAG_BY_FAMILY/ { print $1; exit }')
	traced | grep "^$worker " | sed '/flock(/Q' >/run/lab/before
	traced | grep "^$worker " | sed -n '/flock(/,$p' >/run/lab/after
	[ "$(grep -c 'send.*SOCK_DIAG_BY_FAMILY' /run/lab/before)" -ge 128 ]
	[ "$(grep -c 'send.*RTM_GETROUTE.*2001:db8:99:' /run/lab/before)" -ge 15 ]
	run ! grep 'send.*SOCK_DIAG_BY_FAMILY' /run/lab/after
	# nor for the other addresses, of which the start waits for none
	run ! grep 'send.*RTM_GETROUTE.*2001:db8:99:' /run/lab/after
	unbind $alice a
}

@test "root needs no socket" {
	refused "/run/oci-v6d.sock is for users other than root" send 0 bind a v6.host=web3
}

@test "messages: too large, cut, of two, empty, of an unknown verb, not JSON" {
	head -c 65537 /dev/zero | as $alice "$knock" send | grep "^e7$"
	head -c 120000 /dev/zero | as $alice "$knock" send | grep "a message of 120000 bytes, but at most 65536 are accepted"
	send $alice open a v6.host=web3 | grep "v6d does not know what is asked for"
	{ echo bind; box_state a v6.host=web3 | head -c 100; } | as $alice "$knock" send | grep "^e22$"
	# the second half is another message, which nobody reads
	{ echo bind; box_state a v6.host=web3; } | as $alice "$knock" pieces | grep "^e22$"
	as $alice "$knock" send </dev/null
	printf 'bind\n[1]' | as $alice "$knock" send | grep "^e22$"
	printf 'bind' | as $alice "$knock" send | grep "^e71$"
	printf '\n\n' | as $alice "$knock" send | grep "^e71$"
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
}

@test "descriptors that come with a message are not taken" {
	for count in 1 10 250; do
		{ echo bind; box_state a v6.host=web3 v6.ports=80:8080; } | as $alice "$knock" files $count | grep -x d
	done
	lab_until a_answers
}

@test "a large state goes through, up to a limit" {
	bind $alice a v6.host=web3 v6.ports=80:8080 "pad=$(head -c 60000 /dev/zero | tr '\0' x)"
	lab_until a_answers
	run bind $alice a v6.host=web3 v6.ports=80:8080 "pad=$(head -c 66000 /dev/zero | tr '\0' x)"
	[[ "$output" == *"container state: over 65536 bytes, the limit for users other than root"* ]]
}

# descriptors - what v6d has open
descriptors() {
	find "/proc/$(cat /run/lab/v6d.pid)/fd" -mindepth 1 | wc -l
}

@test "1,000 connections that ask for nothing, and others that never read: another user is served" {
	start_as $mallory knock "$knock" hold 1000
	lab_until grep -q there /run/lab/knock.log
	echo list >/run/lab/list
	start_as $mallory knock2 sh -c "exec $knock deaf 100 </run/lab/list"
	[ "$(descriptors)" -lt 60 ]
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	unbind $alice a
	lab_stop knock
	lab_stop knock2
}

@test "1,000 connections of 50 users" {
	for ((i = 0; i < 50; i++)); do
		start_as $((2000 + i)) "knock$i" "$knock" hold 20
	done
	for ((i = 0; i < 50; i++)); do
		lab_until grep -q there "/run/lab/knock$i.log"
	done
	[ "$(descriptors)" -lt 180 ]
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	unbind $alice a
}

@test "1,000 connections of a user's 50 subordinate users: they are one" {
	useradd --uid $mallory --no-create-home mallory
	echo "mallory:200000:65536" | tee -a /etc/subuid >>/etc/subgid
	# all that is in there ends with it
	start_as $mallory knock unshare --user --map-root-user --map-auto --pid --fork --kill-child sh -c "
		for i in \$(seq 1 50); do
			setpriv --reuid \$i --keep-groups $knock hold 20 &
		done
		wait"
	lab_until eval '[ "$(grep -c there /run/lab/knock.log)" = 50 ]'
	[ "$(descriptors)" -lt 60 ]
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
}

@test "a client without a request is disconnected; v6d then sleeps again" {
	before=$(descriptors)
	start_as $mallory knock "$knock" hold 10
	lab_until grep -q there /run/lab/knock.log
	lab_until eval "[ \$(descriptors) = $before ]"
}

@test "what happens in a user's network is not listened to" {
	before=$(ip netns list-id)
	bind $alice a v6.host=web3 v6.ports=80:8080
	# it waits for its end by now
	lab_until eval 'find "/proc/$(cat /run/lab/v6d.pid)/fd" -lname "*pidfd*" | grep .'
	unbind $alice a
	[ "$(ip netns list-id)" = "$before" ]
}

@test "names that are slow delay no other start, and no repair" {
	rules '{"users": ["1500", "1501"]}' '"resolve": {"timeout_ms": 8000}'
	bind $bob b v6.host=web2 v6.ports=80:8081
	kill -STOP "$(cat /run/lab/dns.pid)"
	user_box a2 $alice
	user_box a3 $alice
	for box in a a2 a3; do
		{ echo bind; box_state $box v6.host=web3 v6.ports=80:8080; } >"/run/lab/request-$box"
		start_as $alice "knock-$box" sh -c "exec $knock send <'/run/lab/request-$box'"
	done
	nft flush ruleset
	lab_until answers "b $LAB_CLIENT" tcp 2001:db8::202 80
	bind $bob b v6.host=2001:db8::207 v6.ports=80:8081
	# and they still do
	[ ! -s /run/lab/knock-a.log ]
	kill -CONT "$(cat /run/lab/dns.pid)"
	for box in a a2 a3; do
		lab_until grep -q "^[de]" "/run/lab/knock-$box.log"
	done
}

# ask_slowly UID BOX... - requests to bind whose names DNS does not answer
ask_slowly() {
	local box

	for box in "${@:2}"; do
		{ echo bind; box_state "$box" "v6.host=web3" v6.ports=80:8080; } >"/run/lab/request-$box"
		start_as "$1" "knock-$box" sh -c "exec $knock send <'/run/lab/request-$box'"
	done
}

# workers - how many requests v6d answers now
workers() {
	wc -w <"/proc/$(cat /run/lab/v6d.pid)/task/$(cat /run/lab/v6d.pid)/children"
}

@test "a user whose places are taken by names that DNS does not answer gives back at once, and others bind" {
	rules '{"users": ["1500", "1501"]}' '"resolve": {"timeout_ms": 8000}'
	bind $alice a v6.host=2001:db8::207 v6.ports=80:8080
	kill -STOP "$(cat /run/lab/dns.pid)"
	for box in a2 a3 a4 a5; do user_box $box $alice; done
	ask_slowly $alice a2 a3 a4 a5
	lab_until eval '[ "$(workers)" = 2 ]'
	unbind $alice a
	[ -z "$(find /run/oci-v6/records -name '*.json')" ]
	bind $bob b v6.host=2001:db8::207 v6.ports=80:8081
	# all of that while she waits
	[ "$(workers)" = 2 ]
	[ -z "$(cat /run/lab/knock-a[2-5].log)" ]
	# those whose turn did not come hear so, in time for their engine
	lab_until grep -q "^v6d did not come to this request within 6 s: .*; try again" /run/lab/knock-a5.log
	kill -CONT "$(cat /run/lab/dns.pid)"
	for box in a2 a3 a4; do
		lab_until grep -q "^[de]" "/run/lab/knock-$box.log"
	done
}

@test "users with as many requests as they can have leave a place for another one" {
	rules '{"users": ["1500", "1501", "1503", "1504", "1505"]}' '"resolve": {"timeout_ms": 8000}'
	kill -STOP "$(cat /run/lab/dns.pid)"
	for uid in 1500 1503 1504 1505; do
		for i in 1 2 3; do user_box "u$uid$i" $uid; done
	done
	for uid in 1500 1503 1504 1505; do
		ask_slowly $uid "u${uid}1" "u${uid}2" "u${uid}3"
	done
	lab_until eval '[ "$(workers)" -ge 6 ]'
	bind $bob b v6.host=2001:db8::207 v6.ports=80:8081
	unbind $bob b
	[ "$(workers)" -ge 6 ]
	[ -z "$(cat /run/lab/knock-u*.log)" ]
	kill -CONT "$(cat /run/lab/dns.pid)"
}

@test "eight users with all places, and more requests waiting: the ninth has the next place" {
	rules '{"users": ["1500", "1501", "1503", "1504", "1505", "1506", "1507", "1508", "1509"]}' \
		'"resolve": {"timeout_ms": 4000}'
	kill -STOP "$(cat /run/lab/dns.pid)"
	before=$(descriptors)
	for uid in 1500 {1503..1509}; do
		user_box "u$uid" "$uid"
	done
	for uid in 1500 {1503..1509}; do
		ask_slowly "$uid" "u$uid"
	done
	lab_until eval '[ "$(workers)" = 8 ]'
	for uid in 1500 {1503..1509}; do
		start_as "$uid" "knock-u${uid}2" sh -c "exec $knock send <'/run/lab/request-u$uid'"
	done
	lab_until eval '[ "$(descriptors)" -ge $((before + 16)) ]'
	bind $bob b v6.host=2001:db8::207 v6.ports=80:8081
	kill -CONT "$(cat /run/lab/dns.pid)"
	unbind $bob b
}

@test "releases of a container that lives, again and again, keep neither others' releases nor binds" {
	user_box a2 $alice
	bind $alice a v6.host=web3 v6.ports=80:8080
	{ echo unbind; printf '{"id": "%s", "pid": 0}' "$(box_id a)"; } >/run/lab/stop
	for i in 1 2 3 4 5 6; do
		start_as $alice "knock-s$i" sh -c "exec $knock send 3000 </run/lab/stop"
	done
	# two places that are for anything, and one for releases
	lab_until eval '[ "$(workers)" = 3 ]'
	for i in 1 2 3; do
		bind $bob b v6.host=web2 v6.ports=80:8081
		unbind $bob b
		[ "$(workers)" -le 4 ]
	done
	for i in 1 2 3 4 5 6; do lab_stop "knock-s$i"; done
	lab_until eval '[ "$(workers)" = 0 ]'
}

@test "a flood of requests does not stop another user's" {
	printf 'bind\n{}' >/run/lab/flood
	start_as $mallory knock sh -c "exec $knock send 3000 </run/lab/flood"
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	lab_stop knock
}

@test "the service manager's socket: it is used, and stays; a second v6d removes nothing" {
	lab_stop v6d
	[ ! -e /run/oci-v6d.sock ]
	lab_start v6d "$knock" listen v6d
	lab_until test -S /run/oci-v6d.sock
	bind $alice a v6.host=web3 v6.ports=80:8080
	lab_until a_answers
	run v6d
	[ "$status" = 1 ]
	unbind $alice a
	lab_stop v6d
	[ -S /run/oci-v6d.sock ]
	# one that a killed v6d left is no hindrance
	lab_start v6d v6d
	lab_until bind $alice a v6.host=web3 v6.ports=80:8080
	a_answers
	kill -HUP "$(cat /run/lab/v6d.pid)"
	unbind $alice a
}

@test "a v6d that does not answer holds a start up for 9 s, and what it does later goes with the container" {
	kill -STOP "$(cat /run/lab/v6d.pid)"
	run bind $alice a v6.host=web3 v6.ports=80:8080
	[ "$status" = 1 ]
	[[ "$output" == *"/run/oci-v6d.sock: v6d did not answer within 9 s"* ]]
	# as its engine does then
	box_kill a
	kill -CONT "$(cat /run/lab/v6d.pid)"
	# who knocked before is answered before
	bind $bob b v6.host=web2 v6.ports=80:8081
	lab_until eval '[ -z "$(cat /proc/"$(cat /run/lab/v6d.pid)"/task/*/children)" ]'
	lab_until eval '[ "$(ls /run/oci-v6/records)" = "$(box_id b)@$bob.json" ]'
}

@test "v6ctl: users see their own, root sees all" {
	bind $alice a v6.host=web3 v6.ports=80:8080
	bind $bob b v6.host=web2 v6.ports=80:8081
	a_answers
	run --separate-stderr as $alice v6ctl list --tsv
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	# how it stands, the connections begun, and bytes
	[[ "$(cut -f 11,13,14 <<<"$output")" =~ ^active"	"[1-9][0-9]*"	"[1-9][0-9]*$ ]]
	[ "$(cut -f 1-6,8-9 <<<"$output")" = "web3	2001:db8::203	tcp	80	80	$(box_id a)@1500	2001:db8::203	8080" ]
	run --separate-stderr as $bob v6ctl list --json
	[ "$(grep -c '"container"' <<<"$output")" = 1 ]
	[[ "$output" == *'"uid": 1501'* ]]
	run --separate-stderr as $mallory v6ctl list
	[ "$output" = "nothing is published" ]
	[ "$(v6ctl list --tsv | wc -l)" = 2 ]

	run --separate-stderr as $alice v6ctl show web3
	[[ "$output" == *"network   its own; user 1500 publishes its ports on this host"* ]]
	run --separate-stderr as $alice v6ctl show web2
	[ "$status" != 0 ]
	[[ "$stderr" == *"web2: nothing is published under that name"* ]]
	v6ctl show web3 | grep "peer ([0-9]*) listens on \[::\]:8080"
	as $alice v6ctl show web3 | grep "peer ([0-9]*) listens on \[::\]:8080"
	v6ctl path web3 | grep "this host, where user 1500 publishes ports of container"
	v6ctl check web3
	as $alice v6ctl check web3 | grep "listening  80:8080/tcp: \[::\]:8080 (peer)"
	lab_stop port-8080
	run ! v6ctl check web3
	[[ "$output" == *"80:8080/tcp: nothing listens on port 8080 of this host; publish it (podman run -p 8080:80)"* ]]
	run ! as $alice v6ctl check web3
	[[ "$output" == *"80:8080/tcp: nothing listens on port 8080 of this host; publish it (podman run -p 8080:80)"* ]]
}

@test "a user's refusals are theirs to see, and root's, until they are no more" {
	rules '{"users": ["1500", "1501"], "names": ["web3"]}'
	run ! bind $alice a v6.host=web2 v6.ports=80:8080
	line="$(box_id a | cut -c1-12): web2: 2001:db8::202 port 80/tcp: no rule"
	[[ "$(as $alice v6ctl)" == *"$line"* ]]
	[[ "$(as $alice v6ctl show web2)" == *"web2: 2001:db8::202 port 80/tcp: no rule"* ]]
	run as $alice v6ctl check web2
	[ "$status" = 1 ]
	[[ "$output" == *"✗ start      container $(box_id a | cut -c1-12) failed at "*"no rule"* ]]
	[[ "$(v6ctl)" == *"$line"* ]]
	[[ "$(as $bob v6ctl)" == "nothing is published" ]]
	run as $bob v6ctl check web2
	[[ "$output" == *"? container  no container of yours publishes web2, and no failure of one is kept"* ]]
	# nobody ends another's
	rules '{"users": ["1500", "1501"]}'
	bind $bob b v6.host=web2 v6.ports=80:8081
	unbind $bob b
	[[ "$(as $alice v6ctl)" == *"$line"* ]]
	bind $alice a v6.host=web2 v6.ports=80:8080
	[[ "$(as $alice v6ctl)" != *"Last failures"* ]]
	[[ "$(v6ctl)" != *"Last failures"* ]]
	unbind $alice a
}

@test "v6ctl without v6d: a user reads what has to be started, and by whom" {
	lab_stop v6d
	run as $alice v6ctl list
	[ "$status" = 1 ]
	[[ "$output" == *"v6d does not run, which publishes and shows what users other than root ask for; have root start it: systemctl enable --now v6d.socket"* ]]
}
