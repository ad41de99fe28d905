#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# config.bats - v6ctl config: what is valid, and what each rule lets in, in words
#
#	tests/lab/run bats tests/ctl/config.bats

load ctl

setup_file() {
	. tests/lab/rootless.sh
	lab_ready
	user_add alice 1500
	groupadd -g 1600 crew
}

setup() {
	mkdir -p /etc/oci-v6
}

teardown() {
	rm -rf /etc/oci-v6
}

# configure - stdin is the configuration
configure() {
	cat >/etc/oci-v6/config.json
}

@test "no file, and one without rules: the default policy" {
	golden v6ctl config <<-OUT
		/etc/oci-v6/config.json: there is none; without it, these may claim:
		    root's containers outside Kubernetes
		      any name; any free address of this host's interfaces; any port, or all of them
	OUT
	[ "$status" = 0 ]
	schema v6ctl config --json
	configure <<<'{"dad": "off"}'
	run -0 v6ctl config
	[ "${lines[0]}" = '/etc/oci-v6/config.json: valid; it has no rules ("allow"), so these may claim:' ]
	[ "$(json 'o["present"], o["default"], len(o["rules"])' v6ctl config --json)" = "True True 1" ]
}

@test "each rule: users, names, addresses and ports" {
	configure <<-'JSON'
		{"allow": [
			{"names": ["web*", "*.example"], "prefixes": ["2001:db8::/64", "2001:db8:1::5"], "ports": ["80", "5000-5010/udp"]},
			{"namespaces": ["shop"], "pods": ["web-*"], "engines": ["cri-o", "unknown"]},
			{"users": ["alice", "1501"], "groups": ["crew"], "shared": true},
			{"pods": ["web-*"]}
		]}
	JSON
	golden v6ctl config <<-OUT
		/etc/oci-v6/config.json: valid; a claim is allowed by the first rule that matches:
		  1 root's containers outside Kubernetes
		      names web*, *.example; addresses in 2001:db8::/64, 2001:db8:1::5; ports 80/tcp, 5000-5010/udp
		  2 root's containers run by any other engine (Docker), cri-o in Kubernetes namespaces shop in pods web-*
		      any name; any free address of this host's interfaces; any port, or all of them
		  3 containers of users alice, 1501 and of members of crew
		      any name; any free address of this host's interfaces; any port, or all of them; also of an address that another user's container holds
		  4 root's containers in pods web-*, which are none: "pods" needs "namespaces" or "engines"
		      any name; any free address of this host's interfaces; any port, or all of them
		    all others: nothing
	OUT
	schema v6ctl config --json
}

# A rule's member that has no words would let in what nobody is told of
@test "each member that a rule may have is in the words" {
	local member members

	mapfile -t members < <(sed -n '/rule_members\[\] = {/,/^};/s/^\t{"\([a-z_]*\)".*/\1/p' libv6/policy/rules.c)
	[ "${#members[@]}" -ge 9 ]
	configure <<<'{"allow": [{}]}'
	v6ctl config >/run/lab/without
	for member in "${members[@]}"; do
		case $member in
		prefixes) configure <<<'{"allow": [{"prefixes": ["2001:db8::/64"]}]}' ;;
		ports) configure <<<'{"allow": [{"ports": ["80"]}]}' ;;
		engines) configure <<<'{"allow": [{"engines": ["lxc"]}]}' ;;
		users) configure <<<'{"allow": [{"users": ["alice"]}]}' ;;
		groups) configure <<<'{"allow": [{"groups": ["crew"]}]}' ;;
		shared | egress) configure <<<"{\"allow\": [{\"$member\": true}]}" ;;
		share) configure <<<'{"allow": [{"share": false}]}' ;;
		from) configure <<<'{"allow": [{"from": ["2001:db8::/64"]}]}' ;;
		*) configure <<<"{\"allow\": [{\"$member\": [\"x\"]}]}" ;;
		esac
		run -0 v6ctl config
		run ! diff -q /run/lab/without - <<<"$output"
	done
}

@test "rules that leave root's own containers out: a warning" {
	configure <<<'{"allow": [{"users": ["alice"], "names": ["web3"]}]}'
	run -0 v6ctl config
	[[ "${lines[-1]}" == "  ? no rule is for root's own containers"* ]]
	[ "$(json 'len(o["notes"])' v6ctl config --json)" = 1 ]
	configure <<<'{"allow": [{"users": ["alice"]}, {"users": ["root"], "engines": ["podman"]}]}'
	run -0 v6ctl config
	[[ "$output" != *"no rule is for root"* ]]
	configure <<<'{"allow": []}'
	[ "$(json 'o["rules"], len(o["notes"])' v6ctl config --json)" = "[] 1" ]
}

@test "a mistake: the error has its line, and the status is 1" {
	printf '{\n"allow": [\n{"prefixes": ["2001:db8::/200"]}]}\n' | configure
	run --separate-stderr -1 v6ctl config
	[ -z "$output" ]
	[[ "$stderr" == "v6ctl: /etc/oci-v6/config.json: line 3: \"allow\"[0].\"prefixes\": "* ]]
	run --separate-stderr -1 v6ctl config --quiet
	[[ "$stderr" == *"line 3"* ]]
	run -1 v6ctl config --json
	schema bash -c 'v6ctl config --json || :'
	[ "$(json 'o["valid"], "line 3" in o["error"]' v6ctl config --json)" = "False True" ]
	configure <<<'{"dad": "off"}'
	chmod g+w /etc/oci-v6/config.json
	run -1 v6ctl config
	[[ "$output" == *"chmod go-w it"* ]]
}

@test "a draft may be anybody's, and has to be there; valid and quiet, nothing is printed" {
	echo '{"allow": [{"users": ["alice"]}]}' >/run/lab/draft
	chown alice /run/lab/draft
	run -0 v6ctl config /run/lab/draft
	[[ "$output" == *"user alice"* ]]
	run -0 v6ctl config -q /run/lab/draft
	[ -z "$output" ]
	run -0 v6ctl config /dev/stdin <<<'{"ports": "80"}'
	run -1 v6ctl config /run/lab/nothing
	[[ "$output" == "v6ctl: /run/lab/nothing: cannot open it: "* ]]
}
