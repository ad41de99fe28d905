/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The claims of one record in the kernel: taken together, held, dropped. All under the lock. */
#ifndef V6_APPLY_CLAIMS_H
#define V6_APPLY_CLAIMS_H

#include "store/host.h"

/* A round settles all that it found in the way; more than a few mean that somebody works against
 * us. */
#define V6_ROUNDS_MAX 5

/* Dead holders that one take remembers for collection; more are left to reconcile. */
#define V6_TAKEN_OVER_MAX 16

/* struct v6_taken_over - containers found dead while their claims were taken over */
struct v6_taken_over {
	char ids[V6_TAKEN_OVER_MAX][V6_ID_MAX + 1];
	size_t n;
};

/**
 * v6_claims_clear() - See to it that no wide claim of another container overlaps a record's
 * @host:	This host, locked
 * @record:	Saved already; its resources are held
 * @err:	NULL, or filled in on failure only
 *
 * Claims of different kinds have different keys, so that the kernel does not see that they are at
 * odds: they are looked for in the records of who holds the same address. What a dead container
 * held is taken down, and before a wide claim what nobody has a record of. Costs a look at one
 * directory per address where nothing is wide.
 *
 * Return: 0, -EADDRINUSE (a living container holds one; @err names it) or another negative errno
 */
int v6_claims_clear(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * v6_claims_take() - Take all claims of a record, and the guard before them, in one transaction
 * @host:	This host, locked
 * @record:	Saved already
 * @ret_dead:	Containers whose claims were taken over because they are dead; collect them
 * @err:	NULL, or filled in on failure only
 *
 * Where the table is gone, it is made again with the elements of all records first. Claims that the
 * record holds already are kept, or led to its new destination without a gap.
 *
 * A claim that a living container of the same network namespace holds, with the same target, is
 * shared with it.
 *
 * Return: 0, -EADDRINUSE (a living container holds one; @err names it) or another negative errno
 */
int v6_claims_take(struct v6_host *host, const struct v6_record *record,
		   struct v6_taken_over *ret_dead, struct v6_error *err);

/**
 * v6_claims_free_flows() - Let clients that sent before a record's claims were there start anew
 * @host:	This host, locked
 * @record:	Its claims are taken
 *
 * What came for an address while nobody had it, as between a stop and a start, was forwarded or
 * delivered as it was, and the kernel goes on so with the flow: for good where UDP renews it. Costs
 * a walk through all flows, so it is done where a claim is not of TCP. To fail is a warning.
 */
void v6_claims_free_flows(struct v6_host *host, const struct v6_record *record);

/**
 * v6_claims_end_flows() - Make the kernel forget flows that a record's claims led to its
 * destination
 * @host:	This host, locked
 * @record:	As it was; its claims lead elsewhere now. To fail is a warning.
 */
void v6_claims_end_flows(struct v6_host *host, const struct v6_record *record);

/* v6_claims_leave() - drop what stands beside the claims for a prefix of containers that nobody has
 * any more. Return: 0, also where it is gone, or a negative errno
 */
int v6_claims_leave(struct v6_host *host, const struct v6_prefix *subnet, struct v6_error *err);

/**
 * v6_claims_restore() - Make the table again, with the elements of all living records
 * @host:	This host, locked
 * @except:	Container that starts, whose elements are left out; or "", in a reconcile
 * @err:	NULL, or filled in on failure only
 *
 * One transaction: at no time is there a table without its guards. In a start, addresses that we
 * brought and that no record knows of any more are guarded, too.
 *
 * Return: 0 or a negative errno
 */
int v6_claims_restore(struct v6_host *host, const char *except, struct v6_error *err);

/**
 * v6_claims_held() - Whether every element of a record is in the kernel as it should be
 *
 * Return: 1, 0 or a negative errno
 */
int v6_claims_held(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/**
 * struct v6_left - What nobody uses any more now that a container is gone
 * @addresses:	Service addresses that we brought, @n_addresses of them
 * @subnet:	The containers' prefix behind a bridge, where @subnet_left
 * @goes_on:	It is not gone, and has other claims: who shares those does so still
 * @flows_stay:	And what was connected stays so
 */
struct v6_left {
	struct in6_addr addresses[V6_RECORD_ADDRESSES_MAX];
	size_t n_addresses;
	struct v6_prefix subnet;
	bool subnet_left;
	bool goes_on;
	bool flows_stay;
};

/**
 * v6_claims_drop() - Drop the claims that are still the record's own, the guards left, and flows
 * @host:	This host, locked
 * @record:	Its container is gone; a successor's claims stay
 * @left:	Guards to remove; the addresses are off their links already
 * @err:	NULL, or filled in on failure only
 *
 * One transaction: each that removes something costs a kernel grace period at close. Flows of the
 * claims to this container end; to fail at that is a warning.
 *
 * Return: 0 or a negative errno; what is gone already is success
 */
int v6_claims_drop(struct v6_host *host, const struct v6_record *record, const struct v6_left *left,
		   struct v6_error *err);

#endif
