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
#include "watch/updating.h"

/* Entries that are looked up in one step */
#define LOOKS_MAX 64
/* When to try again to read what can't be read */
#define AGAIN_MS 10000

/*
 * The list
 */

/* get_published() - the one of a note; one that is not listed may be noted all the same */
static struct v6_published *get_published(struct v6_publishing *pub, const struct v6_dns_note *note)
{
	struct v6_lane *lane = v6_lane_get(pub, &note->place);
	struct v6_published *p = lane ? v6_published_find(pub, lane, &note->entry) : NULL;
	struct v6_published **list;

	if (p)
		return p;
	p = lane ? malloc(sizeof(*p)) : NULL;
	if (!p) {
		v6_host_warn(pub->host, "%s: cannot publish it in DNS: %s", note->entry.name,
			     v6_strerror(ENOMEM));
		return NULL;
	}
	list = v6_published_list(pub, &note->entry.address);
	*p = (struct v6_published){.next = *list, .lane = lane, .entry = note->entry};
	*list = p;
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
	struct v6_published *p;
	size_t i;

	for (lane = pub->lanes; lane; lane = next) {
		next = lane->next;
		if (lane->busy)
			v6_dns_end(&lane->exchange);
		free(lane);
	}
	pub->lanes = NULL;
	for (i = 0; i < V6_PUBLISHED_LISTS; i++) {
		while ((p = pub->lists[i])) {
			pub->lists[i] = p->next;
			free(p);
		}
	}
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
	struct v6_published *p = NULL;

	while ((p = v6_published_next(pub, p)))
		if (strcmp(p->id, id) == 0)
			look_again(pub, p);
}

void v6_publishing_look(struct v6_publishing *pub)
{
	struct v6_published *p = NULL;

	while ((p = v6_published_next(pub, p)))
		look_again(pub, p);
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
		v6_pause_longer(&p->pause, now);
		return;
	}
	p->look = false;
	p->pause = (struct v6_pause){0, 0};
	if (ret != -EEXIST)
		*p->id = '\0';
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

	if (p->look && p->pause.due <= now && (*looks)++ < LOOKS_MAX)
		look_up(pub, p, now);
	if (p->look) {
		expect(pub, p->pause.due > now ? p->pause.due : now);
		return true;
	}
	if (!v6_published_wants(p, &verb))
		return *p->id || p->is_asked;
	if (lane->busy)
		return true;
	if (p->pause.due <= now && v6_published_is_early(pub, p))
		v6_pause_longer(&p->pause, now);
	if (p->pause.due > now)
		expect(pub, p->pause.due);
	else if (lane->pause.due <= now)
		v6_lane_take(p);
	return true;
}

static void step_entries(struct v6_publishing *pub, int64_t now)
{
	struct v6_published **link, *p;
	unsigned int looks = 0;
	size_t i;

	for (i = 0; i < V6_PUBLISHED_LISTS; i++) {
		link = &pub->lists[i];
		while ((p = *link)) {
			if (step_entry(pub, p, &looks, now)) {
				link = &p->next;
				continue;
			}
			*link = p->next;
			free(p);
		}
	}
}

void v6_publishing_step(struct v6_publishing *pub, int64_t now)
{
	struct v6_lane *lane;

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
			v6_lane_continue(pub, lane, now);
	step_entries(pub, now);
	for (lane = pub->lanes; lane; lane = lane->next) {
		if (!lane->busy && lane->update.n > 0)
			v6_lane_begin(pub, lane, now);
		if (lane->busy)
			expect(pub, lane->exchange.deadline);
		else if (lane->pause.due > now)
			expect(pub, lane->pause.due);
	}
}
