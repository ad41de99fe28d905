/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether other tables let pass what goes to a record's services, and what comes back. Changes
 * nothing. */
#ifndef V6_APPLY_PASSAGE_H
#define V6_APPLY_PASSAGE_H

#include <libv6/apply.h>

#include "firewall/remedy.h"
#include "store/host.h"

/* v6_passing_begin() - what clients of a service address send, ports and protocol apart */
void v6_passing_begin(struct v6_host *host, const struct v6_record *record,
		      const struct v6_service *service, struct v6_passing *ret_passing);

/* v6_passing_from() - from this client alone, which comes by that interface */
void v6_passing_from(struct v6_host *host, const struct in6_addr *client, int link,
		     struct v6_passing *p);

/* v6_passing_map() - and for one mapping of the record, borrowed; of a whole address, one port of
 * TCP counts for all */
void v6_passing_map(struct v6_passing *p, const struct v6_record *record,
		    const struct v6_port_map *map);

/* v6_passing_leaving() - what the container begins and leaves by that service, by one protocol: to
 * an address that no prefix has which anybody was given
 */
void v6_passing_leaving(struct v6_host *host, const struct v6_record *record,
			const struct v6_service *service, uint8_t protocol,
			struct v6_passing *ret_passing);
extern const struct in6_addr v6_far_away;

/* struct v6_blocked - what drops a claim's packets, in words, and the line that ends that, or "" */
struct v6_blocked {
	struct v6_line what, command;
};

/**
 * v6_passages_why() - Find what drops packets of a record's services, of its first claims
 * @ret_blocked: Set where the return value is 1
 *
 * Return: 1 where something does, 0, or a negative errno:
 *	-ETIME   too many rules to walk through for all of them
 */
int v6_passages_why(struct v6_passages *passages, const struct v6_record *record,
		    struct v6_blocked *ret_blocked);

#endif
