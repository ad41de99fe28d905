/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of prefixes: kept, sorted, and intersected. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/prefixes.h"

void v6_prefixes_release(struct v6_prefixes *prefixes)
{
	free(prefixes->list);
	*prefixes = (struct v6_prefixes){.n = 0};
}

int v6_prefix_compare(const void *left, const void *right)
{
	const struct v6_prefix *a = left, *b = right;
	int order = memcmp(&a->address, &b->address, sizeof(a->address));

	return order ? order : a->length - b->length;
}

int v6_prefixes_append(struct v6_prefixes *prefixes, const struct v6_prefix *prefix)
{
	size_t n = prefixes->n, room = prefixes->room ? 2 * prefixes->room : 16;
	struct v6_prefix *list = prefixes->list;

	if (n > 0 && v6_prefix_compare(&list[n - 1], prefix) == 0)
		return 0;
	if (n == prefixes->room) {
		list = reallocarray(list, room, sizeof(*list));
		if (!list)
			return -ENOMEM;
		prefixes->room = room;
	}
	list[n] = *prefix;
	prefixes->n = n + 1;
	prefixes->list = list;
	return 0;
}

bool v6_prefix_lies_in(const struct v6_prefix *prefix, const struct v6_prefix *wide)
{
	return prefix->length >= wide->length && v6_prefix_contains(wide, &prefix->address);
}

void v6_prefixes_merge(struct v6_prefixes *prefixes)
{
	struct v6_prefix *list = prefixes->list;
	size_t i, n = 0;

	if (prefixes->n > 1)
		qsort(list, prefixes->n, sizeof(*list), v6_prefix_compare);
	for (i = 0; i < prefixes->n; i++)
		if (n == 0 || !v6_prefix_lies_in(&list[i], &list[n - 1]))
			list[n++] = list[i];
	prefixes->n = n;
}

/* Of two prefixes that have anything in common, one lies in the other; and in a merged list, what
 * comes before another ends before it.
 */
int v6_prefixes_intersect(const struct v6_prefix *a, size_t n_a, const struct v6_prefix *b,
			  size_t n_b, struct v6_prefixes *ret_common)
{
	size_t i = 0, j = 0;
	int ret = 0;

	while (i < n_a && j < n_b && ret == 0) {
		if (v6_prefix_lies_in(&a[i], &b[j]))
			ret = v6_prefixes_append(ret_common, &a[i++]);
		else if (v6_prefix_lies_in(&b[j], &a[i]))
			ret = v6_prefixes_append(ret_common, &b[j++]);
		else if (v6_prefix_compare(&a[i], &b[j]) < 0)
			i++;
		else
			j++;
	}
	return ret;
}

bool v6_prefixes_equal(const struct v6_prefix *a, size_t n_a, const struct v6_prefix *b, size_t n_b)
{
	size_t i;

	if (n_a != n_b)
		return false;
	for (i = 0; i < n_a; i++)
		if (v6_prefix_compare(&a[i], &b[i]) != 0)
			return false;
	return true;
}

bool v6_prefixes_hold(const struct v6_prefix *list, size_t n, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v6_prefix_contains(&list[i], address))
			return true;
	return false;
}

struct v6_prefix_text v6_prefix_text(const struct v6_prefix *prefix)
{
	struct v6_prefix_text text;

	if (prefix->length == 128)
		snprintf(text.s, sizeof(text.s), "%s", V6_TEXT(&prefix->address));
	else
		snprintf(text.s, sizeof(text.s), "%s/%u", V6_TEXT(&prefix->address),
			 prefix->length);
	return text;
}
