/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets of other programs, and a packet's way through them: replies of nf_tables in the order in
 * which they are asked for. The first byte of an input chooses the packet: its lowest bits the
 * protocol, then whether the target is on this host, whether links are bridges, and whether the
 * service has a range of ports.
 */
#include <errno.h>
#include <netinet/in.h>

#include "check/checker.h"
#include "check/firewall.h"
#include "firewall/trace.h"
#include "reply.h"

static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_TCP};

/* make_flow() - as in tests/unit/test_trace.c, which the seeds were recorded of */
static struct v6_flow make_flow(uint8_t kind)
{
	struct v6_flow flow = {
		.client = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x10}},
		.service = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [14] = 0x02, [15] = 0x03}},
		.target = {.s6_addr = {0xfd, 0x42, [15] = 0x11}},
		.protocol = protocols[kind & 3],
		.service_port = 80,
		.target_port = 8080,
		.outside = {2, "eth0"},
		.inside = {3, "cni0"},
		.outside_bridge = kind & 8,
		.inside_bridge = kind & 16,
		.leaves = kind & 64 && !(kind & 4),
	};

	if (kind & 4) {
		flow.inside = (struct v6_side){.index = 0};
		flow.target = flow.service;
	}
	return flow;
}

static void check_obstacles(const struct v6_ruleset *ruleset, const struct v6_obstacles *found)
{
	const struct v6_obstacle *o;

	must(found->n <= V6_OBSTACLES_MAX);
	for (o = found->list; o < found->list + found->n; o++) {
		must(o->what <= V6_HINDRANCE_SOURCE && o->leg <= V6_LEG_BEING_TOLD);
		must(o->base >= ruleset->chains && o->base < ruleset->chains + ruleset->n);
		must(o->chain >= ruleset->chains && o->chain < ruleset->chains + ruleset->n);
		must(*v6_family_name(o->base->family) != '?');
	}
}

/* In place of kernel/listeners.c's, which would ask this machine */
int __wrap_v6_listener_open(uint8_t protocol, struct v6_nl *ret_nl, struct v6_error *err);

int __wrap_v6_listener_open(uint8_t protocol, struct v6_nl *ret_nl, struct v6_error *err)
{
	must(protocol && ret_nl);
	return v6_fail(err, -EPERM, "not allowed");
}

static void note_obstacle(const struct v6_finding *finding, void *data)
{
	(void)data;
	must(finding->result < V6_RESULTS && fuzz_is_harmless(finding->text));
	fuzz_check_command(finding->command);
}

/* check_service() - what is said of it: tables and chains have names of other programs' choice */
static void check_service(struct v6_ruleset *ruleset, const struct v6_flow *flow, uint8_t kind)
{
	struct v6_record record = {.id = "3f2a91c04b77", .n_services = 1, .n_maps = 1};
	struct v6_host host = *fuzz_host();
	struct v6_checker checker = {.host = &host, .found = note_obstacle, .rules_state = 1};
	struct v6_checked checked = {.checker = &checker, .record = &record, .netns = -1};

	host.route = host.netfilter = *ruleset->nl;
	checker.rules = *ruleset;
	record.services[0] =
		(struct v6_service){.address = flow->service, .link = 2, .link_name = "eth0"};
	record.maps[0] = (struct v6_port_map){flow->protocol, 80, 8080, 1};
	if (kind & 32)
		record.maps[0].count = 1000;
	if ((kind & 3) == 3)
		record.maps[0] = (struct v6_port_map){V6_PROTOCOL_ALL, 0, 0, 1};
	if (flow->leaves) {
		strcpy(record.services[0].name, "web3");
		strcpy(record.egress, "web3");
	}
	record.destination.address = flow->target;
	record.destination.via = 3;
	strcpy(record.destination.via_name, "cni0");
	checked.local = flow->inside.index == 0;
	v6_checker_begin(&checker);
	v6_check_firewall(&checked);
	v6_checker_begin(&checker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_ruleset auto_call(v6_ruleset_release) ruleset = {.n = 0};
	struct fuzz_input input = {data, size};
	uint8_t kind = fuzz_byte(&input);
	struct v6_flow flow = make_flow(kind);
	struct v6_obstacles found = {.n = 0};
	struct v6_error err = {0};
	int ret = v6_ruleset_read(reply_begin(input), &ruleset, &err);

	fuzz_check(ret, &err);
	if (ret == 0 && v6_trace(&ruleset, &flow, &found) == 0)
		check_obstacles(&ruleset, &found);
	if (ret == 0)
		check_service(&ruleset, &flow, kind);
	reply_end();
	return 0;
}
