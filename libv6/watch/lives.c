/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keep the list of containers, and of when each is due. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "policy/config.h"
#include "store/life.h"
#include "store/record.h"
#include "watch/lives.h"

struct v6_life *v6_lives_find(const struct v6_lives *lives, const char *id)
{
	size_t i;

	for (i = 0; i < lives->n; i++)
		if (strcmp(lives->list[i].id, id) == 0)
			return &lives->list[i];
	return NULL;
}

/* stop_waiting() - a descriptor that is closed leaves the epoll set */
static void stop_waiting(struct v6_life *life)
{
	v6_cleanup_fd(&life->fd);
	life->fd = -1;
}

void v6_lives_release(struct v6_lives *lives)
{
	size_t i;

	for (i = 0; i < lives->n; i++)
		stop_waiting(&lives->list[i]);
	free(lives->list);
	lives->list = NULL;
	lives->n = lives->room = 0;
}

static struct v6_life *add_life(struct v6_lives *lives, const char *id)
{
	size_t room = lives->room ? 2 * lives->room : 16;
	struct v6_life *larger, *life;

	if (lives->n == lives->room) {
		larger = reallocarray(lives->list, room, sizeof(*larger));
		if (!larger)
			return NULL;
		lives->list = larger;
		lives->room = room;
	}
	life = &lives->list[lives->n++];
	snprintf(life->id, sizeof(life->id), "%s", id);
	life->fd = -1;
	life->renew_at = INT64_MAX;
	life->failed = false;
	life->stirred_at = 0;
	life->in_vain = 0;
	life->join_at = INT64_MAX;
	life->is_blocked = false;
	life->blocks = 0;
	return life;
}

static int wait_for_process(struct v6_lives *lives, struct v6_life *life, pid_t pid)
{
	struct epoll_event event = {.events = EPOLLIN};

	/* close-on-exec by itself; 5.3 */
	life->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (life->fd < 0)
		return -errno;
	event.data.fd = life->fd;
	return epoll_ctl(lives->epoll, EPOLL_CTL_ADD, life->fd, &event) < 0 ? -errno : 0;
}

void v6_lives_put(struct v6_life *life, bool pending, int64_t now)
{
	life->due = life->is_looked_at ? now + V6_LIFE_LOOK_MS : INT64_MAX;
	/* that it has gone is told of by its record; where it could not, it is tried again later */
	if (life->leave_at <= now)
		life->leave_at = now + V6_LIFE_LOOK_MS;
	if (life->leave_at < life->due)
		life->due = life->leave_at;
	if (!pending) {
		life->pause_ms = 0;
		return;
	}
	life->pause_ms = life->pause_ms ? 2 * life->pause_ms : V6_LIFE_SETTLE_MS;
	if (life->pause_ms > V6_LIFE_PAUSE_MAX_MS)
		life->pause_ms = V6_LIFE_PAUSE_MAX_MS;
	if (now + life->pause_ms < life->due)
		life->due = now + life->pause_ms;
}

struct v6_life *v6_lives_renewal(const struct v6_lives *lives)
{
	struct v6_life *life, *next = NULL;

	for (life = lives->list; life < lives->list + lives->n; life++)
		if (life->renew_at != INT64_MAX && (!next || life->renew_at < next->renew_at))
			next = life;
	return next;
}

void v6_lives_renew_after(struct v6_life *life, int after_s, int64_t now)
{
	int64_t after = after_s * INT64_C(1000);
	unsigned int h = (unsigned int)now;
	const char *c;

	/* not all at the same time, who came at the same time */
	for (c = life->id; *c; c++)
		h = h * 33 + (unsigned char)*c;
	life->renew_at = now + after + (int64_t)(h % 1000) * after / 10000;
}

/* find_leave_time() - the first address that goes */
static int64_t find_leave_time(const struct v6_record *record, int64_t now)
{
	int64_t first = INT64_MAX, left, uptime = v6_uptime_s();
	size_t i;

	for (i = 0; i < record->n_leaving; i++) {
		left = v6_leaving_left(&record->leaving[i], uptime);
		if (left < first)
			first = left;
	}
	return first == INT64_MAX ? first : now + first * 1000;
}

