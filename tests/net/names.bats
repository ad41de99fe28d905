#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# names.bats - Names to addresses, with DNS servers good, bad and dead
#
#	tests/lab/run bats tests/net/names.bats
#
# All servers are on lo: $GOOD is dnsmasq, $NOBODY has no server, and misbehave starts the rest.

bats_require_minimum_version 1.5.0

GOOD=2001:db8:53::1
BAD=2001:db8:53::2
WORSE=2001:db8:53::3
WORST=2001:db8:53::4
NOBODY=2001:db8:53::5

# link_local INTERFACE - its link-local address, without the zone
link_local() {
	ip -6 -o addr show dev "$1" scope link | awk '{ sub("/.*", "", $4); print $4 } END { exit !NR }'
}

setup_file() {
	local address n big=()

	. "$BATS_TEST_DIRNAME/../lab/topology.sh"
	[ -d /run/.lab ] || { echo "names.bats: only inside tests/lab/run" >&2; return 2; }
	# Without a domain in it that would be searched
	hostname names
	for address in "$GOOD" "$BAD" "$WORSE" "$WORST" "$NOBODY"; do
		ip addr add "$address/128" dev lo nodad
	done
	for n in {1..9} {a..f} 10 {11..19}; do
		big+=(--host-record="big.example.test,2001:db8::b:$n")
	done
	lab_start names dnsmasq --conf-file=/dev/null --keep-in-foreground --user=root --pid-file= \
		--log-facility=- --log-queries --bind-interfaces --listen-address="$GOOD" \
		--no-resolv --no-hosts --local=/#/ --server=/refused.test/# \
		--host-record=web3.example.test,2001:db8::203 \
		--host-record=web3,2001:db8::3 \
		--host-record=both.example.test,192.0.2.3,2001:db8::3b \
		--host-record=many.example.test,2001:db8::301 \
		--host-record=many.example.test,2001:db8::302 \
		--cname=www.example.test,blog.example.test --cname=blog.example.test,web3.example.test \
		--host-record=v4only.example.test,192.0.2.9 \
		--host-record=later.example.test,192.0.2.10 \
		--host-record=later.b.test,2001:db8::20b \
		--txt-record=empty.example.test,nothing \
		"${big[@]}"
	ip link add name dns0 type veth peer name dns1
	sysctl -qw net.ipv6.conf.dns0.accept_dad=0
	ip link set dev dns1 up
	ip link set dev dns0 up
	lab_until link_local dns0
	lab_start zoned dnsmasq --conf-file=/dev/null --keep-in-foreground --user=root --pid-file= \
		--log-facility=- --bind-interfaces --interface=dns0 --except-interface=lo \
		--no-resolv --no-hosts --local=/#/ \
		--host-record=zoned.example.test,2001:db8::2d "${big[@]}"
	servers "$GOOD"
	lab_until getent ahostsv6 web3.example.test
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/../lab/topology.sh"
	lab_stop names
	lab_stop zoned
}

setup() {
	. "$BATS_TEST_DIRNAME/../lab/topology.sh"
	top=$BATS_TEST_DIRNAME/../..
	resolve=${V6_RESOLVE:-$top/build/tests/net/resolve}
	fakedns=${V6_FAKEDNS:-$top/build/tests/net/fakedns}
	fakes=()
	budget=10000
	echo "hosts: files dns" >/etc/nsswitch.conf
	echo "127.0.0.1 localhost" >/etc/hosts
	servers "$GOOD"
}

