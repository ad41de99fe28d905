/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON in and out. The only room that sees yajl.
 *
 * Reading: one pass of the parser makes a tree whose values know their line. The text is refused if
 * it is nested too deeply, if a string holds a NUL character, or if something follows it. Typed
 * getters name the path of whatever is missing or of the wrong type. Comments as in C and C++ are
 * skipped.
 */
#ifndef V6_BASE_JSON_H
#define V6_BASE_JSON_H

#include <stdbool.h>

#include <libv6/base.h>

#include "base/json_writer.h"

/* Deepest nesting accepted; a container state has 2 levels, a record 3. */
#define V6_JSON_DEPTH_MAX 32

struct v6_json; /* a value of a parsed text, borrowed from its root */

/**
 * v6_json_parse() - Check and read a JSON text
 * @text:	Need not be NUL-terminated
 * @size:	Bytes
 * @ret_root:	Set on success; release with v6_json_free()
 * @err:	NULL, or filled in with line and column of the mistake
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_json_parse(const char *text, size_t size, struct v6_json **ret_root, struct v6_error *err);

/* v6_json_parse_plain() - as v6_json_parse(), but refuse comments, which other readers may not know
 */
int v6_json_parse_plain(const char *text, size_t size, struct v6_json **ret_root,
			struct v6_error *err);

/* v6_json_free() - release a root; the cleanup form takes its address */
void v6_json_free(struct v6_json *root);
void v6_json_cleanup(struct v6_json **root);

/*
 * Getters: @object must be a JSON object, @key one of its keys. Each returns 0, -ENOENT (no such
 * key;
 * @err says `"key": missing`) or -EINVAL (wrong type, out of range; @err says `"key": expected
 * ...`). Strings are borrowed from the root. Callers add the path above with v6_context().
 */
int v6_json_object(const struct v6_json *object, const char *key, const struct v6_json **ret_value,
		   struct v6_error *err);
int v6_json_array(const struct v6_json *object, const char *key, const struct v6_json **ret_value,
		  struct v6_error *err);
int v6_json_string(const struct v6_json *object, const char *key, const char **ret_value,
		   struct v6_error *err);
int v6_json_integer(const struct v6_json *object, const char *key, long long min, long long max,
		    long long *ret_value, struct v6_error *err);
int v6_json_bool(const struct v6_json *object, const char *key, bool *ret_value,
		 struct v6_error *err);

/* v6_json_is_object() - whether the value is an object; v6_json_size() - members of an object or
 * array */
bool v6_json_is_object(const struct v6_json *value);
size_t v6_json_size(const struct v6_json *value);

/* v6_json_is_null() - whether @key of an object is there and null, which no getter accepts */
bool v6_json_is_null(const struct v6_json *object, const char *key);

/* v6_json_key() - name of the i-th member of an object; NULL past the end */
const char *v6_json_key(const struct v6_json *object, size_t i);

/* v6_json_member() - i-th member of an object, or item of an array; NULL past the end */
const struct v6_json *v6_json_member(const struct v6_json *value, size_t i);

/* v6_json_text() - the string that a value is, or NULL where it is none */
const char *v6_json_text(const struct v6_json *value);

/* v6_json_line() - line of the text, from 1, on which a value begins, or its key if it has one */
size_t v6_json_line(const struct v6_json *value);

/* struct v6_json_span - bytes of a text, from @begin on up to the one before @end */
struct v6_json_span {
	size_t begin, end;
};

/**
 * v6_json_span() - Get the bytes of an object, an array or a null in the text, brackets included
 * @value:	A value
 * @ret_span:	Set on success
 *
 * Return: 0, or -EINVAL: @value is a string, a number, true or false
 */
int v6_json_span(const struct v6_json *value, struct v6_json_span *ret_span);

#endif
