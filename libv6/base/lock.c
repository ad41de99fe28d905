/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hold a lock on a file, in the order of arrival, and wait for it no longer than a deadline.
 *
 * The lock itself is flock()'s, which /proc/locks names the holder of. Who has to wait locks one
 * byte of the same file, by the other kind of lock: its offset is the time of arrival. So the
 * waiter with the lowest locked byte is next. The kernel unlocks the byte of a waiter that is
 * killed, and nothing is written anywhere.
 *
 * Waiters ask again and again. A blocked flock() could be ended by a signal only, and would let
 * others come first: whoever asks before the one that the kernel has woken up gets the lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"

/* How often a waiter looks who has the lock and who is next */
#define LOOK_MS 200

/* While a page of the list of all locks is read, nobody on the host takes or drops one */
#define LOCKS_SIZE_MAX (1 << 16)

/* Who has waited for longer has been stopped, and counts no more */
#define OLDEST_MS (4 * V6_LOCK_PATIENCE_MS)

/* Waiters before one that count: with each, the pause between two tries doubles. None is longer
 * than the others need for their turns, a millisecond or more each.
 */
#define PLACES_MAX 4

/**
 * struct queueing - A wait for the lock
 * @ticket:	The byte that is ours; a time, in nanoseconds
 * @passed:	Waiters up to this one have stopped, and count no more
 * @n_passed:	How many these are, or would be
 * @looked_ms:	When we looked around last, or when we came
 * @head:	Who was next then, or 0: we are; @was_free: nobody had the lock then
 * @holder:	Who had it at the first look, or -1; @stayed: and still at the others
 */
struct queueing {
	int fd;
	int64_t ticket, passed, looked_ms, head;
	bool was_free, stayed;
	pid_t holder;
	int n_passed;
};

/* find_lock_holder() - in /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 00:18:1234 0 EOF"; who waits
 * has an arrow there
 */
static pid_t find_lock_holder(int fd)
{
	unsigned int major_number, minor_number;
	auto_free char *text = NULL;
	char *line, *rest;
	unsigned long inode;
	struct stat st;
	size_t size;
	int pid;

	if (fstat(fd, &st) < 0 ||
	    v6_file_read_at(AT_FDCWD, "/proc/locks", LOCKS_SIZE_MAX, &text, &size) < 0)
		return 0;
	for (rest = text; (line = strsep(&rest, "\n"));)
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_number,
			   &minor_number, &inode) == 4 &&
		    inode == st.st_ino && makedev(major_number, minor_number) == st.st_dev)
			return pid;
	return 0;
}

