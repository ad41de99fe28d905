/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *	client ---- eth0 [ host ]
 *
 * Once a connection has a destination binding, though it be to its own destination, no later NAT
 * chain is asked. Such a binding does not count as translation ("ct status dnat").
 *
 * The last rule of prerouting in table/rules.c, at priority -110: without it, other engines'
 *wildcard ports at -100 would catch our addresses; behind it, the guard refuses what is no claim.
 *
 * Kernel: nf_nat_inet_fn(), nf_nat_setup_info() in net/netfilter/nf_nat_core.c.
 */
#include <poll.h>

#include "element.h"

static int client, host;

/* reach() - connect the client to a port of an address. Return: 0 or a negative errno */
static int reach(const char *to, uint16_t port)
{
	struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	auto_fd int fd = -1;
	struct pollfd event;
	int code = 0;
	socklen_t size = sizeof(code);

	netns_enter(client);
	peer.sin6_addr = address(to);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	need(fd >= 0, "socket");
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) < 0)
		need(errno == EINPROGRESS, "connect");
	event = (struct pollfd){.fd = fd, .events = POLLOUT};
	if (poll(&event, 1, 5000) != 1)
		code = ETIMEDOUT;
	else
		need(getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0, "connect");
	netns_enter(host);
	return -code;
}

static void listen_on(const char *at, uint16_t port)
{
	struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	here.sin6_addr = address(at);
	need(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 &&
		     listen(fd, 16) == 0,
	     "listener");
}

int main(void)
{
	struct v6_nat_op guard = {.set = V6_NAT_ADDRESSES,
				  .claim.address = address("2001:db8::203")};
	struct v6_nat_op claim = service(80, 8080);
	struct v6_nl nl;

	plan(7);
	client = netns_new();
	host = netns_new();
	veth_new(host, "eth0", client, "eth0");
	address_new("eth0", "2001:db8::1", 64);
	address_new("eth0", "2001:db8::203", 128);
	netns_enter(client);
	address_new("eth0", "2001:db8::10", 64);
	netns_enter(host);
	nl = nl_open(NETLINK_NETFILTER);

	/* as an engine's wildcard port: 8088 of whatever address leads to its container */
	run("nft 'table ip6 other { chain prerouting { type nat hook prerouting priority -100; "
	    "tcp dport 8088 dnat to [2001:db8::1]:9999; }; }'");
	listen_on("2001:db8::1", 9999);
	listen_on("::", 22);
	listen_on("2001:db8::1", 8080);

	is(reach("2001:db8::203", 8088), 0, "another's wildcard port catches the address");
	table_new(&nl);
	is(reach("2001:db8::203", 8088), 0, "with our table, too, as it is not ours");
	need(commit(&nl, guard) == 0, "guard");
	is(reach("2001:db8::203", 8088), -ECONNREFUSED, "an address of ours is not caught");
	is(reach("2001:db8::1", 8088), 0, "the host's own is still");
	is(reach("2001:db8::203", 22), -ECONNREFUSED,
	   "it does not count as translation: the guard refuses");

	claim.target.address = address("2001:db8::1");
	need(commit(&nl, claim) == 0, "claim");
	is(reach("2001:db8::203", 80), 0, "a claim leads to its target");
	need(commit(&nl, removal(guard)) == 0, "guard");
	is(reach("2001:db8::203", 8088), 0, "no longer ours: caught again");
	v6_nl_close(&nl);
	return done();
}
