/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel lists a network namespace's listening sockets, and of those of IPv6 tells whether they
 * take IPv4 as well; a socket's inode leads to its process.
 *
 * v6_listeners_each() in kernel/listeners.c and v6_listener_process() in kernel/process.c: v6ctl
 * shows who answers behind a service, and why nobody does.
 *
 * It also finds the one that a packet would reach, without a list: v6_listener_find(), by which v6d
 * knows whose port a user's service leads to.
 *
 * Kernel: inet_diag_msg_attrs_fill() in net/ipv4/inet_diag.c (INET_DIAG_SKV6ONLY, of sockets in
 * LISTEN or CLOSE only), udp_dump() and udp_dump_one() in net/ipv4/udp_diag.c.
 */
#include <sys/prctl.h>

#include <libv6/kernel.h>

#include "kernel/listeners.h"
#include "kernel/netns.h"
#include "kernel/route.h"
#include "netns.h"

struct found {
	struct v6_listener last;
	int n;
};

static int count(const struct v6_listener *listener, void *data)
{
	struct found *found = data;

	found->last = *listener;
	found->n++;
	return 0;
}

static struct found listeners(int netns, uint8_t protocol, uint16_t port)
{
	struct found found = {.n = 0};
	struct v6_error err;

	if (v6_listeners_each(netns, protocol, port, count, &found, &err) < 0)
		printf("# %s\n", err.text);
	return found;
}

/* bound6() - a socket of this namespace with a local name */
static int bound6(int type, const char *text, uint16_t port, int v6only)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	name.sin6_addr = address(text);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	need(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0, text);
	return fd;
}

static void tcp(int here, int elsewhere)
{
	struct in6_addr any = address("2001:db8::1"), self = in6addr_loopback;
	struct sockaddr_in name4 = {.sin_family = AF_INET, .sin_port = htons(81)};
	struct found found;
	int fd, fd4;

	fd = bound6(SOCK_STREAM, "::", 80, 0);
	is(listeners(here, IPPROTO_TCP, 0).n, 0, "a socket that is only bound does not listen");
	need(listen(fd, 1) == 0, "listen");
	found = listeners(here, IPPROTO_TCP, 80);
	is(found.n, 1, "[::]:80 listens");
	ok(found.last.family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&found.last.address) &&
		   found.last.port == 80 && !found.last.v6only,
	   "on any address, of IPv4 as well");
	ok(v6_listener_hears(&found.last, &any, 80) && !v6_listener_hears(&found.last, &any, 81),
	   "it hears whoever asks for its port");
	is(listeners(here, IPPROTO_TCP, 81).n, 0, "no other port");
	is(listeners(elsewhere, IPPROTO_TCP, 0).n, 0, "and nobody in another namespace");
	close(fd);

	fd = bound6(SOCK_STREAM, "::1", 80, 1);
	need(listen(fd, 1) == 0, "listen");
	found = listeners(here, IPPROTO_TCP, 80);
	ok(found.n == 1 && found.last.v6only, "a socket for IPv6 only is told");
	ok(!v6_listener_hears(&found.last, &any, 80) && v6_listener_hears(&found.last, &self, 80),
	   "[::1]:80 hears loopback alone");

	fd4 = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(bind(fd4, (struct sockaddr *)&name4, sizeof(name4)) == 0 && listen(fd4, 1) == 0,
	     "0.0.0.0:81");
	found = listeners(here, IPPROTO_TCP, 81);
	ok(found.n == 1 && found.last.family == AF_INET &&
		   IN6_IS_ADDR_V4MAPPED(&found.last.address) &&
		   !v6_listener_hears(&found.last, &any, 81),
	   "0.0.0.0:81 is there and hears no IPv6");
	close(fd);
	close(fd4);
}

static void udp(int here)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(99)};
	int fd = bound6(SOCK_DGRAM, "::1", 53, 0);
	struct found found = listeners(here, IPPROTO_UDP, 53);

	ok(found.n == 1 && found.last.protocol == IPPROTO_UDP && found.last.port == 53,
	   "UDP [::1]:53 listens");
	name.sin6_addr = in6addr_loopback;
	need(connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0, "connect");
	is(listeners(here, IPPROTO_UDP, 53).n, 0, "connected, it does not");
	close(fd);
}

