/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that wait for clients, by the kernel's socket monitoring (sock_diag). */
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/listeners.h"
#include "kernel/netns.h"
#include "kernel/nl.h"
#include "kernel/route.h"

/* Socket states, enum in linux/include/net/tcp_states.h; UDP has CLOSE where it is not connected,
 * and SCTP's LISTENING is TCP's
 */
#define STATE_CLOSE  7
#define STATE_LISTEN 10

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* 4.18 */
#endif

struct visit {
	uint8_t protocol;
	uint16_t port;
	int (*visit)(const struct v6_listener *listener, void *data);
	void *data;
};

static struct in6_addr address_of(const struct inet_diag_msg *socket)
{
	struct in6_addr address = {.s6_addr = {[10] = 0xff, 0xff}};

	if (socket->idiag_family == AF_INET)
		memcpy(&address.s6_addr[12], socket->id.idiag_src, 4);
	else
		memcpy(&address, socket->id.idiag_src, sizeof(address));
	return address;
}

/* read_socket() - Return: whether it is one that clients could reach */
static bool read_socket(const struct nlmsghdr *message, uint8_t protocol,
			struct v6_listener *ret_listener)
{
	const struct inet_diag_msg *socket = v6_nl_header(message, sizeof(*socket));
	const struct nlattr *attr;
	uint8_t v6only = 0;

	if (!socket || socket->id.idiag_sport == 0)
		return false;
	mnl_attr_for_each (attr, message, sizeof(*socket))
		if (mnl_attr_get_type(attr) == INET_DIAG_SKV6ONLY)
			V6_NL_VALUE(attr, &v6only);
	*ret_listener = (struct v6_listener){
		.protocol = protocol,
		.family = socket->idiag_family,
		.address = address_of(socket),
		.port = ntohs(socket->id.idiag_sport),
		.v6only = v6only,
		.link = (int)socket->id.idiag_if,
		.uid = socket->idiag_uid,
		.inode = socket->idiag_inode,
		/* tcp_diag_get_info() in linux/net/ipv4/tcp_diag.c */
		.waiting = protocol == IPPROTO_TCP ? socket->idiag_rqueue : 0,
	};
	return true;
}

static int visit_socket(const struct nlmsghdr *message, void *data)
{
	const struct visit *visit = data;
	struct v6_listener listener;

	if (!read_socket(message, visit->protocol, &listener))
		return MNL_CB_OK;
	return v6_nl_answer(visit->visit(&listener, visit->data));
}

static int visit_family(struct v6_nl *nl, uint8_t family, struct visit *visit)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = mnl_nlmsg_put_header(request.bytes);
	struct inet_diag_req_v2 *filter;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_DUMP;
	filter = mnl_nlmsg_put_extra_header(header, sizeof(*filter));
	filter->sdiag_family = family;
	filter->sdiag_protocol = visit->protocol;
	filter->idiag_states = 1U << (visit->protocol == IPPROTO_UDP ? STATE_CLOSE : STATE_LISTEN);
	filter->id.idiag_sport = htons(visit->port);
	return v6_nl_dump(nl, header, visit_socket, NULL, visit);
}

static int open_socket(void *data, struct v6_error *err)
{
	return v6_nl_open(NETLINK_SOCK_DIAG, data, err);
}

static int fail_list(uint8_t protocol, int code, struct v6_error *err)
{
	if (code == -ENOENT)
		return v6_fail(err, code,
			       "this kernel can't list %s sockets; load it with modprobe %s_diag",
			       v6_protocol_name(protocol), v6_protocol_name(protocol));
	return v6_fail(err, code, "cannot list %s sockets: %s", v6_protocol_name(protocol),
		       v6_strerror(code));
}

int v6_listeners_each(int netns, uint8_t protocol, uint16_t port,
		      int (*visit)(const struct v6_listener *listener, void *data), void *data,
		      struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	struct visit all = {protocol, port, visit, data};
	int ret = v6_netns_call(netns, open_socket, &nl, err);

	if (ret < 0)
		return ret;
	ret = visit_family(&nl, AF_INET6, &all);
	if (ret == 0)
		ret = visit_family(&nl, AF_INET, &all);
	return ret < 0 ? fail_list(protocol, ret, err) : 0;
}

static int open_list(void *data, struct v6_error *err)
{
	FILE *file = fopen("/proc/thread-self/net/tcp6", "re");

	if (!file)
		return v6_fail(err, -errno, "/proc/thread-self/net/tcp6: cannot open it: %s",
			       v6_strerror(errno));
	*(FILE **)data = file;
	return 0;
}

