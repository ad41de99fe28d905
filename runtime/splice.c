/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Insert our hooks into the text of a config.json. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "real.h"
#include "splice.h"

#define TIMEOUT_S 10

/**
 * struct stage - When our hook is called
 * @name:	Its list among the hooks
 * @former:	Another name of it, or NULL
 * @starts:	It comes before the start, not after the end
 */
static const struct stage {
	const char *name, *former;
	bool starts;
} stages[] = {
	{"createRuntime", "prestart", true},
	{"poststop", NULL, false},
};

/**
 * struct splice - A text that our hook for one stage is to be put into
 * @text:	It, @size bytes
 * @root:	What it says
 * @wishes:	What it asks for
 * @hook:	Path of our hook
 * @late:	The hook is told so
 */
struct splice {
	const char *text;
	size_t size;
	const struct stage *stage;
	struct v6_json *root;
	struct wishes wishes;
	const char *hook;
	bool late;
	struct v6_error *err;
};

static void release_splice(struct splice *s)
{
	v6_json_free(s->root);
}

/* find_single() - find a member that may be there only once: a runtime might take the other one.
 * Return: 1, 0 (there is none) or -EINVAL
 */
static int find_single(struct splice *s, const struct v6_json *object, const char *key,
		       const struct v6_json **ret_value)
{
	size_t i, n = 0;

	for (i = 0; i < v6_json_size(object); i++) {
		if (strcmp(v6_json_key(object, i), key) != 0)
			continue;
		*ret_value = v6_json_member(object, i);
		n++;
	}
	if (n > 1)
		return v6_fail(s->err, -EINVAL, "\"%s\" is there twice", key);
	return (int)n;
}

/*
 * Our entry
 */

static void put_wishes(struct v6_json_writer *w, const struct wishes *wishes)
{
	size_t i;

	for (i = 0; i < WISHES_MAX; i++) {
		auto_free char *pair = NULL;

		if (!wishes->values[i])
			continue;
		if (asprintf(&pair, "%s=%s", wishes_key(i), wishes->values[i]) < 0)
			pair = NULL;
		/* without memory: an empty one, which the hook refuses */
		v6_json_put_string(w, NULL, pair ? pair : "");
	}
}

static void put_entry(struct v6_json_writer *w, const struct splice *s)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "path", s->hook);
	v6_json_begin_array(w, "args");
	v6_json_put_string(w, NULL, HOOK_NAME);
	v6_json_put_string(w, NULL, s->stage->name);
	if (s->stage->starts && s->late)
		v6_json_put_string(w, NULL, "--late");
	if (s->stage->starts)
		put_wishes(w, &s->wishes);
	v6_json_end_array(w);
	v6_json_begin_array(w, "env");
	v6_json_put_string(w, NULL, HOOK_ENVIRONMENT);
	v6_json_end_array(w);
	v6_json_put_integer(w, "timeout", TIMEOUT_S);
	v6_json_end_object(w);
}

/* insert_entry() - copy the text with our entry, between @before and @behind, in place of a span.
 * Return: 1 or a negative errno
 */
static int insert_entry(struct splice *s, struct v6_json_span span, const char *before,
			const char *behind, char **ret_text)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	const char *entry;
	size_t size;
	int ret = v6_json_writer_new(&w, s->err);

	if (ret < 0)
		return ret;
	put_entry(w, s);
	ret = v6_json_finish(w, &entry, &size, s->err);
	if (ret < 0)
		return ret;
	/* without the newline at its end */
	if (asprintf(ret_text, "%.*s%s%.*s%s%.*s", (int)span.begin, s->text, before, (int)size - 1,
		     entry, behind, (int)(s->size - span.end), s->text + span.end) < 0)
		return v6_fail(s->err, -ENOMEM, "out of memory");
	return 1;
}

/*
 * Where it goes
 */

/* has_ours() - whether a list of hooks has one of ours already */
static bool has_ours(const struct v6_json *list)
{
	const char *path;
	size_t i;

	for (i = 0; i < v6_json_size(list); i++) {
		if (v6_json_string(v6_json_member(list, i), "path", &path, NULL) == 0 &&
		    strcmp(basename(path), HOOK_NAME) == 0)
			return true;
	}
	return false;
}

