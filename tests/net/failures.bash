#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# failures.bats - Input -> message -> exit status -> nothing left; the message is found again later
#
#	tests/lab/run bats tests/net/failures.bats
#	tests/lab/run bats tests/net/failures-valgrind.bats	the same, and no leak on any of these paths

load lab

case $BATS_TEST_FILENAME in
*-valgrind.bats)
	V6_WRAP="valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all"
	V6_WRAP+=" --track-fds=no --error-exitcode=99"
	;;
esac

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	lab_first_bind a
}

setup() {
	cp /run/lab/resolv.conf /etc/resolv.conf
	: >/run/lab/messages
}

# fails TEXT KEY=VALUE... - the start of a box (BOX, or a) fails with this text, everywhere it should
# be, and leaves nothing
fails() {
	local text=$1 before id

	shift
	id=$(box_id "${BOX:-a}" | cut -c1-12)
	before=$(box_snapshot)
	run box_bind "${BOX:-a}" "$@"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == "oci-v6-hook: $id: $text"* ]]
	[ "${#lines[@]}" = 1 ]
	# podman takes these words for its own failures
	[[ "${output,,}" != *"no such file or directory"* && "${output,,}" != *"permission denied"* ]]
	box_same "$before"
	lab_until grep -qF "$id: $text" /run/lab/messages
	[[ "$(v6ctl)" == *"$id: $text"* ]]
}

@test "names: no such name" {
	fails 'nowhere: no such name in DNS or /etc/hosts' v6.host=nowhere
}

@test "names: only IPv4" {
	fails 'v4only: has only IPv4 addresses (192.0.2.9)' v6.host=v4only
}

@test "names: DNS times out" {
	echo "nameserver 2001:db8::dead" >/etc/resolv.conf
	fails 'web3: DNS timed out after ' v6.host=web3
	[[ "$output" =~ "timed out after "([0-9]+)" ms" ]]
	# of the hook's ten seconds, and it needs some for what else it does
	[ "${BASH_REMATCH[1]}" -ge 2000 ] && [ "${BASH_REMATCH[1]}" -lt 8000 ]
}

@test "names: several share one budget" {
	echo "nameserver 2001:db8::dead" >/etc/resolv.conf
	began=$EPOCHREALTIME
	run box_bind a v6.host=web2,web3,web4,web5
	[ "$status" = 1 ]
	# four times as long, if each had its own
	awk "BEGIN { exit !($EPOCHREALTIME - $began < 7) }"
}

# answered MODE TEXT - where DNS answers so, the start fails with this text
answered() {
	local fake

	fake=$(lab_dns "$PWD/$V6_BUILD/tests/net/fakedns" 2001:db8::5353 "$1" 3>&-)
	fails "$2" v6.host=unheard-of.example.
	kill "$fake"
	lab_until lab_is_gone "$fake"
}

@test "names: DNS refuses, fails, knows no address" {
	ip -n dns addr replace 2001:db8::5353/64 dev eth0 nodad
	echo "nameserver 2001:db8::5353" >/etc/resolv.conf
	answered refused 'unheard-of.example.: cannot ask DNS: 2001:db8::5353 refuses to answer (REFUSED)'
	answered servfail 'unheard-of.example.: DNS failed: 2001:db8::5353 answers with a failure (SERVFAIL)'
	answered nodata 'unheard-of.example.: the name exists, but has no address; add an AAAA record'
}

@test "names: no server listens there" {
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
	fails "web3: cannot ask DNS: nothing listens on $LAB_CLIENT" v6.host=web3
}

@test "names: one of two fails: the other is not published either" {
	fails 'nowhere: no such name' v6.host=web3,nowhere
}

@test "addresses: no link holds the prefix" {
	fails '2001:db8:9::1 is in no prefix of any interface of this host; correct' \
		v6.host=2001:db8:9::1
}

@test "addresses: not for services" {
	for address in ::1 :: fe80::5 ff02::1 ::ffff:192.0.2.9 64:ff9b::1; do
		fails "$address can't be a service address; use a global" v6.host=$address
	done
}

@test "addresses: the router's" {
	fails "$LAB_ROUTER is the address of this host's router" v6.host="$LAB_ROUTER"
}

@test "addresses: behind the container bridge" {
	fails 'fd42::5 is in the prefix behind the container bridge cni0' v6.host=fd42::5
	fails 'fd42::ffff is in the prefix behind the container' v6.host=fd42::ffff
}

