/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes of containers that lie in wider ones.
 *
 * The set of hairpin prefixes takes none that overlaps another, so the wider one counts for both.
 * It is noted in the index which ones are missing for that reason: they come back when the wider
 * one goes. The index has them under "covered", each by the name of its own resource.
 */
#ifndef V6_APPLY_COVER_H
#define V6_APPLY_COVER_H

#include "base/prefixes.h"
#include "store/host.h"
#include "table/nat.h"

/* v6_cover_note() - Note that a prefix is missing, as it lies in a wider one. Return: 0 or errno
 * v6_cover_forget() - Note that nobody needs it, or that it is there
 */
int v6_cover_note(struct v6_host *host, const struct v6_prefix *prefix);
void v6_cover_forget(struct v6_host *host, const struct v6_prefix *prefix);

/* v6_cover_widen() - Keep those prefixes that lie in no other one, each once; note the others */
void v6_cover_widen(struct v6_host *host, struct v6_prefixes *prefixes);

/**
 * v6_cover_inside() - Find what the set has inside a prefix, and note it as covered
 * @ret_inside:	Appended to; the caller removes it from the set
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_cover_inside(struct v6_host *host, const struct v6_prefix *wide,
		    struct v6_prefixes *ret_inside, struct v6_error *err);

/* v6_cover_missing() - Append what comes back when a prefix goes. Costs a look if there is nothing.
 * Return: 0 or a negative errno
 */
int v6_cover_missing(struct v6_host *host, const struct v6_prefix *wide,
		     struct v6_prefixes *ret_missing);

/**
 * v6_cover_commit() - Change elements, and add prefixes that were covered, in one transaction
 * @ops:	@n of them, which remove what covered the prefixes
 * @missing:	From v6_cover_missing(); one that something else covers stays missing
 *
 * Return: as v6_nat_commit()
 */
int v6_cover_commit(struct v6_host *host, struct v6_nat_op *ops, size_t n,
		    const struct v6_prefixes *missing, struct v6_error *err);

#endif