/* extend_list() - add our entry to a list that is there, or null */
static int extend_list(struct splice *s, const struct v6_json *list, char **ret_text)
{
	const char *comma = v6_json_size(list) > 0 ? "," : "";
	struct v6_json_span span;

	if (v6_json_is_object(list) || v6_json_span(list, &span) < 0)
		return v6_fail(s->err, -EINVAL, "\"%s\": expected an array", s->stage->name);
	if (s->text[span.begin] == 'n')
		return insert_entry(s, span, "[", "]", ret_text);
	if (s->stage->starts) {
		span.begin = --span.end;
		return insert_entry(s, span, comma, "", ret_text);
	}
	span.end = ++span.begin;
	return insert_entry(s, span, "", comma, ret_text);
}

/* add_list() - add a list to "hooks", which may be missing (NULL), or null */
static int add_list(struct splice *s, const struct v6_json *hooks, char **ret_text)
{
	bool null = hooks && !v6_json_is_object(hooks);
	struct v6_json_span span = {0, 0};
	char before[64];

	v6_json_span(hooks ? hooks : s->root, &span);
	if (!null)
		span.begin = --span.end;
	/* the root is not empty: it asks for something */
	snprintf(before, sizeof(before), "%s\"%s\":[",
		 !hooks			   ? ",\"hooks\":{"
		 : null			   ? "{"
		 : v6_json_size(hooks) > 0 ? ","
					   : "",
		 s->stage->name);
	return insert_entry(s, span, before, hooks && !null ? "]" : "]}", ret_text);
}

/* add_hook() - Return: 1, 0 (there is one of ours) or a negative errno */
static int add_hook(struct splice *s, char **ret_text)
{
	const struct v6_json *hooks = NULL, *list = NULL, *other = NULL;
	int ret = find_single(s, s->root, "hooks", &hooks);

	if (ret > 0 && !v6_json_is_object(hooks) && !v6_json_is_null(s->root, "hooks"))
		return v6_fail(s->err, -EINVAL, "\"hooks\": expected an object");
	if (ret >= 0 && s->stage->former)
		ret = find_single(s, hooks, s->stage->former, &other);
	if (ret >= 0)
		ret = find_single(s, hooks, s->stage->name, &list);
	if (ret < 0 || has_ours(other) || has_ours(list))
		return ret < 0 ? ret : 0;
	return list ? extend_list(s, list, ret_text) : add_list(s, hooks, ret_text);
}

/* read_spliced() - read the text as runtimes do, who know no comments */
static int read_spliced(struct splice *s)
{
	const struct v6_json *unwanted;
	int ret = v6_json_parse_plain(s->text, s->size, &s->root, s->err);

	if (ret == 0 && !v6_json_is_object(s->root))
		ret = v6_fail(s->err, -EINVAL, "expected an object");
	if (ret == 0)
		ret = find_single(s, s->root, "annotations", &unwanted);
	if (ret >= 0)
		ret = find_single(s, s->root, "process", &unwanted);
	if (ret >= 0)
		wishes_read(s->root, &s->wishes);
	return ret < 0 ? ret : 0;
}

int splice_config(const char *text, size_t size, const char *hook, bool late, char **ret_text,
		  size_t *ret_size, bool *ret_optional, struct v6_error *err)
{
	auto_free char *spliced = NULL;
	size_t i;
	int ret;

	for (i = 0; i < V6_ARRAY_SIZE(stages); i++) {
		struct splice auto_call(release_splice)
			s = {text, size, &stages[i], .hook = hook, .late = late, .err = err};
		char *next = NULL;

		ret = read_spliced(&s);
		if (ret == 0)
			*ret_optional = s.wishes.optional;
		if (ret == 0 && s.wishes.asked)
			ret = add_hook(&s, &next);
		if (ret < 0)
			return ret;
		if (!next)
			continue;
		free(spliced);
		text = spliced = next;
		size = strlen(text);
	}
	if (!spliced)
		return 0;
	*ret_text = v6_steal_pointer(&spliced);
	*ret_size = size;
	return 1;
}
