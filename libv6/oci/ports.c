/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v6.ports: `80`, `443:8443`, `53/udp`, `5000-5010:6000-6010/tcp`, in a list; or `all`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "oci/ports.h"

#define PORT_MAX 65535

/* Well above the longest item that is right, so that a wrong one is quoted as it is. */
#define ITEM_SIZE 128

static unsigned int count_ports(struct v6_port_range range)
{
	return range.last - range.first + 1U;
}

/* parse_range() - read `80` or `5000-5010`; both ends are checked, their order is not */
static int parse_range(const char **cursor, struct v6_port_range *ret_range)
{
	const char *p = *cursor;
	unsigned int first, last;
	int ret = v6_text_number(&p, 1, PORT_MAX, &first);

	if (ret < 0)
		return ret;
	last = first;
	if (*p == '-') {
		p++;
		ret = v6_text_number(&p, 1, PORT_MAX, &last);
		if (ret < 0)
			return ret;
	}

	*cursor = p;
	ret_range->first = (uint16_t)first;
	ret_range->last = (uint16_t)last;
	return 0;
}

/* check_ranges() - what the grammar alone doesn't see */
static int check_ranges(const char *item, struct v6_port_range service, struct v6_port_range target,
			struct v6_error *err)
{
	struct v6_port_range backwards = service.last < service.first ? service : target;

	if (backwards.last < backwards.first)
		return v6_fail(err, -EINVAL, "\"%s\": the range runs backwards; write %u-%u", item,
			       backwards.last, backwards.first);
	if (count_ports(service) != count_ports(target))
		return v6_fail(
			err, -EINVAL,
			"\"%s\": cannot forward %u service ports to %u target ports; write two ranges of one length",
			item, count_ports(service), count_ports(target));
	if (count_ports(service) > V6_REQUEST_PORTS_MAX && service.first != target.first)
		return v6_fail(
			err, -EINVAL,
			"\"%s\": over %d ports can only be forwarded to the same ports; remove the \":\" and what follows it, or write shorter ranges",
			item, V6_REQUEST_PORTS_MAX);
	return 0;
}

static int fail_item(struct v6_error *err, const char *item, int code)
{
	if (code == -ERANGE)
		return v6_fail(err, -EINVAL, "\"%s\": a port is a number from 1 to %d",
			       V6_SHOWN(item), PORT_MAX);
	return v6_fail(err, -EINVAL,
		       "\"%s\": expected ports such as 80, 443:8443, 53/udp or 5000-5010",
		       V6_SHOWN(item));
}

/* parse_map() - one item, a NUL-terminated string of its own */
static int parse_map(const char *item, struct v6_port_map *ret_map, struct v6_error *err)
{
	struct v6_port_range service = {0}, target;
	uint8_t protocol = IPPROTO_TCP;
	const char *p = item;
	int ret;

	if (strcmp(item, "all") == 0) {
		*ret_map = (struct v6_port_map){.protocol = V6_PROTOCOL_ALL, .count = 1};
		return 0;
	}
	ret = parse_range(&p, &service);
	if (ret < 0)
		return fail_item(err, item, ret);

	target = service;
	if (*p == ':') {
		p++;
		ret = parse_range(&p, &target);
		if (ret < 0)
			return fail_item(err, item, ret);
	}
	if (*p == '/') {
		p++;
		if (v6_protocol_parse(p, &protocol) < 0)
			return v6_fail(err, -EINVAL,
				       "\"%s\": the protocol is not known; write tcp, udp or sctp",
				       V6_SHOWN(item));
		p += strlen(p);
	}
	if (*p)
		return fail_item(err, item, -EINVAL);

	ret = check_ranges(item, service, target, err);
	if (ret < 0)
		return ret;

	*ret_map = (struct v6_port_map){
		.protocol = protocol,
		.service_port = service.first,
		.target_port = target.first,
		.count = (uint16_t)count_ports(service),
	};
	return 0;
}

bool v6_map_is_wide(const struct v6_port_map *map)
{
	return map->count > V6_REQUEST_PORTS_MAX;
}

