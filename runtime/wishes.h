/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container's config.json asks of us. */
#ifndef RUNTIME_WISHES_H
#define RUNTIME_WISHES_H

#include "base/json.h"

#define WISHES_MAX 9 /* variables that stand for annotations */

/**
 * struct wishes - What is asked for
 * @asked:	Anything at all
 * @optional:	The container may start without
 * @values:	Of variables of its environment, by which it is asked, in the order of
 *		wishes_key(); NULL: no such variable. Borrowed from the JSON
 */
struct wishes {
	bool asked;
	bool optional;
	const char *values[WISHES_MAX];
};

/* Longest text that wishes_mentioned() looks for */
#define WISHES_MENTION_MAX (sizeof("\"V6_HOST=") - 1)

/* wishes_mentioned() - whether a text can ask for anything: a quick look, before it is read */
bool wishes_mentioned(const char *text, size_t size);

/* wishes_key() - the annotation that the i-th variable stands for */
const char *wishes_key(size_t i);

/**
 * wishes_read() - See what a container asks for
 * @config:	Its config.json
 * @ret_wishes:	Set
 *
 * By annotations; where it has none of ours, and is no pod's, by variables of its environment. The
 * hook passes a pod's sandbox over.
 */
void wishes_read(const struct v6_json *config, struct wishes *ret_wishes);

#endif