@test "addresses: on loopback, on a macvlan of the host, routed elsewhere by the host" {
	ip addr add 2001:db8:3::7/128 dev lo
	fails '2001:db8:3::7 is on loopback; a service needs an interface by which clients reach it' \
		v6.host=2001:db8:3::7
	ip addr del 2001:db8:3::7/128 dev lo
	ip route add 2001:db8::77/128 dev cni0
	fails '2001:db8::77 is already routed by this host; see ip -6 route get' \
		v6.host=2001:db8::77
	ip route del 2001:db8::77/128 dev cni0
	ip link add shim0 link eth0 type macvlan mode bridge || skip "this kernel has no macvlan"
	sysctl -qw net.ipv6.conf.shim0.accept_dad=0 net.ipv6.conf.shim0.accept_ra=0
	ip link set shim0 up
	ip addr add 2001:db8:3::1/64 dev shim0 nodad
	lab_until box_settled shim0
	fails '2001:db8:3::7 would go to shim0, a macvlan interface; choose an address of the interface below' \
		v6.host=2001:db8:3::7
	ip link del shim0
}

@test "addresses: more than fit a record" {
	literals=$(printf '2001:db8::9:%x,' {1..15})
	lab_dns_add two 2001:db8::a:1
	lab_dns_add two 2001:db8::a:2
	fails 'two: over 16 service addresses in all; ask for fewer' "v6.host=${literals}two"
}

@test "annotations: each mistake has its own words" {
	fails 'annotation v6.hosts is not known; did you mean v6.host?' v6.host=web3 v6.hosts=web3
	fails 'v6.ports: "80-70"' v6.host=web3 v6.ports=80-70
	fails 'v6.ports: "0"' v6.host=web3 v6.ports=0
	fails 'v6.ports: "65536"' v6.host=web3 v6.ports=65536
	fails 'v6.ports: "80/icmp"' v6.host=web3 v6.ports=80/icmp
	fails 'v6.host: ' v6.host=-bad-
	fails 'v6.host: ' v6.host=
	fails 'v6.host: ' v6.host=192.0.2.7
	fails 'v6.required: ' v6.host=web3 v6.required=maybe
	fails 'web3: v6.interface: this host has no interface eth9' v6.host=web3 v6.interface=eth9
	fails 'web3: 2001:db8::203 is in no prefix of interface cni0' v6.host=web3 v6.interface=cni0
}

@test "annotations: no terminal escape reaches the log" {
	run box_bind a 'v6.host=web\u001b[31m3'
	[ "$status" = 1 ]
	[[ "$output" != *$'\e'* ]]
}

# says TEXT: the hook says this of a state that has no id to speak of
says() {
	[ "$status" = 1 ]
	echo "$output"
	[[ "$output" == "oci-v6-hook: $1"* ]]
	lab_until grep -qF "$1" /run/lab/messages
}

@test "state: malformed, empty, over-large, without an id" {
	run eval "echo '{\"id\": \"x\", ' | $V6_WRAP $hook createRuntime"
	says 'container state: line '
	run eval "$V6_WRAP $hook createRuntime </dev/null"
	says 'container state: '
	run eval "head -c 1100000 /dev/zero | tr '\\0' ' ' | $V6_WRAP $hook createRuntime"
	says 'container state: over 1048576 bytes'
	run eval "echo '{\"pid\": 1}' | $V6_WRAP $hook createRuntime"
	says 'container state: "id": missing'
	run eval "echo '{\"id\": \"../x\", \"pid\": 1}' | $V6_WRAP $hook createRuntime"
	says 'container state: "id"'
	run eval "$V6_WRAP $hook createRuntime <&-"
	says 'container state: cannot read it: '
	run eval "box_state a v6.host=web3 | sed 's/\"pid\":[0-9]*/\"pid\":0/' | $V6_WRAP $hook createRuntime"
	says "$(box_id a | cut -c1-12): the container state has no pid; bind belongs to the createRuntime"
}

@test "state: what poststop cannot read is reported, and stops no other hook" {
	run eval "echo nonsense | $V6_WRAP $hook poststop"
	[ "$status" = 0 ]
	[[ "$output" == "oci-v6-hook: container state: line 1"* ]]
}

@test "usage: another stage, or none" {
	run $V6_WRAP "$hook" poststart
	[ "$status" = 2 ]
	[[ "$output" == usage:* ]]
	run $V6_WRAP "$hook"
	[ "$status" = 2 ]
	run $V6_WRAP "$hook" poststop v6.host=web3
	[ "$status" = 2 ]
}

# beside PAIR... - the hook is told of a box's annotations on its command line
beside() {
	box_state a | $V6_WRAP "$hook" createRuntime "$@"
}