static int put_port_range(char *text, size_t size, unsigned int first, unsigned int count)
{
	if (count == 1)
		return snprintf(text, size, "%u", first);
	return snprintf(text, size, "%u-%u", first, first + count - 1);
}

struct v6_map_text v6_map_text(const struct v6_port_map *map)
{
	struct v6_map_text text = {"all"};
	size_t size = sizeof(text.s);
	int n;

	if (map->protocol == V6_PROTOCOL_ALL)
		return text;
	n = put_port_range(text.s, size, map->service_port, map->count);
	if (map->target_port != map->service_port) {
		text.s[n++] = ':';
		n += put_port_range(text.s + n, size - (size_t)n, map->target_port, map->count);
	}
	snprintf(text.s + n, size - (size_t)n, "/%s", v6_protocol_name(map->protocol));
	return text;
}

bool v6_maps_overlap(const struct v6_port_map *a, const struct v6_port_map *b)
{
	if (a->protocol == V6_PROTOCOL_ALL || b->protocol == V6_PROTOCOL_ALL)
		return true;
	return a->protocol == b->protocol && a->service_port < b->service_port + b->count &&
	       b->service_port < a->service_port + a->count;
}

/* service_text() - the service side alone */
static struct v6_map_text service_text(const struct v6_port_map *map)
{
	struct v6_port_map same = *map;

	same.target_port = map->service_port;
	return v6_map_text(&same);
}

/* count_singles() - how many elements of their own its ports need */
static unsigned int count_singles(const struct v6_port_map *map)
{
	return v6_map_is_wide(map) ? 0 : map->count;
}

int v6_ports_check(const struct v6_port_map *maps, size_t n, const struct v6_port_map *map,
		   struct v6_error *err)
{
	unsigned int total = count_singles(map);
	size_t i;

	for (i = 0; i < n; i++) {
		total += count_singles(&maps[i]);
		if (v6_maps_overlap(&maps[i], map))
			return v6_fail(err, -EINVAL,
				       "\"%s\" and \"%s\" overlap; name each service port once",
				       service_text(&maps[i]).s, service_text(map).s);
	}
	if (total > V6_REQUEST_PORTS_MAX)
		return v6_fail(err, -EINVAL,
			       "\"%s\": more than %d ports in all; one longer range may be better",
			       service_text(map).s, V6_REQUEST_PORTS_MAX);
	if (n == V6_REQUEST_MAPS_MAX)
		return v6_fail(err, -EINVAL, "\"%s\": more than %d items; write ranges",
			       service_text(map).s, V6_REQUEST_MAPS_MAX);
	return 0;
}

int v6_ports_parse(const char *text, struct v6_port_map *ret_maps, size_t *ret_n,
		   struct v6_error *err)
{
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX] = {{0}}, map;
	const char *cursor = text;
	char item[ITEM_SIZE];
	size_t n = 0;
	int ret;

	while (cursor) {
		ret = v6_text_item(&cursor, item, sizeof(item));
		if (ret == -EINVAL)
			return v6_fail(err, ret, "\"%s\": a port is missing", V6_SHOWN(text));
		if (ret < 0)
			return fail_item(err, cursor, -EINVAL);

		ret = parse_map(item, &map, err);
		if (ret < 0)
			return ret;
		ret = v6_ports_check(maps, n, &map, err);
		if (ret < 0)
			return ret;
		maps[n++] = map;
	}

	memcpy(ret_maps, maps, n * sizeof(maps[0]));
	*ret_n = n;
	return 0;
}

int v6_port_range_parse(const char *text, struct v6_port_range *ret_range, struct v6_error *err)
{
	struct v6_port_range range = {.protocol = IPPROTO_TCP};
	const char *p = text;

	if (parse_range(&p, &range) < 0 || range.last < range.first || (*p && *p != '/') ||
	    (*p && v6_protocol_parse(p + 1, &range.protocol) < 0))
		return v6_fail(err, -EINVAL,
			       "\"%s\": expected ports such as 80, 443/tcp or 5000-5010/udp",
			       V6_SHOWN(text));
	*ret_range = range;
	return 0;
}
