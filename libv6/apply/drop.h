/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements removed in one transaction, as long as they are still the record's own. */
#ifndef V6_APPLY_DROP_H
#define V6_APPLY_DROP_H

#include "apply/things.h"

/**
 * struct v6_drop - How elements are dropped
 * @goes_on:	The container is not gone and has other claims: whoever shares those does so still
 * @flows_stay:	What is connected by the claims stays so
 */
struct v6_drop {
	bool goes_on;
	bool flows_stay;
};

/**
 * v6_elements_drop() - Drop the claims that are still the record's own, guards and hairpins, and
 * end connections
 * @host:	This host, locked
 * @record:	Whose they are; a successor's claims stay
 * @things:	What goes. The addresses of guards in there are off their interfaces already
 * @how:	See there
 * @err:	NULL, or filled in on failure only
 *
 * One transaction: each that removes something costs a kernel grace period at close. Connections of
 * the claims to where their elements led end when the lock is released.
 *
 * Return: 0 or a negative errno; what is gone already is success
 */
int v6_elements_drop(struct v6_host *host, const struct v6_record *record,
		     const struct v6_things *things, const struct v6_drop *how,
		     struct v6_error *err);

#endif
