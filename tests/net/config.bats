#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# config.bats - What /etc/oci-v6/config.json says is done: who may claim what, and defaults
#
#	tests/lab/run bats tests/net/config.bats

load lab

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
	box_up a fd42::a/64
	box_up bare
	mkdir -p /etc/oci-v6
	lab_first_bind a
}

teardown() {
	rm -rf /etc/oci-v6/config.json
	cp /run/lab/resolv.conf /etc/resolv.conf
	box_unbind a
	box_unbind bare
}

# config TEXT - what the administrator writes
config() {
	printf '%s\n' "$1" >/etc/oci-v6/config.json
}

# refused TEXT KEY=VALUE... - the start of box a fails with this text, and leaves nothing
refused() {
	local text=$1 before

	shift
	before=$(box_snapshot)
	run box_bind a "$@"
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == "oci-v6-hook: $(box_id a | cut -c1-12): $text"* ]]
	[ "${#lines[@]}" = 1 ]
	box_same "$before"
}

# allowed KEY=VALUE... - box a starts
allowed() {
	box_bind a "$@"
	box_unbind a
}

@test "allow: no rule at all" {
	config '{"allow": []}'
	refused 'no rule of "allow" in /etc/oci-v6/config.json' v6.host=web3
}

@test "allow: by prefix" {
	config '{"allow": [{"prefixes": ["2001:db8::202/127"]}]}'
	allowed v6.host=web3
	refused 'web4: 2001:db8::204 port 80/tcp: no rule of "allow"' v6.host=web4
}

@test "allow: of several addresses of a name, those that may be had are" {
	lab_dns_add many 2001:db8::301
	lab_dns_add many 2001:db8::302
	config '{"allow": [{"prefixes": ["2001:db8::302"]}]}'
	box_bind a v6.host=many
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::301)" ]
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::302)" ]
}

@test "allow: by name" {
	config '{"allow": [{"names": ["db*", "web[23]"]}]}'
	allowed v6.host=web3
	refused 'web4: 2001:db8::204 port 80/tcp: no rule' v6.host=web4
	refused 'web4: 2001:db8::204 port 80/tcp: no rule' v6.host=web3,web4
}

# other_search - web3 is 2001:db8::209 by a search domain of its own, and web3. is 2001:db8::203
other_search() {
	lab_dns_add web3.other.test 2001:db8::209
	printf 'nameserver %s\nsearch other.test\n' "$LAB_DNS" >/etc/resolv.conf
}

@test "allow: by name, an absolute one being another" {
	other_search
	config '{"allow": [{"names": ["web3"]}]}'
	allowed v6.host=web3
	refused 'web3.: 2001:db8::203 port 80/tcp: no rule' v6.host=web3.
	config '{"allow": [{"names": ["web3."]}]}'
	allowed v6.host=web3.
	refused 'web3: 2001:db8::209 port 80/tcp: no rule' v6.host=web3
}

@test "names: a dot at the end leaves search domains out" {
	other_search
	box_bind a v6.host=web3.
	[ -n "$(ip -6 addr show dev eth0 to 2001:db8::203)" ]
	[ -z "$(ip -6 addr show dev eth0 to 2001:db8::209)" ]
	[[ "$(v6ctl list --tsv)" == *"web3."$'\t'"2001:db8::203"$'\t'* ]]
	box_unbind a
	# one request for both
	box_bind a v6.host=web3,web3.
	[[ "$(v6ctl list --tsv)" == *"web3"$'\t'"2001:db8::209"$'\t'*"web3."$'\t'"2001:db8::203"$'\t'* ]]
	box_unbind a
	# which may be the same address after all
	cp /run/lab/resolv.conf /etc/resolv.conf
	box_bind a v6.host=web3,web3.
	[ "$(claims)" = 'tcp 80 80' ]
	box_unbind a
	refused 'web3.other.: no such name' v6.host=web3.other.
}

