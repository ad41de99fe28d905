/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cursors over lists and numbers, and values as messages show them. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"

/* join() - the items of a list, each in brackets, up to the end or the first mistake; this one as
 * its errno's name
 */
static const char *join(const char *list, char *joined)
{
	const char *cursor = list, *before;
	char item[4];
	int ret;

	joined[0] = '\0';
	while (cursor) {
		before = cursor;
		ret = v6_text_item(&cursor, item, sizeof(item));
		if (ret < 0) {
			assert_ptr_equal(cursor, before);
			strcat(joined, ret == -EINVAL	      ? "EINVAL"
				       : ret == -ENAMETOOLONG ? "ENAMETOOLONG"
							      : "?");
			break;
		}
		sprintf(joined + strlen(joined), "[%s]", item);
	}
	return joined;
}

/* Commas separate once, blanks as often as they like; podman 4.3 turns commas into blanks. */
static void lists_have_commas_or_blanks(void **state)
{
	static const struct {
		const char *list;
		const char *items;
	} rows[] = {
		{"a", "[a]"},
		{"a,b", "[a][b]"},
		{"a b", "[a][b]"},
		{"a, b", "[a][b]"},
		{"a ,b", "[a][b]"},
		{"a , b", "[a][b]"},
		{"a \t,\t b", "[a][b]"},
		{"a  b\t\tc", "[a][b][c]"},
		{" a ", "[a]"},
		{"\ta b\t", "[a][b]"},
		{"a b,c d", "[a][b][c][d]"},
		{"abc,abc", "[abc][abc]"},
		{"a\nb\n", "[a][b]"}, /* a YAML block */
		{"a\r\nb\r\n", "[a][b]"},
		{"a,\nb", "[a][b]"},
		{"\n\va\f\n\n,b", "[a][b]"},
		{"\n", "EINVAL"},
		{"a,\n", "[a]EINVAL"},
		{"", "EINVAL"},
		{" ", "EINVAL"},
		{",", "EINVAL"},
		{",a", "EINVAL"},
		{" ,a", "EINVAL"},
		{"a,", "[a]EINVAL"},
		{"a, ", "[a]EINVAL"},
		{"a ,", "[a]EINVAL"},
		{"a,,b", "[a]EINVAL"},
		{"a, ,b", "[a]EINVAL"},
		{"a b,,", "[a][b]EINVAL"},
		{"abcd", "ENAMETOOLONG"},
		{"abc,abcd", "[abc]ENAMETOOLONG"},
		{"  abcd  ", "ENAMETOOLONG"},
	};
	char joined[64];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		if (strcmp(join(rows[i].list, joined), rows[i].items) != 0)
			fail_msg("\"%s\": %s, expected %s", rows[i].list, joined, rows[i].items);
}

static void numbers_have_limits(void **state)
{
	static const unsigned int most = UINT_MAX / 10 - 1;
	static const struct {
		const char *text;
		unsigned int min, max;
		int ret;
		unsigned int number;
		size_t length;
	} rows[] = {
		{"0", 0, 0, 0, 0, 1},
		{"0", 1, 9, -ERANGE, 0, 0},
		{"9", 1, 9, 0, 9, 1},
		{"10", 1, 9, -ERANGE, 0, 0},
		{"65535/tcp", 1, 65535, 0, 65535, 5},
		{"65536", 1, 65535, -ERANGE, 0, 0},
		{"429496728", 0, most, 0, 429496728, 9},
		{"429496729", 0, most, -ERANGE, 0, 0},
		{"4294967297", 0, 9, -ERANGE, 0, 0},	       /* 2^32 + 1 */
		{"18446744073709551617", 0, 9, -ERANGE, 0, 0}, /* 2^64 + 1 */
		{"0-1", 0, 9, 0, 0, 1},
		{"0x1", 0, 9, 0, 0, 1},
		{"00", 0, 9, -EINVAL, 0, 0},
		{"+1", 0, 9, -EINVAL, 0, 0},
		{" 1", 0, 9, -EINVAL, 0, 0},
		{"\xd9\xa1", 0, 9, -EINVAL, 0, 0}, /* an Arabic one */
	};
	unsigned int number;
	const char *cursor;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		number = 0;
		cursor = rows[i].text;
		ret = v6_text_number(&cursor, rows[i].min, rows[i].max, &number);
		if (ret != rows[i].ret || number != rows[i].number ||
		    cursor != rows[i].text + rows[i].length)
			fail_msg("\"%s\": %d, %u", rows[i].text, ret, number);
	}
}

/* Room for a value is limited in bytes, but no character is shown by half. */
static void shown_values_are_cut_between_characters(void **state)
{
	static const struct {
		const char *character;
		size_t shown; /* bytes of it, with one letter before */
	} rows[] = {
		{"a", 63},
		{"\xc3\xa4", 62},
		{"\xe2\x82\xac", 63},
		{"\xf0\x9f\x90\xa7", 60},
	};
	char text[256], expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		strcpy(text, "x");
		while (strlen(text) < 200)
			strcat(text, rows[i].character);
		snprintf(expected, sizeof(expected), "%.*s...", (int)rows[i].shown + 1, text);
		assert_string_equal(V6_SHOWN(text), expected);
	}
}

static void short_values_are_shown_whole(void **state)
{
	char text[V6_TEXT_SHOWN + 2];

	(void)state;
	assert_string_equal(V6_SHOWN(""), "");
	memset(text, 'x', sizeof(text));
	text[V6_TEXT_SHOWN] = '\0';
	assert_string_equal(V6_SHOWN(text), text);
	strcpy(text + V6_TEXT_SHOWN, "x");
	assert_int_equal(strlen(V6_SHOWN(text)), V6_TEXT_SHOWN + 3);
	memset(text, 0x80, V6_TEXT_SHOWN + 1); /* not UTF-8, no character begins */
	assert_string_equal(V6_SHOWN(text), "...");
}

static void hostile_text_is_made_printable(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"", ""},
		{"gr\xc3\xb6\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x90\x99",
		 "gr\xc3\xb6\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x90\x99"},
		{"\x1b[2J\r\n\t\x7f", "?[2J????"},
		{"\xc2\x9b"
		 "31m \xc2\xa0",
		 "??31m \xc2\xa0"},
		{"\x9b"
		 "31m",
		 "?31m"}, /* CSI of an eight-bit terminal */
		{"\xff\xfe x \xc0\x80 x", "?? x ?? x"},
		{"\xe0\x80\xaf x", "??? x"},	  /* overlong */
		{"\xed\xa0\x80 x", "??? x"},	  /* surrogate */
		{"\xf4\x90\x80\x80 x", "???? x"}, /* past the last */
		{"a\xe2\x80\xae"
		 "b",
		 "a???b"}, /* right to left */
		{"a\xe2\x81\xa6"
		 "b",
		 "a???b"}, /* isolate */
		{"a\xe2\x82"
		 "b",
		 "a??b"},
		{"cut \xe2\x82", "cut "},
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		strcpy(text, rows[i].in);
		v6_text_printable(text);
		assert_string_equal(text, rows[i].out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text_is_made_printable),
		cmocka_unit_test(lists_have_commas_or_blanks),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(shown_values_are_cut_between_characters),
		cmocka_unit_test(short_values_are_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
