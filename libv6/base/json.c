/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read JSON in one pass of yajl into a tree with typed getters, and write it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

/*
 * yajl does not check what malloc() returns. This is what it allocates for a parser, which
 * also copies strings that have escapes.
 */
#define YAJL_ROOM	   16384
#define YAJL_ROOM_PER_BYTE 4

enum kind { KIND_NULL, KIND_OBJECT, KIND_ARRAY, KIND_STRING, KIND_NUMBER, KIND_TRUE, KIND_FALSE };

/**
 * struct v6_json - A value
 * @key:	Its name, or NULL: it is no member of an object
 * @text:	A string, or the digits of a number
 * @members:	Of an object or an array, @n of them
 * @line:	Line of the text that it begins on, or its key
 * @span:	Its bytes in the text; @begin is not known of strings, numbers, true and false
 */
struct v6_json {
	enum kind kind;
	const char *key, *text;
	struct v6_json *members;
	size_t n, line;
	struct v6_json_span span;
};

/* struct document - a root, and the strings of all its values */
struct document {
	struct v6_json root;
	char strings[];
};

/**
 * struct reader - A text that is being read
 * @document:	Receives strings and, at the end, the root
 * @string:	Where the next string goes. With its NUL, none is longer than in the text, where it
 *		has quotes, or a delimiter behind a number
 * @values:	Those that have no parent yet, @n of @room; the last ones belong to the innermost of
 *		the @depth objects and arrays whose indices in @values are in @open
 * @key:	Name of the next value, or NULL; on line @key_line
 * @end:	Where the newest token ends, on line @line
 * @ended:	The parser has all of the text
 * @stopped:	A callback stopped the parser; @cause says why, NULL: memory is short
 */
struct reader {
	const char *text;
	size_t size;
	yajl_handle parser;
	struct document *document;
	char *string;
	struct v6_json *values;
	size_t n, room, open[V6_JSON_DEPTH_MAX], depth;
	const char *key;
	size_t key_line, line, end;
	bool ended, stopped;
	const char *cause;
};

static void free_values(struct v6_json *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free_values(values[i].members, values[i].n);
	free(values);
}

static void release_reader(struct reader *reader)
{
	free_values(reader->values, reader->n);
	free(reader->document);
	if (reader->parser)
		yajl_free(reader->parser);
}

/* stop_parser() - Return: 0, as callbacks do to stop the parser; otherwise they return 1 */
static int stop_parser(struct reader *reader, const char *cause)
{
	reader->stopped = true;
	reader->cause = cause;
	return 0;
}

/* update_place() - set @end and @line to those of the token that yajl calls back for */
static void update_place(struct reader *reader)
{
	size_t end = reader->ended ? reader->size : yajl_get_bytes_consumed(reader->parser);

	for (; reader->end < end; reader->end++)
		reader->line += reader->text[reader->end] == '\n';
}

/* take_string() - refuse \u0000, which would cut a C string short. Return: NULL: refused */
static const char *take_string(struct reader *reader, const void *text, size_t size)
{
	const char *copy = reader->string;

	if (memchr(text, '\0', size)) {
		stop_parser(reader, "a string holds a NUL character");
		return NULL;
	}
	reader->string = mempcpy(reader->string, text, size);
	*reader->string++ = '\0';
	return copy;
}

/* add_value() - add a value to the innermost object or array; its span is the last @size bytes */
static int add_value(struct reader *reader, enum kind kind, const char *text, size_t size)
{
	struct v6_json *larger;

	update_place(reader);
	if (reader->n == reader->room) {
		reader->room = 2 * reader->room + 16;
		larger = reallocarray(reader->values, reader->room, sizeof(*larger));
		if (!larger)
			return stop_parser(reader, NULL);
		reader->values = larger;
	}
	reader->values[reader->n++] = (struct v6_json){
		.kind = kind,
		.key = reader->key,
		.text = text,
		.line = reader->key ? reader->key_line : reader->line,
		.span = {reader->end - size, reader->end},
	};
	reader->key = NULL;
	return 1;
}

static int add_null(void *context)
{
	return add_value(context, KIND_NULL, NULL, strlen("null"));
}

static int add_bool(void *context, int value)
{
	return add_value(context, value ? KIND_TRUE : KIND_FALSE, NULL, 0);
}

static int add_number(void *context, const char *text, size_t size)
{
	return add_value(context, KIND_NUMBER, take_string(context, text, size), 0);
}

static int add_string(void *context, const unsigned char *text, size_t size)
{
	const char *copy = take_string(context, text, size);

	return copy && add_value(context, KIND_STRING, copy, 0);
}

static int set_key(void *context, const unsigned char *text, size_t size)
{
	struct reader *reader = context;

	reader->key = take_string(reader, text, size);
	update_place(reader);
	reader->key_line = reader->line;
	return reader->key != NULL;
}

