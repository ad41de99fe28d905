/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lists of clients that may connect: kept by the host, written and read with records. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "oci/from.h"
#include "store/clients.h"

struct v6_client_list {
	struct v6_client_list *next;
	size_t n;
	struct v6_prefix list[];
};

static struct v6_client_list **find_client_list(struct v6_clients *clients,
						const struct v6_prefix *list, size_t n)
{
	struct v6_client_list **place;
	uint64_t hash = n;
	size_t i;

	for (i = 0; i < n; i++)
		hash = hash * 31 +
		       v6_text_hash((const char *)&list[i].address, sizeof(list[i].address)) +
		       list[i].length;
	place = &clients->lists[hash % V6_ARRAY_SIZE(clients->lists)];
	while (*place && !v6_prefixes_equal((*place)->list, (*place)->n, list, n))
		place = &(*place)->next;
	return place;
}

int v6_clients_keep(struct v6_clients *clients, const struct v6_prefix *list, size_t n,
		    struct v6_record *record)
{
	struct v6_client_list **place;
	size_t i;

	record->from = NULL;
	record->n_from = 0;
	if (n == 0 || list[0].length == 0)
		return 0;
	place = find_client_list(clients, list, n);
	if (!*place) {
		*place = calloc(1, sizeof(**place) + n * sizeof(*list));
		if (!*place)
			return -ENOMEM;
		(*place)->n = n;
		for (i = 0; i < n; i++)
			(*place)->list[i] = list[i];
	}
	record->from = (*place)->list;
	record->n_from = n;
	return 0;
}

void v6_clients_forget(struct v6_clients *clients)
{
	struct v6_client_list *next;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(clients->lists); i++) {
		for (; clients->lists[i]; clients->lists[i] = next) {
			next = clients->lists[i]->next;
			free(clients->lists[i]);
		}
	}
}

void v6_clients_write(struct v6_json_writer *w, const struct v6_record *record)
{
	size_t i;

	if (record->n_from == 0)
		return;
	v6_json_begin_array(w, "from");
	for (i = 0; i < record->n_from; i++)
		v6_json_put_string(w, NULL, v6_prefix_text(&record->from[i]).s);
	v6_json_end_array(w);
}

static int read_client_list(const struct v6_json *list, struct v6_prefixes *ret_from,
			    struct v6_error *err)
{
	size_t i, n = v6_json_size(list);
	struct v6_prefix prefix;
	const char *text;
	int ret = 0;

	if (n == 0 || n > V6_FROM_MAX)
		return v6_fail(err, -EINVAL, "%zu items, but 1 to %d can be", n, V6_FROM_MAX);
	for (i = 0; i < n && ret == 0; i++) {
		text = v6_json_text(v6_json_member(list, i));
		if (!text)
			return v6_fail(err, -EINVAL, "expected strings");
		ret = v6_client_parse(text, &prefix, err);
		if (ret == 0 && v6_prefixes_append(ret_from, &prefix) < 0)
			return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	}
	return ret;
}

int v6_clients_read(struct v6_clients *clients, const struct v6_json *object,
		    struct v6_record *record, struct v6_error *err)
{
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};
	const struct v6_json *list = NULL;
	int ret = v6_json_array(object, "from", &list, NULL);

	if (ret < 0)
		return ret == -ENOENT ? 0 : v6_json_array(object, "from", &list, err);
	ret = read_client_list(list, &from, err);
	if (ret < 0)
		return v6_context(err, ret, "\"from\"");
	/* by whoever wrote it; overlapping ones would be no elements */
	v6_prefixes_merge(&from);
	ret = v6_clients_keep(clients, from.list, from.n, record);
	return ret < 0 ? v6_fail(err, ret, "%s", v6_strerror(ret)) : 0;
}

bool v6_clients_same(const struct v6_record *a, const struct v6_record *b)
{
	return v6_prefixes_equal(a->from, a->n_from, b->from, b->n_from);
}

size_t v6_clients_count(const struct v6_record *record)
{
	return record->n_from * record->n_maps * record->n_services;
}
