/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names to addresses by c-ares; the only file that sees it.
 *
 * c-ares reports one status for a whole look-up, and up to 1.18 that is ARES_ECONNREFUSED for
 * REFUSED, SERVFAIL and a closed port alike. So its sockets are opened here
 * (ares_set_socket_functions), and what passes through them is noted per server: that gives each
 * cause a message of its own, with the servers by name. It also keeps SIGPIPE away, saves a few
 * system calls, and lets a server that was silent be passed over once another one has answered;
 * else a dead first server would cost its time again for every search domain.
 *
 * Time: with three tries, a server has a seventh of the budget to answer before the next is asked,
 * and that doubles with each round, as 1 + 2 + 4 sevenths is the budget for a single server. A late
 * answer counts all the same. With up to five dead servers the sixth one is still asked in time;
 * with two tries, and so a third of the budget, it is the third server.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* What replaces the functions that 1.34 deprecates is not in 1.18 */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include <libv6/names.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "names/name.h"
#include "names/servers.h"
#include "names/zones.h"

/* Of the 16 that ares_getsock() can tell of; its macros have a signed overflow for the last. */
#define SOCKETS_MAX (ARES_GETSOCK_MAXNUM - 1)
/* IPv4 addresses that a message names. */
#define IPV4_SHOWN 3

/* struct lookup - One call of v6_names_resolve(); @hides_zones: c-ares has the servers of zones.h
 */
struct lookup {
	ares_channel channel;
	const char *name;
	int64_t start_ms, deadline_ms;
	struct v6_servers servers;
	bool hides_zones;
};

/* The sockets of c-ares */

static ares_socket_t socket_open(int family, int type, int protocol, void *arg)
{
	struct lookup *lookup = arg;

	lookup->servers.opened++;
	return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int socket_close(ares_socket_t fd, void *arg)
{
	struct lookup *lookup = arg;
	struct v6_server *server = v6_server_by_fd(&lookup->servers, fd);

	if (server)
		server->fd = -1;
	return close(fd);
}

static int socket_connect(ares_socket_t fd, const struct sockaddr *address, ares_socklen_t len,
			  void *arg)
{
	struct lookup *lookup = arg;
	struct v6_server *server;
	struct sockaddr_in6 shown;
	int type = 0;
	socklen_t type_len = sizeof(type);

	if (lookup->hides_zones && address->sa_family == AF_INET6) {
		memcpy(&shown, address, sizeof(shown));
		v6_zone_show(&shown);
		address = (const struct sockaddr *)&shown;
	}
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len);
	server = v6_server_connecting(&lookup->servers, address, len, fd, type == SOCK_STREAM);
	if (connect(fd, address, len) == 0)
		return 0;
	v6_server_error(server);
	return -1;
}

/* A failure here makes c-ares go on to the next server at once */
static ares_ssize_t socket_send(ares_socket_t fd, const struct iovec *data, int n, void *arg)
{
	struct msghdr message = {.msg_iov = (struct iovec *)data, .msg_iovlen = (size_t)n};
	struct lookup *lookup = arg;
	struct v6_server *server = v6_server_by_fd(&lookup->servers, fd);
	ssize_t sent;

	if (server && !server->stream && v6_server_is_outdone(&lookup->servers, server)) {
		errno = EHOSTUNREACH;
		return -1;
	}

	sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	if (sent < 0)
		v6_server_error(server);
	else if (server)
		server->verdict = V6_SERVER_SILENT;
	return sent;
}

static ares_ssize_t socket_receive(ares_socket_t fd, void *data, size_t size, int flags,
				   struct sockaddr *from, ares_socklen_t *from_len, void *arg)
{
	struct lookup *lookup = arg;
	struct v6_server *server = v6_server_by_fd(&lookup->servers, fd);
	ssize_t len;

	/* c-ares goes on until nothing is left, and a server may send as fast as it reads */
	if (v6_now_ms() >= lookup->deadline_ms) {
		errno = EAGAIN;
		return -1;
	}
	len = recvfrom(fd, data, size, flags, from, from_len);
	if (len >= 0 && lookup->hides_zones && from && from->sa_family == AF_INET6)
		v6_zone_hide((struct sockaddr_in6 *)(void *)from);
	if (len < 0)
		v6_server_error(server);
	else if (len > 0 && server)
		v6_server_answer(&lookup->servers, server, data, (size_t)len);
	return len;
}

