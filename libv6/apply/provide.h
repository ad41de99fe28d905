/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An assigned address in the kernel: the gateway on the bridge, the host's route to the address,
 * and the container's side. Rows of kinds.c; each returns what those do.
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

/*
 * The container's side leaves a default route that the container has alone, and goes with its
 * namespace: v6_inside_remove() has nothing to do.
 */
int v6_inside_has(struct v6_host *host, const struct v6_thing *thing);
int v6_inside_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_inside_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