static int open_value(struct reader *reader, enum kind kind)
{
	if (reader->depth == V6_JSON_DEPTH_MAX)
		return stop_parser(reader, "nested too deeply");
	reader->open[reader->depth++] = reader->n;
	return add_value(reader, kind, NULL, 1);
}

static int open_object(void *context)
{
	return open_value(context, KIND_OBJECT);
}

static int open_array(void *context)
{
	return open_value(context, KIND_ARRAY);
}

/* close_value() - move what has been added since to the innermost object or array */
static int close_value(void *context)
{
	struct reader *reader = context;
	size_t at = reader->open[--reader->depth], n = reader->n - at - 1;
	struct v6_json *value = &reader->values[at];

	update_place(reader);
	value->span.end = reader->end;
	if (n == 0)
		return 1;
	value->members = malloc(n * sizeof(*value));
	if (!value->members)
		return stop_parser(reader, NULL);
	memcpy(value->members, value + 1, n * sizeof(*value));
	value->n = n;
	reader->n -= n;
	return 1;
}

static const yajl_callbacks reader_callbacks = {
	.yajl_null = add_null,
	.yajl_boolean = add_bool,
	.yajl_number = add_number,
	.yajl_string = add_string,
	.yajl_map_key = set_key,
	.yajl_start_map = open_object,
	.yajl_end_map = close_value,
	.yajl_start_array = open_array,
	.yajl_end_array = close_value,
};

static int fail_json_memory(struct v6_error *err)
{
	return v6_fail(err, -ENOMEM, "out of memory");
}

/* fail_at() - fail with the line and column, in characters, of the byte at @offset */
static int fail_at(const struct reader *reader, size_t offset, const char *cause,
		   struct v6_error *err)
{
	const char *text = reader->text;
	size_t i, line = 1, column = 1;

	/* RFC 3629 section 3: bytes after a character's first are 10xxxxxx */
	for (i = 0; i < offset; i++) {
		line += text[i] == '\n';
		column += i + 1 == reader->size || (text[i + 1] & 0xc0) != 0x80;
		column = text[i] == '\n' ? 1 : column;
	}
	return v6_fail(err, -EINVAL, "line %zu, column %zu: %s", line, column, cause);
}

/* fail_parse() - fail in yajl's words, without its "parse error: " in front and ".\n" behind */
static int fail_parse(const struct reader *reader, size_t offset, struct v6_error *err)
{
	unsigned char *message = yajl_get_error(reader->parser, 0, NULL, 0);
	char *cause = message ? strstr((char *)message, "error: ") : NULL;
	int ret;

	if (cause)
		cause[strcspn(cause, ".\n")] = '\0';
	ret = fail_at(reader, offset, cause ? cause + strlen("error: ") : "malformed", err);
	if (message)
		yajl_free_error(reader->parser, message);
	return ret;
}

/* read_json() - read all values into the reader's only one */
static int read_json(struct reader *reader, struct v6_error *err)
{
	yajl_status status =
		yajl_parse(reader->parser, (const unsigned char *)reader->text, reader->size);
	size_t offset = yajl_get_bytes_consumed(reader->parser);

	reader->ended = status == yajl_status_ok;
	if (reader->ended)
		status = yajl_complete_parse(reader->parser);
	if (status == yajl_status_ok)
		return 0;
	if (reader->stopped && !reader->cause)
		return fail_json_memory(err);
	if (reader->ended)
		return fail_at(reader, reader->size, "the text ends too early", err);
	if (offset > 0)
		offset--; /* the last byte taken is at fault, in strings the next one */
	return reader->cause ? fail_at(reader, offset, reader->cause, err)
			     : fail_parse(reader, offset, err);
}

static int parse_text(const char *text, size_t size, bool comments, struct v6_json **ret_root,
		      struct v6_error *err)
{
	struct reader auto_call(release_reader) reader = {.text = text, .size = size, .line = 1};
	size_t length = size > 0 ? strnlen(text, size) : 0;
	int ret;

	/* a comment may hold one */
	if (length < size)
		return fail_at(&reader, length, "NUL character", err);
	if (!v6_afford(YAJL_ROOM_PER_BYTE * size + YAJL_ROOM))
		return fail_json_memory(err);
	reader.document = malloc(sizeof(*reader.document) + size + 1);
	reader.parser = yajl_alloc(&reader_callbacks, NULL, &reader);
	if (!reader.document || !reader.parser)
		return fail_json_memory(err);
	reader.string = reader.document->strings;
	yajl_config(reader.parser, yajl_allow_comments, comments);

	ret = read_json(&reader, err);
	if (ret == 0) {
		reader.document->root = reader.values[--reader.n];
		*ret_root = &v6_steal_pointer(&reader.document)->root;
	}
	return ret;
}

int v6_json_parse(const char *text, size_t size, struct v6_json **ret_root, struct v6_error *err)
{
	return parse_text(text, size, true, ret_root, err);
}

