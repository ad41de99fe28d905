/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a service answers a real connection from this host, which takes no part of the way that
 * clients' packets take through the forward chains.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "check/checker.h"
#include "check/connection.h"

/* How long a container may take to answer a connection, and how often it may fail to */
#define CONNECT_TIMEOUT_S 2
#define SILENT_MAX	  3

int v6_try_connection(const struct in6_addr *address, uint16_t port)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = *address,
	};
	struct timeval limit = {.tv_sec = CONNECT_TIMEOUT_S};
	auto_fd int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* connect() then gives up with EINPROGRESS: __inet_stream_connect() */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
}

/* explain_outcome() - of an outcome; where there is a fault before, that is why */
static const char *explain_outcome(const struct v6_checked *c, int code)
{
	bool known = c->checker->faults > 0;

	switch (code) {
	case -ECONNREFUSED:
		return known ? "is refused"
			     : "is refused, perhaps by a firewall of the container's";
	case -ETIMEDOUT:
		return known ? "is not answered"
			     : "is not answered: packets are lost, perhaps by a firewall of the container's or in our own output chains";
	case -EHOSTUNREACH:
		return "finds no way: the container does not answer neighbour discovery";
	case -ENETUNREACH:
		return "finds no route";
	default:
		return v6_strerror(code);
	}
}

static void tell_outcome(struct v6_checked *c, const struct v6_service *service, uint16_t port,
			 int code)
{
	struct v6_text address = v6_address_text(&service->address);

	if (code == 0 && !v6_checked_is_long(c))
		v6_found_good(c->checker, "connection", "[%s]:%u answers this host", address.s,
			      port);
	else if (code == -EPERM || code == -EACCES)
		v6_found_doubt(
			c->checker, "connection", "",
			"[%s]:%u: this host's own packets are dropped before they leave (output); clients elsewhere need not mind",
			address.s, port);
	else if (code < 0)
		v6_found_fault(c->checker, "connection", "", "one from this host to [%s]:%u %s",
			       address.s, port, explain_outcome(c, code));
}

/* find_port_to_try() - of a mapping, a port on the service address that is worth a try; 0: none.
 * Without a look inside, that is a single port
 */
static uint16_t find_port_to_try(const struct v6_checked *c, size_t i)
{
	const struct v6_port_map *map = &c->record->maps[i];

	if (map->protocol == V6_PROTOCOL_ALL)
		return c->heard[i];
	if (map->protocol != IPPROTO_TCP)
		return 0;
	if (c->heard[i])
		return (uint16_t)(map->service_port + (c->heard[i] - map->target_port));
	return c->netns < 0 && map->count == 1 ? map->service_port : 0;
}

static void tell_untried(struct v6_checked *c)
{
	v6_found_unseen(c->checker, "connection", "not tried: %s",
			!c->alive ? "the container has ended"
			: c->deaf ? "nothing listens"
				  : "there is no port of TCP that is known to be listened on");
}

void v6_check_connection(struct v6_checked *c)
{
	size_t service, i, tried = 0, silent = 0, good = 0;
	uint16_t port;
	int ret;

	for (service = 0; c->alive && service < c->record->n_services; service++) {
		for (i = 0; i < c->record->n_maps && silent < SILENT_MAX; i++) {
			port = find_port_to_try(c, i);
			if (!port)
				continue;
			ret = v6_try_connection(&c->record->services[service].address, port);
			tell_outcome(c, &c->record->services[service], port, ret);
			silent += ret == -ETIMEDOUT;
			good += ret == 0;
			tried++;
		}
	}
	if (tried == 0)
		tell_untried(c);
	else if (good == tried && v6_checked_is_long(c))
		v6_found_good(c->checker, "connection", "all %zu that were tried answer this host",
			      tried);
}
