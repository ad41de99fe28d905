/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that others are told, by a file each. */
#ifndef V6_APPLY_PUBLISHED_H
#define V6_APPLY_PUBLISHED_H

#include "names/hosts_dir.h"
#include "store/host.h"

/* v6_published_entry() - what the file of a published service says, which it is borrowed from */
struct v6_hosts_entry v6_published_entry(const struct v6_service *service);

/**
 * v6_published_by() - Whether a container wants the file of a name
 * @host:	This host
 * @entry:	What the file says
 * @but:	NULL, or the id of one that does not count
 *
 * Return: 1, 0 or a negative errno
 */
int v6_published_by(struct v6_host *host, const struct v6_hosts_entry *entry, const char *but);

#endif
