/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON in and out: what is refused and where, what getters say, what the writer writes. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

static struct v6_json *parse(const char *text)
{
	struct v6_json *root = NULL;
	struct v6_error err;

	if (v6_json_parse(text, strlen(text), &root, &err) < 0)
		fail_msg("%s", err.text);
	return root;
}

static void assert_refused(const char *text, size_t size, const char *expected)
{
	struct v6_json *root = NULL;
	struct v6_error err = {0};

	assert_int_equal(v6_json_parse(text, size, &root, &err), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.text, expected);
	assert_null(root);
}

/* check() - read a text as others do that know no comments */
static int check(const char *text, size_t size, struct v6_error *err)
{
	struct v6_json *root = NULL;
	int ret = v6_json_parse_plain(text, size, &root, err);

	v6_json_free(root);
	return ret;
}

static void mistakes_have_a_place(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{"", "line 1, column 1: the text ends too early"},
		{" \n", "line 2, column 1: the text ends too early"},
		{"{\"a\":1", "line 1, column 7: the text ends too early"},
		{"[\"a", "line 1, column 4: the text ends too early"},
		{"/* no end", "line 1, column 10: the text ends too early"},
		{"}", "line 1, column 1: unallowed token at this point in JSON text"},
		{"{\n  \"\xc3\xa4\": @}", "line 2, column 8: invalid char in json text"},
		{"{\n\n1:2}", "line 3, column 1: invalid object key (must be a string)"},
		{"[\"a\nb\"]", "line 1, column 3: invalid character inside string"},
		{"[\"\xff\"]", "line 1, column 3: invalid bytes in UTF8 string"},
		{"[\"\\u0000\"]", "line 1, column 9: a string holds a NUL character"},
		{"{\"a\\u0000b\":1}", "line 1, column 11: a string holds a NUL character"},
		{"{} x", "line 1, column 4: trailing garbage"},
		{"{}{}", "line 1, column 3: trailing garbage"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		assert_refused(rows[i].text, strlen(rows[i].text), rows[i].error);
}

/* Such a text would look whole to the checking pass and end early for the tree parser. */
static void nul_in_text_is_refused(void **state)
{
	static const char text[] = "{} /*\0*/";

	(void)state;
	assert_refused(text, sizeof(text) - 1, "line 1, column 6: NUL character");
}

static void text_needs_no_nul(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root = NULL;

	(void)state;
	assert_int_equal(v6_json_parse("12345", 2, &root, NULL), 0);
	v6_json_free(v6_steal_pointer(&root));
	assert_int_equal(v6_json_parse("{\"a\":1}", 6, &root, NULL), -EINVAL);
}

/* Others may read a text that know no comments. */
static void checked_text_has_no_comments(void **state)
{
	static const char plain[] = "{\"a\": [1]}", comment[] = "{\"a\": /* b */ [1]}";
	struct v6_error err;

	(void)state;
	assert_int_equal(check(plain, sizeof(plain) - 1, NULL), 0);
	assert_int_equal(check(comment, sizeof(comment) - 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "line 1, column "));
	v6_json_free(parse(comment));
	assert_int_equal(check("{", 1, &err), -EINVAL);
}

static void depth_is_limited(void **state)
{
	char text[2 * (V6_JSON_DEPTH_MAX + 1) + 1];
	const size_t most = V6_JSON_DEPTH_MAX, more = most + 1;

	(void)state;
	memset(text, '[', most);
	memset(text + most, ']', most);
	text[2 * most] = '\0';
	v6_json_free(parse(text));

	memset(text, '[', more);
	memset(text + more, ']', more);
	assert_refused(text, 2 * more, "line 1, column 33: nested too deeply");
}

/* Depth counts what is open, not what has been opened. */
static void depth_goes_down_again(void **state)
{
	char text[4 * V6_JSON_DEPTH_MAX + 16] = "[{},[]";
	int i;

	(void)state;
	for (i = 0; i < V6_JSON_DEPTH_MAX; i++)
		strcat(text, i % 2 ? ",[]" : ",{}");
	strcat(text, "]");
	v6_json_free(parse(text));
}

static void getters_get(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root =
		parse("// comment\n{\"s\":\"x\\ny\",\"i\":-7,\"t\":true,\"f\":false,"
		      "\"o\":{\"k\":\"v\"},\"a\":[\"p\",{}],\"n\":null}");
	const struct v6_json *object, *array;
	const char *text;
	long long number;
	bool flag;

	(void)state;
	assert_int_equal(v6_json_string(root, "s", &text, NULL), 0);
	assert_string_equal(text, "x\ny");
	assert_int_equal(v6_json_integer(root, "i", -7, -7, &number, NULL), 0);
	assert_int_equal(number, -7);
	assert_int_equal(v6_json_bool(root, "t", &flag, NULL), 0);
	assert_true(flag);
	assert_int_equal(v6_json_bool(root, "f", &flag, NULL), 0);
	assert_false(flag);
	assert_int_equal(v6_json_object(root, "o", &object, NULL), 0);
	assert_int_equal(v6_json_string(object, "k", &text, NULL), 0);
	assert_string_equal(text, "v");
	assert_int_equal(v6_json_array(root, "a", &array, NULL), 0);
	assert_int_equal(v6_json_size(array), 2);
	assert_string_equal(v6_json_text(v6_json_member(array, 0)), "p");
	assert_true(v6_json_is_object(v6_json_member(array, 1)));
	assert_true(v6_json_is_null(root, "n"));
}

static void members_come_in_order(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root =
		parse("{\"z\":\"1\",\"a\":\"2\",\"z\":3}");
	const char *text;

	(void)state;
	assert_int_equal(v6_json_size(root), 3);
	assert_string_equal(v6_json_key(root, 0), "z");
	assert_string_equal(v6_json_key(root, 1), "a");
	assert_null(v6_json_key(root, 3));
	assert_string_equal(v6_json_text(v6_json_member(root, 1)), "2");
	assert_null(v6_json_text(v6_json_member(root, 2)));
	assert_null(v6_json_member(root, 3));
	assert_int_equal(v6_json_string(root, "z", &text, NULL), 0); /* the first of its name */
}

static void wrong_types_are_named(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root =
		parse("{\"s\":\"1\",\"i\":1,\"n\":null,\"a\":[]}");
	const struct v6_json *value = root;
	const char *text = "before";
	long long number = 42;
	struct v6_error err;
	bool flag = true;

	(void)state;
	assert_int_equal(v6_json_string(root, "i", &text, &err), -EINVAL);
	assert_string_equal(err.text, "\"i\": expected a string");
	assert_int_equal(v6_json_integer(root, "s", 0, 9, &number, &err), -EINVAL);
	assert_string_equal(err.text, "\"s\": expected an integer");
	assert_int_equal(v6_json_bool(root, "n", &flag, &err), -EINVAL);
	assert_string_equal(err.text, "\"n\": expected true or false");
	assert_int_equal(v6_json_object(root, "a", &value, &err), -EINVAL);
	assert_string_equal(err.text, "\"a\": expected an object");
	assert_int_equal(v6_json_array(root, "n", &value, &err), -EINVAL);
	assert_string_equal(err.text, "\"n\": expected an array");
	assert_int_equal(v6_json_bool(root, "none", &flag, &err), -ENOENT);
	assert_string_equal(err.text, "\"none\": missing");
	assert_int_equal(v6_json_string(root, "none", &text, &err), -ENOENT);
	assert_int_equal(err.code, -ENOENT);

	assert_ptr_equal(value, root);
	assert_string_equal(text, "before");
	assert_int_equal(number, 42);
	assert_true(flag);
	assert_false(v6_json_is_null(root, "none"));
}

static void values_other_than_objects_have_no_members(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root = parse("\"text\"");
	const char *text;

	(void)state;
	assert_false(v6_json_is_object(root));
	assert_int_equal(v6_json_size(root), 0);
	assert_null(v6_json_key(root, 0));
	assert_null(v6_json_member(root, 0));
	assert_int_equal(v6_json_string(root, "k", &text, NULL), -ENOENT);
	assert_false(v6_json_is_object(NULL));
	assert_null(v6_json_text(NULL));
}

/* value_at() - that @path leads to, an index for each level */
static const struct v6_json *value_at(const struct v6_json *root, const char *path)
{
	const struct v6_json *value = root;

	for (; *path; path++)
		value = v6_json_member(value, (size_t)(*path - '0'));
	assert_non_null(value);
	return value;
}

/* line() - where the line is of such a value */
static size_t line(const char *text, const char *path)
{
	auto_call(v6_json_cleanup) struct v6_json *root = parse(text);

	return v6_json_line(value_at(root, path));
}

static void values_have_a_line(void **state)
{
	static const char text[] = "{ // the root \"a\":\n"
				   "  \"list\": [\n"		 /* 2 */
				   "    \"x\\ny\", 1,\n"	 /* 3 */
				   "    null, true\n"		 /* 4 */
				   "  ],\n"			 /* 5 */
				   "  \"key\"\n"		 /* 6 */
				   "  :\n"			 /* 7 */
				   "  /*\n*/ {\n"		 /* 8 and 9 */
				   "    \"inner\": [[], 2\n"	 /* 10 */
				   "     , {} ], \"e\": 1.5},\n" /* 11 */
				   "  \"key\": \"again\"}\n\n";	 /* 12 */
	static const struct {
		const char *path;
		size_t line;
	} rows[] = {
		{"", 1},    {"0", 2},	 {"00", 3},   {"01", 3},   {"02", 4},  {"03", 4}, {"1", 6},
		{"10", 10}, {"100", 10}, {"101", 10}, {"102", 11}, {"11", 11}, {"2", 12},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		if (line(text, rows[i].path) != rows[i].line)
			fail_msg("%s: %zu, expected %zu", rows[i].path, line(text, rows[i].path),
				 rows[i].line);
}

static void values_have_their_bytes(void **state)
{
	static const struct {
		const char *text, *path, *bytes; /* NULL: not told of such a value */
	} rows[] = {
		{"{}", "", "{}"},
		{" [ ] ", "", "[ ]"},
		{"null", "", "null"},
		{" null\n", "", "null"},
		{"[null]", "0", "null"},
		{"{\"a\":1,\"b\" : [1,[2],{\"]\":\"]\"}] }", "1", "[1,[2],{\"]\":\"]\"}]"},
		{"{\"a\":1,\"b\" : [1,[2],{\"]\":\"]\"}] }", "11", "[2]"},
		{"{\"a\":1,\"b\" : [1,[2],{\"]\":\"]\"}] }", "12", "{\"]\":\"]\"}"},
		{"[[],[null],{},null, {\"\u00e4\xc3\xa4\": {}}]", "40", "{}"},
		{"[[],[null],{},null, {\"\u00e4\xc3\xa4\": {}}]", "3", "null"},
		{"/* [ */ [ // ]\n {} ]", "", "[ // ]\n {} ]"},
		{"[1,\"a\",true,1.5]", "0", NULL},
		{"[1,\"a\",true,1.5]", "1", NULL},
		{"[1,\"a\",true,1.5]", "2", NULL},
		{"[1,\"a\",true,1.5]", "3", NULL},
		{"1", "", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		auto_call(v6_json_cleanup) struct v6_json *root = parse(rows[i].text);
		struct v6_json_span span = {7, 9};
		int ret = v6_json_span(value_at(root, rows[i].path), &span);

		if (!rows[i].bytes) {
			assert_int_equal(ret, -EINVAL);
			assert_int_equal(span.begin + span.end, 7 + 9);
			continue;
		}
		assert_int_equal(ret, 0);
		assert_int_equal(span.end - span.begin, strlen(rows[i].bytes));
		assert_memory_equal(rows[i].text + span.begin, rows[i].bytes,
				    span.end - span.begin);
	}
}

static void roots_have_a_line(void **state)
{
	(void)state;
	assert_int_equal(line("\n\n12", ""), 3);
	assert_int_equal(line("\n\n12\n\n", ""), 3);
	assert_int_equal(line("\n\n\"a\"", ""), 3);
	assert_int_equal(line("\n[1]", ""), 2);
	assert_int_equal(line("\n[\n1]", "0"), 3);
}

static void integers_are_exact_and_in_range(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"{\"i\":0}", true},
		{"{\"i\":-0}", true},
		{"{\"i\":9}", true},
		{"{\"i\":10}", false},
		{"{\"i\":-1}", false},
		{"{\"i\":1.0}", false},
		{"{\"i\":1e0}", false},
		{"{\"i\":0.5}", false},
		/* 2^64 + 1, which wraps to 1, and one that yajl 2.1 itself lets overflow */
		{"{\"i\":18446744073709551617}", false},
		{"{\"i\":9223372036854775809}", false},
	};
	struct v6_json *root;
	long long number;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		root = parse(rows[i].text);
		if ((v6_json_integer(root, "i", 0, 9, &number, NULL) == 0) != rows[i].good)
			fail_msg("%s: expected %d", rows[i].text, rows[i].good);
		v6_json_free(root);
	}
}

