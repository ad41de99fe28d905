/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who takes something away again and again is repaired less and less often, and others as before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/address.h"
#include "watch/backoff.h"

static struct in6_addr address(const char *text)
{
	struct in6_addr value;

	assert_int_equal(v6_address_parse(text, &value), 0);
	return value;
}

/* fight() - mend as soon as that is due, until a pause begins; how often that was */
static unsigned int fight(struct v6_backoff *backoff, const struct in6_addr *a, int64_t *now)
{
	unsigned int n;

	for (n = 1; n < 1000; n++) {
		*now = v6_backoff_due(backoff, a, *now);
		if (v6_backoff_note(backoff, a, *now))
			return n;
		*now += 10;
	}
	return n;
}

static void a_burst_is_mended_at_once_then_there_is_a_pause(void **state)
{
	struct v6_backoff backoff = {{{.n = 0}}};
	struct in6_addr a = address("2001:db8::1"), other = address("2001:db8::2");
	int64_t now = 1000;

	(void)state;
	assert_int_equal(fight(&backoff, &a, &now), V6_BACKOFF_BURST);
	assert_int_equal(v6_backoff_due(&backoff, &a, now), now + V6_BACKOFF_PAUSE_MS);
	assert_int_equal(v6_backoff_due(&backoff, &other, now), now);
}

static void pauses_double_up_to_a_limit(void **state)
{
	struct v6_backoff backoff = {{{.n = 0}}};
	struct in6_addr a = address("2001:db8::1");
	int64_t now = 1000, expected = V6_BACKOFF_PAUSE_MS;
	int i;

	(void)state;
	fight(&backoff, &a, &now);
	for (i = 0; i < 10; i++) {
		assert_int_equal(v6_backoff_due(&backoff, &a, now) - now, expected);
		now = v6_backoff_due(&backoff, &a, now);
		assert_true(v6_backoff_note(&backoff, &a, now));
		expected = 2 * expected < V6_BACKOFF_PAUSE_MAX_MS ? 2 * expected
								  : V6_BACKOFF_PAUSE_MAX_MS;
	}
}

static void now_and_then_is_no_burst(void **state)
{
	struct v6_backoff backoff = {{{.n = 0}}};
	struct in6_addr a = address("2001:db8::1");
	int64_t now = 1000;
	int i;

	(void)state;
	for (i = 0; i < 100; i++, now += V6_BACKOFF_WINDOW_MS / (V6_BACKOFF_BURST - 1) + 1)
		assert_false(v6_backoff_note(&backoff, &a, now));
}

static void peace_is_remembered(void **state)
{
	struct v6_backoff backoff = {{{.n = 0}}};
	struct in6_addr a = address("2001:db8::1");
	int64_t now = 1000;

	(void)state;
	fight(&backoff, &a, &now);
	now = v6_backoff_due(&backoff, &a, now) + V6_BACKOFF_WINDOW_MS + V6_BACKOFF_PAUSE_MS + 1;
	assert_int_equal(fight(&backoff, &a, &now), V6_BACKOFF_BURST);
	assert_int_equal(v6_backoff_due(&backoff, &a, now) - now, V6_BACKOFF_PAUSE_MS);
}

static void what_takes_long_is_done_a_fifth_of_the_time(void **state)
{
	int64_t began = 1000, ended = 1200, next = v6_backoff_rest(began, ended);

	(void)state;
	assert_int_equal((next - began) / (ended - began), 5);
	assert_int_equal(v6_backoff_rest(ended, ended), ended);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_mended_at_once_then_there_is_a_pause),
		cmocka_unit_test(pauses_double_up_to_a_limit),
		cmocka_unit_test(now_and_then_is_no_burst),
		cmocka_unit_test(peace_is_remembered),
		cmocka_unit_test(what_takes_long_is_done_a_fifth_of_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
