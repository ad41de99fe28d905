/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keep DNS equal to what records want: which entries there are, and what becomes of each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "plan/in_dns.h"
#include "store/holders.h"
#include "store/record.h"
#include "watch/publishing.h"

/* Zones that entries are in: one or two, and those of former configurations */
#define LANES_MAX 32
/* Entries that are looked up in one step */
#define LOOKS_MAX 64
/* When to try again to read what can't be read */
#define AGAIN_MS 10000

static void postpone(struct v6_pause *pause, int64_t now)
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

/*
 * The list
 */

static struct v6_lane *get_lane(struct v6_publishing *pub, const struct v6_dns_place *place)
{
	struct v6_lane *lane = pub->lanes;
	size_t n = 0;

	for (; lane; lane = lane->next, n++)
		if (v6_dns_place_equal(&lane->place, place))
			return lane;
	lane = n < LANES_MAX ? calloc(1, sizeof(*lane)) : NULL;
	if (!lane)
		return NULL;
	lane->place = *place;
	lane->exchange.fd = -1;
	lane->next = pub->lanes;
	pub->lanes = lane;
	return lane;
}

static struct v6_published *find_published(const struct v6_publishing *pub,
					   const struct v6_lane *lane,
					   const struct v6_dns_entry *entry)
{
	struct v6_published *p = pub->list;

	for (; p < pub->list + pub->n; p++)
		if (p->lane == lane && v6_dns_entry_equal(&p->entry, entry))
			return p;
	return NULL;
}

static struct v6_published *append_published(struct v6_publishing *pub)
{
	size_t room = pub->room ? 2 * pub->room : 16;
	struct v6_published *larger;

	if (pub->n == pub->room) {
		larger = reallocarray(pub->list, room, sizeof(*larger));
		if (!larger)
			return NULL;
		pub->list = larger;
		pub->room = room;
	}
	return &pub->list[pub->n++];
}

/* get_published() - the one of a note; one that is not listed may be noted all the same */
static struct v6_published *get_published(struct v6_publishing *pub, const struct v6_dns_note *note)
{
	struct v6_lane *lane = get_lane(pub, &note->place);
	struct v6_published *p = lane ? find_published(pub, lane, &note->entry) : NULL;

	if (p)
		return p;
	p = lane ? append_published(pub) : NULL;
	if (!p) {
		v6_host_warn(pub->host, "%s: cannot publish it in DNS: %s", note->entry.name,
			     v6_strerror(ENOMEM));
		return NULL;
	}
	*p = (struct v6_published){.lane = lane, .entry = note->entry};
	p->noted = p->is_doubtful = v6_dns_note_has(note) != 0;
	return p;
}

static int list_note(const struct v6_dns_note *note, void *data)
{
	struct v6_published *p = get_published(data, note);

	if (p)
		p->look = true;
	return 0;
}

static int list_record(const char *id, void *data)
{
	struct v6_publishing *pub = data;
	struct v6_record record;

	if (v6_record_load(pub->host, id, &record, NULL) == 0)
		v6_publishing_add(pub, &record);
	return 0;
}

/* configure() - from here on it is known what is wanted; later on others read the file again */
static void configure(struct v6_publishing *pub, int64_t now)
{
	pub->configured = v6_host_configure(pub->host, NULL) == 0;
	pub->due = pub->configured ? now : now + AGAIN_MS;
	if (pub->configured && pub->all)
		v6_dns_notes_each(list_note, pub);
}

void v6_publishing_open(struct v6_publishing *pub, struct v6_host *host, int epoll, bool all)
{
	pub->host = host;
	pub->epoll = epoll;
	pub->all = all;
	configure(pub, v6_now_ms());
}

void v6_publishing_release(struct v6_publishing *pub)
{
	struct v6_lane *lane, *next;

	for (lane = pub->lanes; lane; lane = next) {
		next = lane->next;
		if (lane->busy)
			v6_dns_end(&lane->exchange);
		free(lane);
	}
	free(pub->list);
	pub->lanes = NULL;
	pub->list = NULL;
	pub->n = pub->room = 0;
}

/* look_again() - at once, whatever was put off */
static void look_again(struct v6_publishing *pub, struct v6_published *p)
{
	p->look = true;
	p->pause = (struct v6_pause){0, 0};
	pub->due = 0;
}

void v6_publishing_drop(struct v6_publishing *pub, const char *id)
{
	struct v6_published *p = pub->list;

	for (; p < pub->list + pub->n; p++)
		if (strcmp(p->id, id) == 0)
			look_again(pub, p);
}

void v6_publishing_look(struct v6_publishing *pub)
{
	size_t i;

	for (i = 0; i < pub->n; i++)
		look_again(pub, &pub->list[i]);
}

