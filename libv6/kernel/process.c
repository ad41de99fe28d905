/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process has a socket, by /proc. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <libv6/kernel.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

static DIR *open_dir_at(int at, const char *name)
{
	auto_fd int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		v6_steal_fd(&fd);
	return dir;
}

static bool is_inside(int process, uint64_t netns)
{
	struct stat st;

	return fstatat(process, "ns/net", &st, 0) == 0 && st.st_ino == netns;
}

/* has_socket() - by the link that each descriptor is, so that nothing is opened */
static bool has_socket(int process, const char *target)
{
	auto_dir DIR *dir = open_dir_at(process, "fd");
	const struct dirent *entry;
	char link[32];
	ssize_t size;

	while (dir && (entry = readdir(dir))) {
		size = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));
		if (size == (ssize_t)strlen(target) && memcmp(link, target, (size_t)size) == 0)
			return true;
	}
	return false;
}

static int read_process_name(int process, struct v6_process *ret_process)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read_at(process, "comm", 64, &text, &size);

	if (ret < 0)
		return ret;
	text[strcspn(text, "\n")] = '\0';
	snprintf(ret_process->name, sizeof(ret_process->name), "%s", text);
	v6_text_printable(ret_process->name); /* it may have been cut within a character */
	return 0;
}

int v6_process_name(pid_t pid, struct v6_process *ret_process)
{
	char path[sizeof("/proc/-2147483648")];
	struct v6_process process = {.pid = pid};
	auto_fd int fd = -1;
	int ret;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : read_process_name(fd, &process);
	if (ret == 0)
		*ret_process = process;
	return ret == -ENOENT ? -ESRCH : ret;
}

/* match_process() - whether a process is the one, and then, its name */
static bool match_process(int proc, const char *name, uint64_t netns, const char *target,
			  struct v6_process *process)
{
	auto_fd int fd = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !is_inside(fd, netns) || !has_socket(fd, target))
		return false;
	*process->name = '\0';
	read_process_name(fd, process);
	return true;
}

int v6_listener_process(uint64_t netns, const struct v6_listener *listener,
			struct v6_process *ret_process)
{
	auto_dir DIR *proc = open_dir_at(AT_FDCWD, "/proc");
	struct v6_process process;
	const struct dirent *entry;
	char target[sizeof("socket:[4294967295]")];
	const char *digits;

	if (!proc)
		return -errno;
	snprintf(target, sizeof(target), "socket:[%u]", listener->inode);
	/* the kernel lists them by their number */
	while ((entry = readdir(proc))) {
		unsigned int pid = 0;

		digits = entry->d_name;
		if (v6_text_number(&digits, 1, INT32_MAX / 10, &pid) < 0 || *digits)
			continue;
		process.pid = (pid_t)pid;
		if (match_process(dirfd(proc), entry->d_name, netns, target, &process)) {
			*ret_process = process;
			return 0;
		}
	}
	return -ESRCH;
}
