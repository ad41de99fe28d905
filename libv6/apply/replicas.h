/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers that share claims by v6.share: which of them has a claim is a function of their
 * records alone, so that whoever computes it, and whenever, makes the kernel the same.
 */
#ifndef V6_APPLY_REPLICAS_H
#define V6_APPLY_REPLICAS_H

#include "apply/things.h"
#include "store/host.h"
#include "table/nat.h"

/* Containers that share one claim */
#define V6_REPLICAS_MAX 16

/* struct v6_replicas - @n records, in the order of their turns; begin with zeroes */
struct v6_replicas {
	struct v6_record *list;
	size_t n, room;
};

/**
 * v6_replicas_of() - Find the living containers that share claims with a record's
 * @host:	This host, locked
 * @record:	Its addresses are looked at; of one that does not share, nothing is found
 * @itself:	It is one of them, as it is in memory
 * @ret_replicas: Set on success; release with v6_replicas_release()
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_replicas_of(struct v6_host *host, const struct v6_record *record, bool itself,
		   struct v6_replicas *ret_replicas, struct v6_error *err);
void v6_replicas_release(struct v6_replicas *replicas);

/**
 * v6_replicas_element() - The element of a claim that replicas share
 * @claim:	It
 * @ret_op:	Set where true is returned; its strings are those of the replicas
 *
 * Those count that are ready; if none is, those that were drained; if there are none, the oldest
 * one alone, whose program should be the first to listen. With v6.share=newest the claim leads to
 * the newest of those that count; with v6.share=each, @slot of the claim says to which, and members
 * of a pod count as one.
 *
 * Return: false: none of them has this claim
 */
bool v6_replicas_element(const struct v6_replicas *replicas, const struct v6_claim *claim,
			 struct v6_nat_op *ret_op);

/* v6_replicas_has() - whether one of them is the container of this id */
bool v6_replicas_has(const struct v6_replicas *replicas, const char *id);

/* v6_replicas_lead() - whether a claim of one of them has this element's target */
bool v6_replicas_lead(const struct v6_replicas *replicas, const struct v6_nat_op *element);

/* v6_replicas_direct() - Have the claims in a list lead where replicas say; borrows their strings.
 * Return: 0 or -ENOMEM, with the list as it was
 */
int v6_replicas_direct(const struct v6_replicas *replicas, struct v6_things *things);

/**
 * v6_replicas_join() - See whether a new container may share the claims that others hold
 * @host:	This host, locked
 * @record:	Not saved yet; its @share.ready and @share.since are set
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or -EADDRINUSE (@err names who holds a claim, and says why they can't share it) or
 * another negative errno
 */
int v6_replicas_join(struct v6_host *host, struct v6_record *record, struct v6_error *err);

/* v6_replicas_are_together() - whether two containers share what they have in common, by their
 * users and modes; those that do not share are not
 */
bool v6_replicas_are_together(const struct v6_record *a, const struct v6_record *b);

/* v6_replicas_why_not() - why two containers with a claim in common can't share it, as the end of a
 * message that named the holder; NULL: they can
 */
const char *v6_replicas_why_not(const struct v6_record *record, const struct v6_record *holder);

#endif