void v6_publishing_add(struct v6_publishing *pub, const struct v6_record *record)
{
	struct v6_dns_note notes[V6_IN_DNS_MAX];
	struct v6_published *p;
	size_t i, j, n;

	if (!pub->configured)
		return;
	v6_publishing_drop(pub, record->id);
	for (i = 0; i < record->n_services; i++) {
		n = v6_in_dns(pub->host, record, &record->services[i], notes);
		for (j = 0; j < n; j++) {
			p = get_published(pub, &notes[j]);
			if (!p)
				continue;
			snprintf(p->id, sizeof(p->id), "%s", record->id);
			p->look = false;
			pub->due = 0;
		}
	}
}

/*
 * Who wants an entry
 */

/* struct wish - a search for a record that wants an entry */
struct wish {
	struct v6_publishing *pub;
	struct v6_published *p;
};

static bool wants(const struct v6_host *host, const struct v6_record *record,
		  const struct v6_published *p)
{
	struct v6_dns_note notes[V6_IN_DNS_MAX];
	size_t i, j, n;

	for (i = 0; i < record->n_services; i++) {
		n = v6_in_dns(host, record, &record->services[i], notes);
		for (j = 0; j < n; j++)
			if (v6_dns_place_equal(&notes[j].place, &p->lane->place) &&
			    v6_dns_entry_equal(&notes[j].entry, &p->entry))
				return true;
	}
	return false;
}

static int look_at_wisher(const char *id, void *data)
{
	const struct wish *wish = data;
	struct v6_record record;
	int ret = v6_record_load(wish->pub->host, id, &record, NULL);

	/* a record of a later version may want anything */
	if (ret < 0 && ret != -EPROTO)
		return v6_record_is_none(ret) ? 0 : ret;
	if (ret == 0 && !wants(wish->pub->host, &record, wish->p))
		return 0;
	snprintf(wish->p->id, sizeof(wish->p->id), "%s", id);
	return -EEXIST;
}

/* look_up() - who wants it, if anybody; where that can't be known it stays as it is */
static void look_up(struct v6_publishing *pub, struct v6_published *p, int64_t now)
{
	struct v6_resource resource = v6_resource_address(&p->entry.address);
	struct wish wish = {pub, p};
	int ret = v6_holders_each(pub->host, &resource, look_at_wisher, &wish);

	if (ret < 0 && ret != -EEXIST && ret != -ENOENT) {
		postpone(&p->pause, now);
		return;
	}
	p->look = false;
	p->pause = (struct v6_pause){0, 0};
	if (ret != -EEXIST)
		*p->id = '\0';
}

/*
 * One update
 */

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

/* pick_verb() - what is to be asked about an entry. Return: whether anything is */
static bool pick_verb(const struct v6_published *p, enum v6_dns_verb *ret_verb)
{
	if (*p->id && !p->is_there)
		*ret_verb = p->is_doubtful ? V6_DNS_HAS : V6_DNS_ADD;
	else if (!*p->id && p->noted)
		*ret_verb = V6_DNS_REMOVE;
	else
		return false;
	return true;
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

/* find_other() - of an AAAA record and its PTR record, the other one, or NULL */
static struct v6_published *find_other(const struct v6_publishing *pub,
				       const struct v6_published *p)
{
	struct v6_published *other = pub->list;

	for (; other < pub->list + pub->n; other++)
		if (other->entry.reverse != p->entry.reverse &&
		    v6_address_equal(&other->entry.address, &p->entry.address) &&
		    strcmp(other->entry.name, p->entry.name) == 0)
			return other;
	return NULL;
}

/* is_too_early() - an address gets no name that has not got the address */
static bool is_too_early(const struct v6_publishing *pub, const struct v6_published *p)
{
	const struct v6_published *forward = p->entry.reverse && *p->id ? find_other(pub, p) : NULL;

	return forward && !forward->is_there;
}

static void begin_update(struct v6_publishing *pub, struct v6_published *p, int64_t now)
{
	struct v6_dns_update update = {.entry = p->entry,
				       .ttl_s = pub->host->config.publish_dns.ttl_s};
	struct v6_lane *lane = p->lane;
	struct v6_error err;
	int ret = 0;

	if (!pick_verb(p, &update.verb))
		return;
	if (is_too_early(pub, p)) {
		postpone(&p->pause, now);
		return;
	}
	if (update.verb == V6_DNS_ADD)
		ret = note_first(p, &err);
	if (ret == 0)
		ret = v6_dns_begin(&lane->exchange, &lane->place, &update, pub->epoll, now, &err);
	if (ret < 0) {
		warn_of_lane(pub, lane, err.text);
		postpone(&lane->pause, now);
		return;
	}
	lane->busy = true;
	lane->asked = p->entry;
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
	postpone(&p->pause, now);
	if (p->is_new)
		drop_note(pub, p);
	p->is_absent = false;
	p->is_doubtful = p->noted;
}

static void take_done(struct v6_publishing *pub, struct v6_published *p, enum v6_dns_verb verb)
{
	struct v6_published *other = p->entry.reverse ? NULL : find_other(pub, p);

	if (verb == V6_DNS_REMOVE)
		drop_note(pub, p);
	else
		p->is_there = true;
	if (other)
		other->pause = (struct v6_pause){0, 0};
	p->is_new = p->is_doubtful = p->is_told_of = false;
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
		postpone(&p->pause, now);
		return;
	}
	v6_fail(&err, -EIO, "DNS server %s: zone %s: %s; %s", V6_TEXT(&lane->place.server),
		lane->place.zone, v6_dns_code_name(code),
		code == V6_DNS_BADTIME
			? "its clock and that of this host differ"
			: "see whether the zone is there, and the key may change it");
	warn_of_lane(pub, lane, err.text);
	postpone(&lane->pause, now);
}

