/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that something in the container listens on its ports by IPv6, and answers a real connection
 * from this host. That takes no part of the way of clients' packets through the forward chains.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "check/checker.h"
#include "check/halted.h"
#include "check/listening.h"
#include "check/relay.h"
#include "store/relay.h"

/* Sockets of a container that are looked at; more are not of use to anybody. */
#define LISTENERS_MAX 8192
/* Of other ports, so many are named. */
#define OTHERS_SHOWN 4
/* How long a container may take to answer a connection, and how often it may fail to */
#define CONNECT_TIMEOUT_S 2
#define SILENT_MAX	  3

/**
 * struct ears - What listens in the container, of one protocol
 * @list:	@n of them
 */
struct ears {
	struct v6_listener *list;
	size_t n;
};

static void free_ears(struct ears *ears)
{
	free(ears->list);
}

static int keep_listener(const struct v6_listener *listener, void *data)
{
	struct ears *ears = data;
	struct v6_listener *larger;

	if (ears->n == LISTENERS_MAX)
		return 0;
	larger = reallocarray(ears->list, ears->n + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	ears->list = larger;
	ears->list[ears->n++] = *listener;
	return 0;
}

static struct v6_line format_end(const struct v6_listener *listener)
{
	const uint8_t *four = &listener->address.s6_addr[12];

	if (listener->family == AF_INET)
		return v6_line("%u.%u.%u.%u:%u", four[0], four[1], four[2], four[3],
			       listener->port);
	return v6_line("[%s]:%u", V6_TEXT(&listener->address), listener->port);
}

/* name_process() - Name the process that has a socket: " (NAME)", or "" */
static struct v6_line name_process(const struct v6_checked *c, const struct v6_listener *listener)
{
	struct v6_process process;

	/* all of /proc is looked at for that */
	if (!c->checker->brief && v6_listener_process(c->inode, listener, &process) == 0)
		return v6_line(" (%s)", process.name);
	return v6_line("%s", "");
}

/* find_target() - where a service leads */
static const struct in6_addr *find_target(const struct v6_checked *c,
					  const struct v6_service *service)
{
	return c->local ? &service->address : &c->record->destination.address;
}

static bool hears_service(const struct v6_checked *c, const struct v6_listener *listener,
			  const struct v6_service *service, uint16_t port)
{
	return v6_listener_hears(listener, find_target(c, service), port) &&
	       (listener->link == 0 || c->local || listener->link == c->record->destination.link);
}

static const struct v6_listener *find_hearing(const struct v6_checked *c, const struct ears *ears,
					      const struct v6_service *service, uint16_t port)
{
	size_t i;

	for (i = 0; i < ears->n; i++)
		if (hears_service(c, &ears->list[i], service, port))
			return &ears->list[i];
	return NULL;
}

/* find_port() - any socket of that port, IPv6 before IPv4 */
static const struct v6_listener *find_port(const struct ears *ears, uint16_t port)
{
	const struct v6_listener *listener = ears->list;

	for (; listener < ears->list + ears->n; listener++)
		if (listener->port == port)
			return listener;
	return NULL;
}

/* report_wrong_address() - something listens on the port, but not for clients of the service */
static void report_wrong_address(struct v6_checked *c, const struct v6_port_map *map,
				 const struct v6_service *service,
				 const struct v6_listener *listener)
{
	const char *only = "only";

	if (listener->family == AF_INET)
		only = "only, which is IPv4";
	else if (IN6_IS_ADDR_LOOPBACK(&listener->address))
		only = "only, which is for the container itself";
	else if (listener->link)
		only = "of another interface only";
	v6_found_fault(
		c->checker, "listening", "",
		"%s: the container's program%s listens on %s %s; make it listen on [::]:%u, or on [%s]:%u",
		v6_map_text(map).s, name_process(c, listener).s, format_end(listener).s, only,
		listener->port, V6_TEXT(find_target(c, service)), listener->port);
	v6_check_relay_helps(c, map, listener);
}

/* is_target() - whether a mapping of the record leads to a port already */
static bool is_target(const struct v6_record *record, uint8_t protocol, uint16_t port)
{
	const struct v6_port_map *map;

	for (map = record->maps; map < record->maps + record->n_maps; map++)
		if (map->protocol == protocol && port >= map->target_port &&
		    port - map->target_port < map->count)
			return true;
	return false;
}

/* find_others() - other ports on which clients of the service would be heard; returns how many */
static size_t find_others(const struct v6_checked *c, const struct ears *ears,
			  const struct v6_service *service, const struct v6_listener **ret_others)
{
	size_t i, j, n = 0;

	for (i = 0; i < ears->n; i++) {
		if (!hears_service(c, &ears->list[i], service, ears->list[i].port) ||
		    is_target(c->record, ears->list[i].protocol, ears->list[i].port))
			continue;
		for (j = 0; j < n && ret_others[j]->port != ears->list[i].port; j++)
			;
		if (j == n && n < OTHERS_SHOWN)
			ret_others[n++] = &ears->list[i];
	}
	return n;
}

static void report_silence(struct v6_checked *c, const struct ears *ears,
			   const struct v6_port_map *map, const struct v6_service *service)
{
	const struct v6_listener *others[OTHERS_SHOWN];
	/* the host's own listeners are no other ports of the container */
	size_t i, n = c->local ? 0 : find_others(c, ears, service, others);
	char ports[OTHERS_SHOWN * sizeof(", 65535")] = "";

	for (i = 0; i < n; i++)
		snprintf(ports + strlen(ports), sizeof(ports) - strlen(ports), "%s%u",
			 i ? ", " : "", others[i]->port);
	if (c->record->uid != 0)
		v6_found_fault(
			c->checker, "listening", "",
			"%s: nothing listens on port %u of this host; publish it (podman run -p %u:80)",
			v6_map_text(map).s, map->target_port, map->target_port);
	else if (n == 0)
		v6_found_fault(
			c->checker, "listening", "",
			"%s: nothing listens on port %u in the container; see whether its program runs, and on which port",
			v6_map_text(map).s, map->target_port);
	else
		v6_found_fault(
			c->checker, "listening", "",
			"%s: nothing listens on port %u in the container, but on %s%s something does; start it with v6.ports=%u:%u",
			v6_map_text(map).s, map->target_port, ports, name_process(c, others[0]).s,
			map->service_port, others[0]->port);
}

static void tell_heard(struct v6_checked *c, const struct v6_port_map *map,
		       const struct v6_listener *listener)
{
	if (!c->checker->brief && v6_check_stopped(c, map, listener))
		return;
	if (!v6_checked_is_long(c))
		v6_found_good(c->checker, "listening", "%s: %s%s", v6_map_text(map).s,
			      format_end(listener).s, name_process(c, listener).s);
}

/* count_heard() - ports of a range on which something listens; of a whole address, all ports. One
 * of them is in @ret_port, where there is any
 */
static size_t count_heard(const struct v6_checked *c, const struct ears *ears,
			  const struct v6_port_map *map, const struct v6_service *service,
			  uint16_t *ret_port)
{
	bool whole = map->protocol == V6_PROTOCOL_ALL;
	const struct v6_listener *listener;
	size_t n = 0;

	for (listener = ears->list; listener < ears->list + ears->n; listener++) {
		if (!whole && (listener->port < map->target_port ||
			       listener->port - map->target_port >= map->count))
			continue;
		if (!hears_service(c, listener, service, listener->port))
			continue;
		*ret_port = listener->port;
		n++;
	}
	return n;
}

/* check_range() - one port of a range that is listened on will do: which ones, only its program
 * knows. Returns it, or 0
 */
static uint16_t check_range(struct v6_checked *c, const struct ears *ears,
			    const struct v6_port_map *map, const struct v6_service *service)
{
	uint16_t port = 0;
	size_t n = count_heard(c, ears, map, service, &port);

	if (n == 0)
		v6_found_fault(
			c->checker, "listening", "",
			"%s: nothing in the container listens on any of these ports by IPv6; see whether its program runs",
			v6_map_text(map).s);
	else if (!v6_checked_is_long(c))
		v6_found_good(c->checker, "listening", "%s: %zu socket%s on these ports",
			      v6_map_text(map).s, n, n == 1 ? "" : "s");
	return port;
}

/* check_port() - Returns the port of a mapping of one, or 0: nothing listens there */
static uint16_t check_port(struct v6_checked *c, const struct ears *ears,
			   const struct v6_port_map *map, const struct v6_service *service)
{
	const struct v6_listener *listener = find_hearing(c, ears, service, map->target_port);

	if (listener) {
		tell_heard(c, map, listener);
		return map->target_port;
	}
	listener = find_port(ears, map->target_port);
	if (listener)
		report_wrong_address(c, map, service, listener);
	else
		report_silence(c, ears, map, service);
	return 0;
}

/* check_listeners() - one mapping: in a container it is the same for all service addresses */
static uint16_t check_listeners(struct v6_checked *c, size_t i, const struct v6_service *service)
{
	const struct v6_port_map *map = &c->record->maps[i];
	struct ears auto_call(free_ears) ears = {NULL, 0};
	struct v6_error err;
	/* of a whole address, TCP counts for all */
	uint8_t protocol = map->protocol == V6_PROTOCOL_ALL ? IPPROTO_TCP : map->protocol;

	if (v6_listeners_each(c->netns, protocol, 0, keep_listener, &ears, &err) < 0) {
		v6_found_unseen(c->checker, "listening", "%s: %s", v6_map_text(map).s, err.text);
		return c->heard[i];
	}
	return map->count > 1 || map->protocol == V6_PROTOCOL_ALL
		       ? check_range(c, &ears, map, service)
		       : check_port(c, &ears, map, service);
}

static void check_mapping(struct v6_checked *c, size_t i, const struct v6_service *service)
{
	c->heard[i] = v6_relay_is_wanted(c->record) ? v6_check_relay(c, i)
						    : check_listeners(c, i, service);
	c->deaf |= c->heard[i] == 0;
}

void v6_check_listening(struct v6_checked *c)
{
	size_t i, service, n_services = c->local ? c->record->n_services : 1;

	if (c->netns < 0) {
		v6_found_unseen(c->checker, "listening", "there is no way into the container");
		return;
	}
	for (service = 0; service < n_services; service++)
		for (i = 0; i < c->record->n_maps; i++)
			check_mapping(c, i, &c->record->services[service]);
	if (!c->deaf && v6_checked_is_long(c))
		v6_found_good(c->checker, "listening", "something listens on all of them");
}

int v6_try_connection(const struct in6_addr *address, uint16_t port, int *ret_fd)
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
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	if (ret_fd)
		*ret_fd = v6_steal_fd(&fd);
	return 0;
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

/* without a look inside, that is a single port */
uint16_t v6_port_to_try(const struct v6_checked *c, size_t i)
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

/* try_mapping() - one port of a mapping. Return: 0, or a negative errno: -ETIMEDOUT also where the
 * program does not accept
 */
static int try_mapping(struct v6_checked *c, const struct v6_service *service, size_t i,
		       uint16_t port)
{
	auto_fd int fd = -1;
	int ret = v6_try_connection(&service->address, port, &fd);

	if (ret == 0 && !v6_check_accepted(c, service, find_target(c, service), c->heard[i]))
		return -ETIMEDOUT;
	if (ret == 0 && !v6_check_greeted(c, service, port, fd))
		return -ECONNRESET;
	tell_outcome(c, service, port, ret);
	return ret;
}

void v6_check_connection(struct v6_checked *c)
{
	size_t service, i, tried = 0, silent = 0, good = 0;
	uint16_t port;
	int ret;

	for (service = 0; c->alive && service < c->record->n_services; service++) {
		for (i = 0; i < c->record->n_maps && silent < SILENT_MAX; i++) {
			port = v6_port_to_try(c, i);
			if (!port)
				continue;
			ret = try_mapping(c, &c->record->services[service], i, port);
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
