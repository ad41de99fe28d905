/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in its text a value of a tree is.
 *
 * Values are numbered in the order of the text, in which the tree holds them, too: a pass over the
 * tree finds the number, and a pass over the text the place of the value that has it.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_parser.h"
#include "base/memory.h"

/* count_to() - count values from @from on in the order of the text, up to @value; true: it is there
 */
static bool count_to(const struct v6_json *from, const struct v6_json *value, size_t *count)
{
	size_t i;

	(*count)++;
	if (from == value)
		return true;
	for (i = 0; i < v6_json_size(from); i++)
		if (count_to(v6_json_member(from, i), value, count))
			return true;
	return false;
}

/* open_parser() - for a pass over a text; NULL: no memory for it */
static yajl_handle open_parser(const yajl_callbacks *callbacks, void *context)
{
	yajl_handle parser = v6_afford(V6_JSON_ROOM) ? yajl_alloc(callbacks, NULL, context) : NULL;

	if (parser)
		yajl_config(parser, yajl_allow_comments, 1);
	return parser;
}

/*
 * The line of a value, for messages
 */

/* struct finder - values that are still to come before the one that is looked for, it included */
struct finder {
	yajl_handle parser;
	const char *text;
	size_t to_come, line;
	bool has_key; /* of the value that comes next; its line is noted */
};

/* here() - the line that the parser is on; tokens do not run over the end of one */
static size_t here(const struct finder *finder)
{
	size_t i, line = 1, consumed = yajl_get_bytes_consumed(finder->parser);

	for (i = 0; i < consumed; i++)
		line += finder->text[i] == '\n';
	return line;
}

static int pass_key(void *context, const unsigned char *text, size_t size)
{
	struct finder *finder = context;

	(void)text;
	(void)size;
	if (finder->to_come == 1)
		finder->line = here(finder);
	finder->has_key = true;
	return 1;
}

/* pass_value() - a value begins; 0 ends the pass */
static int pass_value(void *context)
{
	struct finder *finder = context;

	if (finder->to_come == 1 && !finder->has_key)
		finder->line = here(finder);
	finder->has_key = false;
	return --finder->to_come > 0;
}

static int pass_bool(void *context, int value)
{
	(void)value;
	return pass_value(context);
}

static int pass_number(void *context, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return pass_value(context);
}

static int pass_string(void *context, const unsigned char *text, size_t size)
{
	(void)text;
	(void)size;
	return pass_value(context);
}

static const yajl_callbacks finder_callbacks = {
	.yajl_null = pass_value,
	.yajl_boolean = pass_bool,
	.yajl_number = pass_number,
	.yajl_string = pass_string,
	.yajl_map_key = pass_key,
	.yajl_start_map = pass_value,
	.yajl_start_array = pass_value,
};

size_t v6_json_line(const char *text, size_t size, const struct v6_json *root,
		    const struct v6_json *value)
{
	auto_call(v6_json_parser_cleanup) yajl_handle parser = NULL;
	struct finder finder = {.text = text};

	if (!count_to(root, value, &finder.to_come))
		return 0;
	parser = open_parser(&finder_callbacks, &finder);
	if (!parser)
		return 0;
	finder.parser = parser;
	yajl_parse(parser, (const unsigned char *)text, size);
	/* of a number at the very end the parser waits for more digits */
	return finder.to_come > 0 ? here(&finder) : finder.line;
}

/*
 * The bytes of a value
 */

/**
 * struct spanner - A pass up to the end of a value
 * @to_come:	As in struct finder
 * @depth:	Of what is open, the value included, once it has begun
 * @span:	Where it is; an end of 0: it is not known
 */
struct spanner {
	yajl_handle parser;
	size_t to_come;
	unsigned int depth;
	struct v6_json_span span;
};

/* meet() - a value begins. Return: whether it is the one */
static bool meet(struct spanner *spanner)
{
	return spanner->depth == 0 && --spanner->to_come == 0;
}

/* meet_other() - a value that is neither null nor has members; 0 ends the pass */
static int meet_other(struct spanner *spanner)
{
	return !meet(spanner);
}

static int meet_null(void *context)
{
	struct spanner *spanner = context;
	size_t consumed = yajl_get_bytes_consumed(spanner->parser);

	if (!meet(spanner))
		return 1;
	spanner->span = (struct v6_json_span){consumed - strlen("null"), consumed};
	return 0;
}

static int meet_bool(void *context, int value)
{
	(void)value;
	return meet_other(context);
}

static int meet_number(void *context, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return meet_other(context);
}

static int meet_string(void *context, const unsigned char *text, size_t size)
{
	(void)text;
	(void)size;
	return meet_other(context);
}

static int meet_open(void *context)
{
	struct spanner *spanner = context;

	if (spanner->depth > 0) {
		spanner->depth++;
	} else if (meet(spanner)) {
		spanner->depth = 1;
		spanner->span.begin = yajl_get_bytes_consumed(spanner->parser) - 1;
	}
	return 1;
}

static int meet_close(void *context)
{
	struct spanner *spanner = context;

	if (spanner->depth == 0 || --spanner->depth > 0)
		return 1;
	spanner->span.end = yajl_get_bytes_consumed(spanner->parser);
	return 0;
}

static const yajl_callbacks spanner_callbacks = {
	.yajl_null = meet_null,
	.yajl_boolean = meet_bool,
	.yajl_number = meet_number,
	.yajl_string = meet_string,
	.yajl_start_map = meet_open,
	.yajl_end_map = meet_close,
	.yajl_start_array = meet_open,
	.yajl_end_array = meet_close,
};

int v6_json_span(const char *text, size_t size, const struct v6_json *root,
		 const struct v6_json *value, struct v6_json_span *ret_span)
{
	auto_call(v6_json_parser_cleanup) yajl_handle parser = NULL;
	struct spanner spanner = {.span = {0, 0}};

	if (!count_to(root, value, &spanner.to_come))
		return -EINVAL;
	parser = open_parser(&spanner_callbacks, &spanner);
	if (!parser)
		return -ENOMEM;
	spanner.parser = parser;
	yajl_parse(parser, (const unsigned char *)text, size);
	if (spanner.span.end == 0)
		return -EINVAL;
	*ret_span = spanner.span;
	return 0;
}
