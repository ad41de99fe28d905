/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keep the processes of relays equal to what records want. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "kernel/netns.h"
#include "store/life.h"
#include "store/record.h"
#include "store/relay.h"
#include "watch/files.h"
#include "watch/relays.h"

/* Where a relay finds what it is given: see relay/main.c */
#define FD_NETNS 3
#define FD_FILE	 4
#define FD_LIFE	 5
#define FD_BELL	 6

/* Most arguments of a relay: those of v6_relay_line(), and its name */
#define ARGUMENTS_MAX (V6_REQUEST_MAPS_MAX + 16)

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif

/*
 * Starting one
 */

/* struct relay_fds - what a relay is given; @life: pidfd of the container's process, or -1 */
struct relay_fds {
	int netns, file, life, bell;
};

/* give_fd() - under a number that no other one has: all of ours are above, see open_high() */
static void give_fd(int fd, int number)
{
	if (fd < 0)
		close(number);
	else if (dup2(fd, number) < 0)
		_exit(1);
}

/* find_relay_program() - beside v6d, as in the build tree, or where it is installed */
static const char *find_relay_program(char *path, size_t size)
{
	static const char *const places[] = {"oci-v6-relay", "../libexec/oci-v6/oci-v6-relay"};
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *name;
	size_t i;

	if (n < 0)
		return NULL;
	path[n] = '\0';
	name = strrchr(path, '/') + 1;
	for (i = 0; i < V6_ARRAY_SIZE(places); i++) {
		snprintf(name, size - (size_t)(name - path), "%s", places[i]);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static _Noreturn void exec_relay(const char *path, char *const *arguments,
				 const struct relay_fds *fds)
{
	give_fd(fds->netns, FD_NETNS);
	give_fd(fds->file, FD_FILE);
	give_fd(fds->life, FD_LIFE);
	give_fd(fds->bell, FD_BELL);
	syscall(SYS_close_range, FD_BELL + 1, UINT_MAX, 0);
	execv(path, arguments);
	_exit(127);
}

/* split_line() - in place */
static void split_line(char *line, char **ret_arguments)
{
	static char name[] = "oci-v6-relay";
	size_t n = 0;
	char *word;

	ret_arguments[n++] = name;
	while ((word = strsep(&line, " ")) && n < ARGUMENTS_MAX - 1)
		ret_arguments[n++] = word;
	ret_arguments[n] = NULL;
}

/* raise_fd() - to a number that exec_relay() gives to nobody */
static int raise_fd(int *fd)
{
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, FD_BELL + 1);

	v6_cleanup_fd(fd);
	*fd = high;
	return high < 0 ? -errno : 0;
}

/* open_life() - of a container's process: a relay ends with it. One that is bound to the file of
 * its network has none
 */
static int open_life(const struct v6_record *record, int *ret_fd)
{
	auto_fd int fd = -1;

	if (*record->netns_path || record->pid <= 0)
		return 0;
	fd = (int)syscall(SYS_pidfd_open, record->pid, 0);
	if (fd < 0 || v6_record_alive(record) <= 0)
		return -ESRCH;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

static int fork_relay(const char *path, const struct v6_relay_line *line,
		      const struct relay_fds *fds, pid_t *ret_pid)
{
	struct v6_relay_line words = *line;
	char *arguments[ARGUMENTS_MAX];
	pid_t pid;

	split_line(words.s, arguments);
	pid = fork();
	if (pid == 0)
		exec_relay(path, arguments, fds);
	if (pid < 0)
		return -errno;
	*ret_pid = pid;
	return 0;
}

static void close_fds(struct relay_fds *fds)
{
	v6_cleanup_fd(&fds->netns);
	v6_cleanup_fd(&fds->file);
	v6_cleanup_fd(&fds->life);
	v6_cleanup_fd(&fds->bell);
}

/* start_relay() - Return: 0, with @ret_pid and @ret_bell, or a negative errno */
static int start_relay(struct v6_host *host, const struct v6_record *record,
		       const struct v6_relay_line *line, pid_t *ret_pid, int *ret_bell,
		       struct v6_error *err)
{
	struct relay_fds auto_call(close_fds) fds = {-1, -1, -1, -1};
	char path[PATH_MAX];
	const char *program = find_relay_program(path, sizeof(path));
	int ret = v6_record_netns(record, &fds.netns, err);

	if (ret < 0)
		return ret;
	if (!program)
		return v6_fail(err, -ENOENT, "%s: cannot find it; install oci-v6-hook again", path);
	ret = open_life(record, &fds.life);
	if (ret == 0)
		ret = v6_relay_file(host, record->id, line, &fds.file, &fds.bell);
	if (ret == 0)
		ret = raise_fd(&fds.netns);
	if (ret == 0)
		ret = raise_fd(&fds.file);
	if (ret == 0)
		ret = raise_fd(&fds.bell);
	if (ret == 0 && fds.life >= 0)
		ret = raise_fd(&fds.life);
	if (ret == 0)
		ret = fork_relay(program, line, &fds, ret_pid);
	if (ret == 0)
		*ret_bell = v6_steal_fd(&fds.bell);
	return ret < 0 ? v6_fail(err, ret, "cannot start its relay: %s", v6_strerror(ret)) : 0;
}

/*
 * Those that are there
 */

static struct v6_relaying *find_relaying(const struct v6_relays *relays, const char *id)
{
	size_t i;

	for (i = 0; i < relays->n; i++)
		if (strcmp(relays->list[i].id, id) == 0)
			return &relays->list[i];
	return NULL;
}

/* forget_process() - a descriptor that is closed leaves the epoll set */
static void forget_process(struct v6_relaying *r)
{
	v6_cleanup_fd(&r->fd);
	v6_cleanup_fd(&r->bell);
	r->fd = r->bell = -1;
	r->pid = 0;
}

/* leave_process() - to itself, which goes if its file has gone */
static void leave_process(struct v6_relaying *r)
{
	v6_relay_ring(r->bell);
	forget_process(r);
}

static void forget_relaying(struct v6_relays *relays, struct v6_relaying *r)
{
	leave_process(r);
	*r = relays->list[--relays->n];
}

void v6_relays_open(struct v6_relays *relays, struct v6_host *host, int epoll)
{
	relays->host = host;
	relays->epoll = epoll;
	v6_relays_tidy(host);
}

void v6_relays_release(struct v6_relays *relays)
{
	while (relays->n > 0)
		forget_relaying(relays, &relays->list[0]);
	free(relays->list);
	relays->list = NULL;
	relays->room = 0;
	v6_cleanup_fd(&relays->inotify);
	relays->inotify = -1;
}

static struct v6_relaying *append_relaying(struct v6_relays *relays, const char *id)
{
	size_t room = relays->room ? 2 * relays->room : 16;
	struct v6_relaying *larger;

	if (relays->n == relays->room) {
		larger = reallocarray(relays->list, room, sizeof(*larger));
		if (!larger)
			return NULL;
		relays->list = larger;
		relays->room = room;
	}
	larger = &relays->list[relays->n++];
	*larger = (struct v6_relaying){.fd = -1, .bell = -1};
	snprintf(larger->id, sizeof(larger->id), "%s", id);
	return larger;
}

void v6_relays_add(struct v6_relays *relays, const struct v6_record *record, int64_t now)
{
	struct v6_relaying *r = find_relaying(relays, record->id);

	if (!r && record->relay != V6_RELAY_OFF) {
		r = append_relaying(relays, record->id);
		if (!r)
			v6_host_warn(relays->host, "%.*s: cannot start its relay: %s", V6_ID_SHORT,
				     record->id, v6_strerror(ENOMEM));
	}
	if (r)
		r->due = now;
}

void v6_relays_drop(struct v6_relays *relays, const char *id)
{
	struct v6_relaying *r = find_relaying(relays, id);

	if (!r)
		return;
	v6_relay_dismiss(relays->host, id);
	forget_relaying(relays, r);
}

void v6_relays_look(struct v6_relays *relays, int64_t now)
{
	size_t i;

	for (i = 0; i < relays->n; i++)
		relays->list[i].due = now;
}

/* put_off() - the first one after a long run is started again at once */
static void put_off(struct v6_relaying *r, int64_t now)
{
	bool was_long = now - r->since >= V6_RELAY_LONG_MS;

	r->due = now + (was_long ? 0 : r->pause_ms);
	r->pause_ms = was_long ? 0 : 2 * r->pause_ms;
	if (r->pause_ms < V6_RELAY_PAUSE_MS)
		r->pause_ms = V6_RELAY_PAUSE_MS;
	if (r->pause_ms > V6_RELAY_PAUSE_MAX_MS)
		r->pause_ms = V6_RELAY_PAUSE_MAX_MS;
}

/* struct removals - of files of relays, and when they are read */
struct removals {
	struct v6_relays *relays;
	int64_t now;
};

/* note_removed() - after a moment, for whoever removes all of them to be done. What does not run
 * has a pause before it is started again, which stays
 */
static int note_removed(const struct inotify_event *event, void *data)
{
	const struct removals *removals = data;
	struct v6_relaying *r;

	if (event->mask & IN_Q_OVERFLOW)
		v6_relays_look(removals->relays, removals->now);
	if (event->len == 0)
		return 0;
	r = find_relaying(removals->relays, event->name + (*event->name == '.'));
	if (r && r->fd >= 0)
		r->due = removals->now + V6_RELAY_PAUSE_MS;
	return 0;
}

/* watch_files() - the directory of relays, which is another one if somebody removed it. Without it
 * they are looked at when v6d starts
 */
static void watch_files(struct v6_relays *relays)
{
	char path[sizeof("/proc/self/fd//" V6_RELAYS_DIR) + 16];
	struct epoll_event event = {.events = EPOLLIN};

	if (relays->inotify < 0) {
		relays->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		event.data.fd = relays->inotify;
		(void)epoll_ctl(relays->epoll, EPOLL_CTL_ADD, relays->inotify, &event);
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d/" V6_RELAYS_DIR, relays->host->dir);
	(void)inotify_add_watch(relays->inotify, path, IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR);
}

bool v6_relays_stir(struct v6_relays *relays, int fd, int64_t now)
{
	struct v6_relaying *r = relays->list;
	struct removals removals = {relays, now};

	if (fd == relays->inotify) {
		v6_files_read(fd, note_removed, &removals);
		return true;
	}
	for (; r < relays->list + relays->n && r->fd != fd; r++)
		;
	if (r == relays->list + relays->n)
		return false;
	forget_process(r);
	put_off(r, now);
	return true;
}

int64_t v6_relays_next(const struct v6_relays *relays)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < relays->n; i++)
		if (relays->list[i].due < next)
			next = relays->list[i].due;
	return next;
}

/* wait_for_relay() - for its end, that is */
static int wait_for_relay(struct v6_relays *relays, struct v6_relaying *r, pid_t pid)
{
	struct epoll_event event = {.events = EPOLLIN};

	r->pid = pid;
	r->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	event.data.fd = r->fd;
	if (r->fd < 0 || epoll_ctl(relays->epoll, EPOLL_CTL_ADD, r->fd, &event) < 0)
		return -errno;
	return 0;
}

/* know_process() - of one that was started before this watch began, by this process or another */
static void know_process(struct v6_relays *relays, struct v6_relaying *r, pid_t pid)
{
	if (pid <= 0 || r->fd >= 0)
		return;
	r->bell = v6_relay_bell(relays->host, r->id);
	if (wait_for_relay(relays, r, pid) < 0 || v6_relay_find(relays->host, r->id, NULL) != pid)
		forget_process(r);
	else
		watch_files(relays);
}

/* is_as_wanted() - whether a relay runs, or is about to lock its file, that was started with this
 */
static bool is_as_wanted(struct v6_relays *relays, struct v6_relaying *r,
			 const struct v6_relay_line *wanted)
{
	struct v6_relay_line line = {""};

	know_process(relays, r, v6_relay_find(relays->host, r->id, &line));
	return r->fd >= 0 && strcmp(line.s, wanted->s) == 0;
}

/* replace_relay() - one with other arguments goes by itself, as its file goes */
static int replace_relay(struct v6_relays *relays, struct v6_relaying *r,
			 const struct v6_record *record, const struct v6_relay_line *wanted,
			 int64_t now, struct v6_error *err)
{
	pid_t pid = 0;
	int ret;

	leave_process(r);
	ret = start_relay(relays->host, record, wanted, &pid, &r->bell, err);
	if (ret < 0)
		return ret;
	watch_files(relays);
	r->since = now;
	ret = wait_for_relay(relays, r, pid);
	return ret < 0 ? v6_fail(err, ret, "cannot watch its relay: %s", v6_strerror(ret)) : 0;
}

/* look_at_relay() - Return: whether it is to be remembered */
static bool look_at_relay(struct v6_relays *relays, struct v6_relaying *r, int64_t now)
{
	struct v6_relay_line wanted;
	struct v6_record record;
	struct v6_error err;
	int ret = v6_record_find(relays->host, r->id, &record, &err);

	r->due = INT64_MAX;
	if (ret == 0 || (ret > 0 && !v6_relay_is_wanted(&record))) {
		v6_relay_dismiss(relays->host, r->id);
		leave_process(r);
		return ret > 0 && record.relay != V6_RELAY_OFF;
	}
	if (ret > 0) {
		wanted = v6_relay_line(relays->host, &record);
		if (is_as_wanted(relays, r, &wanted))
			return true;
		ret = replace_relay(relays, r, &record, &wanted, now, &err);
	}
	if (ret < 0) {
		v6_host_warn(relays->host, "%.*s: %s", V6_ID_SHORT, r->id, err.text);
		put_off(r, now);
	}
	return true;
}

void v6_relays_step(struct v6_relays *relays, int64_t now)
{
	size_t i;

	for (i = relays->n; i-- > 0;)
		if (relays->list[i].due <= now && !look_at_relay(relays, &relays->list[i], now))
			forget_relaying(relays, &relays->list[i]);
}