/* take_code() - what the server has said for sure. A lane that only says no fails all the same */
static void take_code(struct v6_publishing *pub, struct v6_lane *lane, struct v6_published *p,
		      unsigned int code, int64_t now)
{
	enum v6_dns_verb verb = lane->exchange.update.verb;

	/* an earlier one of its attempts may have been done, and not been heard of */
	if (lane->exchange.attempt > 0)
		p->is_new = p->is_absent = false;
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

static void continue_update(struct v6_publishing *pub, struct v6_lane *lane, int64_t now)
{
	struct v6_published *p;
	struct v6_error err;
	unsigned int code = 0;
	int ret = v6_dns_continue(&lane->exchange, now, &code, &err);

	lane->stirred = false;
	if (ret == 0)
		return;
	lane->busy = false;
	p = find_published(pub, lane, &lane->asked);
	if (ret > 0 && p) {
		take_code(pub, lane, p, code, now);
		return;
	}
	/* it may have been done all the same */
	if (p && p->noted) {
		p->is_new = p->is_absent = false;
		p->is_doubtful = true;
	}
	if (ret < 0)
		warn_of_lane(pub, lane, err.text);
	postpone(&lane->pause, now);
}

/*
 * All of them
 */

bool v6_publishing_stir(struct v6_publishing *pub, int fd)
{
	struct v6_lane *lane = pub->lanes;

	for (; lane; lane = lane->next) {
		if (!lane->busy || lane->exchange.fd != fd)
			continue;
		lane->stirred = true;
		pub->due = 0;
		return true;
	}
	return false;
}

static void expect(struct v6_publishing *pub, int64_t due)
{
	if (due < pub->due)
		pub->due = due;
}

/* step_entry() - Return: whether it is to be remembered */
static bool step_entry(struct v6_publishing *pub, struct v6_published *p, unsigned int *looks,
		       int64_t now)
{
	struct v6_lane *lane = p->lane;
	enum v6_dns_verb verb;
	int64_t due = p->pause.due;

	if (p->look && due <= now && (*looks)++ < LOOKS_MAX)
		look_up(pub, p, now);
	if (p->look) {
		expect(pub, p->pause.due > now ? p->pause.due : now);
		return true;
	}
	if (!pick_verb(p, &verb))
		return *p->id || (lane->busy && v6_dns_entry_equal(&lane->asked, &p->entry));
	if (lane->busy)
		return true;
	if (due < lane->pause.due)
		due = lane->pause.due;
	if (due <= now) {
		begin_update(pub, p, now);
		due = p->pause.due > lane->pause.due ? p->pause.due : lane->pause.due;
	}
	if (!lane->busy)
		expect(pub, due);
	return true;
}

void v6_publishing_step(struct v6_publishing *pub, int64_t now)
{
	unsigned int looks = 0;
	struct v6_lane *lane;
	size_t i;

	if (now < pub->due)
		return;
	if (!pub->configured) {
		configure(pub, now);
		if (!pub->configured)
			return;
		v6_record_ids(pub->host, list_record, pub, NULL);
	}
	pub->due = INT64_MAX;
	for (lane = pub->lanes; lane; lane = lane->next)
		if (lane->busy && (lane->stirred || lane->exchange.deadline <= now))
			continue_update(pub, lane, now);
	for (i = pub->n; i-- > 0;)
		if (!step_entry(pub, &pub->list[i], &looks, now))
			pub->list[i] = pub->list[--pub->n];
	for (lane = pub->lanes; lane; lane = lane->next)
		if (lane->busy)
			expect(pub, lane->exchange.deadline);
}
