/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever loads a firewall changes it in many steps, and some change theirs all the time; a host
 * may have 100,000 services. So a look waits until rules have rested, a few containers are looked
 * at in a row, and the pause after it is many times as long as it took: repairs wait for no more
 * than one such row.
 */
#include <string.h>

#include "apply/passage.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "store/record.h"
#include "watch/blocked.h"
#include "watch/watching.h"

/* Rules have rested for so long, or have not for so long that we look all the same */
#define SETTLE_MS     500
#define SETTLE_MAX_MS 3000

/* Containers in a row, how long that may take but for the last, and the pause after it, in times of
 * that
 */
#define ROW_MAX	    32
#define ROW_MAX_MS  50
#define PAUSE_TIMES 20

/* How often one container's ups and downs are told of, each by a line */
#define BLOCKS_TOLD 5

/* struct row - what a look at some containers found: those for which it began or ended, and the
 * first of these
 */
struct row {
	size_t begun, ended;
	struct v6_record first_begun, first_ended;
	unsigned int blocks;
	struct v6_blocked why;
};

void v6_watch_expect_blocked(struct v6_watch *watch, int64_t now)
{
	int64_t due = now + SETTLE_MS;

	if (watch->rules.due == INT64_MAX || watch->rules.left > 0)
		watch->rules.since = now;
	if (due > watch->rules.since + SETTLE_MAX_MS)
		due = watch->rules.since + SETTLE_MAX_MS;
	watch->rules.due = due > watch->rules.rested ? due : watch->rules.rested;
	watch->rules.left = 0; /* all, from where the last look was */
}

static void look_at_life(struct v6_watch *watch, struct v6_passages *passages, struct v6_life *life,
			 struct row *row)
{
	struct v6_record record;
	struct v6_blocked why;
	int blocked;

	if (v6_record_load(watch->host, life->id, &record, NULL) < 0)
		return;
	blocked = v6_passages_why(passages, &record, &why);
	if (blocked < 0 || blocked == life->is_blocked)
		return;
	life->is_blocked = blocked;
	life->blocks += (unsigned int)blocked;
	if (blocked && row->begun++ == 0) {
		row->first_begun = record;
		row->why = why;
		row->blocks = life->blocks;
	} else if (!blocked && row->ended++ == 0) {
		row->first_ended = record;
	}
}

static struct v6_line format_others(size_t n)
{
	if (n < 2)
		return v6_line("%s", "");
	return v6_line(" and %zu more container%s", n - 1, n == 2 ? "" : "s");
}

static void warn_of_begin(struct v6_watch *watch, const struct row *row)
{
	const struct v6_record *r = &row->first_begun;
	struct v6_line times = v6_line("%s", "");

	if (row->blocks > BLOCKS_TOLD)
		times = v6_line("%s", " again and again");
	else if (row->blocks > 1)
		times = v6_line(" again (time %u)", row->blocks);
	v6_host_warn(watch->host, "%.64s (%.*s)%s: blocked by another table%s; %s%s: %s",
		     r->services[0].name, V6_ID_SHORT, r->id, format_others(row->begun).s, times.s,
		     *row->why.command.s ? "run: " : "see v6ctl check", row->why.command.s,
		     row->why.what.s);
}

static void warn_of_end(struct v6_watch *watch, const struct row *row)
{
	const struct v6_record *r = &row->first_ended;

	v6_host_warn(watch->host, "%.64s (%.*s)%s: no longer blocked by another table",
		     r->services[0].name, V6_ID_SHORT, r->id, format_others(row->ended).s);
}

static void look_at_row(struct v6_watch *watch, struct v6_passages *passages)
{
	struct v6_lives *lives = &watch->lives;
	int64_t until = v6_now_ms() + ROW_MAX_MS;
	struct row row = {.begun = 0};
	size_t i;

	for (i = 0; i < ROW_MAX && watch->rules.left > 0 && lives->n > 0; i++) {
		if (v6_now_ms() > until)
			break;
		watch->rules.next = (watch->rules.next + 1) % lives->n;
		watch->rules.left--;
		look_at_life(watch, passages, &lives->list[watch->rules.next], &row);
	}
	if (row.begun)
		warn_of_begin(watch, &row);
	if (row.ended)
		warn_of_end(watch, &row);
}

void v6_watch_blocked(struct v6_watch *watch, int64_t now)
{
	struct v6_passages auto_call(v6_passages_cleanup) *passages = NULL;
	int64_t began = v6_now_ms(), ended;

	if (now < watch->rules.due)
		return;
	if (watch->rules.left == 0)
		watch->rules.left = watch->lives.n;
	watch->rules.due = INT64_MAX;
	if (watch->rules.left == 0 || v6_passages_open(watch->host, &passages, NULL) < 0)
		return;
	look_at_row(watch, passages);
	ended = v6_now_ms();
	watch->rules.rested = ended + PAUSE_TIMES * (ended - began);
	if (watch->rules.left > 0)
		watch->rules.due = watch->rules.rested;
}