teardown() {
	[ ${#fakes[@]} = 0 ] || kill "${fakes[@]}"
}

# Write /etc/resolv.conf with these servers, no search domain
servers() {
	printf 'nameserver %s\n' "$@" >/etc/resolv.conf
}

# Have these search domains, too
search() {
	sed -i '/^search/d' /etc/resolv.conf
	echo "search $*" >>/etc/resolv.conf
}

# misbehave ADDRESS MODE - Start a fake server
misbehave() {
	fakes+=("$("$fakedns" "$@" 3>&-)")
}

# resolves NAME ADDRESS... - In this order unless the server turns it
resolves() {
	local name=$1

	shift
	run -0 "$resolve" "$name" "$budget"
	[ "$(sort <<<"$output")" = "$(printf '%s\n' "$@" | sort)" ] || { echo "$output"; return 1; }
}

# fails CODE NAME TEXT
fails() {
	run -1 "$resolve" "$2" "$budget"
	echo "$output"
	[[ $output == "$1: $2: "*"$3"* ]]
	[[ $output != *"No such file"* && $output != *"ermission denied"* ]]
}

# A machine may be slow, so it is the budget that is large where little of it may be used, and that is
# much longer than a program takes where it is used up

# took COMMAND... - how long, in milliseconds: $ms
took() {
	local start=${EPOCHREALTIME/./}

	"$@"
	ms=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "$ms of $budget ms"
}

# at_once COMMAND... - it doesn't wait for the budget's end
at_once() {
	budget=60000
	took "$@"
	[ "$ms" -lt $((budget / 2)) ]
}

# in_all COMMAND... - it takes the budget once, not once for each of several things
in_all() {
	budget=3000
	took "$@"
	[ "$ms" -ge "$budget" ] && [ "$ms" -lt $((2 * budget)) ]
}

# How often the good server was asked for name $2 and type $1
asked() {
	grep -c "query\[$1\] $2 from" /run/lab/names.log
}

@test "one address" {
	resolves web3.example.test 2001:db8::203
}

@test "an answer is not waited for longer than it takes" {
	at_once resolves web3.example.test 2001:db8::203
}

@test "several addresses" {
	resolves many.example.test 2001:db8::301 2001:db8::302
}

@test "IPv4 beside IPv6 is not even asked for" {
	resolves both.example.test 2001:db8::3b
	run asked A both.example.test
	[ "$output" = 0 ]
}

@test "an address that is there twice comes once" {
	printf '2001:db8::7 twice\n2001:db8:0::7 twice\n' >/etc/hosts
	resolves twice 2001:db8::7
}

@test "aliases are followed" {
	resolves www.example.test 2001:db8::203
}

@test "search domains come first for a name without dots" {
	search nowhere.test example.test
	resolves web3 2001:db8::203
}

@test "a dot at the end leaves search domains out" {
	search example.test
	resolves web3. 2001:db8::3
	resolves web3.example.test. 2001:db8::203
	fails ENOENT www. "no such name"
}

@test "a root search domain, as systemd-resolved writes it" {
	search .
	resolves web3 2001:db8::3
	resolves web3.example.test 2001:db8::203
	fails ENOENT nope "no such name"
	fails ENODATA empty.example.test "the name exists, but has no address"
	fails EAFNOSUPPORT v4only.example.test "(192.0.2.9)"
	echo "192.0.2.99 hosted" >/etc/hosts
	fails EAFNOSUPPORT hosted "(192.0.2.99)"
}

@test "ndots says when search domains come first" {
	search b.test
	resolves web3.example.test 2001:db8::203
	run asked AAAA web3.example.test.b.test
	[ "$output" = 0 ]
	echo "options ndots:3" >>/etc/resolv.conf
	resolves web3.example.test 2001:db8::203
	run asked AAAA web3.example.test.b.test
	[ "$output" = 1 ]
	# too few dots to be asked for as it is first, and not found in any domain: it is, then
	search nowhere.test
	resolves later.b.test 2001:db8::20b
}

@test "systemd-resolved's stub" {
	lab_start stub dnsmasq --conf-file=/dev/null --keep-in-foreground --user=root --pid-file= \
		--log-facility=- --bind-interfaces --listen-address=127.0.0.53 --no-resolv \
		--no-hosts --server="$GOOD"
	printf 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n' >/etc/resolv.conf
	echo "hosts: files myhostname resolve [!UNAVAIL=return] dns" >/etc/nsswitch.conf
	lab_until "$resolve" web3.example.test
	resolves web3 2001:db8::3
	resolves web3. 2001:db8::3
	resolves www.example.test 2001:db8::203
	resolves many.example.test 2001:db8::301 2001:db8::302
	fails ENOENT nope.example.test "no such name in DNS or /etc/hosts: asked 127.0.0.53;"
	fails EAFNOSUPPORT v4only.example.test "(192.0.2.9)"
	run -0 "$resolve" big.example.test
	[ "${#lines[@]}" = 16 ]
	lab_stop stub
	at_once fails ECONNREFUSED web3 "nothing listens on 127.0.0.53; see"
}

@test "a search domain with only IPv4 does not hide a later one" {
	search example.test b.test
	resolves later 2001:db8::20b
}

@test "only IPv4 in one search domain wins over no such name in the others" {
	search example.test nowhere.test
	fails EAFNOSUPPORT v4only "has only IPv4 addresses (192.0.2.9); add an AAAA record"
	search nowhere.test example.test
	fails EAFNOSUPPORT v4only "(192.0.2.9)"
}

@test "/etc/hosts and DNS in the order of nsswitch.conf" {
	echo "2001:db8::99 alias web3.example.test" >/etc/hosts
	resolves web3.example.test 2001:db8::99
	echo "hosts: dns files" >/etc/nsswitch.conf
	resolves web3.example.test 2001:db8::203
	resolves alias 2001:db8::99
}

@test "/etc/hosts alone" {
	echo "hosts: files" >/etc/nsswitch.conf
	echo "2001:db8::99 web3" >/etc/hosts
	resolves web3 2001:db8::99
	fails ENOENT web3.example.test "no such name in DNS or /etc/hosts; add"
}

@test "IPv4 in /etc/hosts does not hide IPv6 in DNS" {
	echo "192.0.2.99 web3.example.test" >/etc/hosts
	resolves web3.example.test 2001:db8::203
}

@test "only IPv4 in DNS" {
	fails EAFNOSUPPORT v4only.example.test "has only IPv4 addresses (192.0.2.9); add an AAAA"
}

@test "only IPv4 in /etc/hosts" {
	printf '192.0.2.%d hosted\n' 1 2 3 4 >/etc/hosts
	fails EAFNOSUPPORT hosted "only IPv4 addresses (192.0.2.1, 192.0.2.2, 192.0.2.3, ...)"
}

@test "no such name" {
	fails ENOENT nope.example.test "no such name in DNS or /etc/hosts: asked $GOOD; add"
}

@test "a name without any address" {
	fails ENODATA empty.example.test "the name exists, but has no address; add an AAAA record"
	misbehave "$BAD" nodata
	servers "$BAD"
	fails ENODATA web3.example.test "the name exists, but has no address"
}

@test "a server that refuses" {
	misbehave "$BAD" refused
	servers "$BAD"
	at_once fails ECONNREFUSED web3.example.test "$BAD refuses to answer (REFUSED); see"
}

@test "a server that fails" {
	misbehave "$BAD" servfail
	servers "$BAD"
	at_once fails EIO web3.example.test "DNS failed: $BAD answers with a failure (SERVFAIL)"
}

@test "a link-local server, as routers announce it" {
	local address index

	address=$(link_local dns0)
	index=$(cat /sys/class/net/dns0/ifindex)
	servers "$address%dns0"
	resolves zoned.example.test 2001:db8::2d
	servers "$address%$index"
	resolves zoned.example.test 2001:db8::2d
	# not at its turn
	servers "$NOBODY" "$address%dns0"
	resolves zoned.example.test 2001:db8::2d
	servers "$address%dns0" "$GOOD"
	resolves zoned.example.test 2001:db8::2d
	servers "$GOOD" "$address%dns0"
	resolves web3.example.test 2001:db8::203
	# by TCP
	servers "$address%dns0"
	run -0 "$resolve" big.example.test
	[ "${#lines[@]}" = 16 ]
}

@test "link-local servers that do not answer are named with their interface" {
	servers fe80::dead%lo "$NOBODY"
	fails ECONNREFUSED web3.example.test "fe80::dead%lo cannot be reached, nothing listens on $NOBODY"
	servers "$(link_local dns0)%gone" "$NOBODY"
	fails ECONNREFUSED web3.example.test "$(link_local dns0) cannot be reached, nothing listens on $NOBODY"
	servers fe80::dead%dns0
	budget=500
	fails ETIMEDOUT web3.example.test "fe80::dead%dns0"
}

@test "no server listens" {
	servers "$NOBODY"
	at_once fails ECONNREFUSED web3.example.test "nothing listens on $NOBODY; see /etc/res"
}

@test "no way to the server" {
	servers 2001:db8:dead::53
	at_once fails ECONNREFUSED web3.example.test "2001:db8:dead::53 cannot be reached"
}

@test "no server configured" {
	: >/etc/resolv.conf
	at_once fails ECONNREFUSED web3.example.test "nothing listens on 127.0.0.1"
}

@test "a silent server costs the budget and no more" {
	misbehave "$BAD" silent
	servers "$BAD"
	in_all fails ETIMEDOUT web3.example.test "$BAD does not answer; see"
	[[ $output =~ "DNS timed out after "([0-9]+)" ms: " ]]
	[ "${BASH_REMATCH[1]}" -ge "$budget" ] && [ "${BASH_REMATCH[1]}" -le "$ms" ]
}

# attempts N - Queries that reach $BAD while it is asked so many times at most
attempts() {
	nft "add table ip6 names; add chain ip6 names input { type filter hook input priority 0; };
		add rule ip6 names input ip6 daddr $BAD udp dport 53 counter"
	run -1 "$resolve" web3.example.test "$budget" "$1"
	echo "$output"
	run -0 nft list chain ip6 names input
	nft delete table ip6 names
	[[ $output == *"counter packets $1 bytes"* ]]
}

@test "a silent server is asked as often as it says, in the same time" {
	misbehave "$BAD" silent
	servers "$BAD"
	for tries in 2 3 5; do
		in_all attempts "$tries"
	done
}

@test "with two attempts, a good server after two silent ones is asked in time" {
	misbehave "$BAD" silent
	misbehave "$WORSE" silent
	servers "$BAD" "$WORSE" "$GOOD"
	run -0 "$resolve" web3.example.test "$budget" 2
	[ "$output" = 2001:db8::203 ]
}

@test "several silent servers cost no more" {
	misbehave "$BAD" silent
	misbehave "$WORSE" silent
	servers "$BAD" "$WORSE"
	in_all fails ETIMEDOUT web3.example.test "$BAD does not answer, $WORSE does not"
}

@test "each of several bad servers is named" {
	misbehave "$BAD" refused
	misbehave "$WORSE" servfail
	servers "$BAD" "$WORSE" "$NOBODY"
	fails EIO web3.example.test "$BAD refuses to answer (REFUSED), "
	[[ $output == *"$WORSE answers with a failure (SERVFAIL), nothing listens on $NOBODY; "* ]]
}

@test "a good server after bad ones of each kind" {
	misbehave "$BAD" refused
	misbehave "$WORSE" servfail
	servers "$NOBODY" "$BAD" "$WORSE" "$GOOD"
	at_once resolves web3.example.test 2001:db8::203
}

@test "a good server after three silent ones, within the budget" {
	misbehave "$BAD" silent
	misbehave "$WORSE" silent
	misbehave "$WORST" silent
	servers "$BAD" "$WORSE" "$WORST" "$GOOD"
	resolves web3.example.test 2001:db8::203
}

@test "a silent server costs its time once, not for each search domain" {
	misbehave "$BAD" silent
	servers "$BAD" "$GOOD"
	search a.test b.test c.test d.test e.test example.test
	took resolves web3 2001:db8::203
	[ "$ms" -lt $((budget / 2)) ]
	took fails EAFNOSUPPORT v4only "192.0.2.9"
	[ "$ms" -lt $((budget / 2)) ]
}

@test "one lost packet does not make a server silent for good" {
	misbehave "$BAD" lossy
	servers "$BAD"
	search a.test
	fails ENOENT web3 "no such name in DNS or /etc/hosts: asked $BAD;"
}

@test "a name without dots is asked for as it is when its search domain is refused" {
	search refused.test
	resolves web3 2001:db8::3
	fails ECONNREFUSED nope "$GOOD refuses to answer (REFUSED)"
}

@test "an answer too long for UDP, with more addresses than are looked at" {
	misbehave "$BAD" truncated
	servers "$BAD"
	resolves web3.example.test 2001:db8::{1..9} 2001:db8::{a,b,c,d,e,f,10}
}

@test "an answer too long for UDP, from a real server" {
	local before

	before=$(asked AAAA big.example.test) || :
	run -0 "$resolve" big.example.test
	[ "${#lines[@]}" = 16 ]
	[ "$(sort -u <<<"$output" | grep -c '^2001:db8::b:')" = 16 ]
	# over UDP, and again over TCP
	run asked AAAA big.example.test
	[ "$output" = $((before + 2)) ]
}

@test "an answer too long for UDP, and no TCP" {
	misbehave "$BAD" truncated
	servers "$BAD"
	nft "add table ip6 names; add chain ip6 names input { type filter hook input priority 0; };
		add rule ip6 names input ip6 daddr $BAD tcp dport 53 drop"
	in_all fails ETIMEDOUT web3.example.test "$BAD does not answer over TCP"
	nft delete table ip6 names
}

@test "labels of 63 and names of 253 characters are asked for, longer ones are not" {
	local a

	a=$(printf 'a%.0s' {1..63})
	fails ENOENT "$a" "no such name"
	fails ENOENT "$a.$a.$a.${a:2}." "no such name"
	run -1 "$resolve" "a$a"
	[[ $output == 'EINVAL: "aa'*'": not a DNS name; '* ]]
	run -1 "$resolve" "$a.$a.$a.${a:1}"
	[[ $output == 'EINVAL: "aa'*'": not a DNS name; '* ]]
}
