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

/**
 * v6_netns_open_path() - A network namespace by a file that stands for it
 * @path:	As of ip netns in /run/netns, or /proc/PID/ns/net
 * @ret_fd:	Set on success; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ENOENT (no such file), -EINVAL (it is something else) or another negative errno
 */
int v6_netns_open_path(const char *path, int *ret_fd, struct v6_error *err);

/**
 * v6_netns_cookie() - What tells a namespace from all others until a reboot, those gone included,
 * whose inode may be used again
 * @fd:		Namespace; entered meanwhile
 * @ret_cookie:	Set on success; 0: this kernel has none (before 5.14)
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPERM (no CAP_SYS_ADMIN) or another negative errno
 *
 * Source: SO_NETNS_COOKIE in sk_getsockopt(), linux/net/core/sock.c
 */
int v6_netns_cookie(int fd, uint64_t *ret_cookie, struct v6_error *err);

/**
 * v6_netns_seek() - Open a network namespace by a process that is in there
 * @inode:	The namespace's
 * @ret_fd:	Set on success; the caller closes it
 *
 * Looks at up to 32,768 processes, 1 us each: for the few cases in which no file is known.
 *
 * Return: 0, -ESRCH (none was found) or another negative errno
 */
int v6_netns_seek(uint64_t inode, int *ret_fd);

/* v6_netns_inode() - what tells one namespace from others that live now. Return: 0 or errno */
int v6_netns_inode(int fd, uint64_t *ret_inode);

/**
 * v6_netns_is_of() - Whether a user made a network namespace, or has all rights over it as he made
 * the user namespace that it belongs to, or one above that
 * @fd:		The network namespace
 * @uid:	The user, in our user namespace
 *
 * Return: 1, 0 or a negative errno
 *
 * Source: ioctl_ns(2); the owner is the user that made a user namespace, cap_capable() in
 * linux/security/commoncap.c
 */
int v6_netns_is_of(int fd, uid_t uid);

/**
 * v6_process_master() - The user of this user namespace who has a process
 * @pid:	Process
 * @uid:	Its user
 * @ret_uid:	Set on success: who made the outermost of the user namespaces below ours that it
 *		is in, where its users are all his; @uid where it is in ours
 *
 * Return: 0 or a negative errno: it has ended
 */
int v6_process_master(pid_t pid, uid_t uid, uid_t *ret_uid);

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

/* v6_netns_question() - the same, to be asked with others; @ret_id is borrowed, and -1 before */
void v6_netns_question(struct v6_nl_question *question, int fd, int *ret_id);

/**
 * v6_netns_name() - v6_netns_id(), and an id is given to a namespace that has none
 *
 * Without one nothing is heard of it from outside: see v6_events_open(). It goes with either of the
 * two namespaces, and may then be another one's.
 */
int v6_netns_name(struct v6_nl *nl, int fd, int *ret_id);

/**
 * v6_netns_call() - Run a function in another network namespace
 * @fd:		Namespace
 * @call:	What to run; sockets that it opens stay in that namespace
 * @data:	Passed to @call
 * @err:	NULL, or filled in on failure only, by this function or by @call
 *
 * Changes the calling thread's namespace meanwhile. Should the way back fail, the process can't go
 * on safely, and this function ends it. Where it is there already, it needs no rights.
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

/* v6_process_wait() - Wait until a process exits. Return: whether it has, within @timeout_ms */
bool v6_process_wait(pid_t pid, int timeout_ms);

#endif
