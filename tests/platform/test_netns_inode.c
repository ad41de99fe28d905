/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inode of a network namespace is the same by whatever process it is looked at, and no two that
 * live at a time share one.
 *
 * v6_netns_inode() in kernel/netns.c: a container with the host's inode shares the host's network
 * (plan/place_destination.c), and a record of another host namespace is left alone
 * (store/record.c). An inode is used again after its namespace: see test_netns_cookie.
 *
 * Kernel: proc_alloc_inum() in fs/proc/generic.c, ns_get_path() in fs/nsfs.c.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kernel/netns.h"
#include "netns.h"

#define MANY 50

static uint64_t inode_of(pid_t pid)
{
	uint64_t inode = 0;
	auto_fd int fd = -1;

	need(v6_netns_open(pid, &fd, NULL) == 0 && v6_netns_inode(fd, &inode) == 0, "inode");
	return inode;
}

/* child_new() - a process that stays in our namespace, or makes its own, until it is killed */
static pid_t child_new(bool own)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	need(pipe2(ready, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (own && unshare(CLONE_NEWNET) < 0)
			_exit(1);
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	need(read(ready[0], &byte, 1) == 1, "child");
	close(ready[0]);
	return pid;
}

static void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	uint64_t inode[MANY];
	int fd, i, j, twice = 0;
	pid_t with_us, alone;

	plan(4);
	for (i = 0; i < MANY; i++) {
		need(unshare(CLONE_NEWNET) == 0, "unshare");
		need(v6_netns_open(getpid(), &fd, NULL) == 0, "namespace"); /* held open */
		need(v6_netns_inode(fd, &inode[i]) == 0, "inode");
		for (j = 0; j < i; j++)
			twice += inode[i] == inode[j];
	}
	is(twice, 0, "namespaces that live at a time differ");

	with_us = child_new(false);
	alone = child_new(true);
	is((long long)inode_of(with_us), (long long)inode[MANY - 1], "a child in ours has ours");
	ok(inode_of(alone) != inode[MANY - 1], "a child in its own has another");
	child_end(with_us);
	child_end(alone);
	is(v6_netns_open(alone, &fd, NULL), -ESRCH, "a process that is gone has none");
	return done();
}
