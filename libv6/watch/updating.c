/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Update DNS by one message at a time, about one entry or several. */
#include <errno.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "watch/updating.h"

void v6_pause_longer(struct v6_pause *pause, int64_t now)
{
	pause->ms = pause->ms ? 2 * pause->ms : V6_PUBLISHING_PAUSE_MS;
	if (pause->ms > V6_PUBLISHING_PAUSE_MAX_MS)
		pause->ms = V6_PUBLISHING_PAUSE_MAX_MS;
	pause->due = now + pause->ms;
}

static struct v6_dns_note note_of(const struct v6_published *p)
{
	struct v6_dns_note note = {.place = p->lane->place, .entry = p->entry};

	return note;
}

bool v6_published_wants(const struct v6_published *p, enum v6_dns_verb *ret_verb)
{
	if (*p->id && !p->is_there)
		*ret_verb = p->is_doubtful ? V6_DNS_HAS : V6_DNS_ADD;
	else if (!*p->id && p->noted)
		*ret_verb = V6_DNS_REMOVE;
	else
		return false;
	return true;
}

static void warn_of_entry(struct v6_publishing *pub, struct v6_published *p, const char *what)
{
	if (!p->is_told_of)
		v6_host_warn(pub->host, "%s: DNS server %s %s", v6_dns_owner(&p->entry).s,
			     V6_TEXT(&p->lane->place.server), what);
	p->is_told_of = true;
}

static void warn_of_lane(struct v6_publishing *pub, struct v6_lane *lane, const char *what)
{
	if (!lane->is_told_of)
		v6_host_warn(pub->host, "%s; what is published in zone %s waits for that", what,
			     lane->place.zone);
	lane->is_told_of = true;
}

static void drop_note(struct v6_publishing *pub, struct v6_published *p)
{
	struct v6_dns_note note = note_of(p);
	struct v6_error err;

	if (v6_dns_note_drop(&note, &err) < 0)
		v6_host_warn(pub->host, "%s", err.text);
	p->noted = p->is_new = p->is_absent = p->is_doubtful = p->is_there = false;
}

/* note_first() - before it is asked for, or a crash would leave what nobody removes */
static int note_first(struct v6_published *p, struct v6_error *err)
{
	struct v6_dns_note note = note_of(p);
	int ret = p->noted ? 0 : v6_dns_note_write(&note, err);

	if (ret == 0 && !p->noted)
		p->noted = p->is_new = true;
	return ret;
}

bool v6_published_is_early(struct v6_publishing *pub, const struct v6_published *p)
{
	const struct v6_published *forward = p->entry.reverse && *p->id ? v6_published_other(pub, p)
									: NULL;

	return forward && !forward->is_there;
}

static bool has_same_owner(const struct v6_dns_entry *a, const struct v6_dns_entry *b)
{
	return a->reverse ? v6_address_equal(&a->address, &b->address)
			  : strcmp(a->name, b->name) == 0;
}

/* goes_along() - whether an update about others can be about an entry as well: what is asked about
 * a name is asked about all that it has
 */
static bool goes_along(const struct v6_lane *lane, const struct v6_published *p,
		       enum v6_dns_verb verb)
{
	size_t i;

	if (lane->update.n == 0)
		return true;
	if (lane->update.n == V6_DNS_ENTRIES_MAX || lane->update.verb != verb || p->is_alone ||
	    lane->asked[0]->is_alone)
		return false;
	for (i = 0; i < lane->update.n; i++)
		if (has_same_owner(&lane->entries[i], &p->entry))
			return false;
	return true;
}

void v6_lane_take(struct v6_published *p)
{
	struct v6_lane *lane = p->lane;
	enum v6_dns_verb verb;

	if (!v6_published_wants(p, &verb) || !goes_along(lane, p, verb))
		return;
	lane->update.verb = verb;
	lane->entries[lane->update.n] = p->entry;
	lane->asked[lane->update.n++] = p;
	p->is_asked = true;
}

/* forget_asked() - those from the @n-th on: they are not asked about, or not any more */
static void forget_asked(struct v6_lane *lane, size_t n)
{
	size_t i;

	for (i = n; i < lane->update.n; i++)
		lane->asked[i]->is_asked = false;
	lane->update.n = n;
}

/* note_all_first() - of those from the first on that can be noted. Return: 0, or why none can */
static int note_all_first(struct v6_lane *lane, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < lane->update.n && ret == 0; i++)
		ret = note_first(lane->asked[i], err);
	if (ret == 0 || i == 1)
		return ret;
	forget_asked(lane, i - 1);
	return 0;
}

void v6_lane_begin(struct v6_publishing *pub, struct v6_lane *lane, int64_t now)
{
	struct v6_error err;
	int ret = 0;

	lane->update.entries = lane->entries;
	lane->update.ttl_s = pub->host->config.publish_dns.ttl_s;
	if (lane->update.verb == V6_DNS_ADD)
		ret = note_all_first(lane, &err);
	if (ret == 0)
		ret = v6_dns_begin(&lane->exchange, &lane->place, &lane->update, pub->epoll, now,
				   &err);
	lane->busy = ret == 0;
	if (ret == 0)
		return;
	warn_of_lane(pub, lane, err.text);
	v6_pause_longer(&lane->pause, now);
	forget_asked(lane, 0);
}

