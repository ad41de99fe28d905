/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a container is looked at again: soon after its network has changed, ever less while it
 * waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/netns.h"
#include "watch/lives.h"

/* scene() - this process as the container ID, known as namespace 5 */
static struct v6_lives scene(const char *id, bool pending, int64_t now)
{
	struct v6_record record = {.pid = getpid(), .destination.pending = pending};
	struct v6_lives lives = {.epoll = epoll_create1(EPOLL_CLOEXEC)};

	assert_int_equal(v6_process_start(record.pid, &record.started), 0);
	strcpy(record.id, id);
	assert_int_equal(v6_lives_add(&lives, &record, 5, now), 0);
	return lives;
}

static void end(struct v6_lives *lives)
{
	v6_lives_release(lives);
	v6_cleanup_fd(&lives->epoll);
}

static void one_with_an_address_is_left_alone(void **state)
{
	struct v6_lives lives = scene("a", false, 1000);

	(void)state;
	assert_true(v6_lives_next(&lives) == INT64_MAX);
	v6_lives_stir(&lives, 5, false, 1000);
	v6_lives_stir(&lives, 6, true, 1000);
	assert_true(v6_lives_next(&lives) == INT64_MAX);
	end(&lives);
}

static void one_that_was_given_an_address_may_get_a_better_one(void **state)
{
	struct v6_lives lives = scene("a", false, 1000);

	(void)state;
	lives.list->is_given = true;
	v6_lives_stir(&lives, 6, false, 1000);
	assert_true(v6_lives_next(&lives) == INT64_MAX);
	v6_lives_stir(&lives, 5, false, 1000);
	assert_true(v6_lives_next(&lives) == 1000 + V6_LIFE_SETTLE_MS);
	end(&lives);
}

static void what_is_gone_is_looked_at_once(void **state)
{
	struct v6_lives lives = scene("a", false, 1000);
	struct v6_life *life;

	(void)state;
	v6_lives_stir(&lives, 5, true, 1000);
	/* a stream of changes does not put it off */
	v6_lives_stir(&lives, 5, true, 1000 + V6_LIFE_SETTLE_MS / 2);
	assert_true(v6_lives_next(&lives) == 1000 + V6_LIFE_SETTLE_MS);
	assert_null(v6_lives_take(&lives, 1000));
	life = v6_lives_take(&lives, 1000 + V6_LIFE_SETTLE_MS);
	assert_non_null(life);
	v6_lives_put(life, false, 1000 + V6_LIFE_SETTLE_MS);
	assert_true(v6_lives_next(&lives) == INT64_MAX);
	end(&lives);
}

static void who_waits_is_looked_at_ever_less_until_something_comes(void **state)
{
	struct v6_lives lives = scene("a", true, 1000);
	int64_t now = 1000, pause = V6_LIFE_SETTLE_MS;
	struct v6_life *life;
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		assert_true(v6_lives_next(&lives) == now + pause);
		now = v6_lives_next(&lives);
		life = v6_lives_take(&lives, now);
		assert_non_null(life);
		v6_lives_put(life, true, now);
		pause = 2 * pause < V6_LIFE_PAUSE_MAX_MS ? 2 * pause : V6_LIFE_PAUSE_MAX_MS;
	}
	v6_lives_stir(&lives, 5, false, now);
	assert_true(v6_lives_next(&lives) == now + V6_LIFE_SETTLE_MS);
	end(&lives);
}

/* look() - change its network, and see when it is looked at, where nothing comes of it */
static int64_t look(struct v6_lives *lives, int64_t now)
{
	struct v6_life *life;
	int64_t due;

	v6_lives_stir(lives, 5, true, now);
	due = v6_lives_next(lives);
	life = v6_lives_take(lives, due);
	assert_non_null(life);
	life->in_vain++;
	v6_lives_put(life, false, due);
	return due;
}

static void who_changes_all_the_time_is_looked_at_less_often(void **state)
{
	struct v6_lives lives = scene("a", false, 1000);
	int64_t now = 1000, due;
	int i;

	(void)state;
	for (i = 0; i < V6_LIFE_VAIN_MAX; i++) {
		due = look(&lives, now);
		assert_true(due == now + V6_LIFE_SETTLE_MS);
		now = due;
	}
	for (i = 0; i < 100; i++) {
		due = look(&lives, now);
		assert_true(due == now + V6_LIFE_REST_MS);
		now = due;
	}
	now += V6_LIFE_CALM_MS + V6_LIFE_REST_MS;
	assert_true(look(&lives, now) == now + V6_LIFE_SETTLE_MS);
	end(&lives);
}

static void an_address_that_goes_is_waited_for_and_not_spun_on(void **state)
{
	struct v6_record record = {.pid = getpid(), .n_services = 1, .n_leaving = 1};
	struct v6_lives lives = scene("a", false, 1000);
	struct v6_life *life;
	int64_t due;

	(void)state;
	record.leaving[0].until = v6_uptime_s() + 100;
	strcpy(record.id, "b");
	assert_int_equal(v6_process_start(record.pid, &record.started), 0);
	assert_int_equal(v6_lives_add(&lives, &record, -1, 1000), 0);
	due = v6_lives_next(&lives);
	assert_true(due > 90000 && due <= 101000);
	life = v6_lives_take(&lives, due);
	assert_non_null(life);
	v6_lives_put(life, false, due);
	assert_null(v6_lives_take(&lives, due));
	record.n_leaving = 0;
	assert_int_equal(v6_lives_add(&lives, &record, -1, due), 0);
	assert_true(v6_lives_next(&lives) == INT64_MAX);
	end(&lives);
}

static void names_are_due_when_their_answer_is_over_or_a_little_later(void **state)
{
	struct v6_record record = {.pid = getpid(), .follow = true, .n_services = 1};
	struct v6_lives lives = scene("a", false, 1000);
	struct v6_life *life;

	(void)state;
	assert_null(v6_lives_renewal(&lives));
	lives.first_s = 30;
	strcpy(record.id, "b");
	strcpy(record.services[0].name, "2001:db8::1");
	assert_int_equal(v6_process_start(record.pid, &record.started), 0);
	assert_int_equal(v6_lives_add(&lives, &record, -1, 1000), 0);
	assert_null(v6_lives_renewal(&lives));
	strcpy(record.services[0].name, "web3");
	assert_int_equal(v6_lives_add(&lives, &record, -1, 1000), 0);
	life = v6_lives_renewal(&lives);
	assert_non_null(life);
	assert_string_equal(life->id, "b");
	assert_true(life->renew_at >= 31000 && life->renew_at <= 34000);
	v6_lives_renew_after(life, 3600, 50000);
	assert_true(life->renew_at >= 3650000 && life->renew_at <= 4010000);
	/* that its record is written does not put it off */
	assert_int_equal(v6_lives_add(&lives, &record, -1, 60000), 0);
	assert_true(v6_lives_renewal(&lives)->renew_at <= 4010000);
	end(&lives);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_with_an_address_is_left_alone),
		cmocka_unit_test(one_that_was_given_an_address_may_get_a_better_one),
		cmocka_unit_test(what_is_gone_is_looked_at_once),
		cmocka_unit_test(who_changes_all_the_time_is_looked_at_less_often),
		cmocka_unit_test(an_address_that_goes_is_waited_for_and_not_spun_on),
		cmocka_unit_test(names_are_due_when_their_answer_is_over_or_a_little_later),
		cmocka_unit_test(who_waits_is_looked_at_ever_less_until_something_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
