/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of an assigned address: the gateway on the bridge, and the route to the address.
 * Rows of kinds.c; each returns what those do.
 */
#ifndef V6_APPLY_PROVIDE_H
#define V6_APPLY_PROVIDE_H

#include "apply/things.h"

int v6_gateway_has(struct v6_host *host, const struct v6_thing *thing);
int v6_gateway_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_gateway_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

int v6_way_has(struct v6_host *host, const struct v6_thing *thing);
int v6_way_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_way_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
