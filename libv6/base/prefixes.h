/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of prefixes. */
#ifndef V6_BASE_PREFIXES_H
#define V6_BASE_PREFIXES_H

#include <stdbool.h>
#include <stddef.h>

#include <libv6/base.h>

/* struct v6_prefixes - a list; release with v6_prefixes_release() */
struct v6_prefixes {
	struct v6_prefix *list;
	size_t n, room;
};

void v6_prefixes_release(struct v6_prefixes *prefixes);

/* v6_prefixes_append() - unless it is the last one already. Return: 0 or -ENOMEM */
int v6_prefixes_append(struct v6_prefixes *prefixes, const struct v6_prefix *prefix);

/* v6_prefix_compare() - order two by address, then by length, the wider one first; for qsort() */
int v6_prefix_compare(const void *left, const void *right);

/* v6_prefix_lies_in() - whether all of a prefix is in @wide, which may be the same */
bool v6_prefix_lies_in(const struct v6_prefix *prefix, const struct v6_prefix *wide);

/* v6_prefixes_merge() - sort a list, and drop each one that lies in another */
void v6_prefixes_merge(struct v6_prefixes *prefixes);

/**
 * v6_prefixes_intersect() - List what two lists have in common
 * @a:		@n_a prefixes, merged
 * @b:		@n_b prefixes, merged
 * @ret_common:	Appended to; merged if it was empty. At most @n_a + @n_b
 *
 * Return: 0 or -ENOMEM
 */
int v6_prefixes_intersect(const struct v6_prefix *a, size_t n_a, const struct v6_prefix *b,
			  size_t n_b, struct v6_prefixes *ret_common);

/* v6_prefixes_equal() - whether two merged lists are the same */
bool v6_prefixes_equal(const struct v6_prefix *a, size_t n_a, const struct v6_prefix *b,
		       size_t n_b);

/* v6_prefixes_hold() - whether an address lies in one of a list */
bool v6_prefixes_hold(const struct v6_prefix *list, size_t n, const struct in6_addr *address);

/* struct v6_prefix_text - `2001:db8::/32`, or the address alone where the length is 128 */
struct v6_prefix_text {
	char s[sizeof("/128") + 46];
};

/* v6_prefix_text() - a prefix as text, by value, so that it can be an argument of printf() */
struct v6_prefix_text v6_prefix_text(const struct v6_prefix *prefix);

#endif
