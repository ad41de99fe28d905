/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Insert our hooks into the text of a config.json. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "real.h"
#include "splice.h"

#define TIMEOUT_S 10
#define EDITS_MAX 3

/* struct edit - bytes of the text that give way to others, often none */
struct edit {
	struct v6_json_span span;
	char *text;
};

/**
 * struct splice - What becomes of a text
 * @text:	It, @size bytes
 * @root:	What it says
 * @wishes:	What it asks for
 * @hook:	Path of our hook
 * @late:	It is told so
 * @edits:	In the order of the text, @n_edits of them
 * @members:	New members of "hooks", or NULL
 */
struct splice {
	const char *text;
	size_t size;
	struct v6_json *root;
	struct wishes wishes;
	const char *hook;
	bool late;
	struct edit edits[EDITS_MAX];
	size_t n_edits;
	char *members;
	struct v6_error *err;
};

static void release_splice(struct splice *s)
{
	size_t i;

	for (i = 0; i < s->n_edits; i++)
		free(s->edits[i].text);
	free(s->members);
	v6_json_free(s->root);
}

static int fail_splice_memory(struct splice *s)
{
	return v6_fail(s->err, -ENOMEM, "out of memory");
}

/* find_single() - that is there once at most: a runtime might take another than we. Return: 1, 0 or
 * errno
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

/* add_edit() - keep an edit, whose text is taken over */
static int add_edit(struct splice *s, size_t begin, size_t end, char *text)
{
	size_t at = s->n_edits;

	if (!text)
		return fail_splice_memory(s);
	for (; at > 0 && s->edits[at - 1].span.begin > begin; at--)
		s->edits[at] = s->edits[at - 1];
	s->edits[at] = (struct edit){{begin, end}, text};
	s->n_edits++;
	return 0;
}

/* join_texts() - texts in one; NULL: no memory for it */
static char *join_texts(const char *a, const char *b, const char *c)
{
	char *text;

	return asprintf(&text, "%s%s%s", a, b, c) < 0 ? NULL : text;
}

/*
 * Our entry
 */

static void put_pairs(struct v6_json_writer *w, const struct wishes *wishes)
{
	auto_free char *pair = NULL;
	size_t i;

	for (i = 0; i < WISHES_MAX; i++) {
		if (!wishes->values[i])
			continue;
		free(pair);
		pair = join_texts(wishes_key(i), "=", wishes->values[i]);
		/* without memory: an empty one, which the hook refuses */
		v6_json_put_string(w, NULL, pair ? pair : "");
	}
}

static void write_entry(struct v6_json_writer *w, const struct splice *s, const char *stage,
			bool starts)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "path", s->hook);
	v6_json_begin_array(w, "args");
	v6_json_put_string(w, NULL, HOOK_NAME);
	v6_json_put_string(w, NULL, stage);
	if (starts && s->late)
		v6_json_put_string(w, NULL, "--late");
	if (starts)
		put_pairs(w, &s->wishes);
	v6_json_end_array(w);
	v6_json_begin_array(w, "env");
	v6_json_put_string(w, NULL, HOOK_ENVIRONMENT);
	v6_json_end_array(w);
	v6_json_put_integer(w, "timeout", TIMEOUT_S);
	v6_json_end_object(w);
}

static int make_entry(struct splice *s, const char *stage, bool starts, char **ret_entry)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	const char *text;
	size_t size;
	int ret = v6_json_writer_new(&w, s->err);

	if (ret < 0)
		return ret;
	write_entry(w, s, stage, starts);
	ret = v6_json_finish(w, &text, &size, s->err);
	if (ret < 0)
		return ret;
	*ret_entry = strndup(text, size > 0 && text[size - 1] == '\n' ? size - 1 : size);
	return *ret_entry ? 0 : fail_splice_memory(s);
}

/*
 * Where it goes
 */

/* has_ours() - whether a list of hooks has one of ours already */
static bool has_ours(const struct v6_json *list)
{
	const char *path, *base;
	size_t i;

	for (i = 0; i < v6_json_size(list); i++) {
		if (v6_json_string(v6_json_member(list, i), "path", &path, NULL) < 0)
			continue;
		base = strrchr(path, '/');
		if (strcmp(base ? base + 1 : path, HOOK_NAME) == 0)
			return true;
	}
	return false;
}

/* add_member() - a stage that "hooks" does not have */
static int add_member(struct splice *s, const char *stage, const char *entry)
{
	char *members;

	if (asprintf(&members, "%s%s\"%s\":[%s]", s->members ? s->members : "",
		     s->members ? "," : "", stage, entry) < 0)
		return fail_splice_memory(s);
	free(s->members);
	s->members = members;
	return 0;
}

