/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records: one JSON file per container in records/. */
#ifndef V6_STORE_RECORD_H
#define V6_STORE_RECORD_H

#include "store/host.h"

/* A larger file is not a record */
#define V6_RECORD_SIZE_MAX 131072

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

/* v6_record_read() - the text of one record, to be freed by the caller, and its size;
 * v6_record_load() reads it, and has v6_record_parse() make sense of it
 */
int v6_record_read(struct v6_host *host, const char *id, char **ret_text, size_t *ret_size,
		   struct v6_error *err);

/* v6_record_service() - the service that a record has on an address, or NULL: it has none */
const struct v6_service *v6_record_service(const struct v6_record *record,
					   const struct in6_addr *address);

/* v6_record_egress() - the service by which a record's container leaves, or NULL: by none */
const struct v6_service *v6_record_egress(const struct v6_record *record);

/* v6_record_is_renewed() - whether it has names that v6_renew() looks up again */
bool v6_record_is_renewed(const struct v6_record *record);

/* v6_record_is_stranger() - whether @other is a container of which who has @record may know nothing
 */
bool v6_record_is_stranger(const struct v6_record *record, const struct v6_record *other);

/* v6_record_is_none() - whether loading failed as there is none that says anything of this host's
 * kernel now; else it may say anything, and could not be read
 */
bool v6_record_is_none(int code);

/* v6_record_save() - write or replace. Return: 0 or a negative errno, with the old one as it was */
int v6_record_save(struct v6_host *host, const struct v6_record *record, struct v6_error *err);

/* v6_record_remove() - remove the file, and what a killed v6_record_save() left; that there is none
 * is success
 */
int v6_record_remove(struct v6_host *host, const char *id, struct v6_error *err);

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

/* v6_record_rename_links() - Call a record's interfaces by the names that they have now */
void v6_record_rename_links(struct v6_host *host, struct v6_record *record);

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

/* v6_records_count() - Count the record files. Return: as v6_record_ids() */
int v6_records_count(struct v6_host *host, unsigned int *ret_n, struct v6_error *err);

/* v6_record_id_of() - the container id in a record file's name, room for V6_ID_MAX + 1; false: it
 * is no such name
 */
bool v6_record_id_of(const char *name, char *ret_id);

/* v6_records_tidy() - remove what killed writers left; under the lock. Return: 0 or errno */
int v6_records_tidy(struct v6_host *host, struct v6_error *err);

/* v6_record_announces() - whether a service is to be announced: a container that is pending, or
 * shares and is not ready or was drained, has no clients
 */
bool v6_record_announces(const struct v6_record *record, const struct v6_service *service);

#endif
