/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error texts: one printable line, whatever they quote, with context in front. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <libv6/base.h>

#include "base/cleanup.h"

static void fail_returns_code_and_text(void **state)
{
	struct v6_error err;

	(void)state;
	assert_int_equal(v6_fail(&err, -EEXIST, "%s: port %d is held", "web3", 80), -EEXIST);
	assert_int_equal(err.code, -EEXIST);
	assert_string_equal(err.text, "web3: port 80 is held");
}

static void error_is_optional(void **state)
{
	(void)state;
	assert_int_equal(v6_fail(NULL, -EIO, "nobody reads this"), -EIO);
	assert_int_equal(v6_context(NULL, -EIO, "nor this"), -EIO);
}

static void context_goes_in_front(void **state)
{
	struct v6_error err;

	(void)state;
	v6_fail(&err, -EINVAL, "expected a string");
	assert_int_equal(v6_context(&err, -ENOENT, "key %s", "a%sb"), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "key a%sb: expected a string");
	v6_context(&err, -ENOENT, "config");
	assert_string_equal(err.text, "config: key a%sb: expected a string");
}

static void text_is_printable(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"a\nb\tc\rd", "a?b?c?d"},
		{"\x1b[31mred\x7f", "?[31mred?"},
		{"\xc2\x9b"
		 "31m \xc2\x85 \xc2\x80",
		 "??31m ?? ??"},
		{"\xc2\xa0 gr\xc3\xb6\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x90\x99",
		 "\xc2\xa0 gr\xc3\xb6\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x90\x99"},
		{"", ""},
	};
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		v6_fail(&err, -EINVAL, "%s", rows[i].in);
		assert_string_equal(err.text, rows[i].out);
	}
}

/* A character that the end of the buffer would cut is dropped whole, at each place of the cut. */
static void long_text_is_cut_between_characters(void **state)
{
	static const char *const characters[] = {"a", "\xc3\xb6", "\xe2\x82\xac",
						 "\xf0\x9f\x90\x99"};
	struct v6_error err;
	char in[2 * sizeof(err.text)];
	size_t i, lead, at, width;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(characters); i++) {
		width = strlen(characters[i]);
		for (lead = 0; lead < width; lead++) {
			memset(in, 'x', lead);
			for (at = lead; at + width < sizeof(in); at += width)
				memcpy(in + at, characters[i], width);
			in[at] = '\0';

			v6_fail(&err, -EINVAL, "%s", in);
			assert_int_equal((strlen(err.text) - lead) % width, 0);
			assert_true(strlen(err.text) >= sizeof(err.text) - width);
			assert_true(strlen(err.text) < sizeof(err.text));
			assert_memory_equal(err.text, in, strlen(err.text));
		}
	}
}

static void context_may_fill_the_text(void **state)
{
	struct v6_error err;
	char word[sizeof(err.text)];

	(void)state;
	memset(word, 'y', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';

	v6_fail(&err, -EINVAL, "%s", word);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	v6_context(&err, -EINVAL, "%s", word);
	assert_string_equal(err.text, word);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_returns_code_and_text),
		cmocka_unit_test(error_is_optional),
		cmocka_unit_test(context_goes_in_front),
		cmocka_unit_test(text_is_printable),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(context_may_fill_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
