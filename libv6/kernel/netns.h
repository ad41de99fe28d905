/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces and the processes in them. */
#ifndef V6_KERNEL_NETNS_H
#define V6_KERNEL_NETNS_H

#include <sys/types.h>

#include "kernel/nl.h"

/**
 * v6_netns_open() - A process's network namespace
 * @pid:	Process, in our PID namespace
 * @ret_fd:	Set on success; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ESRCH (no such process) or another negative errno
 */
int v6_netns_open(pid_t pid, int *ret_fd, struct v6_error *err);

/* v6_netns_inode() - what tells one namespace from another, until a reboot. Return: 0 or errno */
int v6_netns_inode(int fd, uint64_t *ret_inode);

/**
 * v6_netns_id() - The id under which the namespace of @nl knows another one
 * @nl:		NETLINK_ROUTE socket
 * @fd:		The other namespace
 * @ret_id:	Set on success; -1: it has none, so no link leads there
 *
 * Return: 0 or a negative errno
 *
 * Source: rtnl_net_getid(), linux/net/core/net_namespace.c
 */
int v6_netns_id(struct v6_nl *nl, int fd, int *ret_id);

/**
 * v6_netns_call() - Run a function in another network namespace
 * @fd:		Namespace
 * @call:	What to run; sockets that it opens stay in that namespace
 * @data:	Passed to @call
 * @err:	NULL, or filled in on failure only, by this function or by @call
 *
 * Changes the calling thread's namespace meanwhile. Should the way back fail, the process can't go
 * on safely, and this function ends it.
 *
 * Return: what @call returned, or a negative errno (-EPERM: no CAP_SYS_ADMIN)
 */
int v6_netns_call(int fd, int (*call)(void *data, struct v6_error *err), void *data,
		  struct v6_error *err);

/**
 * v6_process_start() - When a process started, which with its id names it for good until a reboot
 * @pid:	Process
 * @ret_ticks:	Clock ticks after boot
 *
 * Return: 0, -ESRCH (no such process, or all its threads have ended) or a negative errno
 *
 * Source: proc_pid_stat(5), fields 3, 20 and 22
 */
int v6_process_start(pid_t pid, uint64_t *ret_ticks);

#endif
