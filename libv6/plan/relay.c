/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plan a relay: refuse what it can't do, and choose its ports. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/netns.h"
#include "plan/relay.h"
#include "store/holders.h"
#include "store/record.h"

/* Behind what Linux gives to a container's own connections (ip_local_port_range ends at 60999) */
#define FIRST_PORT 61000

/* Interfaces of a container that are looked at */
#define INTERFACES_MAX 64

static bool is_relayable(const struct v6_port_map *map)
{
	return map->protocol == IPPROTO_TCP && map->count == 1;
}

int v6_relay_check(const struct v6_host *host, const struct v6_state *state,
		   const struct v6_request *request, struct v6_error *err)
{
	const struct v6_port_map *map = request->maps;

	if (request->relay == V6_RELAY_OFF)
		return 0;
	if (state->uid != 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.relay: a rootless container has a relay already: the port that its user publishes; remove v6.relay");
	for (; map < request->maps + request->n_maps; map++)
		if (!is_relayable(map))
			return v6_fail(
				err, -EOPNOTSUPP,
				"v6.relay: %s can't be relayed, only single ports of TCP can; list them in v6.ports, 64 at most, or remove v6.relay",
				v6_map_text(map).s);
	if (!v6_host_is_watched(host))
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.relay: v6d does not run, which starts relays; run systemctl enable --now v6d, or remove v6.relay");
	return 0;
}

/* count_ipv4() - Return: the number of IPv4 addresses, loopback's apart, or a negative errno */
static int count_ipv4(void *data, struct v6_error *err)
{
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq interfaces[INTERFACES_MAX] = {{.ifr_name = ""}};
	struct ifconf list = {.ifc_len = sizeof(interfaces), .ifc_req = interfaces};
	const struct sockaddr_in *address;
	int i, n = 0;

	(void)data;
	if (fd < 0 || ioctl(fd, SIOCGIFCONF, &list) < 0)
		return v6_fail(err, -errno, "cannot list the container's IPv4 addresses: %s",
			       v6_strerror(errno));
	for (i = 0; i < list.ifc_len / (int)sizeof(interfaces[0]); i++) {
		address = (const void *)&interfaces[i].ifr_addr;
		n += ntohl(address->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
	}
	return n;
}

int v6_relay_check_network(const struct v6_record *record, int netns, struct v6_error *err)
{
	int ret;

	if (record->relay == V6_RELAY_OFF || record->destination.pending)
		return 0;
	if (v6_destination_is_local(&record->destination))
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.relay: a container in the host's network can't have one; run it on a bridge network, or have its program listen on [::]");
	ret = v6_netns_call(netns, count_ipv4, NULL, err);
	if (ret == 0)
		return v6_fail(
			err, -EOPNOTSUPP,
			"v6.relay: the container has no IPv4 address; remove v6.relay, or give its network IPv4");
	return ret < 0 ? ret : 0;
}

/* struct search - for ports that no other relay has: @first, unless @taken by one that ends before
 * @next. @twin: another one is for the same program's ports
 */
struct search {
	struct v6_host *host;
	const struct v6_record *record;
	unsigned int first, next;
	bool taken;
	uint16_t twin;
};

static bool has_same_maps(const struct v6_record *a, const struct v6_record *b)
{
	size_t i;

	for (i = 0; i < a->n_maps && i < b->n_maps; i++)
		if (a->maps[i].service_port != b->maps[i].service_port ||
		    a->maps[i].target_port != b->maps[i].target_port)
			return false;
	return a->relay == b->relay && a->n_maps == b->n_maps;
}

static int look_at_neighbour(const char *id, void *data)
{
	struct search *s = data;
	struct v6_record other;
	unsigned int first;

	if (strcmp(id, s->record->id) == 0 || v6_record_find(s->host, id, &other, NULL) <= 0 ||
	    !other.destination.relay_port ||
	    !v6_address_equal(&other.destination.address, &s->record->destination.address))
		return 0;
	first = other.destination.relay_port;
	if (has_same_maps(&other, s->record)) {
		s->twin = (uint16_t)first;
		return -EEXIST; /* enough */
	}
	if (first < s->first + s->record->n_maps && s->first < first + other.n_maps) {
		s->taken = true;
		s->next = first + (unsigned int)other.n_maps;
	}
	return 0;
}

static bool is_program_port(const struct v6_record *record, unsigned int first)
{
	size_t i;

	for (i = 0; i < record->n_maps; i++)
		if (record->maps[i].target_port >= first &&
		    record->maps[i].target_port < first + record->n_maps)
			return true;
	return false;
}

void v6_relay_plan(struct v6_host *host, struct v6_record *record)
{
	struct v6_destination *d = &record->destination;
	struct v6_resource resource = v6_resource_address(&d->address);
	struct search s = {.host = host, .record = record, .first = d->relay_port, .taken = true};

	if (record->relay == V6_RELAY_OFF || !v6_destination_has_way(d)) {
		d->relay_port = 0;
		return;
	}
	if (s.first < FIRST_PORT)
		s.first = FIRST_PORT;
	for (; s.first + record->n_maps <= UINT16_MAX + 1; s.first = s.next) {
		s.taken = is_program_port(record, s.first);
		s.next = s.first + 1;
		v6_holders_each(host, &resource, look_at_neighbour, &s);
		if (s.twin || !s.taken)
			break;
	}
	d->relay_port = s.twin ? s.twin : (uint16_t)s.first;
}
