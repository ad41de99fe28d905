/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON: read, asked for everything, its lines found, and written again. */
#include <limits.h>

#include "base/json.h"
#include "fuzz.h"

/* struct walk - a text, and what is written of it */
struct walk {
	size_t size;
	struct v6_json_writer *w;
};

static void write_value(struct walk *walk, const char *key, const struct v6_json *object,
			const struct v6_json *value, unsigned int depth);

static void write_members(struct walk *walk, const struct v6_json *value, unsigned int depth)
{
	size_t i;

	for (i = 0; i < v6_json_size(value); i++)
		write_value(walk, v6_json_key(value, i), value, v6_json_member(value, i), depth);
	must(!v6_json_member(value, i) && !v6_json_key(value, i));
}

/* write_scalar() - by the getters, which find the first of several with one name; what they do not
 * tell is written as a string
 */
static void write_scalar(struct walk *walk, const char *key, const struct v6_json *object)
{
	struct v6_error err = {0};
	long long number;
	bool truth;

	if (key && v6_json_integer(object, key, LLONG_MIN, LLONG_MAX, &number, &err) == 0)
		v6_json_put_integer(walk->w, key, number);
	else if (key && v6_json_bool(object, key, &truth, &err) == 0)
		v6_json_put_bool(walk->w, key, truth);
	else
		v6_json_put_string(walk->w, key, "?");
	if (err.code)
		fuzz_check(err.code, &err);
}

static void write_value(struct walk *walk, const char *key, const struct v6_json *object,
			const struct v6_json *value, unsigned int depth)
{
	must(depth <= V6_JSON_DEPTH_MAX);
	must(v6_json_line(value) >= 1 && v6_json_line(value) <= walk->size + 1);
	if (v6_json_is_object(value)) {
		v6_json_begin_object(walk->w, key);
		write_members(walk, value, depth + 1);
		v6_json_end_object(walk->w);
	} else if (v6_json_size(value) > 0) {
		v6_json_begin_array(walk->w, key);
		write_members(walk, value, depth + 1);
		v6_json_end_array(walk->w);
	} else if (v6_json_text(value)) {
		v6_json_put_string(walk->w, key, v6_json_text(value));
	} else {
		write_scalar(walk, key, object);
	}
}

/* same() - whether a tree is the one that was written; of scalars only strings are compared */
static bool same(const struct v6_json *a, const struct v6_json *b)
{
	size_t i;

	if (v6_json_text(a))
		return v6_json_text(b) && strcmp(v6_json_text(a), v6_json_text(b)) == 0;
	if (v6_json_is_object(a) != v6_json_is_object(b) || v6_json_size(a) != v6_json_size(b))
		return false;
	for (i = 0; i < v6_json_size(a); i++) {
		if (v6_json_is_object(a) && strcmp(v6_json_key(a, i), v6_json_key(b, i)) != 0)
			return false;
		if (!same(v6_json_member(a, i), v6_json_member(b, i)))
			return false;
	}
	return true;
}

static void write_and_compare(size_t size, const struct v6_json *root)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	struct v6_json auto_call(v6_json_cleanup) *again = NULL;
	struct walk walk = {.size = size};
	struct v6_error err = {0};
	const char *written;
	size_t written_size;

	must(v6_json_writer_new(&w, &err) == 0);
	walk.w = w;
	write_value(&walk, NULL, root, root, 0);
	/* strings of a text that was read are UTF-8 */
	must(v6_json_finish(w, &written, &written_size, &err) == 0);
	must(strlen(written) == written_size);
	must(v6_json_parse(written, written_size, &again, &err) == 0);
	must(same(root, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	const char *text = (const char *)data; /* without a NUL behind */
	struct v6_error err = {0};
	int ret = v6_json_parse(text, size, &root, &err);

	fuzz_check(ret, &err);
	if (ret == 0)
		write_and_compare(size, root);
	return 0;
}
