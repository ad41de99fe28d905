/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services follow what becomes of this host's own links. */
#ifndef V6_VERBS_RELOCATE_H
#define V6_VERBS_RELOCATE_H

#include "store/host.h"

/**
 * v6_relocate() - Move the services of a record to where clients reach them
 * @host:	This host, locked and configured
 * @record:	Of a living container; its services are changed, and it is saved
 * @err:	NULL, or filled in on failure only
 *
 * A service stays where it is for as long as clients can reach it there. If no link will do, that
 * is noted in the record; one warning tells of it, and one that it is over. Of a host that is only
 * looked at nothing but @record is changed.
 *
 * Return: 1 (moved, and brought up), 0, or a negative errno
 */
int v6_relocate(struct v6_host *host, struct v6_record *record, struct v6_error *err);

#endif
