/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of containers that are gone, or have moved, in ending/, until their connections are
 * ended. Whoever ends them may be killed, or have too little time: then these say what is left, and
 * others go on.
 */
#ifndef V6_STORE_DEPARTED_H
#define V6_STORE_DEPARTED_H

#include "store/host.h"

/**
 * v6_departed_keep() - Move a container's record there
 *
 * With what a killed v6_record_save() left, as v6_record_remove() would have it.
 *
 * Return: 0 or a negative errno
 */
int v6_departed_keep(struct v6_host *host, const char *id);

/**
 * v6_departed_copy() - Write what a record was there, whose container goes on with other claims or
 * targets
 *
 * Return: 0 or a negative errno
 */
int v6_departed_copy(struct v6_host *host, const struct v6_record *former);

/**
 * v6_departed_each() - Visit all records that are there
 * @visit:	A negative return value ends the visit
 *
 * Files that say nothing of this boot are removed.
 *
 * Return: 0 or a negative errno
 */
int v6_departed_each(struct v6_host *host, int (*visit)(const struct v6_record *record, void *data),
		     void *data);

/* v6_departed_forget() - Remove the records that this process has kept or visited
 * v6_departed_release() - Remember no more which these are
 */
void v6_departed_forget(struct v6_host *host);
void v6_departed_release(struct v6_departed *departed);

#endif
