/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walks.so: to be preloaded; tells of walks through all conntrack entries, in the directory WALKS:
 *
 *	list	a line for each walk: whether somebody had the lock then, "locked" or "free"
 *	peak	the most memory that the program had, in kilobytes, at its end
 *	stop	while this is there, no walk begins
 *	late	if this is there, an hour has passed when a walk has begun
 *	slow	while this is there, each piece of a walk takes its time
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 5

static bool has_walked;
static int walking = -1;

/* path_of() - of a file in the directory, by value */
static struct path {
	char s[256];
} path_of(const char *name)
{
	const char *dir = getenv("WALKS");
	struct path path;

	snprintf(path.s, sizeof(path.s), "%s/%s", dir ? dir : "/nowhere", name);
	return path;
}

static void write_line(const char *name, const char *line)
{
	int fd = open(path_of(name).s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd >= 0)
		dprintf(fd, "%s\n", line);
	close(fd);
}

static bool is_locked(void)
{
	int fd = open("/run/oci-v6/lock", O_RDWR | O_CLOEXEC);
	bool locked = flock(fd, LOCK_EX | LOCK_NB) < 0;

	close(fd);
	return locked;
}

static bool is_walk(const void *data, size_t size)
{
	const int type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET;
	struct nlmsghdr header;

	if (size < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	return header.nlmsg_type == type && (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
	       socklen_t to_size)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
		(ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *,
			    socklen_t))dlsym(RTLD_NEXT, "sendto");

	if (is_walk(data, size)) {
		write_line("list", is_locked() ? "locked" : "free");
		while (access(path_of("stop").s, F_OK) == 0)
			poll(NULL, 0, PAUSE_MS);
		has_walked = true;
		walking = fd;
	}
	return real(fd, data, size, flags, to, to_size);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) =
		(ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");

	if (fd == walking && access(path_of("slow").s, F_OK) == 0)
		poll(NULL, 0, PAUSE_MS);
	return real(fd, message, flags);
}

int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
	int (*real)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int ret = real(clock, ret_now);

	if (has_walked && access(path_of("late").s, F_OK) == 0)
		ret_now->tv_sec += 3600;
	return ret;
}

__attribute__((destructor)) static void write_peak(void)
{
	struct rusage usage;
	char line[32];

	getrusage(RUSAGE_SELF, &usage);
	snprintf(line, sizeof(line), "%ld", usage.ru_maxrss);
	write_line("peak", line);
}
