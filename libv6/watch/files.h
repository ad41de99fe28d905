/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to files in a directory that is watched. */
#ifndef V6_WATCH_FILES_H
#define V6_WATCH_FILES_H

#include <sys/inotify.h>

/**
 * v6_files_read() - Visit all events that have come
 * @inotify:	From inotify_init1(), with IN_NONBLOCK; borrowed
 * @visit:	Called for each event, whose name follows it; a negative errno ends the walk
 *
 * Return: 0, or what @visit returned
 */
int v6_files_read(int inotify, int (*visit)(const struct inotify_event *event, void *data),
		  void *data);

#endif
