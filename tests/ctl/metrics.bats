#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# metrics.bats - v6ctl metrics: text that a parser of OpenMetrics takes
#
#	tests/lab/run bats tests/ctl/metrics.bats

load ctl

setup_file() {
	lab_ready
	box_bridge fd42::ffff/64
}

setup() {
	box_up a fd42::a/64
	box_up b fd42::b/64
	box_serve a tcp 80
}

teardown() {
	lab_clear a b
}

# samples - each as "NAME LABEL=VALUE... VALUE", by the reference parser
samples() {
	v6ctl metrics | /usr/bin/python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(sys.stdin.read()):
    for s in family.samples:
        print(s.name, *("%s=%s" % label for label in sorted(s.labels.items())), int(s.value))'
}

@test "nothing is published: all counts are 0" {
	run samples
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 16 ]
	run ! grep -v ' 0$' <<<"$output"
}

@test "claims by state, containers, failures, and connections" {
	box_bind a v6.host=web3,web2
	run ! box_bind b v6.host=nowhere
	answers "a $LAB_CLIENT" tcp 2001:db8::203 80
	ip addr del 2001:db8::202/128 dev eth0
	run samples
	[ "$status" = 0 ]
	diff <(masked <<<"$output" | sed 's/web3 [0-9]\{3,\}$/web3 N/') - <<-SAMPLES
		oci_v6_containers 1
		oci_v6_claims state=active 1
		oci_v6_claims state=foreign 0
		oci_v6_claims state=draining 0
		oci_v6_claims state=joining 0
		oci_v6_claims state=blocked 0
		oci_v6_claims state=duplicate 0
		oci_v6_claims state=pending 0
		oci_v6_claims state=lost 1
		oci_v6_claims state=unreachable 0
		oci_v6_claims state=taken 0
		oci_v6_claims state=stale 0
		oci_v6_claims state=unknown 0
		oci_v6_relays state=running 0
		oci_v6_relays state=missing 0
		oci_v6_failed_containers 1
		oci_v6_connections_total address=2001:db8::203 container=<box-a-id> name= port=80/tcp service=web3 1
		oci_v6_connections_total address=2001:db8::202 container=<box-a-id> name= port=80/tcp service=web2 0
		oci_v6_traffic_bytes_total address=2001:db8::203 container=<box-a-id> name= port=80/tcp service=web3 N
		oci_v6_traffic_bytes_total address=2001:db8::202 container=<box-a-id> name= port=80/tcp service=web2 0
	SAMPLES
}

@test "whose clients may connect, and what leaves by a service" {
	box_bind a "v6.host=web3 web2" v6.egress=web2 "v6.from=2001:db8::/32 fd42::/16"
	diff <(samples | grep "^oci_v6_\(client\|egress\)" | masked) - <<-SAMPLES
		oci_v6_client_prefixes address=2001:db8::203 container=<box-a-id> name= port=80/tcp service=web3 2
		oci_v6_client_prefixes address=2001:db8::202 container=<box-a-id> name= port=80/tcp service=web2 2
		oci_v6_egress_connections_total address=2001:db8::202 container=<box-a-id> name= service=web2 0
	SAMPLES
}

@test "a claim that a pod's members share counts once" {
	box_bind a v6.host=web3
	sed "s/$(box_id a)/$(box_id c)/" <(box_state a v6.host=web3) | $hook createRuntime
	run samples
	[ "$(grep -c connections_total <<<"$output")" = 1 ]
	[[ "$output" == *"oci_v6_containers 2"*"state=active 2"* ]]
	box_stopped a "$(box_id c)" | $hook poststop
}

@test "ids of any kind stay inside their quotes" {
	v6ctl bind --netns a --host web3 --id 'a\b},{c='
	run samples
	[ "$status" = 0 ]
	[[ "$output" == *'container=a\b},{c= '* ]]
	v6ctl unbind 'a\b},{c='
}

@test "what can't be read is no half of a file" {
	box_bind a v6.host=web3
	run --separate-stderr setpriv --reuid=65534 --clear-groups v6ctl metrics
	[ "$status" = 1 ]
	[ -z "$output" ]
	# nor a 0 of what could not be counted
	run --separate-stderr setpriv --bounding-set=-net_admin v6ctl metrics
	[ "$status" = 0 ]
	[[ "$output" == *'oci_v6_claims{state="unknown"} 1'* && "$output" != *connections_total* ]]
}
