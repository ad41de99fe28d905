/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write and read how a user's claims stand in the kernel, which they may not look up themselves. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <libv6/apply.h>

#include "base/cleanup.h"
#include "ipc/looks.h"
#include "store/host.h"
#include "store/life.h"

static void write_look(struct v6_json_writer *w, const struct v6_claim_look *look)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_integer(w, "state", look->state);
	v6_json_put_integer(w, "connections", (long long)look->connections);
	if (look->has_bytes)
		v6_json_put_integer(w, "bytes", (long long)look->bytes);
	v6_json_put_bool(w, "shared", look->shared);
	v6_json_end_object(w);
}

void v6_looks_write(struct v6_json_writer *w, struct v6_host *host, const struct v6_record *record)
{
	bool alive = v6_record_alive(record) != 0;
	struct v6_claim_look look;
	size_t i;

	v6_json_begin_object(w, NULL);
	v6_json_begin_array(w, "looks");
	for (i = 0; i < record->n_services * record->n_maps; i++) {
		if (v6_claim_look(host, record, alive, i / record->n_maps, i % record->n_maps,
				  &look, NULL) < 0)
			look = (struct v6_claim_look){.state = V6_CLAIM_UNKNOWN};
		write_look(w, &look);
	}
	v6_json_end_array(w);
	v6_json_end_object(w);
}

/* read_bytes() - where they are counted */
static int read_bytes(const struct v6_json *value, struct v6_claim_look *look, struct v6_error *err)
{
	long long bytes = 0;
	int ret = v6_json_integer(value, "bytes", 0, LLONG_MAX, &bytes, err);

	look->has_bytes = ret == 0;
	look->bytes = (uint64_t)bytes;
	return ret == -ENOENT ? 0 : ret;
}

static int read_look(const struct v6_json *value, struct v6_claim_look *look, struct v6_error *err)
{
	long long state = 0, connections = 0;
	int ret;

	if (!v6_json_is_object(value))
		return v6_fail(err, -EINVAL, "\"looks\": expected objects");
	ret = v6_json_integer(value, "state", 0, V6_CLAIM_STATES - 1, &state, err);
	if (ret == 0)
		ret = v6_json_integer(value, "connections", 0, LLONG_MAX, &connections, err);
	if (ret == 0)
		ret = v6_json_bool(value, "shared", &look->shared, err);
	if (ret < 0)
		return ret;
	look->state = (enum v6_claim_state)state;
	look->connections = (uint64_t)connections;
	return read_bytes(value, look, err);
}

static int read_looks(const struct v6_json *root, struct v6_told *told, struct v6_error *err)
{
	const struct v6_json *list = NULL;
	int ret = v6_json_array(root, "looks", &list, err);
	size_t n = ret == 0 && list ? v6_json_size(list) : 0;

	if (ret < 0)
		return ret;
	told->looks = calloc(n + 1, sizeof(*told->looks));
	if (!told->looks)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	for (; told->n < n && ret == 0; told->n++)
		ret = read_look(v6_json_member(list, told->n), &told->looks[told->n], err);
	return ret;
}

int v6_looks_parse(const char *text, size_t size, struct v6_told *ret_told, struct v6_error *err)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	struct v6_told told = {NULL, 0};
	int ret = v6_json_parse(text, size, &root, err);

	if (ret == 0)
		ret = read_looks(root, &told, err);
	if (ret == 0)
		*ret_told = told;
	else
		v6_told_release(&told);
	return ret;
}

void v6_told_release(struct v6_told *told)
{
	free(told->looks);
	*told = (struct v6_told){NULL, 0};
}