static const struct ares_socket_functions socket_functions = {
	.asocket = socket_open,
	.aclose = socket_close,
	.aconnect = socket_connect,
	.arecvfrom = socket_receive,
	.asendv = socket_send,
};

/* Asking */

static void end_lookup(struct lookup *lookup)
{
	if (lookup->channel)
		ares_destroy(lookup->channel);
}

static size_t count_link_local(ares_channel channel)
{
	struct ares_addr_port_node *nodes = NULL, *node;
	size_t n = 0;

	ares_get_servers_ports(channel, &nodes);
	for (node = nodes; node; node = node->next)
		n += node->family == AF_INET6 &&
		     IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)(const void *)&node->addr);
	ares_free_data(nodes);
	return n;
}

/* add_zoned_servers() - where c-ares has passed over some, give it all servers */
static void add_zoned_servers(struct lookup *lookup)
{
	struct ares_addr_port_node nodes[V6_SERVERS_MAX] = {{.next = NULL}};
	struct v6_nameserver list[V6_SERVERS_MAX];
	size_t i, n = v6_nameservers_read(list);

	if (count_link_local(lookup->channel) >= v6_nameservers_zoned(list, n))
		return;
	for (i = 0; i < n; i++) {
		nodes[i].next = i + 1 < n ? &nodes[i + 1] : NULL;
		nodes[i].family = list[i].address.any.sa_family;
		if (nodes[i].family == AF_INET) {
			nodes[i].addr.addr4 = list[i].address.in.sin_addr;
			continue;
		}
		v6_zone_hide(&list[i].address.in6);
		memcpy(&nodes[i].addr.addr6, &list[i].address.in6.sin6_addr,
		       sizeof(nodes[i].addr.addr6));
	}
	lookup->hides_zones = ares_set_servers_ports(lookup->channel, nodes) == ARES_SUCCESS;
}

static int begin_lookup(struct lookup *lookup, int timeout_ms, int tries)
{
	/* the rounds, each twice as long as the one before, make up the budget */
	struct ares_options options = {
		.timeout = timeout_ms / ((1 << tries) - 1) + 1,
		.tries = tries,
	};
	int status;

	lookup->start_ms = v6_now_ms();
	lookup->deadline_ms = lookup->start_ms + timeout_ms;

	status = ares_init_options(&lookup->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (status != ARES_SUCCESS)
		return status;
	ares_set_socket_functions(lookup->channel, &socket_functions, lookup);
	add_zoned_servers(lookup);
	return ARES_SUCCESS;
}

/* Milliseconds until c-ares or the deadline wants attention, rounded up so that nobody spins */
static int poll_timeout(const struct lookup *lookup)
{
	int64_t left = lookup->deadline_ms - v6_now_ms();
	struct timeval max, tv, *soonest;

	if (left <= 0)
		return 0;
	max.tv_sec = left / 1000;
	max.tv_usec = left % 1000 * 1000;
	soonest = ares_timeout(lookup->channel, &max, &tv);
	return (int)(soonest->tv_sec * 1000 + (soonest->tv_usec + 999) / 1000);
}

/* Returns the number of @ret_fds that c-ares waits for */
static nfds_t get_sockets(const struct lookup *lookup, struct pollfd *ret_fds)
{
	ares_socket_t sockets[SOCKETS_MAX];
	int bits = ares_getsock(lookup->channel, sockets, SOCKETS_MAX), i;
	nfds_t n = 0;

	for (i = 0; i < SOCKETS_MAX; i++) {
		int events = (ARES_GETSOCK_READABLE(bits, i) ? POLLIN : 0) |
			     (ARES_GETSOCK_WRITABLE(bits, i) ? POLLOUT : 0);

		if (events)
			ret_fds[n++] = (struct pollfd){.fd = sockets[i], .events = (short)events};
	}
	return n;
}

/* Wait once, and let c-ares handle what came, or that a server's time is over */
static void process_sockets(struct lookup *lookup)
{
	struct pollfd fds[SOCKETS_MAX];
	nfds_t n = get_sockets(lookup, fds), i;
	ares_socket_t writable;

	if (poll(fds, n, poll_timeout(lookup)) <= 0) {
		ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		return;
	}
	for (i = 0; i < n; i++) {
		writable = (fds[i].revents & POLLOUT) ? fds[i].fd : ARES_SOCKET_BAD;
		if (fds[i].revents)
			ares_process_fd(lookup->channel, fds[i].fd, writable);
	}
}

struct answer {
	bool done;
	int status;
	struct ares_addrinfo *info;
};

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct answer *answer = arg;

	(void)timeouts;
	*answer = (struct answer){true, status, info};
}

