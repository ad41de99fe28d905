/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON, written by yajl. */
#ifndef V6_BASE_JSON_WRITER_H
#define V6_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include <libv6/base.h>

struct v6_json_writer; /* a text being written */

/*
 * Writing: calls in the order of the text; a failure is sticky and comes out of v6_json_finish().
 * @key is NULL inside an array.
 */
int v6_json_writer_new(struct v6_json_writer **ret_writer, struct v6_error *err);
void v6_json_writer_cleanup(struct v6_json_writer **writer);
void v6_json_begin_object(struct v6_json_writer *w, const char *key);
void v6_json_end_object(struct v6_json_writer *w);
void v6_json_begin_array(struct v6_json_writer *w, const char *key);
void v6_json_end_array(struct v6_json_writer *w);
void v6_json_put_string(struct v6_json_writer *w, const char *key, const char *value);
void v6_json_put_integer(struct v6_json_writer *w, const char *key, long long value);
void v6_json_put_bool(struct v6_json_writer *w, const char *key, bool value);

/**
 * v6_json_finish() - The text written, indented, with a final newline
 * @ret_text:	Borrowed from the writer; NUL-terminated
 * @ret_size:	Bytes without the NUL
 *
 * Return: 0, or the first failure of any call before (-ENOMEM, -EINVAL for text that is not UTF-8)
 */
int v6_json_finish(struct v6_json_writer *w, const char **ret_text, size_t *ret_size,
		   struct v6_error *err);

#endif
