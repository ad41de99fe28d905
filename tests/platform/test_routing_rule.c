/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A routing rule that is added without a preference comes before all others but those with
 * preference 0. Removing one with a protocol spares the same rule of another protocol. A look-up
 * with a mark goes by the rules for it, and tells the table; a default route found by a rule that
 * suppresses it does not count.
 *
 * apply/routing.c puts ours first so, and plan/routing.c asks what rules do.
 *
 * Kernel: fib_default_rule_pref(), rule_find() in net/core/fib_rules.c, fib6_rule_suppress() in
 * net/ipv6/fib6_rules.c.
 */
#include <linux/rtnetlink.h>

#include "kernel/ifaddr.h"
#include "kernel/route.h"
#include "kernel/routing_rule.h"
#include "netns.h"

static struct v6_nl nl;

/* struct first - the first rule that is not the kernel's, and how many of these there are */
struct first {
	struct v6_routing_rule rule;
	int n;
};

static int note_first(const struct v6_routing_rule *rule, void *data)
{
	struct first *first = data;

	if (rule->protocol == RTPROT_KERNEL)
		return 0;
	if (first->n++ == 0)
		first->rule = *rule;
	return 0;
}

static struct first look(void)
{
	struct first first = {.n = 0};

	need(v6_routing_rules_each(&nl, note_first, &first) == 0, "list rules");
	return first;
}

static uint32_t table_of(const char *to, uint32_t mark)
{
	struct v6_route_query query = {.to = address(to), .mark = mark};
	struct v6_route route = {.table = 0};

	v6_route_ask(&nl, &query, &route);
	return route.table;
}

static void test_order(const struct v6_routing_rule *rule)
{
	struct first first;

	run("ip -6 rule add from 2001:db8::/64 lookup 100 pref 1000");
	is(v6_routing_rule_add(&nl, rule), 0, "add a rule");
	first = look();
	ok(first.n == 2 && first.rule.protocol == V6_PROTOCOL_MARK, "it comes first");
	ok(first.rule.mark == rule->mark && first.rule.table == rule->table && first.rule.suppress,
	   "and is what was added");
	run("ip -6 rule add from 2001:db8:1::/64 lookup 100");
	first = look();
	ok(first.rule.protocol != V6_PROTOCOL_MARK, "another one comes before it");
	is(v6_routing_rule_add(&nl, rule), 0, "add it again");
	first = look();
	ok(first.n == 4 && first.rule.protocol == V6_PROTOCOL_MARK, "there are two now");
	is(v6_routing_rule_remove(&nl, rule), 0, "remove one");
	is(v6_routing_rule_remove(&nl, rule), 0, "and the other");
	is(v6_routing_rule_remove(&nl, rule), -ENOENT, "there is none left");
	run("ip -6 rule add fwmark %u lookup main suppress_prefixlength 0", rule->mark);
	is(v6_routing_rule_remove(&nl, rule), -ENOENT, "somebody else's is spared");
}

int main(void)
{
	struct v6_routing_rule rule = {
		.mark = v6_routing_mark(200), .table = RT_TABLE_MAIN, .suppress = true};
	int here;

	plan(13);
	here = netns_new();
	veth_new(here, "eth0", here, "eth1");
	address_new("eth0", "2001:db8::1", 64);
	run("ip -6 route add default via 2001:db8::ffff dev eth0");
	run("ip -6 route add default via 2001:db8::fffe dev eth0 table 200");
	nl = nl_open(NETLINK_ROUTE);
	test_order(&rule);
	rule = (struct v6_routing_rule){.mark = rule.mark, .table = 200};
	need(v6_routing_rule_add(&nl, &rule) == 0, "add a rule by table 200");
	run("ip -6 rule add fwmark %u lookup main suppress_prefixlength 0", rule.mark);
	is(table_of("2001:db9::1", rule.mark), 200, "far away, with the mark");
	is(table_of("2001:db9::1", 0), RT_TABLE_MAIN, "without");
	is(table_of("2001:db8::7", rule.mark), RT_TABLE_MAIN, "a neighbour, with the mark");
	v6_nl_close(&nl);
	return done();
}