@test "allow: by port, each of a range" {
	config '{"allow": [{"ports": ["80", "5000-5010/udp"]}]}'
	allowed v6.host=web3 v6.ports=80,5000-5010/udp
	refused 'web3: 2001:db8::203 port 443/tcp: no rule' v6.host=web3 v6.ports=80,443
	refused 'web3: 2001:db8::203 port 5011/udp: no rule' v6.host=web3 v6.ports=5000-5011/udp
}

@test "allow: by engine" {
	config '{"allow": [{"engines": ["podman"]}]}'
	allowed v6.host=web3 io.container.manager=libpod
	refused 'no rule of "allow" in /etc/oci-v6/config.json is for containers of this engine (unknown)' \
		v6.host=web3
}

@test "allow: by user, which is root for what asks through the hook" {
	config '{"allow": [{"users": ["nobody", "root"]}]}'
	allowed v6.host=web3
	config '{"allow": [{"users": ["0"], "names": ["web3"]}]}'
	allowed v6.host=web3
	refused 'web4: 2001:db8::204 port 80/tcp: no rule' v6.host=web4
	config '{"allow": [{"users": ["nobody"]}]}'
	refused 'no rule of "allow" in /etc/oci-v6/config.json is for containers of this engine (unknown) run by root' \
		v6.host=web3
	config $'{"allow": [\n{"names": ["web3"]},\n{"users": ["root",\n "no-such-user"]}]}'
	refused '/etc/oci-v6/config.json: line 4: "allow"[1]."users": "no-such-user" is no user of this host' \
		v6.host=web3
}

@test "allow: the rules are read in turn, and say nothing about addresses that no container may have" {
	config '{"allow": [{"names": ["web2"]}, {"names": ["*"]}]}'
	allowed v6.host=web3
	refused "$LAB_ROUTER is the address of this host's router" v6.host="$LAB_ROUTER"
}

# claims - each as PROTO PORT TARGET-PORT, of 2001:db8::203 and box a
claims() {
	nft list map ip6 oci-v6 services | tr ',' '\n' |
		sed -n 's/.*\(tcp\|udp\) \. 2001:db8::203 \. \([0-9]*\) .*: fd42::a \. \([0-9]*\).*/\1 \2 \3/p' |
		sort
}

@test "ports: the default, unless the container says otherwise" {
	config '{"ports": "8080:81, 53/udp"}'
	box_bind a v6.host=web3
	[ "$(claims)" = $'tcp 8080 81\nudp 53 53' ]
	box_unbind a
	box_bind a v6.host=web3 v6.ports=80
	[ "$(claims)" = 'tcp 80 80' ]
}

@test "interface: the default, unless the container says otherwise" {
	config '{"interface": "cni0"}'
	refused 'web3: 2001:db8::203 is in no prefix of interface cni0; correct "interface" in /etc/oci-v6/config.json' \
		v6.host=web3
	allowed v6.host=web3 v6.interface=eth0
	config '{"interface": "eth9"}'
	refused 'web3: "interface" in /etc/oci-v6/config.json: this host has no interface eth9' v6.host=web3
	config '{"interface": "eth0"}'
	allowed v6.host=web3
}

@test "resolve: the time-out" {
	echo "nameserver 2001:db8::dead" >/etc/resolv.conf
	config '{"resolve": {"timeout_ms": 300}}'
	refused 'never-seen: DNS timed out after 3' v6.host=never-seen
}

@test "resolve: the attempts" {
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
	# it is asked, and does not answer, not even with an error
	lab_client nft "add table ip6 dns;
		add chain ip6 dns input { type filter hook input priority 0; };
		add rule ip6 dns input udp dport 53 counter drop"
	config '{"resolve": {"timeout_ms": 600, "tries": 2}}'
	refused 'never-seen: DNS timed out after 6' v6.host=never-seen
	run lab_client nft list table ip6 dns
	lab_client nft delete table ip6 dns
	echo "$output"
	[[ "$output" == *"counter packets 2 "* ]]
}

