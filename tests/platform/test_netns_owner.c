/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace tells which user made the user namespace that it belongs to, and which those
 * above it; so root alone, or that user, can have made it. That of the host is root's.
 *
 * v6_netns_is_of() in kernel/netns.c: all that v6d believes of a user's container.
 *
 * Kernel: ns_ioctl() in fs/nsfs.c, 4.9 and 4.11.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/netns.h"
#include "netns.h"

#define ALICE 1500
#define BOB   1501

static bool put(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* go_down() - into a new user namespace, where we are who we were */
static bool go_down(void)
{
	char map[32];

	snprintf(map, sizeof(map), "%d %d 1", ALICE, ALICE);
	return unshare(CLONE_NEWUSER) == 0 && put("/proc/self/uid_map", map) &&
	       put("/proc/self/setgroups", "deny") && put("/proc/self/gid_map", map);
}

/* become() - ALICE, who may look at herself in /proc, @depth user namespaces further down */
static bool become(int depth)
{
	bool is = setresgid(ALICE, ALICE, ALICE) == 0 && setresuid(ALICE, ALICE, ALICE) == 0 &&
		  prctl(PR_SET_DUMPABLE, 1) == 0;

	while (is && depth-- > 0)
		is = go_down();
	return is && unshare(CLONE_NEWNET) == 0;
}

/* container() - network namespace of a process of hers */
static int container(int depth)
{
	int ready[2], fd = -1;
	char byte = 0;
	pid_t pid;

	need(pipe2(ready, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (become(depth) && write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	need(read(ready[0], &byte, 1) == 1, "a namespace of a user other than root");
	close(ready[0]);
	need(v6_netns_open(pid, &fd, NULL) == 0, "namespace");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

int main(void)
{
	auto_fd int one = container(1), two = container(2), own = -1;

	plan(7);
	need(unshare(CLONE_NEWNET) == 0 && v6_netns_open(getpid(), &own, NULL) == 0, "namespace");
	is(v6_netns_is_of(one, ALICE), 1, "it is of who made its user namespace");
	is(v6_netns_is_of(one, BOB), 0, "and of nobody else");
	is(v6_netns_is_of(two, ALICE), 1, "one further down is, too");
	is(v6_netns_is_of(two, BOB), 0, "and of nobody else");
	is(v6_netns_is_of(own, ALICE), 0, "one that root made is of no other user");
	is(v6_netns_is_of(own, 0), 1, "but of root");
	ok(v6_netns_is_of(STDIN_FILENO, ALICE) < 0, "what is no namespace is of nobody");
	return done();
}