/**
 * ask_dns() - Have c-ares look up a name, search domains included
 * @family:	AF_INET6 or AF_INET
 * @ret_info:	To be released by the caller; set on ARES_SUCCESS only
 *
 * Return: ARES_*; ARES_ECANCELLED is the deadline
 */
static int ask_dns(struct lookup *lookup, const char *name, int family,
		   struct ares_addrinfo **ret_info)
{
	/* Not sorted: that would open a socket per address, to find out where a route leads */
	const struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_family = family,
	};
	struct answer answer = {.done = false};

	ares_getaddrinfo(lookup->channel, name, NULL, &hints, on_answer, &answer);
	while (!answer.done && v6_now_ms() < lookup->deadline_ms)
		process_sockets(lookup);
	if (!answer.done)
		ares_cancel(lookup->channel);
	assert(answer.done);

	if (answer.status == ARES_SUCCESS)
		*ret_info = answer.info;
	return answer.status;
}

/* Whether the search list, rather than the name, may be what a look-up failed for */
static bool suspect_search(const struct lookup *lookup, int status)
{
	size_t len = strlen(lookup->name);

	if (status == ARES_EBADNAME)
		return lookup->name[len - 1] != '.';
	if (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND)
		return false;
	return !strchr(lookup->name, '.') &&
	       (v6_servers_count(&lookup->servers, V6_SERVER_REFUSED) > 0 ||
		v6_servers_count(&lookup->servers, V6_SERVER_FAILED) > 0);
}

/**
 * ask_dns_fully() - As ask_dns(), until the deadline, and where c-ares lets go of the bare name too
 * early
 *
 * "search .", as systemd-resolved writes it, makes c-ares 1.18 ask for "web3..", which is
 * ARES_EBADNAME. A search domain whose servers refuse or fail ends a look-up, while glibc, and so
 * everything else on this host, asks for the bare name next. And over TCP c-ares 1.18 asks once.
 */
static int ask_dns_fully(struct lookup *lookup, int family, struct ares_addrinfo **ret_info)
{
	char bare[V6_NAME_MAX + 1];
	struct v6_servers before;
	int first, second;

	do
		first = ask_dns(lookup, lookup->name, family, ret_info);
	while (first == ARES_ETIMEOUT && v6_now_ms() < lookup->deadline_ms);
	if (!suspect_search(lookup, first))
		return first;

	before = lookup->servers;
	snprintf(bare, sizeof(bare), "%s.", lookup->name);
	second = ask_dns(lookup, bare, family, ret_info);
	if (second == ARES_SUCCESS || second == ARES_ENODATA || first == ARES_EBADNAME)
		return second;
	lookup->servers = before;
	return first;
}

/* Telling what went wrong */

/* The reader's next step is the same for all of these */
#define ADVICE "; see /etc/resolv.conf, or add a line to /etc/hosts"

static int fail_servers(const struct lookup *lookup, int status, struct v6_error *err)
{
	const struct v6_servers *servers = &lookup->servers;
	struct v6_servers_text text = v6_servers_describe(servers);

	if (status == ARES_ECANCELLED || status == ARES_ETIMEOUT ||
	    v6_servers_count(servers, V6_SERVER_SILENT))
		return v6_fail(err, -ETIMEDOUT, "%s: DNS timed out after %d ms%s" ADVICE,
			       lookup->name, (int)(v6_now_ms() - lookup->start_ms), text.s);
	if (v6_servers_count(servers, V6_SERVER_FAILED))
		return v6_fail(err, -EIO, "%s: DNS failed%s" ADVICE, lookup->name, text.s);
	if (status == ARES_ECONNREFUSED || status == ARES_EREFUSED)
		return v6_fail(err, -ECONNREFUSED, "%s: cannot ask DNS%s" ADVICE, lookup->name,
			       text.s);
	return v6_fail(err, -EIO, "%s: DNS failed: %s%s" ADVICE, lookup->name,
		       ares_strerror(status), text.s);
}

