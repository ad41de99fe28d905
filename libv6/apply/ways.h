/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which interfaces clients come: all by which they reach the host itself.
 *
 * Where the host does not forward as a whole (Linux 6.17 and later), all interfaces are opened, by
 * force_forwarding, and our table refuses what comes in by them unless DNAT translated it: the host
 * does not become a router. Interfaces that forwarded by themselves before are left alone.
 *
 * Which ones we opened is noted with the settings that were changed. One of these that is 0 was
 * closed by the administrator, and stays so, unless a service is on it. lo has the setting from the
 * moment that all were opened until somebody turns forwarding on or off as a whole; the kernel
 * takes it off all interfaces when 0 is written to all.forwarding.
 */
#ifndef V6_APPLY_WAYS_H
#define V6_APPLY_WAYS_H

#include "kernel/link.h"
#include "store/host.h"
#include "table/element.h"

/**
 * struct v6_ways_look - Settings of a record's interfaces, as one exchange with the kernel tells
 * them
 * @whole:	all.forwarding, or -1: not known
 * @lo:		Its @forwards_by_force says whether all interfaces were opened
 * @outer:	The interface of its first service
 * @via:	The one towards the container; index 0, as of the others: not known
 */
struct v6_ways_look {
	int whole;
	struct v6_link lo, outer, via;
};

/* v6_ways_look() - look at those of a record with a way */
void v6_ways_look(struct v6_host *host, const struct v6_record *record,
		  struct v6_ways_look *ret_look);

/* v6_ways_seen_open() - whether the packets of a service on @link pass for certain, so that
 * v6_ways_open() has nothing to do
 */
bool v6_ways_seen_open(const struct v6_ways_look *look, int link);

/**
 * v6_ways_open() - Let a service's packets pass, both ways
 * @host:	This host, locked, with our table
 * @links:	Names of the service's interface and of the one towards the container
 * @err:	NULL, or filled in on failure only
 *
 * Changes nothing where the host forwards as a whole; where it does not, and the kernel has no
 * force_forwarding, makes it do so. Four settings are read where all is well.
 *
 * Return: 0 or a negative errno
 */
int v6_ways_open(struct v6_host *host, const char *const links[2], struct v6_error *err);

/* v6_ways_are_open() - Check whether we opened all interfaces, so that our table is needed */
bool v6_ways_are_open(struct v6_host *host);

/**
 * v6_ways_mend() - Open interfaces that appeared since, and forget those that are gone
 * @host:	This host, locked
 *
 * Where the host forwards as a whole by now, our table refuses nothing any more. Does nothing where
 * no interface is opened.
 *
 * Return: 0 or a negative errno
 */
int v6_ways_mend(struct v6_host *host, struct v6_error *err);

/**
 * v6_ways_elements() - List what our table has to hold of this, as when it is made again
 * @visit:	Called with the operation that adds each
 *
 * Return: 0 or a negative errno
 */
int v6_ways_elements(struct v6_host *host, void (*visit)(struct v6_nat_op op, void *data),
		     void *data, struct v6_error *err);

#endif
