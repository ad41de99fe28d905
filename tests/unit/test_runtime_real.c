/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runtimes that lead to one another come to an end, whatever the environment says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/real.h"

#define DEPTH "OCI_V6_RUNTIME_DEPTH"

/* depth_after() - what the next one is told; NULL: there is no next one */
static const char *depth_after(const char *before)
{
	static struct real real;
	struct v6_error err;
	int ret;

	setenv("PATH", "/none", 1);
	setenv(DEPTH, before, 1);
	ret = real_find("oci-v6-runtime", &real, &err);
	assert_true(ret == -ENOENT || ret == -ELOOP);
	return ret == -ELOOP ? NULL : getenv(DEPTH);
}

static void each_one_counts(void **state)
{
	(void)state;
	unsetenv(DEPTH);
	assert_string_equal(depth_after("0"), "1");
	assert_string_equal(depth_after("1"), "2");
	assert_string_equal(depth_after("3"), "4");
	assert_null(depth_after("4"));
	assert_null(depth_after("5"));
}

/* They would give billions of turns, or none */
static void what_is_no_count_begins_anew(void **state)
{
	(void)state;
	assert_string_equal(depth_after("-2147483648"), "1");
	assert_string_equal(depth_after("-1"), "1");
	assert_string_equal(depth_after("x"), "1");
	assert_string_equal(depth_after(""), "1");
	assert_string_equal(depth_after("2 "), "1");
}

static void a_large_count_is_too_much(void **state)
{
	(void)state;
	assert_null(depth_after("2147483647"));
	assert_null(depth_after("99999999999999999999"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_one_counts),
		cmocka_unit_test(what_is_no_count_begins_anew),
		cmocka_unit_test(a_large_count_is_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
