/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the kernel's a program may look at: the sockets that wait for clients. */
#ifndef LIBV6_KERNEL_H
#define LIBV6_KERNEL_H

#include <stdbool.h>
#include <sys/types.h>

#include <libv6/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct v6_listener - A socket that waits for clients
 * @protocol:	IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
 * @family:	AF_INET6 or AF_INET
 * @address:	That it is bound to; :: any; of AF_INET as ::ffff:A.B.C.D
 * @port:	That it is bound to
 * @v6only:	Of AF_INET6: it takes no IPv4; always false of AF_INET
 * @link:	Index of the link that it is bound to, or 0
 * @uid:	User that made it; 0 also where that is not known
 * @inode:	What tells it from other sockets, as in the target of /proc/PID/fd/N
 * @waiting:	Of TCP: connections that its program has not accepted yet
 */
struct v6_listener {
	uint8_t protocol;
	uint8_t family;
	struct in6_addr address;
	uint16_t port;
	bool v6only;
	int link;
	uid_t uid;
	uint32_t inode;
	uint32_t waiting;
};

/**
 * v6_listeners_each() - Visit the sockets of a network namespace that wait for clients
 * @netns:	Its descriptor; the calling thread is in there meanwhile
 * @protocol:	IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP
 * @port:	Only those of this port, or 0
 * @visit:	Called with each, IPv6 before IPv4; a negative return value ends the visit. A socket
 *		may come twice where others come and go meanwhile
 * @data:	Passed to @visit
 * @err:	NULL, or filled in on failure only
 *
 * Of UDP these are the sockets that are bound and not connected.
 *
 * Return: 0, -EPERM (no CAP_SYS_ADMIN over @netns), -ENOENT (not in this kernel) or another
 * negative errno
 *
 * Source: sock_diag(7); inet_diag_msg_attrs_fill() in linux/net/ipv4/inet_diag.c
 */
int v6_listeners_each(int netns, uint8_t protocol, uint16_t port,
		      int (*visit)(const struct v6_listener *listener, void *data), void *data,
		      struct v6_error *err);

/**
 * v6_listener_hears() - Whether clients of an IPv6 address and port reach a listener
 *
 * Looks at family, address and port; a link that it is bound to is the caller's affair.
 */
bool v6_listener_hears(const struct v6_listener *listener, const struct in6_addr *address,
		       uint16_t port);

/**
 * struct v6_process - A process that has a socket
 * @pid:	In our PID namespace
 * @name:	As in /proc/PID/comm, without control characters; a process names itself as it likes
 */
struct v6_process {
	pid_t pid;
	char name[16];
};

/**
 * v6_process_name() - What a process calls itself
 * @ret_process: Set on success
 *
 * Return: 0, -ESRCH (no such process) or another negative errno
 */
int v6_process_name(pid_t pid, struct v6_process *ret_process);

/**
 * v6_listener_process() - The process that has a listener
 * @netns:	Inode of the listener's network namespace; only processes in there are looked at
 * @listener:	It
 * @ret_process: Set on success; of several, the one with the least pid
 *
 * Reads /proc: as slow as there are processes.
 *
 * Return: 0, -ESRCH (none that we may see) or another negative errno
 */
int v6_listener_process(uint64_t netns, const struct v6_listener *listener,
			struct v6_process *ret_process);

#ifdef __cplusplus
}
#endif

#endif