/* take_exists() - there is one already: somebody else's, or ours, of which we did not hear */
static void take_exists(struct v6_publishing *pub, struct v6_published *p, int64_t now)
{
	if (!p->is_new && !p->is_absent) {
		p->is_doubtful = true;
		return;
	}
	warn_of_entry(
		pub, p,
		"has a record for it that is not ours; that stays, and ours waits until it is gone");
	v6_pause_longer(&p->pause, now);
	if (p->is_new)
		drop_note(pub, p);
	p->is_absent = false;
	p->is_doubtful = p->noted;
}

static void take_done(struct v6_publishing *pub, struct v6_published *p, enum v6_dns_verb verb)
{
	struct v6_published *other = p->entry.reverse ? NULL : v6_published_other(pub, p);

	if (verb == V6_DNS_REMOVE)
		drop_note(pub, p);
	else
		p->is_there = true;
	if (other)
		other->pause = (struct v6_pause){0, 0};
	p->is_new = p->is_doubtful = p->is_told_of = p->is_alone = false;
	p->pause = (struct v6_pause){0, 0};
}

/* take_refusal() - of one entry, or of all of them */
static void take_refusal(struct v6_publishing *pub, struct v6_published *p, unsigned int code,
			 int64_t now)
{
	struct v6_lane *lane = p->lane;
	struct v6_error err;

	if (p->is_new && code != V6_DNS_SERVFAIL)
		drop_note(pub, p);
	if (code == V6_DNS_REFUSED) {
		warn_of_entry(pub, p, "refuses to change it; let the key do so");
		v6_pause_longer(&p->pause, now);
		return;
	}
	v6_fail(&err, -EIO, "DNS server %s: zone %s: %s: %s", V6_TEXT(&lane->place.server),
		lane->place.zone, v6_dns_code_name(code), v6_dns_code_advice(code));
	warn_of_lane(pub, lane, err.text);
	v6_pause_longer(&lane->pause, now);
}

/* take_code() - what the server has said for sure of one entry. A lane that only says no fails all
 * the same
 */
static void take_code(struct v6_publishing *pub, struct v6_published *p, unsigned int code,
		      int64_t now)
{
	struct v6_lane *lane = p->lane;
	enum v6_dns_verb verb = lane->update.verb;

	if (code == V6_DNS_NOERROR) {
		take_done(pub, p, verb);
	} else if (code == V6_DNS_YXRRSET && verb == V6_DNS_ADD) {
		take_exists(pub, p, now);
	} else if (code == V6_DNS_NXRRSET && verb == V6_DNS_HAS) {
		p->is_absent = true;
		p->is_doubtful = false;
	} else {
		take_refusal(pub, p, code, now);
		return;
	}
	if (lane->is_told_of)
		v6_host_warn(pub->host, "DNS server %s: zone %s is updated again",
			     V6_TEXT(&lane->place.server), lane->place.zone);
	lane->is_told_of = false;
	lane->pause = (struct v6_pause){0, 0};
}

/* take_codes() - of several entries of which one is refused each is asked about alone */
static void take_codes(struct v6_publishing *pub, struct v6_lane *lane, unsigned int code,
		       int64_t now)
{
	bool refused = lane->update.n > 1 && code != V6_DNS_NOERROR;
	struct v6_published *p;
	size_t i;

	for (i = 0; i < lane->update.n; i++) {
		p = lane->asked[i];
		/* an earlier one of its attempts may have been done, and not been heard of */
		if (lane->exchange.attempt > 0)
			p->is_new = p->is_absent = false;
		p->is_alone |= refused;
		if (!refused)
			take_code(pub, p, code, now);
	}
}

/* take_silence() - it may have been done all the same */
static void take_silence(struct v6_lane *lane)
{
	struct v6_published *p;
	size_t i;

	for (i = 0; i < lane->update.n; i++) {
		p = lane->asked[i];
		p->is_alone |= lane->update.n > 1;
		if (!p->noted)
			continue;
		p->is_new = p->is_absent = false;
		p->is_doubtful = true;
	}
}

void v6_lane_continue(struct v6_publishing *pub, struct v6_lane *lane, int64_t now)
{
	struct v6_error err;
	unsigned int code = 0;
	int ret = v6_dns_continue(&lane->exchange, now, &code, &err);

	lane->stirred = false;
	if (ret == 0)
		return;
	lane->busy = false;
	if (ret > 0) {
		take_codes(pub, lane, code, now);
	} else {
		take_silence(lane);
		warn_of_lane(pub, lane, err.text);
		v6_pause_longer(&lane->pause, now);
	}
	forget_asked(lane, 0);
}
