/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hold a lock on a file, waiting for it no longer than a deadline. */
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

/* How often it is looked up who has it */
#define LOOK_MS	       200
#define LOCKS_SIZE_MAX (1 << 20)

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

static void name_holder(pid_t pid, struct v6_lock_holder *ret_holder)
{
	char path[sizeof("/proc/-2147483648/comm")];
	auto_free char *text = NULL;
	size_t size;

	*ret_holder = (struct v6_lock_holder){.pid = pid};
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (pid == 0 || v6_file_read_at(AT_FDCWD, path, 64, &text, &size) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	v6_text_printable(text);
	snprintf(ret_holder->name, sizeof(ret_holder->name), "%s", text);
}

static int try_lock(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
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

int v6_lock_take(int fd, int patience_ms, struct v6_lock_holder *ret_holder)
{
	int64_t since = 0, looked = 0, now;
	int ret, pause_ms = 1;
	pid_t holder = 0, is;

	for (; (ret = try_lock(fd)) == -EWOULDBLOCK; poll(NULL, 0, pause_ms)) {
		now = v6_now_ms();
		pause_ms = pause_ms < V6_LOCK_PAUSE_MS ? 2 * pause_ms : V6_LOCK_PAUSE_MS;
		if (looked && now - looked < LOOK_MS && now - since < patience_ms)
			continue;
		is = find_lock_holder(fd);
		if (!looked || is != holder)
			since = now;
		looked = now;
		holder = is;
		if (now - since < patience_ms)
			continue;
		if (ret_holder)
			name_holder(holder, ret_holder);
		return -ETIMEDOUT;
	}
	return ret;
}
