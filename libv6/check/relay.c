/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check relays: that one runs, that its program answers and, of a PROXY header, understands it. */
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "check/relay.h"
#include "store/relay.h"

/* How long a program may take to show that it does not understand what it was sent */
#define GREETED_MS 300

/* struct relay_ends - what listens for a mapping: the relay, and the program by IPv4 or IPv6 */
struct relay_ends {
	const struct v6_record *record;
	const struct v6_port_map *map;
	bool relay, by_ipv6;
	bool program;
	struct v6_listener listener;
};

/* hears_ipv4() - whether a relay reaches a socket. One on another address than the container's
 * first one, of several, is taken for good
 */
static bool hears_ipv4(const struct v6_listener *listener, uint16_t port)
{
	return listener->port == port &&
	       (listener->family == AF_INET ||
		(IN6_IS_ADDR_UNSPECIFIED(&listener->address) && !listener->v6only));
}

static int note_end(const struct v6_listener *listener, void *data)
{
	struct relay_ends *ends = data;
	const struct v6_destination *d = &ends->record->destination;

	if (v6_listener_hears(listener, &d->address,
			      v6_record_target_port(ends->record, ends->map)))
		ends->relay = true;
	if (v6_listener_hears(listener, &d->address, ends->map->target_port))
		ends->by_ipv6 = true;
	if (!ends->program && hears_ipv4(listener, ends->map->target_port)) {
		ends->program = true;
		ends->listener = *listener;
	}
	return 0;
}

static void report_no_relay(struct v6_checked *c, const struct v6_port_map *map)
{
	const struct v6_record *record = c->record;

	if (v6_relay_find(c->checker->host, record->id, NULL) > 0)
		v6_found_fault(
			c->checker, "relay", "",
			"%s: its relay does not listen on [%s]:%u, perhaps as another program does; see journalctl -u v6d",
			v6_map_text(map).s, V6_TEXT(&record->destination.address),
			v6_record_target_port(record, map));
	else
		v6_found_fault(c->checker, "relay", "systemctl restart v6d",
			       "%s: no relay runs for it: v6d starts them", v6_map_text(map).s);
}

static void report_no_program(struct v6_checked *c, const struct v6_port_map *map)
{
	v6_found_fault(
		c->checker, "listening", "",
		"%s: nothing listens on port %u in the container by IPv4; see whether its program runs, and on which port",
		v6_map_text(map).s, map->target_port);
}

static void tell_relayed(struct v6_checked *c, const struct relay_ends *ends)
{
	struct v6_map_text map = v6_map_text(ends->map);

	if (ends->by_ipv6)
		v6_found_doubt(
			c->checker, "relay", "",
			"%s: the program listens on IPv6, too; without v6.relay it sees its clients' addresses",
			map.s);
	else if (!v6_checked_is_long(c))
		v6_found_good(c->checker, "relay", "%s: v6.relay=%s, to port %u by IPv4", map.s,
			      v6_relay_name(c->record->relay), ends->map->target_port);
}

uint16_t v6_check_relay(struct v6_checked *c, size_t i)
{
	const struct v6_port_map *map = &c->record->maps[i];
	struct relay_ends ends = {.record = c->record, .map = map};
	struct v6_error err;

	if (v6_listeners_each(c->netns, IPPROTO_TCP, 0, note_end, &ends, &err) < 0) {
		v6_found_unseen(c->checker, "relay", "%s: %s", v6_map_text(map).s, err.text);
		return 0;
	}
	if (!ends.relay)
		report_no_relay(c, map);
	if (!ends.program)
		report_no_program(c, map);
	if (!ends.relay || !ends.program)
		return 0;
	tell_relayed(c, &ends);
	return map->target_port;
}

void v6_check_relay_helps(struct v6_checked *c, const struct v6_port_map *map,
			  const struct v6_listener *listener)
{
	if (listener->family != AF_INET || map->protocol != IPPROTO_TCP || map->count != 1 ||
	    c->local || c->record->relay != V6_RELAY_OFF)
		return;
	v6_found_doubt(
		c->checker, "relay", "",
		"v6.relay=on would reach it, but hides clients' addresses (=proxy passes them on)");
}

bool v6_check_greeted(struct v6_checked *c, const struct v6_service *service, uint16_t port, int fd)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN | POLLRDHUP};
	struct v6_text address = v6_address_text(&service->address);
	char text[9] = "";
	ssize_t n;

	if (c->record->relay == V6_RELAY_OFF || poll(&answer, 1, GREETED_MS) <= 0)
		return true;
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (c->record->relay == V6_RELAY_PROXY && (n <= 0 || strncmp(text, "HTTP/1.", 7) == 0))
		v6_found_fault(
			c->checker, "connection", "",
			"[%s]:%u: the program ends connections that begin with a PROXY header, which it does not seem to know; have it expect one (nginx: listen 80 proxy_protocol), or use v6.relay=on",
			address.s, port);
	else if (n < 0)
		v6_found_fault(c->checker, "connection", "", "[%s]:%u: the program resets one",
			       address.s, port);
	else
		return true;
	return false;
}