static void close_list(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* read_listed() - an address is four words in the host's byte order. Return: whether it is a
 * listener
 */
static bool read_listed(const char *line, struct v6_listener *ret_listener)
{
	unsigned int port, state;
	uint32_t words[4];

	if (sscanf(line,
		   " %*u: %8" SCNx32 "%8" SCNx32 "%8" SCNx32 "%8" SCNx32
		   ":%4X %*32[0-9A-F]:%*4[0-9A-F] %2X",
		   &words[0], &words[1], &words[2], &words[3], &port, &state) != 6 ||
	    state != STATE_LISTEN)
		return false;
	*ret_listener = (struct v6_listener){
		.protocol = IPPROTO_TCP, .family = AF_INET6, .port = (uint16_t)port};
	memcpy(&ret_listener->address, words, sizeof(words));
	return true;
}

int v6_listeners_read(int netns, int (*visit)(const struct v6_listener *listener, void *data),
		      void *data, struct v6_error *err)
{
	FILE auto_call(close_list) *file = NULL;
	struct v6_listener listener;
	char line[256];
	int ret = v6_netns_call(netns, open_list, &file, err);

	while (ret == 0 && fgets(line, sizeof(line), file))
		if (read_listed(line, &listener))
			ret = visit(&listener, data);
	return ret;
}

/* struct finding - what v6_listener_find() has found */
struct finding {
	uint8_t protocol;
	bool found;
	struct v6_listener listener;
};

static int keep_socket(const struct nlmsghdr *message, void *data)
{
	struct finding *finding = data;

	finding->found = read_socket(message, finding->protocol, &finding->listener);
	return MNL_CB_OK;
}

int v6_listener_find(struct v6_nl *nl, uint8_t protocol, const struct in6_addr *address,
		     uint16_t port, int link, struct v6_listener *ret_listener)
{
	struct finding finding = {.protocol = protocol};
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = mnl_nlmsg_put_header(request.bytes);
	struct inet_diag_req_v2 *wanted;
	bool swapped = protocol == IPPROTO_UDP;
	int ret;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	wanted = mnl_nlmsg_put_extra_header(header, sizeof(*wanted));
	wanted->sdiag_family = AF_INET6;
	wanted->sdiag_protocol = protocol;
	wanted->id.idiag_if = (uint32_t)link;
	wanted->id.idiag_cookie[0] = wanted->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	*(swapped ? &wanted->id.idiag_dport : &wanted->id.idiag_sport) = htons(port);
	memcpy(swapped ? wanted->id.idiag_dst : wanted->id.idiag_src, address, sizeof(*address));
	ret = v6_nl_talk(nl, header, keep_socket, &finding);
	if (ret == 0 && !finding.found)
		ret = -ENOENT;
	if (ret == 0)
		*ret_listener = finding.listener;
	return ret;
}

/* listen_once() - a socket of our own, at an address that no packet comes to (RFC 6666), nor
 * anybody guesses: who has taken all ports of one can't keep us from it
 */
static int listen_once(uint8_t protocol, struct sockaddr_in6 *ret_name, int *ret_fd)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {[0] = 1}};
	bool tcp = protocol == IPPROTO_TCP;
	auto_fd int fd = socket(AF_INET6, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(name);
	int on = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on)) < 0 ||
	    getrandom(&name.sin6_addr.s6_addr[8], 8, 0) < 0 ||
	    bind(fd, (struct sockaddr *)&name, size) < 0 || (tcp && listen(fd, 1) < 0) ||
	    getsockname(fd, (struct sockaddr *)&name, &size) < 0)
		return -errno;
	*ret_name = name;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int v6_listener_open(uint8_t protocol, struct v6_nl *ret_nl, struct v6_error *err)
{
	struct v6_nl auto_call(v6_nl_close) nl = {0};
	struct v6_listener unused;
	struct sockaddr_in6 name;
	auto_fd int fd = -1;
	int ret = v6_nl_open(NETLINK_SOCK_DIAG, &nl, err);

	if (ret < 0)
		return ret;
	ret = listen_once(protocol, &name, &fd);
	if (ret == 0)
		ret = v6_listener_find(&nl, protocol, &name.sin6_addr, ntohs(name.sin6_port),
				       V6_LOOPBACK, &unused);
	if (ret < 0)
		return fail_list(protocol, ret, err);
	*ret_nl = nl;
	nl.socket = NULL;
	return 0;
}

bool v6_listener_hears(const struct v6_listener *listener, const struct in6_addr *address,
		       uint16_t port)
{
	return listener->family == AF_INET6 && listener->port == port &&
	       (IN6_IS_ADDR_UNSPECIFIED(&listener->address) ||
		v6_address_equal(&listener->address, address));
}
