/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON written value by value; the first failure is kept to the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "base/cleanup.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "base/text.h"

/*
 * yajl does not check what malloc() returns. Its buffer is twice as large as the text at most, and
 * while it grows there is the former one, too.
 */
#define YAJL_ROOM_PER_BYTE 3

/* For how many bytes of text memory is tried out at once. A member takes six for each of a
 * string's, which may be \u0001, and these for all else
 */
#define TEXT_ROOM	  8192
#define BYTES_PER_BYTE	  6
#define BYTES_OF_A_MEMBER 256

/* struct v6_json_writer - @room: by how much the text may grow, as v6_afford() said */
struct v6_json_writer {
	yajl_gen gen;
	size_t room;
	unsigned int depth;
	struct v6_error error; /* the first one; a code of 0 is none */
};

int v6_json_writer_new(struct v6_json_writer **ret_writer, struct v6_error *err)
{
	struct v6_json_writer *w = v6_afford(YAJL_ROOM_PER_BYTE * TEXT_ROOM) ? calloc(1, sizeof(*w))
									     : NULL;

	if (w)
		w->gen = yajl_gen_alloc(NULL);
	if (!w || !w->gen) {
		free(w);
		return v6_fail(err, -ENOMEM, "out of memory");
	}
	yajl_gen_config(w->gen, yajl_gen_beautify, 1);
	yajl_gen_config(w->gen, yajl_gen_indent_string, "  ");
	yajl_gen_config(w->gen, yajl_gen_validate_utf8, 1);
	w->room = TEXT_ROOM;

	*ret_writer = w;
	return 0;
}

void v6_json_writer_cleanup(struct v6_json_writer **writer)
{
	int saved = errno;

	if (*writer) {
		yajl_gen_free((*writer)->gen);
		free(*writer);
	}
	errno = saved;
}

/* keep_failure() - keep the first failure, after which nothing is written: yajl would not be safe
 */
static void keep_failure(struct v6_json_writer *w, const char *key, yajl_gen_status status)
{
	if (status == yajl_gen_status_ok)
		return;

	v6_fail(&w->error, -EINVAL, "\"%s\": cannot write it: %s", V6_SHOWN(key ? key : ""),
		status == yajl_gen_invalid_string ? "the text is not UTF-8" : "calls out of order");
}

/* make_sure_of_memory() - for one more member, with a string of @size. Return: false: writing
 * failed
 */
static bool make_sure_of_memory(struct v6_json_writer *w, size_t size)
{
	const unsigned char *text;
	size_t needed = BYTES_PER_BYTE * size + BYTES_OF_A_MEMBER, used = 0;

	if (w->error.code)
		return false;
	if (needed > w->room) {
		yajl_gen_get_buf(w->gen, &text, &used);
		w->room = used + needed + TEXT_ROOM;
		if (!v6_afford(YAJL_ROOM_PER_BYTE * (used + w->room)))
			v6_fail(&w->error, -ENOMEM, "out of memory");
	}
	w->room -= needed;
	return !w->error.code;
}

static void write_json_string(struct v6_json_writer *w, const char *key, const char *text,
			      size_t size)
{
	keep_failure(w, key, yajl_gen_string(w->gen, (const unsigned char *)text, size));
}

/* write_json_key() - write a member's name, if any. Return: false: writing failed, now or before */
static bool write_json_key(struct v6_json_writer *w, const char *key)
{
	size_t size = key ? strlen(key) : 0;

	if (make_sure_of_memory(w, size) && key)
		write_json_string(w, key, key, size);
	return !w->error.code;
}

void v6_json_begin_object(struct v6_json_writer *w, const char *key)
{
	w->depth++;
	if (write_json_key(w, key))
		keep_failure(w, key, yajl_gen_map_open(w->gen));
}

void v6_json_end_object(struct v6_json_writer *w)
{
	w->depth--;
	if (write_json_key(w, NULL))
		keep_failure(w, NULL, yajl_gen_map_close(w->gen));
}

void v6_json_begin_array(struct v6_json_writer *w, const char *key)
{
	w->depth++;
	if (write_json_key(w, key))
		keep_failure(w, key, yajl_gen_array_open(w->gen));
}

void v6_json_end_array(struct v6_json_writer *w)
{
	w->depth--;
	if (write_json_key(w, NULL))
		keep_failure(w, NULL, yajl_gen_array_close(w->gen));
}

void v6_json_put_string(struct v6_json_writer *w, const char *key, const char *value)
{
	size_t size = strlen(value);

	if (write_json_key(w, key) && make_sure_of_memory(w, size))
		write_json_string(w, key, value, size);
}

void v6_json_put_integer(struct v6_json_writer *w, const char *key, long long value)
{
	if (write_json_key(w, key))
		keep_failure(w, key, yajl_gen_integer(w->gen, value));
}

void v6_json_put_bool(struct v6_json_writer *w, const char *key, bool value)
{
	if (write_json_key(w, key))
		keep_failure(w, key, yajl_gen_bool(w->gen, value));
}

int v6_json_finish(struct v6_json_writer *w, const char **ret_text, size_t *ret_size,
		   struct v6_error *err)
{
	const unsigned char *text = NULL;
	size_t size = 0;

	if (write_json_key(w, NULL))
		keep_failure(w, NULL, yajl_gen_get_buf(w->gen, &text, &size));
	if (!w->error.code && (w->depth != 0 || size == 0))
		keep_failure(w, NULL, yajl_gen_in_error_state);
	if (w->error.code)
		return v6_fail(err, w->error.code, "%s", w->error.text);

	*ret_text = (const char *)text;
	*ret_size = size;
	return 0;
}
