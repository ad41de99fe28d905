/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reconcile what a watch has noted, when it is due. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libv6/verbs.h>

#include "apply/ending.h"
#include "base/address.h"
#include "base/clock.h"
#include "watch/repair.h"
#include "watch/watching.h"

void v6_watch_expect(struct v6_watch *watch, int64_t due)
{
	if (due < watch->gone.due)
		watch->gone.due = due;
}

/* warn_of_backoff() - Warn of a program that keeps removing something; once, not each time */
static void warn_of_backoff(struct v6_watch *watch, const struct in6_addr *address)
{
	v6_host_warn(
		watch->host,
		"something of %s was removed %d times within %d s by another program; backing off; find out what removes it with nft monitor, ip monitor",
		V6_TEXT(address), V6_BACKOFF_BURST, V6_BACKOFF_WINDOW_MS / 1000);
}

/* note_table() - that it was made again. There is no pause: without it, the host's own listeners
 * may answer on services
 */
static void note_table(struct v6_watch *watch, int64_t now)
{
	if (v6_backoff_note(&watch->backoff, &in6addr_any, now))
		v6_host_warn(
			watch->host,
			"table ip6 oci-v6 was removed %d times within %d s by another program, and is made again each time; find out what removes it with nft monitor",
			V6_BACKOFF_BURST, V6_BACKOFF_WINDOW_MS / 1000);
}

static void warn_of_failure(struct v6_watch *watch, const struct v6_error *err)
{
	v6_host_warn(watch->host, "%s", err->text);
}

/* keep_prefix() - for later, among those that are noted */
static void keep_prefix(struct v6_watch *watch, const struct noted *noted, int64_t due)
{
	watch->gone.prefixes[watch->gone.n++] = *noted;
	v6_watch_expect(watch, due);
}

/* note_stranded() - services that nobody reaches are known until everything is reconciled anew */
static void note_stranded(struct v6_watch *watch, const struct v6_reconciled *done)
{
	watch->stranded |= done->unreachable > 0;
}

/* reconcile_prefix() - Return: 0 or a negative errno, which is told of */
static int reconcile_prefix(struct v6_watch *watch, const struct noted *noted, int64_t now)
{
	struct v6_reconciled done;
	struct v6_error err;
	int ret = v6_reconcile_prefix(watch->host, &noted->prefix, &done, &err);

	if (ret == 0)
		note_stranded(watch, &done);
	if (ret < 0)
		warn_of_failure(watch, &err);
	else if (done.repaired && noted->removed &&
		 v6_backoff_note(&watch->backoff, &noted->prefix.address, now))
		warn_of_backoff(watch, &noted->prefix.address);
	return ret;
}

static void reconcile_all(struct v6_watch *watch, int64_t now)
{
	struct v6_reconciled done;
	struct v6_error err;
	int ret = v6_reconcile(watch->host, &done, &err);

	if (ret == 0)
		watch->stranded = done.unreachable > 0;
	if (ret < 0)
		warn_of_failure(watch, &err);
	else if (done.remade)
		note_table(watch, now);
	if (ret == -ETIMEDOUT) {
		watch->gone.all_due = v6_now_ms() + V6_LIFE_LOOK_MS;
		v6_watch_expect(watch, watch->gone.all_due);
	}
}

/* repair_prefixes() - those whose pause is over; the others stay noted, and so do all from the one
 * on that waited for the lock in vain
 */
static void repair_prefixes(struct v6_watch *watch, int64_t now)
{
	struct noted noted;
	size_t i, n = watch->gone.n;
	int64_t due, later = 0;

	watch->gone.n = 0;
	for (i = 0; i < n; i++) {
		noted = watch->gone.prefixes[i];
		due = v6_backoff_due(&watch->backoff, &noted.prefix.address, now);
		if (!later && due <= now && reconcile_prefix(watch, &noted, now) == -ETIMEDOUT)
			later = v6_now_ms() + V6_LIFE_LOOK_MS;
		if (later || due > now)
			keep_prefix(watch, &noted, later ? later : due);
	}
}

void v6_watch_repair(struct v6_watch *watch, int64_t now)
{
	int64_t due = watch->gone.all_due;

	if (now < watch->gone.due)
		return;
	watch->gone.due = INT64_MAX;
	if (due > now) {
		v6_watch_expect(watch, due);
	} else {
		watch->gone.all_due = INT64_MAX;
		watch->gone.n = 0;
		reconcile_all(watch, now);
		watch->rested = v6_backoff_rest(now, v6_now_ms());
	}
	repair_prefixes(watch, now);
}