@test "beside the state: what is no annotation of ours, or one that is wrong" {
	before=$(box_snapshot)
	for pair in v6.host '' web3 io.x=y; do
		run beside v6.ports=80 "$pair"
		[ "$status" = 1 ]
		says "$(box_id a | cut -c1-12): \"$pair\": expected v6.KEY=VALUE"
	done
	run beside v6.host=nope
	[ "$status" = 1 ]
	says "$(box_id a | cut -c1-12): nope: no such name"
	run beside v6.host=nope v6.required=false
	[ "$status" = 0 ]
	box_same "$before"
}

@test "container: the process has ended" {
	run eval "echo '{\"id\":\"gone\",\"pid\":4194303,\"annotations\":{\"v6.host\":\"web3\"}}' | $V6_WRAP $hook createRuntime"
	says 'gone: process 4194303: it has exited'
}

@test "container: no network" {
	lab_start init-none unshare -n sleep infinity
	lab_until eval '[ "$(readlink /proc/$(cat /run/lab/init-none.pid)/ns/net)" != "$(readlink /proc/self/ns/net)" ]'
	run eval "box_state none v6.host=web3 | $V6_WRAP $hook createRuntime"
	lab_stop init-none
	says "$(box_id none | cut -c1-12): the container has no network but loopback"
}

@test "container: no way out of its network, as in an internal one" {
	ip -n a -6 route del default
	fails 'the container has an IPv6 address, but no default route, and could answer its' v6.host=web3
	ip -n a route add default via fd42::ffff
}

@test "container: macvlan" {
	ip netns add mv
	ip link add mv0 link eth0 type macvlan mode bridge || skip "this kernel has no macvlan"
	ip link set mv0 netns mv name eth0 up
	ip -n mv link set eth0 up
	ip -n mv addr add 2001:db8::77/64 dev eth0 nodad
	box_init mv
	run eval "box_state mv v6.host=web3 | $V6_WRAP $hook createRuntime"
	lab_stop init-mv
	ip netns del mv
	says "$(box_id mv | cut -c1-12): the container's interface eth0 is a macvlan"
}

# A box of its own for each: what its network is like, and what is said of it
@test "container: its network has no way for us, and the error says which" {
	BOX=odd
	box_up odd
	ip -n odd link add eth1 type veth peer name eth2
	ip -n odd link set eth1 up
	fails 'the container has several interfaces and no default route; give one of its networks a gateway' \
		v6.host=web3
	ip -n odd addr add fd44::2/64 dev eth1 nodad
	ip -n odd route add default dev eth1
	fails "the container's interface eth1 is on no bridge of this host; use a bridge network" \
		v6.host=web3
	ip -n odd link del eth1
	ip -n odd addr add fd42::ffff/64 dev eth0 nodad
	ip -n odd route replace default via fd42::1 dev eth0
	fails "the container's address fd42::ffff is one of this host's own; use a bridge network" \
		v6.host=web3
	ip -n odd addr del fd42::ffff/64 dev eth0
	ip -n odd addr add "$LAB_CLIENT/64" dev eth0 nodad
	ip -n odd route replace default via 2001:db8::1 dev eth0
	fails "this host's route to the container's address $LAB_CLIENT does not go through cni0, where" \
		v6.host=web3
	box_down odd
}

@test "host: /run/oci-v6 is not what it should be, is full, or cannot be written to" {
	local before

	mv /run/oci-v6 /run/lab/kept
	before=$(box_snapshot)
	for make in 'touch $dir' 'ln -s /run/lab/kept $dir' 'mkdir -m 777 $dir' \
		'mkdir -m 700 $dir; chown 65534 $dir' 'mkdir -m 700 $dir; mount -t tmpfs -o size=4k,mode=700 full $dir; head -c 4096 /dev/zero >$dir/lock' \
		'mkdir -m 700 $dir; mount -t tmpfs -o ro,mode=700 full $dir'; do
		dir=/run/oci-v6
		eval "$make"
		run box_bind a v6.host=2001:db8::203
		echo "$make: $output"
		umount $dir || :
		rm -rf $dir
		[ "$status" = 1 ]
		[[ "$output" == "oci-v6-hook: $(box_id a | cut -c1-12): "*"/run/oci-v6"*": "* ]]
		box_same "$before"
	done
	mv /run/lab/kept /run/oci-v6
}

@test "host: settings cannot be changed, as in a container whose /proc/sys is read-only" {
	[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] || skip "all has been on since the first test"
	sysctl -qw net.ipv6.conf.cni0.force_forwarding=0
	before=$(box_snapshot)
	run eval "box_state a v6.host=2001:db8::203 |
		unshare -m sh -c 'mount --bind -o ro /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys; exec $V6_WRAP $hook createRuntime'"
	sysctl -qw net.ipv6.conf.cni0.force_forwarding=1
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *": cannot set net.ipv6.conf.cni0.force_forwarding to 1: "* ]]
	box_same "$before"
}

