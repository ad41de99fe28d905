/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "core/lives.h"
#include "core/record.h"

static struct v6_life *find(const struct v6_lives *lives, const char *id)
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

static struct v6_life *append(struct v6_lives *lives, const char *id)
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
	life->due = INT64_MAX;
	return life;
}

static int wait_for(struct v6_lives *lives, struct v6_life *life, pid_t pid)
{
	struct epoll_event event = {.events = EPOLLIN};

	/* close-on-exec by itself; 5.3 */
	life->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (life->fd < 0)
		return -errno;
	event.data.fd = life->fd;
	return epoll_ctl(lives->epoll, EPOLL_CTL_ADD, life->fd, &event) < 0 ? -errno : 0;
}

int v6_lives_add(struct v6_lives *lives, const struct v6_record *record, int64_t now)
{
	struct v6_life *life = find(lives, record->id);
	int ret = 0;

	if (!life)
		life = append(lives, record->id);
	if (!life)
		return -ENOMEM;
	stop_waiting(life);
	/* whose ports a user's services lead to is looked at from time to time, too */
	life->due = record->uid != 0 ? now + V6_LIFE_LOOK_MS : INT64_MAX;
	if (*record->netns_path)
		life->due = now + V6_LIFE_LOOK_MS;
	else
		ret = wait_for(lives, life, record->pid);
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
	struct v6_life *life = find(lives, id);

	if (!life)
		return;
	stop_waiting(life);
	*life = lives->list[--lives->n];
}

void v6_lives_end(struct v6_lives *lives, int fd, int64_t now)
{
	size_t i;

	for (i = 0; i < lives->n; i++) {
		if (lives->list[i].fd != fd)
			continue;
		stop_waiting(&lives->list[i]);
		lives->list[i].due = now + V6_LIFE_GRACE_MS;
		return;
	}
}

int64_t v6_lives_next(const struct v6_lives *lives)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < lives->n; i++)
		if (lives->list[i].due < next)
			next = lives->list[i].due;
	return next;
}

bool v6_lives_take(struct v6_lives *lives, int64_t now, char *ret_id)
{
	size_t i;

	for (i = 0; i < lives->n; i++) {
		if (lives->list[i].due > now)
			continue;
		/* what can't be taken down now is tried again; its record's end drops it */
		lives->list[i].due = now + V6_LIFE_LOOK_MS;
		snprintf(ret_id, V6_ID_MAX + 1, "%s", lives->list[i].id);
		return true;
	}
	return false;
}
