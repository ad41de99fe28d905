/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of who holds what: holders-NETNS/RESOURCE/ID.
 *
 * It answers in one system call whether a container was the last one on an address or behind a
 * bridge: removing the directory RESOURCE fails while it has entries. It is derived from the
 * records, and reconcile makes it again.
 */
#ifndef V6_STORE_HOLDERS_H
#define V6_STORE_HOLDERS_H

#include "store/host.h"

/* What containers of one network namespace share with the owner of their claims: see share.h. */
#define V6_SHARE_PREFIX "share-"

/* struct v6_resource - name of something that containers share: a service
 * address, or what is set up for all those behind one bridge */
struct v6_resource {
	char name[sizeof(V6_SHARE_PREFIX) + V6_ID_MAX];
};

struct v6_resource v6_resource_address(const struct in6_addr *address);
struct v6_resource v6_resource_subnet(const struct v6_prefix *prefix);

/* v6_resource_prefix() - what v6_resource_subnet() was made of. Return: 0 or -EINVAL */
int v6_resource_prefix(const char *name, struct v6_prefix *ret_prefix);

/* v6_resource_covered() - its holders are names of subnets, not containers: see apply/cover.h */
struct v6_resource v6_resource_covered(void);

/* v6_resource_wide() - wide claims (v6_claims_are_wide()) on a service address, which is held
 * beside it */
struct v6_resource v6_resource_wide(const struct in6_addr *address);

/* v6_resource_sender() - a link-layer address behind a bridge, which a later container may have */
struct v6_resource v6_resource_sender(const char *link, const uint8_t *mac);

/* v6_resource_port() - a UDP port of the host itself that services are forwarded to */
struct v6_resource v6_resource_port(uint16_t port);
/* v6_resource_inbound() - the routing rule of a subnet
 * v6_resource_outbound() - the routing rules of those answers that leave by a table
 * v6_resource_answer() - the mark of those of a service address
 */
struct v6_resource v6_resource_inbound(const struct v6_prefix *prefix);
struct v6_resource v6_resource_outbound(uint32_t table);
struct v6_resource v6_resource_answer(const struct in6_addr *address);

/* v6_resource_egress() - what leaves by an interface with a container's address as its source
 * v6_resource_departure() - the mark of that
 */
struct v6_resource v6_resource_egress(const char *link, const struct in6_addr *address);
struct v6_resource v6_resource_departure(const struct in6_addr *address);

/* v6_resource_user() - what a user other than root has, together */
struct v6_resource v6_resource_user(uid_t uid);

/* v6_holder_add() - note that a container holds a resource. Return: 0 or a negative errno */
int v6_holder_add(struct v6_host *host, const struct v6_resource *resource, const char *id);

/**
 * v6_holder_drop() - Note that it no longer does
 *
 * Return: 1 (it was the last one, or nobody held it), 0 (others do) or a negative errno
 */
int v6_holder_drop(struct v6_host *host, const struct v6_resource *resource, const char *id);

/* v6_holder_tidy() - forget a resource that nobody holds, which a killed v6_holder_drop() left */
void v6_holder_tidy(struct v6_host *host, const struct v6_resource *resource);

/**
 * v6_holder_find() - One of the containers that hold a resource
 * @ret_id:	Its id; room for V6_ID_MAX + 1
 *
 * Return: 0, -ENOENT (nobody) or another negative errno
 */
int v6_holder_find(struct v6_host *host, const struct v6_resource *resource, char *ret_id);

/* v6_holders_each() - visit the ids that hold a resource; negative ends. Return: 0 or errno */
int v6_holders_each(struct v6_host *host, const struct v6_resource *resource,
		    int (*visit)(const char *id, void *data), void *data);

/* v6_holder_has() - whether this container holds a resource. Return: 1, 0 or a negative errno */
int v6_holder_has(struct v6_host *host, const struct v6_resource *resource, const char *id);

/* v6_holder_others() - whether some other container does. Return: 1, 0 or a negative errno */
int v6_holder_others(struct v6_host *host, const struct v6_resource *resource, const char *id);

/* v6_holder_any() - whether some container holds a resource. Return: 1, 0 or a negative errno */
int v6_holder_any(struct v6_host *host, const struct v6_resource *resource);

/**
 * v6_holder_recorded() - Whether some container with a record holds a resource
 *
 * After v6_holders_prune() this is v6_holder_any(). Where nothing is changed there is no such
 * prune, and records that a reconcile would remove do not count.
 *
 * Return: 1, 0 or a negative errno
 */
int v6_holder_recorded(struct v6_host *host, const struct v6_resource *resource);

/* v6_holders_forget() - drop all entries of a container whose record does not tell what it holds;
 * slow
 */
void v6_holders_forget(struct v6_host *host, const char *id);

/* v6_holders_prune() - drop the entries of containers without a record, and of subnets without a
 * container. Return: 0 or errno
 */
int v6_holders_prune(struct v6_host *host, struct v6_error *err);

/**
 * v6_holder_wants() - Whether the record of any holder of an address wants something
 * @host:	This host
 * @address:	Whose holders are asked
 * @but:	NULL, or the id of one that does not count
 * @wants:	Called with each record until it returns true
 * @data:	Passed to @wants
 *
 * A record of a later version may want anything.
 *
 * Return: 1, 0 or a negative errno
 */
int v6_holder_wants(struct v6_host *host, const struct in6_addr *address, const char *but,
		    bool (*wants)(const struct v6_record *record, const void *data),
		    const void *data);

#endif
