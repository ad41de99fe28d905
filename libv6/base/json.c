/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON by yajl: a checking pass, a tree with typed getters, a writer with a sticky status. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_parser.h"
#include "base/memory.h"
#include "base/text.h"

/* What yajl allocates for a byte of text: "[1,1]" takes a value, its text and a pointer for each
 * two
 */
#define ROOM_PER_BYTE 64

/*
 * Reading, first pass: what must not reach the tree parser
 */

struct check {
	unsigned int depth;
	const char *cause; /* why a callback stopped the parser, or NULL */
};

/* check_string() - refuse \u0000, which would cut a C string short */
static int check_string(void *context, const unsigned char *text, size_t size)
{
	struct check *check = context;

	if (!memchr(text, '\0', size))
		return 1;

	check->cause = "a string holds a NUL character";
	return 0;
}

static int check_open(void *context)
{
	struct check *check = context;

	if (++check->depth <= V6_JSON_DEPTH_MAX)
		return 1;

	check->cause = "nested too deeply";
	return 0;
}

static int check_close(void *context)
{
	struct check *check = context;

	check->depth--;
	return 1;
}

static const yajl_callbacks check_callbacks = {
	.yajl_string = check_string,
	.yajl_map_key = check_string,
	.yajl_start_map = check_open,
	.yajl_end_map = check_close,
	.yajl_start_array = check_open,
	.yajl_end_array = check_close,
};

/* fail_at() - an error with the line and column, in characters, of the byte at @offset; of @cause
 * at most @size bytes, all where it is negative
 */
