/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of v6.ports. */
#ifndef V6_OCI_PORTS_H
#define V6_OCI_PORTS_H

#include <libv6/oci.h>

/**
 * v6_ports_parse() - Read a list of port mappings
 * @text:	Comma-separated `FIRST[-LAST][:FIRST[-LAST]][/PROTOCOL]`, service ports before
 *		target ports, or `all` alone; blanks and ends of lines around
 *		items are passed over
 * @ret_maps:	Room for V6_REQUEST_MAPS_MAX; in the order of the text
 * @ret_n:	Their number, at least 1
 * @err:	NULL, or filled in on failure only; the item at fault is its beginning
 *
 * The target ports default to the service ports, the protocol to tcp. A target port may be reached
 * by several service ports; a service port in two items is an error.
 *
 * Return: 0, or -EINVAL with the outputs untouched
 */
int v6_ports_parse(const char *text, struct v6_port_map *ret_maps, size_t *ret_n,
		   struct v6_error *err);

/**
 * v6_ports_check() - Whether one more mapping may stand beside others
 * @maps:	The others, @n of them
 * @map:	It
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or -EINVAL: it overlaps one, or they are too many
 */
int v6_ports_check(const struct v6_port_map *maps, size_t n, const struct v6_port_map *map,
		   struct v6_error *err);

/**
 * struct v6_port_range - Ports of one protocol, both ends included
 * @protocol:	IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
 * @first:	1..65535
 * @last:	Not below @first
 */
struct v6_port_range {
	uint8_t protocol;
	uint16_t first;
	uint16_t last;
};

/**
 * v6_port_range_parse() - Read a range of ports of any length
 * @text:	`FIRST[-LAST][/PROTOCOL]`, the whole of it; the protocol defaults to tcp
 * @ret_range:	Set on success
 * @err:	NULL, or filled in on failure only; it begins with @text
 *
 * Return: 0 or -EINVAL
 */
int v6_port_range_parse(const char *text, struct v6_port_range *ret_range, struct v6_error *err);

#endif
