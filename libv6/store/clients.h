/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of the clients that may connect, which records have.
 *
 * Records are values, and copied often, so that a list of a thousand prefixes is no part of them.
 * The host keeps each list once, for as long as records of it may be about.
 */
#ifndef V6_STORE_CLIENTS_H
#define V6_STORE_CLIENTS_H

#include <libv6/store.h>

#include "base/json.h"
#include "base/prefixes.h"

/* Elements that let clients of one container in */
#define V6_CLIENTS_MAX 16384

struct v6_client_list;

/* struct v6_clients - all lists of a host, each in a place by a hash */
struct v6_clients {
	struct v6_client_list *lists[64];
};

/**
 * v6_clients_keep() - Give a record a list
 * @list:	@n merged prefixes, copied; with ::/0 among them, or none at all, the record is for
 *		everybody
 * @record:	@from and @n_from are set on success; they last until v6_clients_forget()
 *
 * Return: 0 or -ENOMEM
 */
int v6_clients_keep(struct v6_clients *clients, const struct v6_prefix *list, size_t n,
		    struct v6_record *record);

/* v6_clients_forget() - free all lists; where no records are about */
void v6_clients_forget(struct v6_clients *clients);

/* v6_clients_write() - "from" of a record's text, if it has any
 * v6_clients_read() - back from there. Return: 0, -EINVAL or -ENOMEM
 */
void v6_clients_write(struct v6_json_writer *w, const struct v6_record *record);
int v6_clients_read(struct v6_clients *clients, const struct v6_json *object,
		    struct v6_record *record, struct v6_error *err);

/* v6_clients_same() - whether two records are for the same clients */
bool v6_clients_same(const struct v6_record *a, const struct v6_record *b);

/* v6_clients_count() - how many elements a record's list takes: for each prefix, mapping and
 * service address one
 */
size_t v6_clients_count(const struct v6_record *record);

#endif
