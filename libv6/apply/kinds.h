/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done with a thing of each kind: one row for each, in kinds.c.
 *
 * Elements are added and removed together, in one transaction: see take.h and drop.h.
 */
#ifndef V6_APPLY_KINDS_H
#define V6_APPLY_KINDS_H

#include "apply/things.h"
#include "base/prefixes.h"

/* struct v6_thing_text - a thing as a message names it, by value, as an argument of printf() */
struct v6_thing_text {
	char s[sizeof("clients  of ") + sizeof(struct v6_prefix_text) +
	       sizeof(struct v6_claim_text) + sizeof(" from addresses")];
};

/* v6_thing_text() - "address 2001:db8::203", "2001:db8::203 port 80/tcp from services", ... */
struct v6_thing_text v6_thing_text(const struct v6_thing *thing);

/* v6_thing_has() - whether a thing is there as it should be. Return: 1, 0 or a negative errno */
int v6_thing_has(struct v6_host *host, const struct v6_thing *thing);

/**
 * v6_thing_ensure() - See to it that a thing is there; in a dry run, only look
 * @host:	This host, locked
 * @thing:	No element
 * @err:	NULL, or filled in on failure only
 *
 * Return: 1 (it was missing), 0 or a negative errno
 */
int v6_thing_ensure(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

/**
 * v6_thing_remove() - Remove a thing, whoever else may need it; in a dry run, nothing
 * @host:	This host, locked
 * @thing:	Of a record, or found in the kernel
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 (also: it is gone already) or a negative errno
 */
int v6_thing_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

/**
 * v6_things_each() - Visit all that the kernel has of ours of one kind
 * @host:	This host
 * @kind:	See there; nothing is found of V6_THING_HOLDER, _PREFIX and _PORT
 * @visit:	Called with each; @record is NULL, and of a claim @op names the owner, for the call
 *		only. A thing may come twice. A negative return value ends the visit. The host's
 *		sockets are busy until the end
 * @data:	Passed to @visit
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_things_each(struct v6_host *host, enum v6_thing_kind kind,
		   int (*visit)(const struct v6_thing *thing, void *data), void *data,
		   struct v6_error *err);

#endif
