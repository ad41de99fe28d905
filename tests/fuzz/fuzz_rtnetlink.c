/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies of rtnetlink: the first byte of an input chooses what was asked for. */
#include <errno.h>

#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/pin.h"
#include "kernel/proxy.h"
#include "kernel/route.h"
#include "kernel/routing_rule.h"
#include "reply.h"

static const struct in6_addr any;

static void check_link(int ret, const struct v6_link *link)
{
	if (ret < 0)
		return;
	must(strnlen(link->name, sizeof(link->name)) < sizeof(link->name));
	must(strnlen(link->kind, sizeof(link->kind)) < sizeof(link->kind));
	must(link->mac_size <= sizeof(link->mac));
}

static int visit_ifaddr(const struct v6_ifaddr *ifaddr, void *data)
{
	(void)data;
	return ifaddr->prefix.length == 77 ? -ECANCELED : 0;
}

static int visit_route(const struct v6_route *route, void *data)
{
	(void)data;
	return route->to.length == 77 ? -ECANCELED : 0;
}

static int visit_proxy(const struct v6_proxy *proxy, void *data)
{
	(void)data;
	return proxy->link == 77 ? -ECANCELED : 0;
}

static bool is_any(const struct v6_link *port, void *data)
{
	(void)data;
	check_link(0, port);
	return port->index == 77;
}

static void get_link(struct v6_nl *nl)
{
	struct v6_link link = {.index = 0};

	struct v6_error err = {0};

	check_link(v6_link_get(nl, 2, NULL, &link), &link);
	fuzz_check(v6_link_check_name(&link, "", &err), &err);
}

static void only_link(struct v6_nl *nl)
{
	struct v6_link link = {.index = 0};

	check_link(v6_link_only(nl, &link), &link);
}

static void link_ports(struct v6_nl *nl)
{
	v6_link_has_port(nl, 3, is_any, NULL);
}

static void get_ifaddr(struct v6_nl *nl)
{
	struct v6_ifaddr ifaddr = {.link = 0};

	v6_ifaddr_get(nl, &any, &ifaddr);
}

static void each_ifaddr(struct v6_nl *nl)
{
	v6_ifaddr_each(nl, 0, visit_ifaddr, NULL);
}

static void has_ifaddr(struct v6_nl *nl)
{
	static const struct v6_ifaddr ifaddr = {.link = 2};

	must(v6_ifaddr_has(nl, &ifaddr) <= 1);
}

static void some_ifaddr(struct v6_nl *nl)
{
	v6_ifaddr_some(nl, 2, visit_ifaddr, NULL);
}

static void look_route_up(struct v6_nl *nl)
{
	struct v6_route route = {.link = 0};

	v6_route_lookup(nl, &any, 0, &route);
}

static void default4(struct v6_nl *nl)
{
	int link = 0;

	if (v6_route_default4(nl, &link) == 0)
		must(link != 0);
}

static void each_route(struct v6_nl *nl)
{
	v6_route_each(nl, V6_PROTOCOL_MARK, false, visit_route, NULL);
}

static void each_proxy(struct v6_nl *nl)
{
	v6_proxy_each(nl, visit_proxy, NULL);
}

static void has_proxy(struct v6_nl *nl)
{
	struct v6_proxy proxy = {.link = 2};

	v6_proxy_has(nl, &proxy);
}

static int visit_pin(const struct v6_pin *pin, void *data)
{
	(void)data;
	return pin->link == 77 ? -ECANCELED : 0;
}

static void each_pin(struct v6_nl *nl)
{
	v6_pin_each(nl, visit_pin, NULL);
}

static void has_pin(struct v6_nl *nl)
{
	static const struct v6_pin pin = {.link = 2, .mac = {2, 0, 0, 0, 0, 1}};

	must(v6_pin_has(nl, &pin) <= 1);
}

static void add_pin(struct v6_nl *nl)
{
	static const struct v6_pin pin = {.link = 2, .mac = {2, 0, 0, 0, 0, 1}};

	must(v6_pin_add(nl, &pin) <= 1);
}

static void remove_pin(struct v6_nl *nl)
{
	static const struct v6_pin pin = {.link = 2, .mac = {2, 0, 0, 0, 0, 1}};

	must(v6_pin_remove(nl, &pin) <= 0);
}

static void route_default(struct v6_nl *nl)
{
	struct v6_route route = {.link = 0};

	if (v6_route_default(nl, 0, &route) == 0)
		must(v6_route_is_default(&route));
}

static void ask_route(struct v6_nl *nl)
{
	const struct v6_route_query query = {.from = {.s6_addr = {0x20}}, .in = 2, .out = 3};
	struct v6_route route = {.link = 0};

	v6_route_ask(nl, &query, &route);
}

static void has_multicast(struct v6_nl *nl)
{
	must(v6_route_has_multicast(nl, 2) <= 1);
}

static void follow_link(struct v6_nl *nl)
{
	char name[IF_NAMESIZE] = "eth0";
	int index = 2;

	must(v6_link_follow(nl, &index, name) <= V6_LINK_REMADE);
	must(strnlen(name, sizeof(name)) < sizeof(name) && fuzz_is_harmless(name));
}

static int visit_rule(const struct v6_routing_rule *rule, void *data)
{
	(void)data;
	must(rule->from.length <= 128 && rule->to.length <= 128);
	must(strnlen(rule->in, sizeof(rule->in)) < sizeof(rule->in));
	return rule->table == 77 ? -ECANCELED : 0;
}

static void each_rule(struct v6_nl *nl)
{
	v6_routing_rules_each(nl, visit_rule, NULL);
}

static void netns_id(struct v6_nl *nl)
{
	int id = 0;

	v6_netns_id(nl, 0, &id);
}

static void (*const calls[])(struct v6_nl *nl) = {
	get_link,      only_link,  link_ports,	get_ifaddr,    each_ifaddr, look_route_up,
	default4,      each_route, each_proxy,	netns_id,      has_proxy,   each_pin,
	has_pin,       add_pin,	   remove_pin,	route_default, ask_route,   follow_link,
	has_multicast, has_ifaddr, some_ifaddr, each_rule,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	uint8_t call = fuzz_byte(&input);

	calls[call % V6_ARRAY_SIZE(calls)](reply_begin(input));
	reply_end();
	return 0;
}
