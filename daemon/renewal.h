/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that are looked up again, each by a process of its own: DNS may take seconds to answer. */
#ifndef DAEMON_RENEWAL_H
#define DAEMON_RENEWAL_H

#include <sys/types.h>

#include <libv6/watch.h>

/**
 * struct renewal - The one that is going on
 * @pid:	Its process
 * @fd:	Readable when it has ended; -1: there is none
 * @id:		The container
 */
struct renewal {
	pid_t pid;
	int fd;
	char id[V6_ID_MAX + 1];
};

/* renewal_step() - tell the watch of one that has ended, and begin the next one that is due */
void renewal_step(struct renewal *renewal, struct v6_watch *watch);

/* renewal_end() - end the one that is going on, as if it had crashed */
void renewal_end(struct renewal *renewal);

#endif
