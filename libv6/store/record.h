/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record store: one JSON file per container in records/, and an index of who holds what.
 *
 * The index, holders-NETNS/RESOURCE/ID, answers in one system call whether a container was the last
 * one on an address or behind a bridge: removing the directory RESOURCE fails while it has entries.
 * It is derived from the records, and reconcile makes it again.
 */
#ifndef V6_STORE_RECORD_H
#define V6_STORE_RECORD_H

#include "base/json.h"
#include "store/host.h"

/**
 * v6_record_load() - Read one record
 * @host:	This host
 * @id:		Container id
 * @ret_record:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ENOENT (none), -ESTALE (of an earlier boot), -EXDEV (of another network namespace),
 * -EBADMSG (not a record), -EPROTO (of a later version of this program) or another negative errno
 */
int v6_record_load(struct v6_host *host, const char *id, struct v6_record *ret_record,
		   struct v6_error *err);

/*
 * v6_record_load() in two steps: the text of one record, to be freed by the caller, and what it
 * says
 */
int v6_record_read(struct v6_host *host, const char *id, char **ret_text, size_t *ret_size,
		   struct v6_error *err);
int v6_record_parse(struct v6_host *host, const char *id, const char *text, size_t size,
		    struct v6_record *ret_record, struct v6_error *err);

/* v6_record_service() - the service that a record has on an address, or NULL: it has none */
const struct v6_service *v6_record_service(const struct v6_record *record,
					   const struct in6_addr *address);

/* v6_record_is_renewed() - whether it has names that v6_renew() looks up again */
bool v6_record_is_renewed(const struct v6_record *record);

/* v6_record_is_none() - whether loading failed as there is none that says anything of this host's
 * kernel now; else it may say anything, and could not be read
 */
bool v6_record_is_none(int code);

/* v6_record_write() - the text of a record, as v6_record_parse() reads it */
void v6_record_write(struct v6_json_writer *w, struct v6_host *host,
		     const struct v6_record *record);

/* v6_record_save() - write or replace. Return: 0 or a negative errno, with the old one as it was */
int v6_record_save(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/* v6_record_remove() - remove the file, and what a killed v6_record_save() left; that there is none
 * is success
 */
int v6_record_remove(struct v6_host *host, const char *id, struct v6_error *err);

/**
 * v6_life_begin() - Note what a record's life hangs on
 * @state:	With a pid, or the file of a network namespace
 * @record:	Its members for process and namespace are set
 * @ret_netns:	The container's network namespace; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ESRCH (the process has ended), -EINVAL (neither is given, or the file is something
 * else) or another negative errno; @record is undefined then
 */
int v6_life_begin(const struct v6_state *state, struct v6_record *record, int *ret_netns,
		  struct v6_error *err);

/**
 * v6_record_alive() - Whether the container's init still runs, and is no later process of its
 * number; without one, whether the file still stands for the same network namespace
 *
 * Return: 1, 0, or a negative errno where that can't be known now
 */
int v6_record_alive(const struct v6_record *record);

/**
 * v6_record_find() - Load a record if it is there and its container lives
 * @host:	This host
 * @id:		Container id
 * @ret_record:	Set where 1 is returned
 * @err:	NULL, or filled in on failure only
 *
 * Return: 1, 0 (no record, one that says nothing about this host's kernel now, or the container is
 * dead), or a negative errno where that can't be known now
 */
int v6_record_find(struct v6_host *host, const char *id, struct v6_record *ret_record,
		   struct v6_error *err);

/* v6_record_state() - of the state that a record was made of, what says who asked, as far as the
 * record knows it; nothing to release
 */
struct v6_state v6_record_state(const struct v6_record *record);

/**
 * v6_record_ids() - Visit the ids of all record files
 * @visit:	A negative return value ends the visit; the file may be removed meanwhile
 *
 * Return: 0 or a negative errno
 */
int v6_record_ids(struct v6_host *host, int (*visit)(const char *id, void *data), void *data,
		  struct v6_error *err);

/* v6_record_id_of() - the container id in a record file's name, room for V6_ID_MAX + 1; false: it
 * is no such name
 */
bool v6_record_id_of(const char *name, char *ret_id);

/* v6_records_tidy() - remove what killed writers left; under the lock. Return: 0 or errno */
int v6_records_tidy(struct v6_host *host, struct v6_error *err);

/* What containers of one network namespace share with the owner of their claims: see share.h. */
#define V6_SHARE_PREFIX "share-"

/* struct v6_resource - name of something that containers share: a service
 * address, or what is set up for all those behind one bridge */
struct v6_resource {
	char name[sizeof(V6_SHARE_PREFIX) + V6_ID_MAX];
};

struct v6_resource v6_resource_address(const struct in6_addr *address);
struct v6_resource v6_resource_subnet(const struct v6_prefix *prefix);

/* v6_resource_wide() - wide claims (v6_has_wide()) on a service address, which is held beside it */
struct v6_resource v6_resource_wide(const struct in6_addr *address);

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

/* v6_holders_prune() - drop the entries of containers without a record. Return: 0 or errno */
int v6_holders_prune(struct v6_host *host, struct v6_error *err);

#endif
