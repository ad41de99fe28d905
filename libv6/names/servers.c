/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bookkeeping on DNS servers, so that a failed look-up can tell which of them did what. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "names/servers.h"

/* RFC 1035 section 4.1.1 */
#define HEADER_SIZE    12
#define FLAG_TRUNCATED 0x02
#define RCODE_NOERROR  0
#define RCODE_NXDOMAIN 3
#define RCODE_REFUSED  5

#define ZONE_SIZE (sizeof("%") + IF_NAMESIZE)

static const struct {
	const char *before, *after;
} verdict_text[] = {
	[V6_SERVER_SILENT] = {"", " does not answer"},
	[V6_SERVER_ANSWERED] = {"asked ", ""},
	[V6_SERVER_REFUSED] = {"", " refuses to answer (REFUSED)"},
	[V6_SERVER_FAILED] = {"", " answers with a failure"},
	[V6_SERVER_CLOSED] = {"nothing listens on ", ""},
	[V6_SERVER_UNREACHABLE] = {"", " cannot be reached"},
};

static const char *rcode_name(unsigned int rcode)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP"};

	return rcode < V6_ARRAY_SIZE(names) ? names[rcode] : "unknown response code";
}

struct v6_server *v6_server_by_fd(struct v6_servers *servers, int fd)
{
	size_t i;

	for (i = 0; i < servers->n; i++)
		if (servers->list[i].fd == fd)
			return &servers->list[i];
	return NULL;
}

static bool same_address(const union v6_server_address *a, const union v6_server_address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr &&
		       a->in.sin_port == b->in.sin_port;
	return v6_address_equal(&a->in6.sin6_addr, &b->in6.sin6_addr) &&
	       a->in6.sin6_port == b->in6.sin6_port && a->in6.sin6_scope_id == b->in6.sin6_scope_id;
}

static struct v6_server *by_address(struct v6_servers *servers,
				    const union v6_server_address *address)
{
	size_t i;

	for (i = 0; i < servers->n; i++)
		if (same_address(&servers->list[i].address, address))
			return &servers->list[i];
	if (servers->n == V6_SERVERS_MAX)
		return NULL;
	servers->list[servers->n].address = *address;
	return &servers->list[servers->n++];
}

struct v6_server *v6_server_connecting(struct v6_servers *servers, const struct sockaddr *address,
				       socklen_t len, int fd, bool stream)
{
	union v6_server_address copy = {.in6 = {0}};
	struct v6_server *server;

	memcpy(&copy, address, len < sizeof(copy) ? len : sizeof(copy));
	server = by_address(servers, &copy);
	if (!server)
		return NULL;

	server->fd = fd;
	server->stream = stream;
	if (stream)
		server->verdict = V6_SERVER_SILENT;
	return server;
}

void v6_server_error(struct v6_server *server)
{
	if (!server || errno == EAGAIN || errno == EINPROGRESS || errno == EINTR)
		return;
	server->verdict = errno == ECONNREFUSED ? V6_SERVER_CLOSED : V6_SERVER_UNREACHABLE;
}

void v6_server_answer(struct v6_servers *servers, struct v6_server *server, const uint8_t *data,
		      size_t len)
{
	server->verdict = V6_SERVER_ANSWERED;
	if (server->stream || len < HEADER_SIZE)
		return;

	server->rcode = data[3] & 0x0fU;
	if (server->rcode == RCODE_REFUSED)
		server->verdict = V6_SERVER_REFUSED;
	else if (server->rcode != RCODE_NOERROR && server->rcode != RCODE_NXDOMAIN)
		server->verdict = V6_SERVER_FAILED;
	else if (!(data[2] & FLAG_TRUNCATED))
		servers->answered = (size_t)(server - servers->list) + 1;
}

bool v6_server_is_outdone(const struct v6_servers *servers, const struct v6_server *server)
{
	return server->verdict == V6_SERVER_SILENT && servers->answered > 0 &&
	       server != &servers->list[servers->answered - 1];
}

size_t v6_servers_count(const struct v6_servers *servers, enum v6_verdict verdict)
{
	size_t i, n = 0;

	for (i = 0; i < servers->n; i++)
		n += servers->list[i].verdict == verdict;
	return n;
}

/* write_name() - the address of a server; room for INET6_ADDRSTRLEN */
static void write_name(const struct v6_server *server, char *name)
{
	const union v6_server_address *address = &server->address;

	if (address->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &address->in6.sin6_addr, name, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET, &address->in.sin_addr, name, INET6_ADDRSTRLEN);
}

bool v6_servers_source(const struct v6_servers *servers, char *ret_name)
{
	const struct v6_server *server = NULL;
	size_t i;

	/* what came by TCP is not looked into, so that nobody is noted for it */
	for (i = 0; i < servers->n && !servers->answered; i++)
		if (servers->list[i].verdict == V6_SERVER_ANSWERED)
			server = &servers->list[i];
	if (servers->answered)
		server = &servers->list[servers->answered - 1];
	if (!server || server->rcode == RCODE_NXDOMAIN)
		return false;
	write_name(server, ret_name);
	return true;
}

/* write_zone() - "%eth0", or "%2" where there is no such interface any more; nothing without one */
static void write_zone(const struct v6_server *server, char *zone)
{
	const struct sockaddr_in6 *in6 = &server->address.in6;
	char name[IF_NAMESIZE];

	*zone = '\0';
	if (in6->sin6_family != AF_INET6 || in6->sin6_scope_id == 0)
		return;
	if (if_indextoname(in6->sin6_scope_id, name))
		snprintf(zone, ZONE_SIZE, "%%%s", name);
	else
		snprintf(zone, ZONE_SIZE, "%%%u", in6->sin6_scope_id);
}

static int print_server(char *text, size_t size, const struct v6_server *server)
{
	bool failed = server->verdict == V6_SERVER_FAILED;
	char name[INET6_ADDRSTRLEN] = "?", zone[ZONE_SIZE];

	write_name(server, name);
	write_zone(server, zone);

	return snprintf(text, size, "%s%s%s%s%s%s%s%s", verdict_text[server->verdict].before, name,
			zone, verdict_text[server->verdict].after, failed ? " (" : "",
			failed ? rcode_name(server->rcode) : "", failed ? ")" : "",
			server->stream ? " over TCP" : "");
}

struct v6_servers_text v6_servers_describe(const struct v6_servers *servers)
{
	struct v6_servers_text text = {.s = ""};
	const char *separator = ": ";
	size_t i, used = 0;

	for (i = 0; i < servers->n && used < sizeof(text.s); i++) {
		if (servers->list[i].verdict == V6_SERVER_UNASKED)
			continue;
		used += (size_t)snprintf(text.s + used, sizeof(text.s) - used, "%s", separator);
		if (used < sizeof(text.s))
			used += (size_t)print_server(text.s + used, sizeof(text.s) - used,
						     &servers->list[i]);
		separator = ", ";
	}
	return text;
}