/* note_joining() - a record is written again meanwhile, and by whoever moves it in front by hand */
static void note_joining(struct v6_life *life, const struct v6_record *record, int64_t now)
{
	if (record->share.mode == V6_SHARE_NONE || record->share.ready) {
		life->join_at = INT64_MAX;
	} else if (life->join_at == INT64_MAX) {
		life->join_at = life->joining_since = now;
		life->is_told_of = false;
	}
}

int v6_lives_add(struct v6_lives *lives, const struct v6_record *record, int netns, int64_t now)
{
	struct v6_life *life = v6_lives_find(lives, record->id);
	int ret = 0;

	if (!life)
		life = add_life(lives, record->id);
	if (!life)
		return -ENOMEM;
	stop_waiting(life);
	life->is_looked_at = *record->netns_path || record->uid != 0;
	life->is_given = record->destination.provided;
	life->netns = netns;
	life->pause_ms = 0;
	life->leave_at = find_leave_time(record, now);
	if (!v6_record_is_renewed(record))
		life->renew_at = INT64_MAX;
	else if (life->renew_at == INT64_MAX)
		v6_lives_renew_after(life, lives->first_s, now);
	note_joining(life, record, now);
	v6_lives_put(life, record->destination.pending, now);
	if (!*record->netns_path)
		ret = wait_for_process(lives, life, record->pid);
	/* the number may be another process's by now: the descriptor names one, whatever it is */
	if (ret == -ESRCH || v6_record_alive(record) == 0) {
		stop_waiting(life);
		life->due = now + V6_LIFE_GRACE_MS;
		return 0;
	}
	return ret;
}

void v6_lives_drop(struct v6_lives *lives, const char *id)
{
	struct v6_life *life = v6_lives_find(lives, id);

	if (!life)
		return;
	stop_waiting(life);
	*life = lives->list[--lives->n];
}

void v6_lives_end(struct v6_lives *lives, int fd, int64_t now)
{
	struct pollfd ended = {fd, POLLIN, 0};
	size_t i;

	/* since it was heard of, the number may have become another one's */
	if (poll(&ended, 1, 0) <= 0)
		return;

	for (i = 0; i < lives->n; i++) {
		if (lives->list[i].fd != fd)
			continue;
		stop_waiting(&lives->list[i]);
		lives->list[i].due = now + V6_LIFE_GRACE_MS;
		return;
	}
}

/* stir_life() - have one looked at soon, or later where nothing came of it again and again */
static void stir_life(struct v6_life *life, int64_t now)
{
	bool goes_on = now - life->stirred_at <= V6_LIFE_CALM_MS;
	int after_ms = V6_LIFE_SETTLE_MS;

	life->stirred_at = now;
	if (!goes_on)
		life->in_vain = 0;
	if (life->in_vain >= V6_LIFE_VAIN_MAX)
		after_ms = V6_LIFE_REST_MS;
	if (life->pause_ms > after_ms)
		life->pause_ms = after_ms;
	if (now + after_ms < life->due)
		life->due = now + after_ms;
}

void v6_lives_stir(struct v6_lives *lives, int netns, bool gone, int64_t now)
{
	struct v6_life *life;

	for (life = lives->list; life < lives->list + lives->n; life++) {
		if (life->netns != netns || (!gone && !life->is_given && life->pause_ms == 0))
			continue;
		stir_life(life, now);
	}
}

int64_t v6_lives_next(const struct v6_lives *lives)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < lives->n; i++) {
		if (lives->list[i].due < next)
			next = lives->list[i].due;
		if (lives->list[i].join_at < next)
			next = lives->list[i].join_at;
	}
	return next;
}

struct v6_life *v6_lives_take(struct v6_lives *lives, int64_t now)
{
	size_t i;

	for (i = 0; i < lives->n; i++) {
		if (lives->list[i].due > now)
			continue;
		/* what can't be taken down now is tried again; its record's end drops it */
		lives->list[i].due = now + V6_LIFE_LOOK_MS;
		return &lives->list[i];
	}
	return NULL;
}
