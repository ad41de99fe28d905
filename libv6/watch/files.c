/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read what inotify has to tell. */
#include <limits.h>
#include <unistd.h>

#include "watch/files.h"

int v6_files_read(int inotify, int (*visit)(const struct inotify_event *event, void *data),
		  void *data)
{
	union {
		struct inotify_event event;
		char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
	} buffer;
	const struct inotify_event *event;
	const char *at;
	ssize_t n;
	int ret = 0;

	while (ret == 0 && (n = read(inotify, &buffer, sizeof(buffer))) > 0) {
		for (at = buffer.bytes; at < buffer.bytes + n && ret == 0;
		     at += sizeof(*event) + event->len) {
			event = (const void *)at;
			ret = visit(event, data);
		}
	}
	return ret;
}
