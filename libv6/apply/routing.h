/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routing rules that packets to containers, and their answers, need. */
#ifndef V6_APPLY_ROUTING_H
#define V6_APPLY_ROUTING_H

#include "apply/things.h"

/*
 * v6_inbound_*() - the rule of a subnet; v6_outbound_*() - those of a table. They are to come
 * before rules that somebody else made.
 *
 * Return: of _has() and _add() 1 (it is there; it was missing), 0 or a negative errno; of _remove()
 * 0 or a negative errno
 */
int v6_inbound_has(struct v6_host *host, const struct v6_thing *thing);
int v6_inbound_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_inbound_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_outbound_has(struct v6_host *host, const struct v6_thing *thing);
int v6_outbound_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_outbound_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
