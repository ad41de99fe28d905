/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is taken away is told of: elements with their keys, one by one or by a flush of their set;
 * rules, chains and tables; addresses and routes; links. Tables of others wake us up, and are
 * passed over. What a flushed ruleset held is not told of element by element.
 *
 * v6_events_read() in watch/events.c, which v6d lives on.
 *
 * Kernel: nf_tables_commit() and nft_flush_table() in net/netfilter/nf_tables_api.c,
 * inet6_ifa_notify() and inet6_rt_notify() in net/ipv6.
 */
#include "element.h"
#include "watch/events.h"
#include "kernel/ifaddr.h"

#define SERVICE "2001:db8::203"

/* struct heard - how often each kind was told of, GONE of the service only */
struct heard {
	int table, gone, subnet, other, link;
	bool running;
};

static void hear(const struct v6_event *event, void *data)
{
	struct in6_addr service = address(SERVICE);
	struct heard *heard = data;

	if (event->kind == V6_EVENT_TABLE)
		heard->table++;
	else if (event->kind == V6_EVENT_GONE && event->prefix.length < 128)
		heard->subnet++;
	else if (event->kind == V6_EVENT_GONE && v6_address_equal(&event->prefix.address, &service))
		heard->gone++;
	else if (event->kind == V6_EVENT_GONE)
		heard->other++;
	else if (event->kind == V6_EVENT_LINK && strcmp(event->name, "dummy0") == 0)
		heard->link++, heard->running = event->running;
}

/* after() - what is heard of when a command is run */
static struct heard after(struct v6_events *events, const char *command)
{
	struct heard heard = {0};

	need(v6_events_read(events, hear, &heard) == 0, "read");
	heard = (struct heard){0};
	run("%s", command);
	need(v6_events_read(events, hear, &heard) == 0, "read");
	return heard;
}

static void test_nf_tables(struct v6_events *events, struct v6_nl *nl)
{
	struct v6_nat_op hairpin = {.set = V6_NAT_HAIRPIN, .prefix = {address("fd42::"), 64}};
	struct heard heard;

	need(commit(nl, service(80, 80)) == 0 && commit(nl, service(81, 81)) == 0 &&
		     commit(nl, hairpin) == 0,
	     "elements");
	is(after(events, "nft delete element ip6 oci-v6 services '{ tcp . " SERVICE " . 80 }'")
		   .gone,
	   1, "an element deleted");
	is(after(events, "nft flush map ip6 oci-v6 services").gone, 1, "a set flushed");
	is(after(events, "nft flush set ip6 oci-v6 hairpin").subnet, 1, "a prefix");
	is(after(events, "nft flush set ip6 oci-v6 provided").table > 0, 1, "what is for all");
	heard = after(events, "nft add table ip6 other && nft delete table ip6 other && "
			      "nft add table inet oci-v6 && nft delete table inet oci-v6");
	is(heard.table + heard.gone + heard.other, 0, "somebody else's table");
	ok(after(events, "nft flush chain ip6 oci-v6 guard").table > 0, "a chain flushed");
	ok(after(events, "nft delete table ip6 oci-v6").table > 0, "our table deleted");
	table_new(nl);
	ok(after(events, "nft flush ruleset").table > 0, "the ruleset flushed");
}

/* test_many() - what is read ends, though there is more; a route's coming and going is one event
 * each
 */
static void test_many(struct v6_events *events)
{
	struct heard heard;
	char batch[256];

	snprintf(batch, sizeof(batch),
		 "for i in $(seq 400); do for do in add del; do "
		 "echo route $do local " SERVICE
		 "/128 dev lo proto %d; done; done | ip -6 -batch -",
		 V6_PROTOCOL_MARK);
	heard = after(events, batch);
	ok(heard.gone > 0 && heard.gone < 400, "many at once, and not all are read");
	ok(until(v6_events_read(events, hear, &heard) == 0 && heard.gone == 400),
	   "the others then");
}

int main(void)
{
	struct v6_events events;
	struct heard heard;
	struct v6_nl nl;

	plan(17);
	netns_new();
	nl = nl_open(NETLINK_NETFILTER);
	table_new(&nl);
	run("ip link add dummy0 type veth peer name dummy1 && ip link set dummy1 up");
	is(v6_events_open(&events, NULL), 0, "open");
	test_nf_tables(&events, &nl);

	heard = after(&events, "ip link set dummy0 up");
	/* a link that is up runs when its carrier is there, a little later */
	ok(until(v6_events_read(&events, hear, &heard) == 0 && heard.link > 0 && heard.running),
	   "a link up");
	is(after(&events, "ip -6 addr add " SERVICE "/128 dev dummy0 nodad").gone, 0,
	   "an address that comes is nothing gone");
	is(after(&events, "ip -6 addr del " SERVICE "/128 dev dummy0").gone, 1, "an address");
	run("ip -6 route add local " SERVICE "/128 dev lo proto %d", V6_PROTOCOL_MARK);
	is(after(&events, "ip -6 route del local " SERVICE "/128 dev lo").gone, 1,
	   "a route of ours");
	run("ip -6 route add local " SERVICE "/128 dev lo proto static");
	is(after(&events, "ip -6 route del local " SERVICE "/128 dev lo").gone, 0,
	   "somebody else's");
	test_many(&events);
	heard = after(&events, "ip link set dummy0 down");
	ok(heard.link > 0 && !heard.running, "a link down");
	v6_events_close(&events);
	v6_nl_close(&nl);
	return done();
}