static void integers_reach_their_limits(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root =
		parse("{\"min\":-9223372036854775808,\"max\":9223372036854775807,"
		      "\"more\":9223372036854775808}");
	struct v6_error err;
	long long number;

	(void)state;
	assert_int_equal(v6_json_integer(root, "min", LLONG_MIN, LLONG_MAX, &number, NULL), 0);
	assert_true(number == LLONG_MIN);
	assert_int_equal(v6_json_integer(root, "max", LLONG_MIN, LLONG_MAX, &number, NULL), 0);
	assert_true(number == LLONG_MAX);
	assert_int_equal(v6_json_integer(root, "more", LLONG_MIN, LLONG_MAX, &number, NULL),
			 -EINVAL);
	assert_int_equal(v6_json_integer(root, "max", 1, 65535, &number, &err), -EINVAL);
	assert_string_equal(err.text, "\"max\": expected an integer from 1 to 65535");
}

static void writer_writes(void **state)
{
	static const char expected[] = "{\n"
				       "  \"s\": \"a\\\"\\n\xc3\xb6\",\n"
				       "  \"list\": [\n"
				       "    -9223372036854775808,\n"
				       "    {\n"
				       "      \"b\": true\n"
				       "    }\n"
				       "  ]\n"
				       "}\n";
	auto_call(v6_json_writer_cleanup) struct v6_json_writer *w = NULL;
	const char *text;
	size_t size;

	(void)state;
	assert_int_equal(v6_json_writer_new(&w, NULL), 0);
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "s", "a\"\n\xc3\xb6");
	v6_json_begin_array(w, "list");
	v6_json_put_integer(w, NULL, LLONG_MIN);
	v6_json_begin_object(w, NULL);
	v6_json_put_bool(w, "b", true);
	v6_json_end_object(w);
	v6_json_end_array(w);
	v6_json_end_object(w);

	assert_int_equal(v6_json_finish(w, &text, &size, NULL), 0);
	assert_string_equal(text, expected);
	assert_int_equal(size, sizeof(expected) - 1);
}