static int fail_absent(const struct lookup *lookup, struct v6_error *err)
{
	struct v6_servers_text text = v6_servers_describe(&lookup->servers);

	return v6_fail(
		err, -ENOENT,
		"%s: no such name in DNS or /etc/hosts%s; add an AAAA record, or a line to /etc/hosts",
		lookup->name, text.s);
}

static int fail_only_ipv4(const struct lookup *lookup, const struct ares_addrinfo *info,
			  struct v6_error *err)
{
	char text[IPV4_SHOWN * (INET_ADDRSTRLEN + 2) + sizeof("...")] = "", name[INET_ADDRSTRLEN];
	const struct ares_addrinfo_node *node;
	const struct sockaddr_in *in;
	size_t n = 0, used = 0;

	for (node = info->nodes; node && n <= IPV4_SHOWN; node = node->ai_next) {
		in = (const void *)node->ai_addr;
		if (node->ai_family != AF_INET)
			continue;
		inet_ntop(AF_INET, &in->sin_addr, name, sizeof(name));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", n ? ", " : "",
					 n < IPV4_SHOWN ? name : "...");
		n++;
	}
	return v6_fail(
		err, -EAFNOSUPPORT,
		"%s: has only IPv4 addresses (%s); add an AAAA record, or a line to /etc/hosts",
		lookup->name, text);
}

static void free_info(struct ares_addrinfo **info)
{
	if (*info)
		ares_freeaddrinfo(*info);
}

/**
 * fail_no_ipv6() - Tell apart why there is no IPv6 address, by asking for IPv4 ones
 * @status:	ARES_ENODATA or ARES_ENOTFOUND; the latter is asked again, too: for /etc/hosts, and
 *		for servers that deny the name when asked for AAAA (RFC 4074 section 4.2)
 */
static int fail_no_ipv6(struct lookup *lookup, int status, struct v6_error *err)
{
	auto_call(free_info) struct ares_addrinfo *info = NULL;
	struct v6_servers before = lookup->servers;
	int second;

	second = ask_dns_fully(lookup, AF_INET, &info);
	if (second == ARES_SUCCESS && info)
		return fail_only_ipv4(lookup, info, err);

	lookup->servers = before;
	if (status == ARES_ENOTFOUND && second != ARES_ENODATA)
		return fail_absent(lookup, err);
	if (second == ARES_ENODATA)
		return v6_fail(err, -ENODATA,
			       "%s: the name exists, but has no address; add an AAAA record",
			       lookup->name);
	return v6_fail(err, -ENODATA, "%s: has no IPv6 address in DNS; add an AAAA record",
		       lookup->name);
}

static int fail_lookup(struct lookup *lookup, int status, struct v6_error *err)
{
	/* What c-ares says when /etc/nsswitch.conf has no dns */
	if (status == ARES_ECONNREFUSED && lookup->servers.opened == 0)
		status = ARES_ENOTFOUND;

	switch (status) {
	case ARES_ENOMEM:
		return v6_fail(err, -ENOMEM, "%s: out of memory", lookup->name);
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return fail_no_ipv6(lookup, status, err);
	default:
		return fail_servers(lookup, status, err);
	}
}

/* What was answered */

/* add_addresses() - append the IPv6 addresses that fit, or all; none twice, and no more than there
 * is room for
 */
static void add_addresses(const struct ares_addrinfo *info, const struct v6_names_fit *fit,
			  struct in6_addr *addresses, size_t *n)
{
	const struct ares_addrinfo_node *node;
	const struct sockaddr_in6 *in6;

	for (node = info->nodes; node && *n < V6_NAMES_ADDRESSES_MAX; node = node->ai_next) {
		in6 = (const void *)node->ai_addr;
		if (node->ai_family == AF_INET6 &&
		    !v6_address_is_in(addresses, *n, &in6->sin6_addr) &&
		    (!fit || fit->fits(&in6->sin6_addr, fit->data)))
			addresses[(*n)++] = in6->sin6_addr;
	}
}

