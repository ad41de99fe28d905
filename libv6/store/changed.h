/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which settings were changed for services, kept so that they can be put back: the host's in one
 * file, and those inside a container's network in one file for each assigned address.
 */
#ifndef V6_STORE_CHANGED_H
#define V6_STORE_CHANGED_H

#include "kernel/setting.h"
#include "store/host.h"

/* In the state directory, a line for each change: "net.ipv6.conf.eth0.accept_ra 1 -> 2, link 3 of
 * net 4026531840"; what is behind the comma is missing where an earlier version wrote the line
 */
#define V6_CHANGED_FILE "sysctls"

/* The same of containers: inside-NETNS/ADDRESS, NETNS being the host's. A line ends with the cookie
 * of the namespace, "... of net 4026532999 cookie 7"
 */
#define V6_CHANGED_INSIDE "inside-"

/**
 * struct v6_changed - One setting that was changed
 * @setting:	It, by the interface's name at that time
 * @from, @to:	Its value before and afterwards; the same: forwarding that was on before it was
 *		turned on as a whole
 * @link:	Index of the interface, which may have another name today; 0: not known, or none
 * @netns:	Inode of its network namespace; 0: not known
 * @cookie:	Inside a container's network: its v6_netns_cookie(); 0: not known
 */
struct v6_changed {
	struct v6_link_setting setting;
	int from, to;
	int link;
	uint64_t netns;
	uint64_t cookie;
};

/* struct v6_changes - all of them, in the order of the file; release with v6_changes_release() */
struct v6_changes {
	struct v6_changed *list;
	size_t n;
};

void v6_changes_release(struct v6_changes *changes);

/**
 * v6_changed_note() - Append a change, at the same cost with many
 * @inside:	The assigned address for which a container's network was changed; NULL: the host was
 *
 * Return: 0 or a negative errno
 */
int v6_changed_note(struct v6_host *host, const struct in6_addr *inside,
		    const struct v6_changed *changed);

/**
 * v6_changes_read() - Read them all; of several changes of one setting, the last one
 * @inside:	As above
 * @ret_changes: Set; none where there is no file, or on failure
 *
 * A line that is none of ours is passed over. The lock is held.
 *
 * Return: 0 or a negative errno
 */
int v6_changes_read(struct v6_host *host, const struct in6_addr *inside,
		    struct v6_changes *ret_changes, struct v6_error *err);

/* v6_changes_forget() - remove the file of an assigned address. Return: 0 or a negative errno */
int v6_changes_forget(struct v6_host *host, const struct in6_addr *inside, struct v6_error *err);

/* v6_changes_inside() - visit the assigned addresses that have a file; negative ends. Return: 0 or
 * a negative errno
 */
int v6_changes_inside(struct v6_host *host, int (*visit)(const struct in6_addr *inside, void *data),
		      void *data);

/* v6_changes_write() - write all of the host's; none: remove the file. Return: 0 or a negative
 * errno
 */
int v6_changes_write(struct v6_host *host, const struct v6_changes *changes, struct v6_error *err);

#endif