static void writer_keeps_its_first_failure(void **state)
{
	auto_call(v6_json_writer_cleanup) struct v6_json_writer *w = NULL;
	const char *text = "before";
	struct v6_error err;
	size_t size = 42;

	(void)state;
	assert_int_equal(v6_json_writer_new(&w, NULL), 0);
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "first", "\xff");
	v6_json_put_string(w, "second", "\xff");
	v6_json_put_bool(w, NULL, true);
	v6_json_end_object(w);

	assert_int_equal(v6_json_finish(w, &text, &size, &err), -EINVAL);
	assert_string_equal(err.text, "\"first\": cannot write it: the text is not UTF-8");
	assert_string_equal(text, "before");
	assert_int_equal(size, 42);
}

static void writer_wants_the_end(void **state)
{
	auto_call(v6_json_writer_cleanup) struct v6_json_writer *w = NULL;
	const char *text;
	size_t size;

	(void)state;
	assert_int_equal(v6_json_writer_new(&w, NULL), 0);
	v6_json_begin_object(w, NULL);
	v6_json_begin_array(w, "a");
	v6_json_end_array(w);
	assert_int_equal(v6_json_finish(w, &text, &size, NULL), -EINVAL);
}

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_CAN_END false
#else
#define MEMORY_CAN_END true
#endif

