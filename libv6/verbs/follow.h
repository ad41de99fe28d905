/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records follow what becomes of their containers' own networks. */
#ifndef V6_VERBS_FOLLOW_H
#define V6_VERBS_FOLLOW_H

#include "store/host.h"

/**
 * v6_follow() - Lead a record to where its container is now
 * @host:	This host, locked
 * @record:	Of a living container; its destination is changed
 * @err:	NULL, or filled in on failure only
 *
 * A pending record is completed where it can be; one whose target has gone from the container gets
 * another, or is pending, and that is told of. What can't be known now stays as it is. Of a host
 * that is only looked at nothing but @record is changed.
 *
 * Return: 1 (moved, and brought up), 0, or a negative errno
 */
int v6_follow(struct v6_host *host, struct v6_record *record, struct v6_error *err);

#endif
