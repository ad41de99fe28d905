/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where this host keeps what our programs log: the journal, or a file of syslog. */
#ifndef CTL_SOURCE_H
#define CTL_SOURCE_H

#include <stdbool.h>

#include <libv6/base.h>

/**
 * struct source - A log
 * @name:	For people: "journal", or a file
 * @file:	Of syslog, or NULL: the journal
 */
struct source {
	const char *name;
	const char *file;
};

/* source_find() - Return: 0, or -ENOENT: there is none that we may read; @err says what to do */
int source_find(struct source *ret_source, struct v6_error *err);

/**
 * source_read() - Visit the lines that our programs have logged
 * @follow:	Those that come from now on, until we are stopped; otherwise those that are there,
 *		of a long log the last ones
 * @visit:	Called with each, without its end, safe for a terminal; @text, a part of it, begins
 *		behind the time, the host and the program. Not with debris of a line that is too
 *long
 *
 * Runs journalctl or tail, with arguments of ours alone.
 *
 * Return: 0 or a negative errno
 */
int source_read(const struct source *source, bool follow,
		void (*visit)(const char *line, const char *text, void *data), void *data,
		struct v6_error *err);

#endif
