/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole table made again, when somebody flushed the ruleset. */
#ifndef V6_APPLY_RESTORE_H
#define V6_APPLY_RESTORE_H

#include "store/host.h"

/**
 * v6_elements_restore() - Make the table again, with the elements of all living records
 * @host:	This host, locked
 * @except:	Container that starts, whose elements are left out; or "", in a reconcile
 * @err:	NULL, or filled in on failure only
 *
 * One transaction: at no time is there a table without its guards. In a start, addresses that we
 * brought and that no record knows of any more are guarded, too.
 *
 * Return: 0 or a negative errno
 */
int v6_elements_restore(struct v6_host *host, const char *except, struct v6_error *err);

#endif