void v6_watch_interfaces(struct v6_watch *watch, int64_t now)
{
	struct v6_error err;
	int ret;

	if (now < watch->links_due)
		return;
	watch->links_due = INT64_MAX;
	ret = v6_reconcile_interfaces(watch->host, &err);
	if (ret < 0)
		warn_of_failure(watch, &err);
	if (ret == -ETIMEDOUT)
		watch->links_due = v6_now_ms() + V6_LIFE_LOOK_MS;
}

/* backoff_key() - pauses go by addresses; this is one that no service can have, but a container */
static struct in6_addr backoff_key(const struct v6_life *life)
{
	struct in6_addr key = {.s6_addr = {0xff}};

	memcpy(&key.s6_addr[1], life->id, strnlen(life->id, sizeof(key.s6_addr) - 1));
	return key;
}

/* repair_container() - a container that has ended, or whose network has changed. Return: 0 or a
 * negative errno, which is told of
 */
static int repair_container(struct v6_watch *watch, struct v6_life *life, int64_t now)
{
	struct in6_addr key = backoff_key(life);
	struct v6_reconciled done;
	struct v6_error err;
	int ret = v6_reconcile_container(watch->host, life->id, &done, &err);

	if (ret < 0) {
		warn_of_failure(watch, &err);
		return ret;
	}
	note_stranded(watch, &done);
	life->in_vain = done.repaired ? 0 : life->in_vain + 1;
	if (done.live)
		v6_lives_put(life, done.pending, now);
	if (done.repaired && v6_backoff_note(&watch->backoff, &key, now))
		v6_host_warn(
			watch->host,
			"%.*s: its address was removed %d times within %d s inside its network; backing off",
			V6_ID_SHORT, life->id, V6_BACKOFF_BURST, V6_BACKOFF_WINDOW_MS / 1000);
	return 0;
}

void v6_watch_collect(struct v6_watch *watch, int64_t now)
{
	struct in6_addr key;
	struct v6_life *life;
	int64_t due;

	while ((life = v6_lives_take(&watch->lives, now))) {
		key = backoff_key(life);
		due = v6_backoff_due(&watch->backoff, &key, now);
		if (due > now && (life->fd >= 0 || life->is_looked_at))
			life->due = due;
		else if (repair_container(watch, life, now) == -ETIMEDOUT)
			return; /* the service manager hears that we live before the next one */
	}
}

void v6_watch_end_flows(struct v6_watch *watch, int64_t now)
{
	int64_t began = v6_now_ms(), ended;

	if (watch->resume_due <= now) {
		watch->resume_due = INT64_MAX;
		v6_ending_resume(watch->host);
	}
	if (v6_ending_is_done(watch->host) || now < watch->ending_due)
		return;
	v6_ending_step(watch->host);
	ended = v6_now_ms();
	watch->ending_due = ended + (ended - began);
}

bool v6_watch_renewal(struct v6_watch *watch, char *ret_id)
{
	struct v6_life *life = watch->renewing ? NULL : v6_lives_renewal(&watch->lives);

	if (!life || life->renew_at > v6_now_ms())
		return false;
	snprintf(ret_id, V6_ID_MAX + 1, "%s", life->id);
	watch->renewing = true;
	return true;
}

void v6_watch_renewed(struct v6_watch *watch, const char *id, int after_s,
		      const struct v6_error *failed)
{
	struct v6_life *life = v6_lives_find(&watch->lives, id);

	watch->renewing = false;
	if (!life)
		return;
	if (failed->code && !life->failed)
		v6_host_warn(watch->host, "%.*s: %s", V6_ID_SHORT, id, failed->text);
	life->failed = failed->code != 0;
	v6_lives_renew_after(life, after_s, v6_now_ms());
}

int v6_watch_timeout_ms(const struct v6_watch *watch)
{
	const struct v6_life *life = watch->renewing ? NULL : v6_lives_renewal(&watch->lives);
	int64_t next = v6_lives_next(&watch->lives), left;

	if (life && life->renew_at < next)
		next = life->renew_at;

	if (watch->gone.due < next)
		next = watch->gone.due;
	if (v6_relays_next(&watch->relays) < next)
		next = v6_relays_next(&watch->relays);
	if (watch->publishing.due < next)
		next = watch->publishing.due;
	if (watch->links_due < next)
		next = watch->links_due;
	if (watch->resume_due < next)
		next = watch->resume_due;
	if (watch->rules.due < next)
		next = watch->rules.due;
	if (!v6_ending_is_done(watch->host) && watch->ending_due < next)
		next = watch->ending_due;
	if (next == INT64_MAX)
		return -1;
	left = next - v6_now_ms();
	return left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}
