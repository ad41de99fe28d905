/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How what a record asks for stands in the kernel. */
#ifndef LIBV6_APPLY_H
#define LIBV6_APPLY_H

#include <libv6/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum v6_claim_state - How a claim of a record stands; the later ones count for more
 *
 * A claim is here one mapping of ports on one service address.
 */
enum v6_claim_state {
	V6_CLAIM_ACTIVE,
	V6_CLAIM_FOREIGN,    /* active, on an address that the host had before */
	V6_CLAIM_DRAINING,   /* a newer container has new connections; it keeps those that it has */
	V6_CLAIM_JOINING,    /* it will have connections when its program listens */
	V6_CLAIM_BLOCKED,    /* another table drops what goes to it or comes back */
	V6_CLAIM_DUPLICATE,  /* another machine of the link has the address */
	V6_CLAIM_PENDING,    /* held, but the container has no address that it could lead to */
	V6_CLAIM_NO_GUARD,   /* the host itself may answer on the address */
	V6_CLAIM_NO_ADDRESS, /* the address is not on this host, or is on another link */
	V6_CLAIM_UNREACHABLE, /* the address is on a link where clients cannot reach it */
	V6_CLAIM_NO_ELEMENT,  /* the table does not lead it to the container */
	V6_CLAIM_TAKEN,	      /* the table leads it to another container */
	V6_CLAIM_STALE,	      /* the container has ended */
	V6_CLAIM_UNKNOWN,     /* we may not look */
};

#define V6_CLAIM_STATES 14 /* how many there are */

/* v6_claim_state_word() - one word for a table; those that reconcile repairs are all "lost".
 * v6_claim_state_text() - what that means and what to do, for a person
 */
const char *v6_claim_state_word(enum v6_claim_state state);
const char *v6_claim_state_text(enum v6_claim_state state);

/**
 * struct v6_claim_look - What the kernel has of a claim
 * @state:	See there; of a range the worst of its ports. V6_CLAIM_BLOCKED comes of
 *		v6_passages_look() alone
 * @connections: Begun since the claim's elements were made, as a reconcile does not; of replicas
 *		(v6.share) since new ones come to this one
 * @bytes:	Passed for it in both directions since then, headers included
 * @has_bytes:	They are counted: not of wide ranges and whole addresses, and not in the host's
 *		own network
 * @holder:	Container that the table leads it to; "": none
 * @slots:	Of a record with v6.share=each: how many of sixteen clients come to it
 * @shared:	That is another member of the pod: its counts are those of both
 */
struct v6_claim_look {
	enum v6_claim_state state;
	uint64_t connections;
	uint64_t bytes;
	bool has_bytes;
	char holder[V6_ID_MAX + 1];
	bool shared;
	uint8_t slots;
};

/**
 * v6_claim_look() - See how a claim of a record stands
 * @host:	This host
 * @record:	It
 * @alive:	Whether its container is
 * @service:	Index of its service address, and
 * @map:	of its mapping of ports
 * @ret_look:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * A few look-ups in the kernel, whatever the number of services.
 *
 * Return: 0, -EPERM (no CAP_NET_ADMIN) or another negative errno
 */
int v6_claim_look(struct v6_host *host, const struct v6_record *record, bool alive, size_t service,
		  size_t map, struct v6_claim_look *ret_look, struct v6_error *err);

/**
 * struct v6_egress_look - How a container leaves by its service address
 * @service:	Borrowed from the record; NULL: it does not ask for it
 * @active:	All that it needs of the table is there
 * @connections: Begun since then
 */
struct v6_egress_look {
	const struct v6_service *service;
	bool active;
	uint64_t connections;
};

/**
 * v6_egress_look() - See how a record's container leaves
 * @ret_look:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPERM (no CAP_NET_ADMIN) or another negative errno
 */
int v6_egress_look(struct v6_host *host, const struct v6_record *record,
		   struct v6_egress_look *ret_look, struct v6_error *err);

/* struct v6_passages - what the rules of other tables do to services; opaque */
struct v6_passages;

/**
 * v6_passages_open() - List the chains of all tables
 * @host:	Outlives the passages
 * @ret_passages: Set on success; release with v6_passages_cleanup()
 *
 * Return: 0, -EPERM (no CAP_NET_ADMIN) or another negative errno
 */
int v6_passages_open(struct v6_host *host, struct v6_passages **ret_passages, struct v6_error *err);
void v6_passages_cleanup(struct v6_passages **passages);

/**
 * v6_passages_look() - See whether another table drops a claim's packets for certain
 * @passages:	As opened: it does not read again what rules it has read
 * @service:	Index of the record's service address, and
 * @map:	of its mapping of ports; of a range its first port is looked at
 * @look:	From v6_claim_look(); one that is all there becomes V6_CLAIM_BLOCKED
 *
 * The first thousand claims are walked each through all rules. Then one claim counts for all others
 * of the same interfaces and protocol, so that many services cost no more. Rules of
 * ip6tables-legacy are not seen.
 */
void v6_passages_look(struct v6_passages *passages, const struct v6_record *record, size_t service,
		      size_t map, struct v6_claim_look *look);

/**
 * v6_addresses_each() - Visit the service addresses of this host that bear our mark
 * @visit:	Called with each and the index of its link, lo for a local route; negative ends the
 *		visit
 *
 * Needs no rights at all, and tells less than the records do: nothing on kernels before 5.18.
 *
 * Return: 0 or a negative errno
 */
int v6_addresses_each(struct v6_host *host,
		      int (*visit)(const struct in6_addr *address, int link, void *data),
		      void *data, struct v6_error *err);

#ifdef __cplusplus
}
#endif

#endif
