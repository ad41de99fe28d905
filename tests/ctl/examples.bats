#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# examples.bats - What people copy from examples/ is right: each file by the program that reads it
#
#	tests/lab/run bats tests/ctl/examples.bats

load ctl

setup_file() {
	. tests/lab/rootless.sh
	lab_ready
	box_bridge fd42::ffff/64
	user_add alice 1500
	groupadd staff 2>/dev/null || getent group staff
}

setup() {
	PATH=$PATH:$PWD/build-deps/prometheus/usr/bin
	box_up a fd42::a/64
	mkdir -p /etc/oci-v6
}

teardown() {
	rm -f /etc/oci-v6/config.json
	lab_clear a
}

# expressions - all that the rules and the dashboard ask for
expressions() {
	/usr/bin/python3 - <<-'PY'
		import json, yaml
		rules = yaml.safe_load(open("examples/prometheus/rules.yml"))
		for rule in (r for g in rules["groups"] for r in g["rules"]):
		    print(rule["expr"])
		for panel in json.load(open("examples/prometheus/dashboard.json"))["panels"]:
		    for target in panel["targets"]:
		        print(target["expr"].replace("$instance", "host"))
	PY
}

@test "config.json is taken as it is, and with all that is commented out" {
	cp examples/config.json /etc/oci-v6/config.json
	box_bind a v6.host=web3
	[ "$(v6ctl list --tsv | cut -f 3,4 | xargs)" = "tcp 80 tcp 443" ]
	box_unbind a
	sed -i 's|^\t\(\t*\)// \({\?"[a-z]*":\)|\t\1\2|; s|^\t\t// {|\t\t{|' /etc/oci-v6/config.json
	run grep -c '// *{\?"' /etc/oci-v6/config.json
	[ "$output" = 0 ]
	box_bind a v6.host=web3
	[ "$(v6ctl list --tsv | wc -l)" = 2 ]
}

@test "annotations and variables of quadlet and compose files ask for what they say" {
	local file keys

	for file in examples/quadlet/*.container; do
		mapfile -t keys < <(sed -n 's/^#\? *Annotation="\?\(v6[^"]*\)"\?$/\1/p' "$file")
		[ "${#keys[@]}" -gt 0 ]
		box_bind a "${keys[@]}"
		v6ctl list --tsv | grep -q "^web3"
		box_unbind a
	done
	docker-compose -f examples/compose.yaml config -q
	sed 's/^\( *\)# \(V6_PORTS\|annotations\|  v6\)/\1\2/' examples/compose.yaml >/run/lab/compose.yaml
	[ "$(grep -c '^ *V6_PORTS: 80 443:8443$\|^ *v6.host: web3$' /run/lab/compose.yaml)" = 2 ]
}

@test "alerts are rules for Prometheus, and fire when figures go bad" {
	promtool check rules examples/prometheus/rules.yml
	promtool test rules tests/ctl/examples.yml
}

@test "alerts and dashboard ask for figures and states that there are" {
	local name states

	box_bind a v6.host=web3
	v6ctl metrics >/run/lab/metrics
	expressions >/run/lab/expressions
	[ "$(wc -l </run/lab/expressions)" -ge 8 ]
	while read -r name; do
		grep -q "^${name}[ {]" /run/lab/metrics
	done < <(grep -o 'oci_v6_[a-z_]*' /run/lab/expressions)
	states=$(sed -n 's/.*state!~"\([^"]*\)".*/\1/p' /run/lab/expressions)
	for name in ${states//|/ }; do
		grep -q "^oci_v6_claims{state=\"$name\"}" /run/lab/metrics
	done
	# what the timer's service writes is what the rules look for
	grep -q 'mv .oci-v6.tmp oci-v6.prom' packaging/systemd/oci-v6-metrics.service*
}
