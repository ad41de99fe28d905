/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces to find things out in, and links between them. */
#ifndef TESTS_PLATFORM_NETNS_H
#define TESTS_PLATFORM_NETNS_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/nl.h"
#include "kernel/route.h"
#include "tap.h"

/* run() - run a shell command in the namespace that we are in */
__attribute__((format(printf, 1, 2))) static inline void run(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	errno = 0;
	need(system(command) == 0, command);
}

/* netns_new() - make a network namespace and go there; the descriptor leads back to it */
static inline int netns_new(void)
{
	int fd;

	need(unshare(CLONE_NEWNET) == 0, "unshare");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	need(fd >= 0, "/proc/self/ns/net");
	run("ip link set dev lo up");
	return fd;
}

static inline void netns_enter(int fd)
{
	need(setns(fd, CLONE_NEWNET) == 0, "setns");
}

static inline struct v6_nl nl_open(int protocol)
{
	struct v6_nl nl;

	need(v6_nl_open(protocol, &nl, NULL) == 0, "netlink socket");
	return nl;
}

static inline struct in6_addr address(const char *text)
{
	struct in6_addr parsed;

	need(inet_pton(AF_INET6, text, &parsed) == 1, text);
	return parsed;
}

/* pause_a_little() - between two looks at what takes its time */
static inline void pause_a_little(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
}

/* until() - whether a condition comes true within 5 seconds or so */
#define until(condition)                                       \
	({                                                     \
		int tries_ = 1000;                             \
		bool true_;                                    \
		while (!(true_ = (condition)) && tries_-- > 0) \
			pause_a_little();                      \
		true_;                                         \
	})

/* link_runs() - whether a link has its carrier, which IPv6 waits for */
static inline bool link_runs(const char *name)
{
	struct ifreq request = {0};
	auto_fd int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING);
}

/**
 * veth_new() - Join two namespaces by a pair of links that are up
 * @here, @there: Namespaces, maybe the same one; we are in @here then
 * @name, @peer: The link's name in each; its addresses are not checked for duplicates
 */
static inline void veth_new(int here, const char *name, int there, const char *peer)
{
	const char *names[] = {peer, name};
	int i, ends[] = {there, here};

	netns_enter(here);
	run("ip link add name %s type veth peer name %s netns /proc/%d/fd/%d", name, peer, getpid(),
	    there);
	for (i = 0; i < 2; i++) {
		netns_enter(ends[i]);
		run("echo 0 >/proc/sys/net/ipv6/conf/%s/accept_dad && ip link set dev %s up",
		    names[i], names[i]);
	}
	need(until(link_runs(name)), name);
	netns_enter(there);
	need(until(link_runs(peer)), peer);
	netns_enter(here);
}

/* address_answers() - whether packets to an address of this namespace are taken in; its route is
 * made a moment after it
 */
static inline bool address_answers(struct v6_nl *nl, const char *text)
{
	struct in6_addr destination = address(text);
	struct v6_route route;

	return v6_route_lookup(nl, &destination, 0, &route) == 0 && route.local;
}

/* address_new() - give a link an address, which can be used then */
static inline void address_new(const char *link, const char *text, int length)
{
	struct v6_nl nl = nl_open(NETLINK_ROUTE);

	run("ip -6 addr add %s/%d dev %s nodad", text, length, link);
	need(until(address_answers(&nl, text)), text);
	v6_nl_close(&nl);
}

#endif
