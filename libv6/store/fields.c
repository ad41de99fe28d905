/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures to JSON and back, by tables of their members. */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/json.h"
#include "base/text.h"
#include "store/fields.h"

static bool is_given(const struct v6_field *field, const char *from)
{
	size_t i, n = 0;

	for (i = 0; i < field->given_size; i++)
		n += from[field->given + i] != 0;
	return n > 0;
}

/* low_bytes() - find the bytes of a number that a smaller type has */
static void *low_bytes(long long *number, size_t size)
{
	return (char *)number + (__BYTE_ORDER == __BIG_ENDIAN ? sizeof(*number) - size : 0);
}

/*
 * Writing
 */

static void write_members(struct v6_json_writer *w, const struct v6_field *field, const char *from)
{
	size_t i, n;

	memcpy(&n, from + field->offset_n, sizeof(n));
	v6_json_begin_array(w, field->key);
	for (i = 0; i < n; i++) {
		v6_json_begin_object(w, NULL);
		v6_fields_write(w, field->fields, field->n_fields,
				from + field->offset + i * field->size);
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
}

static void write_object(struct v6_json_writer *w, const struct v6_field *field, const char *from)
{
	if (field->key)
		v6_json_begin_object(w, field->key);
	v6_fields_write(w, field->fields, field->n_fields, from);
	if (field->key)
		v6_json_end_object(w);
}

static void write_member(struct v6_json_writer *w, const struct v6_field *field, const char *from)
{
	const void *at = from + field->offset;
	long long number = 0;

	switch (field->kind) {
	case V6_FIELD_TEXT:
		return v6_json_put_string(w, field->key, at);
	case V6_FIELD_ADDRESS:
		return v6_json_put_string(w, field->key, V6_TEXT((const struct in6_addr *)at));
	case V6_FIELD_WORD:
		return v6_json_put_string(w, field->key, field->print(at));
	case V6_FIELD_INTEGER:
		memcpy(low_bytes(&number, field->size), at, field->size);
		return v6_json_put_integer(w, field->key, number);
	case V6_FIELD_BOOL:
		return v6_json_put_bool(w, field->key, *(const bool *)at);
	case V6_FIELD_OBJECT:
		return write_object(w, field, at);
	case V6_FIELD_LIST:
		return write_members(w, field, from);
	}
}

void v6_fields_write(struct v6_json_writer *w, const struct v6_field *fields, size_t n,
		     const char *from)
{
	const struct v6_field *field;

	for (field = fields; field < fields + n; field++)
		if (field->given_size == 0 || is_given(field, from))
			write_member(w, field, from);
}

/*
 * Reading
 */

/* read_item() - read an object; a member that is missing in it does not make it a missing one */
static int read_item(const struct v6_json *object, const struct v6_field *field, char *to,
		     struct v6_error *err)
{
	int ret = v6_fields_read(object, field->fields, field->n_fields, to, err);

	return ret == -ENOENT ? -EINVAL : ret;
}

static int read_list(const struct v6_json *object, const struct v6_field *field, char *to,
		     struct v6_error *err)
{
	const struct v6_json *list;
	size_t i, n, max = (size_t)field->max;
	int ret = v6_json_array(object, field->key, &list, err);

	if (ret < 0)
		return ret;
	n = v6_json_size(list);
	if (n == 0 || n > max)
		return v6_fail(err, -EINVAL, "\"%s\": %zu items, but 1 to %zu can be", field->key,
			       n, max);
	for (i = 0; i < n; i++) {
		if (!v6_json_is_object(v6_json_member(list, i)))
			return v6_fail(err, -EINVAL, "\"%s\": expected objects", field->key);
		ret = read_item(v6_json_member(list, i), field,
				to + field->offset + i * field->size, err);
		if (ret < 0)
			return v6_context(err, ret, "\"%s\"", field->key);
	}
	memcpy(to + field->offset_n, &n, sizeof(n));
	return 0;
}

static int read_text_field(const struct v6_json *object, const struct v6_field *field, void *at,
			   struct v6_error *err)
{
	const char *text;
	int ret = v6_json_string(object, field->key, &text, err);
	bool good;

	if (ret < 0)
		return ret;
	if (field->kind == V6_FIELD_ADDRESS)
		good = v6_address_parse(text, at) == 0;
	else if (field->kind == V6_FIELD_WORD)
		good = field->parse(text, at) == 0;
	else
		good = strlen(text) < field->size && (!field->is_valid || field->is_valid(text));
	if (good && field->kind == V6_FIELD_TEXT)
		strcpy(at, text);
	if (good)
		return 0;
	return field->complaint ? v6_fail(err, -EINVAL, "\"%s\": \"%s\" %s", field->key,
					  V6_SHOWN(text), field->complaint)
				: v6_fail(err, -EINVAL, "\"%s\": too long", field->key);
}

static int read_integer(const struct v6_json *object, const struct v6_field *field, void *at,
			struct v6_error *err)
{
	long long number;
	int ret = v6_json_integer(object, field->key, field->min, field->max, &number, err);

	if (ret == 0)
		memcpy(at, low_bytes(&number, field->size), field->size);
	return ret;
}

static int read_object(const struct v6_json *object, const struct v6_field *field, char *to,
		       struct v6_error *err)
{
	const struct v6_json *inner = object;
	int ret = field->key ? v6_json_object(object, field->key, &inner, err) : 0;

	if (ret == 0 && field->given_size > 0)
		to[field->given] = true;
	return ret < 0 ? ret : read_item(inner, field, to + field->offset, err);
}

static int read_field(const struct v6_json *object, const struct v6_field *field, char *to,
		      struct v6_error *err)
{
	void *at = to + field->offset;

	switch (field->kind) {
	case V6_FIELD_INTEGER:
		return read_integer(object, field, at, err);
	case V6_FIELD_BOOL:
		return v6_json_bool(object, field->key, at, err);
	case V6_FIELD_OBJECT:
		return read_object(object, field, to, err);
	case V6_FIELD_LIST:
		return read_list(object, field, to, err);
	default:
		return read_text_field(object, field, at, err);
	}
}

int v6_fields_read(const struct v6_json *object, const struct v6_field *fields, size_t n, char *to,
		   struct v6_error *err)
{
	const struct v6_field *field;
	int ret = 0;

	for (field = fields; field < fields + n && ret == 0; field++) {
		ret = read_field(object, field, to, err);
		if (ret == -ENOENT &&
		    (field->may_miss || (field->given_size > 0 && !is_given(field, to))))
			ret = 0;
		else if (ret == 0 && field->check)
			ret = field->check(to, err);
	}
	return ret;
}