static int fail_at(struct v6_error *err, const char *text, size_t offset, const char *cause,
		   int size)
{
	size_t i, line = 1, column = 1;

	for (i = 0; i < offset; i++) {
		/* RFC 3629 section 3: bytes after a character's first are 10xxxxxx */
		if (((unsigned char)text[i + 1] & 0xc0) != 0x80)
			column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	return v6_fail(err, -EINVAL, "line %zu, column %zu: %.*s", line, column, size, cause);
}

/* fail_parse() - an error in yajl's words, without its "parse error: " in front and '.' behind */
static int fail_parse(struct v6_error *err, yajl_handle parser, const char *text, size_t offset)
{
	unsigned char *message = yajl_get_error(parser, 0, NULL, 0);
	const char *cause = message ? (const char *)message : "malformed", *colon;
	size_t size = strcspn(cause, "\n");
	int ret;

	colon = strstr(cause, "error: ");
	if (colon) {
		size -= (size_t)(colon - cause) + strlen("error: ");
		cause = colon + strlen("error: ");
	}
	if (size > 0 && cause[size - 1] == '.')
		size--;

	ret = fail_at(err, text, offset, cause, (int)size);
	if (message)
		yajl_free_error(parser, message);
	return ret;
}

/* check_text() - go over the whole text without keeping anything; @text is NUL-terminated */
static int check_text(const char *text, size_t size, bool comments, struct v6_error *err)
{
	auto_call(v6_json_parser_cleanup) yajl_handle parser = NULL;
	struct check check = {0};
	size_t consumed;

	/* the tree parser would stop at it, and a comment may hold one */
	if (strlen(text) != size)
		return fail_at(err, text, strlen(text), "NUL character", -1);

	parser = yajl_alloc(&check_callbacks, NULL, &check);
	if (!parser)
		return v6_fail(err, -ENOMEM, "out of memory");

	yajl_config(parser, yajl_allow_comments, comments);

	if (yajl_parse(parser, (const unsigned char *)text, size) != yajl_status_ok) {
		consumed = yajl_get_bytes_consumed(parser);
		if (consumed > 0)
			consumed--; /* the last byte taken is at fault, in strings the next one */
		if (check.cause)
			return fail_at(err, text, consumed, check.cause, -1);
		return fail_parse(err, parser, text, consumed);
	}
	if (yajl_complete_parse(parser) != yajl_status_ok)
		return fail_at(err, text, size, "the text ends too early", -1);
	return 0;
}

/*
 * Reading, second pass: the tree
 */

static const struct yajl_val_s *node(const struct v6_json *value)
{
	return (const struct yajl_val_s *)value;
}

/* terminate() - a copy of a text with a NUL behind; NULL: no memory for it, or for its tree */
static char *terminate(const char *text, size_t size)
{
	char *copy = v6_afford(ROOM_PER_BYTE * size + V6_JSON_ROOM) ? malloc(size + 1) : NULL;

	if (copy && size > 0)
		memcpy(copy, text, size);
	if (copy)
		copy[size] = '\0';
	return copy;
}

int v6_json_check(const char *text, size_t size, struct v6_error *err)
{
	auto_free char *copy = terminate(text, size);

	return copy ? check_text(copy, size, false, err) : v6_fail(err, -ENOMEM, "out of memory");
}

int v6_json_parse(const char *text, size_t size, struct v6_json **ret_root, struct v6_error *err)
{
	auto_free char *copy = terminate(text, size);
	yajl_val root;
	int ret;

	if (!copy)
		return v6_fail(err, -ENOMEM, "out of memory");
	/* comments as yajl_tree_parse() does, so that both passes agree on every text */
	ret = check_text(copy, size, true, err);
	if (ret < 0)
		return ret;

	/* the text is good, so nothing else is left to go wrong */
	root = yajl_tree_parse(copy, NULL, 0);
	if (!root)
		return v6_fail(err, -ENOMEM, "out of memory");

	*ret_root = (struct v6_json *)root;
	return 0;
}

void v6_json_free(struct v6_json *root)
{
	yajl_tree_free((yajl_val)root);
}

void v6_json_cleanup(struct v6_json **root)
{
	int saved = errno;

	v6_json_free(*root);
	errno = saved;
}

/* find() - member of an object, the first one of that name, or NULL */
static const struct yajl_val_s *find(const struct v6_json *object, const char *key)
{
	size_t i;

	if (!YAJL_IS_OBJECT(node(object)))
		return NULL;

	for (i = 0; i < node(object)->u.object.len; i++)
		if (strcmp(node(object)->u.object.keys[i], key) == 0)
			return node(object)->u.object.values[i];
	return NULL;
}

static int fail_missing(struct v6_error *err, const char *key)
{
	return v6_fail(err, -ENOENT, "\"%s\": missing", V6_SHOWN(key));
}

static int fail_type(struct v6_error *err, const char *key, const char *expected)
{
	return v6_fail(err, -EINVAL, "\"%s\": expected %s", V6_SHOWN(key), expected);
}

/* get() - member of an object that must be of @type, which messages call @expected */
static int get(const struct v6_json *object, const char *key, yajl_type type, const char *expected,
	       const struct v6_json **ret_value, struct v6_error *err)
{
	const struct yajl_val_s *value = find(object, key);

	if (!value)
		return fail_missing(err, key);
	if (value->type != type)
		return fail_type(err, key, expected);

	*ret_value = (const struct v6_json *)value;
	return 0;
}

int v6_json_object(const struct v6_json *object, const char *key, const struct v6_json **ret_value,
		   struct v6_error *err)
{
	return get(object, key, yajl_t_object, "an object", ret_value, err);
}

int v6_json_array(const struct v6_json *object, const char *key, const struct v6_json **ret_value,
		  struct v6_error *err)
{
	return get(object, key, yajl_t_array, "an array", ret_value, err);
}

int v6_json_string(const struct v6_json *object, const char *key, const char **ret_value,
		   struct v6_error *err)
{
	const struct v6_json *value = NULL;
	int ret;

	ret = get(object, key, yajl_t_string, "a string", &value, err);
	if (ret < 0)
		return ret;

	*ret_value = v6_json_text(value);
	return 0;
}

int v6_json_integer(const struct v6_json *object, const char *key, long long min, long long max,
		    long long *ret_value, struct v6_error *err)
{
	const struct v6_json *value = NULL;
	long long number;
	char *end;
	int ret;

	ret = get(object, key, yajl_t_number, "an integer", &value, err);
	if (ret < 0)
		return ret;

	/* not yajl's own value: yajl 2.1 overflows just above LLONG_MAX without notice */
	errno = 0;
	number = strtoll(node(value)->u.number.r, &end, 10);
	if (*end)
		return fail_type(err, key, "an integer");
	if (errno || number < min || number > max)
		return v6_fail(err, -EINVAL, "\"%s\": expected an integer from %lld to %lld",
			       V6_SHOWN(key), min, max);

	*ret_value = number;
	return 0;
}

int v6_json_bool(const struct v6_json *object, const char *key, bool *ret_value,
		 struct v6_error *err)
{
	const struct yajl_val_s *value = find(object, key);

	if (!value)
		return fail_missing(err, key);
	if (!YAJL_IS_TRUE(value) && !YAJL_IS_FALSE(value))
		return fail_type(err, key, "true or false");

	*ret_value = YAJL_IS_TRUE(value);
	return 0;
}

bool v6_json_is_object(const struct v6_json *value)
{
	return YAJL_IS_OBJECT(node(value));
}

bool v6_json_is_null(const struct v6_json *object, const char *key)
{
	return YAJL_IS_NULL(find(object, key));
}

size_t v6_json_size(const struct v6_json *value)
{
	if (YAJL_IS_OBJECT(node(value)))
		return node(value)->u.object.len;
	if (YAJL_IS_ARRAY(node(value)))
		return node(value)->u.array.len;
	return 0;
}

const char *v6_json_key(const struct v6_json *object, size_t i)
{
	if (!YAJL_IS_OBJECT(node(object)) || i >= node(object)->u.object.len)
		return NULL;
	return node(object)->u.object.keys[i];
}

const struct v6_json *v6_json_member(const struct v6_json *value, size_t i)
{
	if (i >= v6_json_size(value))
		return NULL;
	if (YAJL_IS_OBJECT(node(value)))
		return (const struct v6_json *)node(value)->u.object.values[i];
	return (const struct v6_json *)node(value)->u.array.values[i];
}

const char *v6_json_text(const struct v6_json *value)
{
	return YAJL_GET_STRING(node(value));
}

/*
 * Writing
 */

struct v6_json_writer {
	yajl_gen gen;
	unsigned int depth;
	struct v6_error error; /* the first one; a code of 0 is none */
};

int v6_json_writer_new(struct v6_json_writer **ret_writer, struct v6_error *err)
{
	struct v6_json_writer *w = v6_afford(V6_JSON_ROOM) ? calloc(1, sizeof(*w)) : NULL;

	if (!w)
		return v6_fail(err, -ENOMEM, "out of memory");
	w->gen = yajl_gen_alloc(NULL);
	if (!w->gen) {
		free(w);
		return v6_fail(err, -ENOMEM, "out of memory");
	}
	yajl_gen_config(w->gen, yajl_gen_beautify, 1);
	yajl_gen_config(w->gen, yajl_gen_indent_string, "  ");
	yajl_gen_config(w->gen, yajl_gen_validate_utf8, 1);

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

/* note() - keep a failure; callers ask whether one is kept already before they write */
static void note(struct v6_json_writer *w, const char *key, yajl_gen_status status)
{
	if (status == yajl_gen_status_ok)
		return;

	v6_fail(&w->error, -EINVAL, "\"%s\": cannot write it: %s", V6_SHOWN(key ? key : ""),
		status == yajl_gen_invalid_string ? "the text is not UTF-8" : "calls out of order");
}

/* put_key() - write a member's name; false where writing has failed before or just now */
static bool put_key(struct v6_json_writer *w, const char *key)
{
	if (key && !w->error.code)
		note(w, key, yajl_gen_string(w->gen, (const unsigned char *)key, strlen(key)));
	return !w->error.code;
}

void v6_json_begin_object(struct v6_json_writer *w, const char *key)
{
	w->depth++;
	if (put_key(w, key))
		note(w, key, yajl_gen_map_open(w->gen));
}

void v6_json_end_object(struct v6_json_writer *w)
{
	w->depth--;
	if (put_key(w, NULL))
		note(w, NULL, yajl_gen_map_close(w->gen));
}

void v6_json_begin_array(struct v6_json_writer *w, const char *key)
{
	w->depth++;
	if (put_key(w, key))
		note(w, key, yajl_gen_array_open(w->gen));
}

void v6_json_end_array(struct v6_json_writer *w)
{
	w->depth--;
	if (put_key(w, NULL))
		note(w, NULL, yajl_gen_array_close(w->gen));
}

void v6_json_put_string(struct v6_json_writer *w, const char *key, const char *value)
{
	if (put_key(w, key))
		note(w, key, yajl_gen_string(w->gen, (const unsigned char *)value, strlen(value)));
}

void v6_json_put_integer(struct v6_json_writer *w, const char *key, long long value)
{
	if (put_key(w, key))
		note(w, key, yajl_gen_integer(w->gen, value));
}

void v6_json_put_bool(struct v6_json_writer *w, const char *key, bool value)
{
	if (put_key(w, key))
		note(w, key, yajl_gen_bool(w->gen, value));
}

int v6_json_finish(struct v6_json_writer *w, const char **ret_text, size_t *ret_size,
		   struct v6_error *err)
{
	const unsigned char *text;
	size_t size;

	if (!w->error.code && yajl_gen_get_buf(w->gen, &text, &size) != yajl_gen_status_ok)
		note(w, NULL, yajl_gen_no_buf);
	if (!w->error.code && (w->depth != 0 || size == 0))
		note(w, NULL, yajl_gen_in_error_state);
	if (w->error.code)
		return v6_fail(err, w->error.code, "%s", w->error.text);

	*ret_text = (const char *)text;
	*ret_size = size;
	return 0;
}