/* add_entry() - to a list that is there, or null */
static int add_entry(struct splice *s, const struct v6_json *list, const char *stage, bool starts,
		     const char *entry)
{
	const char *comma = v6_json_size(list) > 0 ? "," : "";
	struct v6_json_span span;

	if (v6_json_is_object(list) || v6_json_span(list, &span) < 0)
		return v6_fail(s->err, -EINVAL, "\"%s\": expected an array", stage);
	if (s->text[span.begin] == 'n')
		return add_edit(s, span.begin, span.end, join_texts("[", entry, "]"));
	if (starts)
		return add_edit(s, span.end - 1, span.end - 1, join_texts(comma, entry, ""));
	return add_edit(s, span.begin + 1, span.begin + 1, join_texts(entry, comma, ""));
}

/* add_stage() - @starts: it is the one before the start; @former: another name of it, or NULL */
static int add_stage(struct splice *s, const struct v6_json *hooks, const char *stage,
		     const char *former, bool starts)
{
	const struct v6_json *list = NULL, *other = NULL;
	auto_free char *entry = NULL;
	int ret = former ? find_single(s, hooks, former, &other) : 0, there;

	if (ret < 0)
		return ret;
	there = find_single(s, hooks, stage, &list);
	if (there < 0)
		return there;
	if (has_ours(other) || has_ours(list))
		return 0;
	ret = make_entry(s, stage, starts, &entry);
	if (ret < 0)
		return ret;
	return there ? add_entry(s, list, stage, starts, entry) : add_member(s, stage, entry);
}

/* add_members() - to "hooks", which may be missing, or null */
static int add_members(struct splice *s, const struct v6_json *hooks)
{
	struct v6_json_span span = {0, 0};

	if (!s->members)
		return 0;
	v6_json_span(hooks ? hooks : s->root, &span);
	if (!hooks)
		/* which is not empty: it asks for something */
		return add_edit(s, span.end - 1, span.end - 1,
				join_texts(",\"hooks\":{", s->members, "}"));
	if (s->text[span.begin] == 'n')
		return add_edit(s, span.begin, span.end, join_texts("{", s->members, "}"));
	return add_edit(s, span.end - 1, span.end - 1,
			join_texts(v6_json_size(hooks) > 0 ? "," : "", s->members, ""));
}

static int add_own_hooks(struct splice *s)
{
	const struct v6_json *hooks = NULL;
	int ret = find_single(s, s->root, "hooks", &hooks);

	if (ret > 0 && !v6_json_is_object(hooks) && !v6_json_is_null(s->root, "hooks"))
		return v6_fail(s->err, -EINVAL, "\"hooks\": expected an object");
	if (ret >= 0)
		ret = add_stage(s, hooks, "createRuntime", "prestart", true);
	if (ret >= 0)
		ret = add_stage(s, hooks, "poststop", NULL, false);
	return ret < 0 ? ret : add_members(s, hooks);
}

/* apply_edits() - the text with all edits */
static int apply_edits(struct splice *s, char **ret_text, size_t *ret_size)
{
	size_t i, from = 0, size = s->size + 1;
	char *text, *end;

	for (i = 0; i < s->n_edits; i++)
		size += strlen(s->edits[i].text);
	text = malloc(size);
	if (!text)
		return fail_splice_memory(s);
	end = text;
	for (i = 0; i < s->n_edits; i++) {
		end = mempcpy(end, s->text + from, s->edits[i].span.begin - from);
		end = stpcpy(end, s->edits[i].text);
		from = s->edits[i].span.end;
	}
	end = mempcpy(end, s->text + from, s->size - from);
	*end = '\0';
	*ret_text = text;
	*ret_size = (size_t)(end - text);
	return 1;
}

/* read_spliced() - check it as runtimes do, who know no comments, and read it */
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
	return ret < 0 ? ret : 0;
}

int splice_config(const char *text, size_t size, const char *hook, bool late, char **ret_text,
		  size_t *ret_size, bool *ret_optional, struct v6_error *err)
{
	struct splice auto_call(release_splice)
		s = {.text = text, .size = size, .hook = hook, .late = late, .err = err};
	int ret = read_spliced(&s);

	if (ret < 0)
		return ret;
	wishes_read(s.root, &s.wishes);
	*ret_optional = s.wishes.optional;
	if (!s.wishes.asked)
		return 0;
	ret = add_own_hooks(&s);
	if (ret < 0 || s.n_edits == 0)
		return ret;
	return apply_edits(&s, ret_text, ret_size);
}