int v6_json_parse_plain(const char *text, size_t size, struct v6_json **ret_root,
			struct v6_error *err)
{
	return parse_text(text, size, false, ret_root, err);
}

void v6_json_free(struct v6_json *root)
{
	if (root)
		free_values(root->members, root->n);
	free(root); /* and the document, of which it is the first member */
}

void v6_json_cleanup(struct v6_json **root)
{
	int saved = errno;

	v6_json_free(*root);
	errno = saved;
}

/*
 * Getters
 */

static bool is_kind(const struct v6_json *value, enum kind kind)
{
	return value && value->kind == kind;
}

/* find_json_key() - Return: the first member of that name; NULL: there is none */
static const struct v6_json *find_json_key(const struct v6_json *object, const char *key)
{
	size_t i;

	for (i = 0; is_kind(object, KIND_OBJECT) && i < object->n; i++)
		if (strcmp(object->members[i].key, key) == 0)
			return &object->members[i];
	return NULL;
}

/* get_value() - a member that must be of @kind or @other, which messages call @expected
 *
 * Return: NULL with a negative errno in *ret_code
 */
static const struct v6_json *get_value(const struct v6_json *object, const char *key,
				       enum kind kind, enum kind other, const char *expected,
				       int *ret_code, struct v6_error *err)
{
	const struct v6_json *value = find_json_key(object, key);

	*ret_code = 0;
	if (!value)
		*ret_code = v6_fail(err, -ENOENT, "\"%s\": missing", V6_SHOWN(key));
	else if (value->kind != kind && value->kind != other)
		*ret_code = v6_fail(err, -EINVAL, "\"%s\": expected %s", V6_SHOWN(key), expected);
	return *ret_code < 0 ? NULL : value;
}

int v6_json_object(const struct v6_json *object, const char *key, const struct v6_json **ret_value,
		   struct v6_error *err)
{
	int ret;
	const struct v6_json *value =
		get_value(object, key, KIND_OBJECT, KIND_OBJECT, "an object", &ret, err);

	if (value)
		*ret_value = value;
	return ret;
}

int v6_json_array(const struct v6_json *object, const char *key, const struct v6_json **ret_value,
		  struct v6_error *err)
{
	int ret;
	const struct v6_json *value =
		get_value(object, key, KIND_ARRAY, KIND_ARRAY, "an array", &ret, err);

	if (value)
		*ret_value = value;
	return ret;
}

int v6_json_string(const struct v6_json *object, const char *key, const char **ret_value,
		   struct v6_error *err)
{
	int ret;
	const struct v6_json *value =
		get_value(object, key, KIND_STRING, KIND_STRING, "a string", &ret, err);

	if (value)
		*ret_value = value->text;
	return ret;
}

int v6_json_integer(const struct v6_json *object, const char *key, long long min, long long max,
		    long long *ret_value, struct v6_error *err)
{
	long long number;
	char *end;
	int ret;
	const struct v6_json *value =
		get_value(object, key, KIND_NUMBER, KIND_NUMBER, "an integer", &ret, err);

	if (!value)
		return ret;

	errno = 0;
	number = strtoll(value->text, &end, 10);
	if (*end)
		return v6_fail(err, -EINVAL, "\"%s\": expected an integer", V6_SHOWN(key));
	if (errno || number < min || number > max)
		return v6_fail(err, -EINVAL, "\"%s\": expected an integer from %lld to %lld",
			       V6_SHOWN(key), min, max);

	*ret_value = number;
	return 0;
}

int v6_json_bool(const struct v6_json *object, const char *key, bool *ret_value,
		 struct v6_error *err)
{
	int ret;
	const struct v6_json *value =
		get_value(object, key, KIND_TRUE, KIND_FALSE, "true or false", &ret, err);

	if (value)
		*ret_value = value->kind == KIND_TRUE;
	return ret;
}

bool v6_json_is_object(const struct v6_json *value)
{
	return is_kind(value, KIND_OBJECT);
}

bool v6_json_is_null(const struct v6_json *object, const char *key)
{
	return is_kind(find_json_key(object, key), KIND_NULL);
}

size_t v6_json_size(const struct v6_json *value)
{
	return value ? value->n : 0;
}

const char *v6_json_key(const struct v6_json *object, size_t i)
{
	return i < v6_json_size(object) ? object->members[i].key : NULL;
}

const struct v6_json *v6_json_member(const struct v6_json *value, size_t i)
{
	return i < v6_json_size(value) ? &value->members[i] : NULL;
}

const char *v6_json_text(const struct v6_json *value)
{
	return is_kind(value, KIND_STRING) ? value->text : NULL;
}

size_t v6_json_line(const struct v6_json *value)
{
	return value->line;
}

int v6_json_span(const struct v6_json *value, struct v6_json_span *ret_span)
{
	if (value->kind > KIND_ARRAY)
		return -EINVAL;
	*ret_span = value->span;
	return 0;
}
