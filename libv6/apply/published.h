/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that others are told, by a file each. */
#ifndef V6_APPLY_PUBLISHED_H
#define V6_APPLY_PUBLISHED_H

#include "names/hosts_dir.h"
#include "store/host.h"

struct v6_thing;

/**
 * v6_published_by() - Whether a container wants the file of a name
 * @host:	This host
 * @entry:	What the file says
 * @but:	NULL, or the id of one that does not count
 *
 * Return: 1, 0 or a negative errno
 */
int v6_published_by(struct v6_host *host, const struct v6_hosts_entry *entry, const char *but);

/* v6_name_file_has() - whether a name's file is there and says what it should. Return: 1, 0, errno
 * v6_name_file_add() - write it. Return: 1 (it was missing), 0 or a negative errno
 * v6_name_file_remove() - remove it, unless somebody else wants it. Return: 0 or a negative errno
 */
int v6_name_file_has(struct v6_host *host, const struct v6_thing *thing);
int v6_name_file_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);
int v6_name_file_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err);

#endif
