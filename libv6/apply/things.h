/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a record needs in the kernel and in the index, listed once.
 *
 * Everything that makes, removes, moves, restores or looks at a record's things is a walk over this
 * list; what can be done with a thing of each kind is in kinds.h.
 */
#ifndef V6_APPLY_THINGS_H
#define V6_APPLY_THINGS_H

#include "names/hosts_dir.h"
#include "store/holders.h"
#include "store/host.h"
#include "table/nat.h"

/* enum v6_thing_kind - in the order of the list, which is that of the way up. What leads to the
 * container stands between hairpins and service addresses
 */
enum v6_thing_kind {
	V6_THING_HOLDER,    /* @resource: an entry of the index */
	V6_THING_GUARD,	    /* @op: a service address that the reject rules cover */
	V6_THING_PREFIX,    /* @op: that of an assigned address, which stays */
	V6_THING_SENDER,    /* @op: a container with an assigned address, by what it sends */
	V6_THING_SOURCE,    /* @op: the address that it may send from */
	V6_THING_ASKED,	    /* @op: a UDP port of the host itself where services are asked */
	V6_THING_SEVERAL,   /* @op: a container that may answer from other addresses, too */
	V6_THING_SIBLING,   /* @op: an interface of it */
	V6_THING_ANSWER,    /* @op: a service address whose answers get a mark */
	V6_THING_EGRESS,    /* @op: the service address by which a container leaves */
	V6_THING_OUTGOING,  /* @op: and that it may */
	V6_THING_DEPARTURE, /* @op: a container that leaves by a service with such a mark */
	V6_THING_HAIRPIN,   /* @op: the containers behind one bridge */
	V6_THING_GATEWAY,   /* @spot: the bridge's link-local address, for assigned addresses */
	V6_THING_WAY,	    /* @spot: the host's route to an assigned address */
	V6_THING_INSIDE,    /* @spot: an assigned address in the container, and its default route */
	V6_THING_PIN,	    /* @spot: the container's link-layer address, for its address */
	V6_THING_PORT,	    /* @spot: the container's port of a bridge, in hairpin mode */
	V6_THING_INBOUND,   /* @spot: the routing rule of the containers behind one bridge */
	V6_THING_OUTBOUND,  /* @spot: the routing rules of marked answers that leave by one table */
	V6_THING_ADDRESS,   /* @spot: a service address on this host */
	V6_THING_FROM,	    /* @op: clients that may reach the ports of the claims that follow */
	V6_THING_LIMITED,   /* @op: that only they may reach the claim that follows */
	V6_THING_BESIDE,    /* @op: the counter of the claim that follows, or its pass through the
			       guard */
	V6_THING_CLAIM,	    /* @op: a claim */
	V6_THING_ANNOUNCED, /* @spot: the route by which routing daemons learn of a service address
			     */
	V6_THING_NAME,	    /* @entry: the file by which a name is published */
};

#define V6_THING_KINDS 27 /* how many there are */

/**
 * struct v6_spot - A thing that rtnetlink knows of
 * @prefix:	The address, or where a route goes; of V6_THING_PORT the container's
 * @link:	Index of the interface; of V6_THING_INSIDE in the container, of V6_THING_ANNOUNCED
 * lo
 * @attach:	Of V6_THING_ADDRESS: by which means it is here
 * @table:	Of V6_THING_OUTBOUND and V6_THING_ANNOUNCED
 * @mac:	Of V6_THING_PIN
 */
struct v6_spot {
	struct v6_prefix prefix;
	int link;
	enum v6_attach attach;
	uint32_t table;
	uint8_t mac[V6_MAC_SIZE];
};

/**
 * struct v6_thing - One thing
 * @kind:	See there
 * @record:	Whose it is; NULL: it was found in the kernel
 * @service:	Of V6_THING_ADDRESS of a record
 * @leaving:	Of V6_THING_ADDRESS: the record's services have left it
 */
struct v6_thing {
	enum v6_thing_kind kind;
	const struct v6_record *record;
	const struct v6_service *service;
	bool leaving;
	union {
		struct v6_resource resource;
		struct v6_nat_op op;
		struct v6_spot spot;
		struct v6_hosts_entry entry;
	};
};

/* struct v6_things - @n of them; release with v6_things_release() */
struct v6_things {
	struct v6_thing *list;
	size_t n;
};

/**
 * v6_things_of() - List the things of a record
 * @host:	This host
 * @record:	Borrowed by the list
 * @ret_things:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Looks at nothing. A pending record has no things on the container's side.
 *
 * Return: 0 or -ENOMEM
 */
int v6_things_of(const struct v6_host *host, const struct v6_record *record,
		 struct v6_things *ret_things, struct v6_error *err);
void v6_things_release(struct v6_things *things);

/**
 * v6_things_subtract() - Take those off a list that a record has
 * @host:	This host
 * @things:	Of a record
 * @kept:	What that record is to be from now on
 * @err:	NULL, or filled in on failure only
 *
 * A claim that is forwarded elsewhere is still the same claim.
 *
 * Return: 0, or -ENOMEM with the list as it was
 */
int v6_things_subtract(const struct v6_host *host, struct v6_things *things,
		       const struct v6_record *kept, struct v6_error *err);

/**
 * v6_thing_resource() - The name by which the index tells who else needs a thing
 * @thing:	Not a claim, nor what stands beside or before one, which have one owner; nor the
 *		file of a name, or what announces an address: others may have that, and not want
 *this
 * @ret_resource: Set on success
 *
 * Return: whether there is one
 */
bool v6_thing_resource(const struct v6_host *host, const struct v6_thing *thing,
		       struct v6_resource *ret_resource);

/* v6_thing_is_element() - whether it is an element of our nf_tables table: @op is set */
bool v6_thing_is_element(const struct v6_thing *thing);

#endif
