/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	client ---- in [ host ] out ---- container
 *
 * With all.forwarding=0 a packet is forwarded if force_forwarding is on for the link that it comes
 * in by. So a conversation needs it on both links, and then nothing else.
 *
 * A link that appears later does not have it. Writing 0 to all.forwarding takes it off all links.
 *
 * v6_forwarding_open() in kernel/forwarding.c, apply/ways.c: routes that the host learnt from
 *routers stay so.
 *
 * Kernel: ip6_forward() in net/ipv6/ip6_output.c, addrconf_force_forward_change() in
 * net/ipv6/addrconf.c, 6.17.
 */
#include <poll.h>

#include "kernel/forwarding.h"
#include "kernel/sysctl.h"
#include "netns.h"

#define PORT 5300

/* end_new() - a UDP socket in one namespace, connected to one in another */
static int end_new(int netns, const char *from, const char *to)
{
	struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	struct sockaddr_in6 there = here;
	int fd;

	netns_enter(netns);
	here.sin6_addr = address(from);
	there.sin6_addr = address(to);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	need(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 &&
		     connect(fd, (struct sockaddr *)&there, sizeof(there)) == 0,
	     "socket");
	return fd;
}

static void say(int fd, char what)
{
	need(send(fd, &what, 1, 0) == 1, "send");
}

/* hear() - the next thing said; 0 where nothing comes within 5 seconds */
static char hear(int fd)
{
	struct pollfd event = {.fd = fd, .events = POLLIN};
	char what = 0;

	if (poll(&event, 1, 5000) == 1)
		need(recv(fd, &what, 1, MSG_DONTWAIT) == 1, "receive");
	return what;
}

static void count(const struct v6_link_setting *setting, int from, int to, void *data)
{
	(void)setting, (void)from, (void)to;
	++*(int *)data;
}

static int all_forwarding(void)
{
	int value = -1;

	need(v6_sysctl_get("all", "forwarding", &value) == 0, "all.forwarding");
	return value;
}

static int force_forwarding(const char *link)
{
	int value = -1;

	need(v6_sysctl_get(link, "force_forwarding", &value) == 0, "force_forwarding");
	return value;
}

/* scene() - we are the host then */
static void scene(int *ret_client, int *ret_container)
{
	int client = netns_new(), container = netns_new(), host = netns_new();

	veth_new(host, "in", client, "eth0");
	address_new("in", "2001:db8::1", 64);
	veth_new(host, "out", container, "eth0");
	address_new("out", "fd42::1", 64);
	netns_enter(client);
	address_new("eth0", "2001:db8::10", 64);
	run("ip -6 route add default via 2001:db8::1");
	netns_enter(container);
	address_new("eth0", "fd42::11", 64);
	run("ip -6 route add default via fd42::1");
	*ret_client = end_new(client, "2001:db8::10", "fd42::11");
	*ret_container = end_new(container, "fd42::11", "2001:db8::10");
	netns_enter(host);
	need(v6_sysctl_set("all", "forwarding", 0) == 0, "all.forwarding");
}

/* Packets between two ends overtake none: what comes first shows that one before was dropped. */
int main(void)
{
	int client, container;
	int value, changes = 0;

	netns_new();
	if (v6_sysctl_get("all", "force_forwarding", &value) == -ENOENT) {
		printf("1..0 # SKIP kernel before 6.17\n");
		return 0;
	}
	plan(11);
	scene(&client, &container);

	say(client, 'a');
	need(v6_sysctl_set("in", "force_forwarding", 1) == 0, "in.force_forwarding");
	say(client, 'b');
	is(hear(container), 'b', "in only: dropped before, forwarded from there");
	say(container, 'c');
	is(v6_forwarding_open("in", false, count, &changes, NULL), 0, "in: nothing to do");
	is(v6_forwarding_open("out", false, count, &changes, NULL), 0, "turn it on for both links");
	is(changes, 1, "which was one change");
	say(container, 'd');
	is(hear(client), 'd', "in only: the answer was dropped, both: it is forwarded");
	say(client, 'e');
	is(hear(container), 'e', "both: the conversation goes on");

	need(v6_sysctl_set("in", "force_forwarding", 0) == 0, "in.force_forwarding");
	say(client, 'f');
	need(v6_sysctl_set("in", "force_forwarding", 1) == 0, "in.force_forwarding");
	say(client, 'g');
	is(hear(container), 'g', "out only: dropped");
	is(all_forwarding(), 0, "all.forwarding is still 0");

	run("ip link add later type bridge");
	is(force_forwarding("later"), 0, "a link that appears later does not have it");
	need(v6_sysctl_set("all", "forwarding", 0) == 0, "all.forwarding");
	is(force_forwarding("in"), 0, "0 for all.forwarding, which is 0, takes it off each link");
	need(v6_sysctl_set("lo", "force_forwarding", 1) == 0, "lo.force_forwarding");
	need(v6_sysctl_set("all", "forwarding", 0) == 0, "all.forwarding");
	is(force_forwarding("lo"), 0, "off lo, too");
	return done();
}