static void name_holder(const struct queueing *q, struct v6_lock_holder *ret_holder)
{
	pid_t pid = find_lock_holder(q->fd);
	bool stayed = q->stayed && (q->holder < 0 || q->holder == pid);
	char path[sizeof("/proc/-2147483648/comm")];
	auto_free char *text = NULL;
	size_t size;

	*ret_holder = (struct v6_lock_holder){.pid = pid, .stayed = stayed, .waited = true};
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (pid == 0 || v6_file_read_at(AT_FDCWD, path, 64, &text, &size) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	v6_text_printable(text);
	snprintf(ret_holder->name, sizeof(ret_holder->name), "%s", text);
}

int v6_lock_try(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* find_waiter() - the first one from a byte on and before another. Return: 1, 0 (none) or a
 * negative errno
 */
static int find_waiter(int fd, int64_t first, int64_t end, int64_t *ret_ticket)
{
	struct flock range = {.l_type = F_WRLCK, .l_start = first, .l_len = end - first};

	if (first >= end)
		return 0;
	if (fcntl(fd, F_OFD_GETLK, &range) < 0)
		return -errno;
	*ret_ticket = range.l_start;
	return range.l_type != F_UNLCK;
}

/* first_ticket() - of those that count */
static int64_t first_ticket(int64_t passed)
{
	int64_t oldest = v6_now_ns() - OLDEST_MS * INT64_C(1000000);

	return oldest > passed ? oldest : passed + 1;
}

/* draw_ticket() - the present time, unless somebody else came at the same one */
static int draw_ticket(struct queueing *q, int64_t deadline_ms)
{
	struct flock place = {.l_type = F_WRLCK, .l_len = 1};

	for (;; poll(NULL, 0, 1)) {
		q->ticket = place.l_start = v6_now_ns();
		if (fcntl(q->fd, F_OFD_SETLK, &place) == 0)
			return 0;
		if (errno != EAGAIN)
			return -errno;
		if (v6_now_ms() >= deadline_ms)
			return -ETIMEDOUT;
	}
}

static void return_ticket(const struct queueing *q)
{
	struct flock place = {.l_type = F_UNLCK, .l_start = q->ticket, .l_len = 1};

	fcntl(q->fd, F_OFD_SETLK, &place);
}

/* count_before() - how many wait for longer, up to PLACES_MAX, or a negative errno */
static int count_before(const struct queueing *q)
{
	int64_t first = first_ticket(q->passed), ticket = 0;
	int n, ret = 1;

	for (n = 0; n < PLACES_MAX; n++) {
		ret = find_waiter(q->fd, first, q->ticket, &ticket);
		if (ret <= 0)
			break;
		first = ticket + 1;
	}
	return ret < 0 ? ret : n;
}

/* is_free() - whether nobody has the lock. The list of all locks does not say so: those of other
 * PID namespaces are not in it, and any user can make it longer than it is read
 */
static bool is_free(int fd)
{
	return v6_lock_try(fd) == 0 && flock(fd, LOCK_UN) == 0;
}

/* pass_over() - the one who is next and has stopped: of a crowd that has, as many as before */
static void pass_over(struct queueing *q)
{
	int i, n = q->n_passed ? q->n_passed : 1;

	for (i = 0; i < n; i++)
		if (find_waiter(q->fd, first_ticket(q->passed), q->ticket, &q->passed) <= 0)
			break;
	q->n_passed += n;
}

/* look_around() - who has the lock, and whether the one who is next has stopped: it left a free
 * lock alone between two looks
 */
static void look_around(struct queueing *q, int64_t now_ms)
{
	bool first = q->holder < 0, moved, free;
	int64_t head = 0;

	if (find_waiter(q->fd, first_ticket(q->passed), q->ticket, &head) <= 0)
		head = 0;
	moved = head != q->head;
	q->head = head;
	q->looked_ms = now_ms;
	if (moved && !first) {
		q->was_free = false;
		return;
	}
	free = is_free(q->fd);
	if (!moved && free && q->was_free)
		pass_over(q);
	q->was_free = free;
	if (first)
		q->holder = find_lock_holder(q->fd);
	else
		q->stayed &= !free;
}

static int wait_in_queue(struct queueing *q, int64_t deadline_ms)
{
	int64_t now, left;
	int ret, places;

	for (;;) {
		places = count_before(q);
		ret = places == 0 ? v6_lock_try(q->fd) : -EWOULDBLOCK;
		if (places < 0 || ret != -EWOULDBLOCK)
			return places < 0 ? places : ret;
		now = v6_now_ms();
		left = deadline_ms - now;
		if (now - q->looked_ms >= LOOK_MS)
			look_around(q, now);
		if (left <= 0)
			return -ETIMEDOUT;
		poll(NULL, 0, left < 1 << places ? (int)left : 1 << places);
	}
}

int v6_lock_take(int fd, int64_t deadline_ms, struct v6_lock_holder *ret_holder)
{
	struct queueing q = {
		.fd = fd,
		.looked_ms = v6_now_ms(),
		.holder = -1,
		.stayed = true,
	};
	int64_t other = 0;
	int ret = find_waiter(fd, first_ticket(0), INT64_MAX, &other);

	/* nobody waits: the usual case */
	if (ret == 0)
		ret = v6_lock_try(fd);
	if (ret_holder)
		ret_holder->waited = ret > 0 || ret == -EWOULDBLOCK;
	if (ret <= 0 && ret != -EWOULDBLOCK)
		return ret;
	ret = draw_ticket(&q, deadline_ms);
	if (ret == 0)
		ret = wait_in_queue(&q, deadline_ms);
	return_ticket(&q);
	if (ret == -ETIMEDOUT && ret_holder)
		name_holder(&q, ret_holder);
	return ret;
}

bool v6_lock_is_awaited(int fd)
{
	int64_t ticket;

	return find_waiter(fd, first_ticket(0), INT64_MAX, &ticket) > 0;
}

int v6_lock_hold(int fd)
{
	struct flock whole = {.l_type = F_WRLCK};

	return fcntl(fd, F_OFD_SETLK, &whole) < 0 ? -errno : 0;
}

bool v6_lock_is_held(int fd)
{
	struct flock whole = {.l_type = F_WRLCK};

	return fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}