/* can_map() - qemu, as which programs of other architectures are tried, heeds no limit */
static bool can_map(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at != MAP_FAILED && munmap(at, size) == 0;
}

/* yajl writes to what it gets of malloc() without a look at it. */
static void no_memory_for_a_tree_is_an_error(void **state)
{
	const size_t size = 1 << 20;
	auto_free char *text = NULL;
	struct v6_json_writer *writer = NULL;
	struct v6_json *root = NULL;
	struct rlimit was, tight;
	struct v6_error err = {0};
	const char *written;
	size_t i, length;

	(void)state;
	/* not cmocka's skip(), which prove takes for a failure */
	if (!MEMORY_CAN_END)
		return;
	text = calloc(1, size + 1);
	assert_non_null(text);
	assert_int_equal(v6_json_writer_new(&writer, &err), 0);
	for (i = 0; i < size; i++)
		text[i] = i % 2 ? '1' : ',';
	text[0] = '[';
	text[size - 2] = '1';
	text[size - 1] = ']';

	assert_int_equal(getrlimit(RLIMIT_AS, &was), 0);
	tight = was;
	tight.rlim_cur = 1; /* for what is new */
	assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
	if (can_map(size))
		return;
	assert_int_equal(v6_json_parse(text, size, &root, &err), -ENOMEM);
	assert_int_equal(check(text, size, &err), -ENOMEM);
	v6_json_put_string(writer, NULL, text);
	assert_int_equal(v6_json_finish(writer, &written, &length, &err), -ENOMEM);
	assert_int_equal(setrlimit(RLIMIT_AS, &was), 0);
	assert_string_equal(err.text, "out of memory");

	v6_json_writer_cleanup(&writer);
	assert_int_equal(v6_json_parse(text, size, &root, &err), 0);
	v6_json_free(root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_a_place),
		cmocka_unit_test(nul_in_text_is_refused),
		cmocka_unit_test(text_needs_no_nul),
		cmocka_unit_test(checked_text_has_no_comments),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(depth_goes_down_again),
		cmocka_unit_test(getters_get),
		cmocka_unit_test(members_come_in_order),
		cmocka_unit_test(wrong_types_are_named),
		cmocka_unit_test(values_other_than_objects_have_no_members),
		cmocka_unit_test(values_have_a_line),
		cmocka_unit_test(roots_have_a_line),
		cmocka_unit_test(values_have_their_bytes),
		cmocka_unit_test(integers_are_exact_and_in_range),
		cmocka_unit_test(integers_reach_their_limits),
		cmocka_unit_test(writer_writes),
		cmocka_unit_test(writer_keeps_its_first_failure),
		cmocka_unit_test(writer_wants_the_end),
		cmocka_unit_test(no_memory_for_a_tree_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