/* reached() - the address of who is reached by a link, or NULL: nobody */
static const char *reached(struct v6_nl *nl, uint8_t protocol, const char *text, int link)
{
	struct in6_addr to = address(text);
	struct v6_listener found;
	int ret = v6_listener_find(nl, protocol, &to, 80, link, &found);

	if (ret < 0)
		return ret == -ENOENT ? "nobody" : strerror(-ret);
	ok(found.protocol == protocol && found.port == 80 && found.uid == geteuid(),
	   "whose it is, and of which port");
	return found.link				 ? "by its interface"
	       : IN6_IS_ADDR_UNSPECIFIED(&found.address) ? "::"
							 : "::1";
}

static void find(uint8_t protocol)
{
	const int type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	struct sockaddr_in name4 = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct v6_error err = {0};
	struct v6_nl nl = {0};
	int any, self, fd4;

	/* what is open on each port of an address that anybody may have is not in the way */
	run("sysctl -qw net.ipv4.ip_local_port_range='1024 1025'");
	self = bound6(type, "::1", 1024, 1);
	any = bound6(type, "::1", 1025, 1);
	is(v6_listener_open(protocol, &nl, &err), 0, "this kernel can look");
	close(any);
	close(self);
	fd4 = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	need(bind(fd4, (struct sockaddr *)&name4, sizeof(name4)) == 0, "0.0.0.0:80");
	need(type == SOCK_DGRAM || listen(fd4, 1) == 0, "listen");
	ok(strcmp(reached(&nl, protocol, "2001:db8::1", 7), "nobody") == 0,
	   "who listens to IPv4 is not found");
	close(fd4);
	any = bound6(type, "::", 80, 0);
	need(type == SOCK_DGRAM || listen(any, 1) == 0, "listen");
	ok(strcmp(reached(&nl, protocol, "2001:db8::1", 7), "::") == 0, "who listens to all is");
	need(setsockopt(any, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0, "SO_BINDTODEVICE");
	ok(strcmp(reached(&nl, protocol, "2001:db8::1", V6_LOOPBACK), "by its interface") == 0,
	   "who listens on one link, by that one");
	ok(strcmp(reached(&nl, protocol, "2001:db8::1", 7), "nobody") == 0, "and no other");
	close(any);
	self = bound6(type, "::1", 80, 0);
	need(type == SOCK_DGRAM || listen(self, 1) == 0, "listen");
	ok(strcmp(reached(&nl, protocol, "::1", V6_LOOPBACK), "::1") == 0 &&
		   strcmp(reached(&nl, protocol, "2001:db8::1", V6_LOOPBACK), "nobody") == 0,
	   "who listens to one address, by that one");
	close(self);
	v6_nl_close(&nl);
}

static void process(int here, int elsewhere)
{
	uint64_t inside = 0, outside = 0;
	struct v6_process owner = {.pid = 0};
	int fd = bound6(SOCK_STREAM, "::", 80, 0);
	struct found found;

	need(v6_netns_inode(here, &inside) == 0 && v6_netns_inode(elsewhere, &outside) == 0,
	     "inode");
	need(listen(fd, 1) == 0 && prctl(PR_SET_NAME, "a\x1b[31mb") == 0, "listen");
	found = listeners(here, IPPROTO_TCP, 80);
	is(v6_listener_process(inside, &found.last, &owner), 0, "its process is found");
	is(owner.pid, getpid(), "by its id");
	ok(strcmp(owner.name, "a?[31mb") == 0, "and its name, fit for a terminal");
	owner.name[0] = '\0';
	ok(v6_process_name(getpid(), &owner) == 0 && strcmp(owner.name, "a?[31mb") == 0,
	   "which the process has without the socket as well");
	is(v6_process_name(4194304, &owner), -ESRCH, "one that is not there has none");
	is(v6_listener_process(outside, &found.last, &owner), -ESRCH, "in its namespace only");
	close(fd);
	is(v6_listener_process(inside, &found.last, &owner), -ESRCH, "and not for a closed one");
}

int main(void)
{
	int elsewhere, here;

	plan(36);
	elsewhere = netns_new();
	here = netns_new();
	tcp(here, elsewhere);
	udp(here);
	find(IPPROTO_TCP);
	find(IPPROTO_UDP);
	process(here, elsewhere);
	return done();
}