static size_t collect_addresses(const struct ares_addrinfo *info, const struct v6_names_fit *fit,
				struct in6_addr *ret_addresses)
{
	size_t n = 0;

	add_addresses(info, NULL, ret_addresses, &n);
	if (fit && n == V6_NAMES_ADDRESSES_MAX) {
		n = 0;
		add_addresses(info, fit, ret_addresses, &n);
		add_addresses(info, NULL, ret_addresses, &n);
	}
	return n;
}

/* ttl_of() - of all records that led to the addresses, the least */
static int ttl_of(const struct ares_addrinfo *info)
{
	const struct ares_addrinfo_cname *cname;
	const struct ares_addrinfo_node *node;
	int ttl = INT_MAX;

	for (node = info->nodes; node; node = node->ai_next)
		if (node->ai_ttl < ttl)
			ttl = node->ai_ttl;
	for (cname = info->cnames; cname; cname = cname->next)
		if (cname->ttl < ttl)
			ttl = cname->ttl;
	return ttl < 0 ? 0 : ttl; /* RFC 2181 section 8 */
}

/* source_of() - who answered: a server, or else /etc/hosts */
static struct v6_names_source source_of(const struct lookup *lookup,
					const struct ares_addrinfo *info)
{
	struct v6_names_source source = {.origin = V6_NAMES_HOSTS};

	if (!v6_servers_source(&lookup->servers, source.server))
		return source;
	source.origin = V6_NAMES_DNS;
	source.ttl = ttl_of(info);
	return source;
}

static int look_up_name(const char *name, int timeout_ms, int tries, const struct v6_names_fit *fit,
			struct in6_addr *ret_addresses, size_t *ret_n,
			struct v6_names_source *ret_source, struct v6_error *err)
{
	auto_call(end_lookup) struct lookup lookup = {.name = name};
	auto_call(free_info) struct ares_addrinfo *info = NULL;
	int status;
	size_t n;

	status = begin_lookup(&lookup, timeout_ms, tries);
	if (status == ARES_SUCCESS)
		status = ask_dns_fully(&lookup, AF_INET6, &info);
	if (status != ARES_SUCCESS || !info)
		return fail_lookup(&lookup, status, err);

	n = collect_addresses(info, fit, ret_addresses);
	if (n == 0)
		return fail_lookup(&lookup, ARES_ENODATA, err);
	*ret_n = n;
	*ret_source = source_of(&lookup, info);
	return 0;
}

const char *v6_names_origin_name(enum v6_names_origin origin)
{
	/* in the order of the enumeration */
	static const char *const names[] = {"literal", "hosts", "dns", "known", "pool"};

	return names[origin];
}

int v6_names_resolve_fitting(const char *name, int timeout_ms, int tries,
			     const struct v6_names_fit *fit, struct in6_addr *ret_addresses,
			     size_t *ret_n, struct v6_names_source *ret_source,
			     struct v6_error *err)
{
	struct v6_names_source unwanted;
	struct in6_addr literal;
	struct in_addr ipv4;

	if (!ret_source)
		ret_source = &unwanted;

	if (v6_address_parse(name, &literal) == 0) {
		ret_addresses[0] = literal;
		*ret_n = 1;
		*ret_source = (struct v6_names_source){.origin = V6_NAMES_LITERAL};
		return 0;
	}
	if (inet_pton(AF_INET, name, &ipv4) == 1)
		return v6_fail(
			err, -EAFNOSUPPORT,
			"%s: is an IPv4 address; give an IPv6 address, or a name with an AAAA record",
			name);
	if (v6_name_check(name, err) < 0)
		return -EINVAL;
	return look_up_name(name, timeout_ms, tries, fit, ret_addresses, ret_n, ret_source, err);
}

int v6_names_resolve(const char *name, int timeout_ms, int tries, struct in6_addr *ret_addresses,
		     size_t *ret_n, struct v6_names_source *ret_source, struct v6_error *err)
{
	return v6_names_resolve_fitting(name, timeout_ms, tries, NULL, ret_addresses, ret_n,
					ret_source, err);
}