@test "rights: none at all, or no CAP_NET_ADMIN" {
	before=$(box_snapshot)
	run eval "box_state a v6.host=web3 | setpriv --reuid=65534 --clear-groups $V6_WRAP $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"v6d does not run, which publishes and shows what users other than root ask for; have root start it"* ]]
	run eval "box_state a v6.host=web3 | setpriv --bounding-set=-net_admin $V6_WRAP $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"not allowed; run as root with CAP_NET_ADMIN"* ]]
	run eval "box_state a v6.host=web3 | setpriv --bounding-set=-sys_admin $V6_WRAP $hook createRuntime"
	[ "$status" = 1 ]
	[[ "$output" == *"cannot enter the network namespace: "*"; run as root with CAP_SYS_ADMIN"* ]]
	box_same "$before"
}

@test "kernel: no nf_tables" {
	before=$(box_snapshot)
	run eval "box_state a v6.host=web3 | OLDKERNEL=nf_tables LD_PRELOAD=$PWD/$V6_BUILD/tests/net/oldkernel.so ASAN_OPTIONS=verify_asan_link_order=0 $V6_WRAP $hook createRuntime"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"this kernel has no nf_tables; load it with modprobe nf_tables"* ]]
	box_same "$before"
}

@test "kernel: IPv6 is off on the host, and on the link" {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	run box_bind a v6.host=2001:db8::203
	sysctl -qw net.ipv6.conf.all.disable_ipv6=0
	# it took all addresses with it
	ip addr add "$LAB_HOST/64" dev eth0 nodad
	ip addr add fd42::ffff/64 dev cni0 nodad
	ip route replace default via "$LAB_ROUTER" dev eth0
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *"IPv6 is off on this host; sysctl net.ipv6.conf.all.disable_ipv6=0"* ]]
}

@test "kernel: IPv6 is off on the container's bridge" {
	box_up bare
	sysctl -qw net.ipv6.conf.cni0.disable_ipv6=1
	fails 'IPv6 is off on interface cni0; sysctl net.ipv6.conf.cni0.disable_ipv6=0' v6.host=2001:db8::203
	BOX=bare fails 'IPv6 is off on interface cni0; sysctl net.ipv6.conf.cni0.disable_ipv6=0' v6.host=2001:db8::203
	# an engine removes its bridge with the container that did not start, and makes it anew
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	BOX=bare fails 'IPv6 is off on interface cni0, as on each new interface; sysctl net.ipv6.conf.default.disable_ipv6=0' v6.host=2001:db8::203
	sysctl -qw net.ipv6.conf.default.disable_ipv6=0
	sysctl -qw net.ipv6.conf.cni0.disable_ipv6=0
	ip addr add fd42::ffff/64 dev cni0 nodad
	box_down bare
}

@test "v6.required=false: the container starts, and the failure is logged and listed" {
	run box_bind a v6.host=nowhere v6.required=false
	[ "$status" = 0 ]
	[[ "$output" == *"nowhere: no such name"* ]]
	lab_until grep -q "nowhere: no such name" /run/lab/messages
	[[ "$(v6ctl)" == *"nowhere: no such name"* ]]
}

@test "pods of Kubernetes may claim nothing" {
	run eval "sed \"s/\\\"pid\\\":[0-9]*/\\\"pid\\\":$(box_pid a)/\" tests/states/crio-container-crun-created.json | $V6_WRAP $hook createRuntime"
	says 'bf07f46651db: pods of Kubernetes (cri-o) may not claim'
}

@test "claims: held by a living container, and one of several" {
	box_up b fd42::b/64
	box_bind b v6.host=web3
	fails "web3: 2001:db8::203 port 80/tcp is held by container $(box_id b | cut -c1-12); stop that one" \
		v6.host=web3
	fails "web3: 2001:db8::203 port 80/tcp is held by" v6.host=web2,web3 v6.ports=443,80,53/udp
	box_unbind b
	box_down b
}

@test "and all is well: bind, and unbind" {
	box_bind a v6.host=web3,web2 v6.ports=80,443,53/udp
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	box_unbind a
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
}

# 3 and more are needed by the shell that begins; the hook has enough at last
@test "host: too few descriptors, by any number: nothing is left, and the error gives no other reason" {
	local before n

	before=$(box_snapshot)
	for n in {7..24}; do
		V6_WRAP="prlimit --nofile=$n:$n" run box_bind a v6.host=2001:db8::203
		[ "$status" != 0 ] || break
		echo "$output"
		[[ "$output" == *": Too many open files"* ]]
		box_same "$before"
	done
	[ "$n" -gt 7 ]
	[ "$n" -lt 24 ]
	box_unbind a
	box_same "$before"
}