@test "resolve: how long a last known answer serves, and not at all" {
	rm -rf /var/lib/oci-v6
	config '{"resolve": {"known_days": 0}}'
	allowed v6.host=web3
	[ ! -e /var/lib/oci-v6 ]

	rm /etc/oci-v6/config.json
	allowed v6.host=web3
	[ -n "$(find /var/lib/oci-v6/names -type f)" ]
	echo "nameserver $LAB_CLIENT" >/etc/resolv.conf
	allowed v6.host=web3
	config '{"resolve": {"known_days": 0}}'
	refused "web3: cannot ask DNS: nothing listens on $LAB_CLIENT" v6.host=web3

	config '{"resolve": {"known_days": 30}}'
	sed -i "2s/.*/$(($(date +%s) - 29 * 86400))/" /var/lib/oci-v6/names/*
	run box_bind a v6.host=web3
	echo "$output"
	[ "$status" = 0 ]
	[[ "$output" == *"; using the answer of 29 d ago" ]]
	box_unbind a
	config '{"resolve": {"known_days": 28}}'
	refused "web3: cannot ask DNS: nothing listens on $LAB_CLIENT" v6.host=web3
}

@test "provide: off, and a prefix" {
	config '{"provide": "off"}'
	allowed v6.host=web3
	run box_bind bare v6.host=web3
	echo "$output"
	[ "$status" = 1 ]
	[[ "$output" == *'the container has no IPv6 address, and "provide" in /etc/oci-v6/config.json is off'* ]]

	nft delete table ip6 oci-v6
	config '{"provide": "fd12:3456:789a::/48"}'
	box_bind bare v6.host=web3
	ip -n bare -6 -o addr show dev eth0 | grep -q 'inet6 fd12:3456:789a:'
	nft list set ip6 oci-v6 provided | grep -q 'fd12:3456:789a::/48'
}

# It would take the gateway from containers that were given an address under the old one
@test "provide: reconcile after a change leaves what containers were given" {
	box_serve bare tcp 80
	box_bind bare v6.host=web3
	config '{"provide": "fd12:3456:789a::/48"}'
	before=$(box_snapshot)
	run v6ctl reconcile
	[ "$output" = '1 live, 0 repaired; 0 dead collected, 0 orphans removed' ]
	box_same "$before"
	run ask tcp 2001:db8::203 80
	[ "$output" = "bare $LAB_CLIENT" ]
}

@test "a mistake stops every start, and says where it is" {
	config $'{\n  "allow": [\n    {"prefixes": ["::/0",\n      "2001:db8::/200"]}\n  ]\n}'
	refused '/etc/oci-v6/config.json: line 4: "allow"[0]."prefixes": "2001:db8::/200" is no IPv6 prefix' \
		v6.host=web3
	config $'{\n  "ports" "80"\n}'
	refused '/etc/oci-v6/config.json: line 2, column ' v6.host=web3
	config '{"provided": "off"}'
	refused '/etc/oci-v6/config.json: line 1: "provided": not known; did you mean "provide"?' v6.host=web3
}

@test "a file that others may write is not obeyed" {
	config '{}'
	chmod 666 /etc/oci-v6/config.json
	refused '/etc/oci-v6/config.json: others than root may write to it; chmod go-w it' v6.host=web3
	chmod 644 /etc/oci-v6/config.json
	chown 65534 /etc/oci-v6/config.json
	refused '/etc/oci-v6/config.json: it belongs to user 65534; chown root it' v6.host=web3
	rm /etc/oci-v6/config.json
	mkdir /etc/oci-v6/config.json
	refused '/etc/oci-v6/config.json: not a regular file' v6.host=web3
}

@test "a mistake stops neither the end of a container nor a reconcile" {
	before=$(box_snapshot)
	box_bind a v6.host=web3
	config 'nonsense'
	run v6ctl reconcile
	echo "$output"
	[ "$status" = 0 ]
	[[ "${lines[0]}" == 'v6ctl: /etc/oci-v6/config.json: line 1, column '*'; going on without' ]]
	[ "${lines[1]}" = '1 live, 0 repaired; 0 dead collected, 0 orphans removed' ]
	run box_unbind a
	[ "$status" = 0 ]
	[ -z "$output" ]
	box_same "$before"
}
