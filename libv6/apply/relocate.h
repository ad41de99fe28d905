/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Service addresses that go from one link of this host to another. */
#ifndef V6_APPLY_RELOCATE_H
#define V6_APPLY_RELOCATE_H

#include "store/host.h"

/**
 * v6_record_relocate() - Bring service addresses of a record to other links
 * @host:	This host, locked and configured
 * @record:	With the new places of its services; if another machine has one of them there, that
 *		is @unreachable afterwards, and was warned of
 * @former:	The saved record: the same services, in the same order
 * @err:	NULL, or filled in on failure only
 *
 * Each is removed where it was, whoever else uses it: all records of an address find the same place
 * for it. Then the record is saved and brought up, which tells the neighbours. Connections stay,
 *and so do claims. A crash at any point leaves what the next reconcile moves, or brings up, again.
 *
 * Return: 1, or a negative errno
 */
int v6_record_relocate(struct v6_host *host, struct v6_record *record,
		       const struct v6_record *former, struct v6_error *err);

#endif
