/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Last known answers: what names stood for when DNS was last able to say so. */
#ifndef V6_NAMES_KNOWN_H
#define V6_NAMES_KNOWN_H

#include <libv6/names.h>

/**
 * struct v6_known - Where answers are kept
 * @dir:	Directory that is root's alone; borrowed
 * @now:	Seconds since the epoch
 * @uptime:	Seconds since boot
 * @boot_id:	Of this boot, up to V6_KNOWN_BOOT_MAX characters without blank or newline; borrowed
 * @age_max:	Answers older than this many seconds are of no use, and neither is one of the future
 *
 * The age of an answer of this boot is what has passed since, whatever the clock was set to. That
 * of any other is what the wall clock says.
 *
 * Of V6_KNOWN_MAX names at most, each in a file that is named by a hash of the name, so that ever
 * new names fill no disk; the newer of two names with the same hash is kept.
 */
struct v6_known {
	int dir;
	int64_t now, uptime;
	const char *boot_id;
	int64_t age_max;
};

#define V6_KNOWN_BOOT_MAX 36

#define V6_KNOWN_MAX 16384

/**
 * v6_known_keep() - Remember what a name resolves to
 * @known:	Where
 * @name:	A DNS name, in lower case
 * @addresses:	@n of them, 1..V6_NAMES_ADDRESSES_MAX; their order is of no meaning
 *
 * Writes only where what is kept differs, or is older than a tenth of @known->age_max.
 *
 * Return: 0 or a negative errno, with the former answer as it was
 */
int v6_known_keep(const struct v6_known *known, const char *name, const struct in6_addr *addresses,
		  size_t n);

/**
 * v6_known_find() - Look up what a name stood for
 * @known:	Where
 * @name:	A DNS name, in lower case
 * @ret_addresses: Room for V6_NAMES_ADDRESSES_MAX
 * @ret_n:	Their number, at least 1
 * @ret_age:	Seconds since the answer was last confirmed, up to a tenth of @known->age_max less
 *		than it has been
 *
 * Return: 0, or with the outputs untouched
 *	-ENOENT  no answer is kept, or a damaged one
 *	-ESTALE  it is too old
 *	or another negative errno
 */
int v6_known_find(const struct v6_known *known, const char *name, struct in6_addr *ret_addresses,
		  size_t *ret_n, int64_t *ret_age);

/**
 * v6_known_drop() - Forget a name, which stands for nothing any more
 *
 * Return: 0, also where nothing was kept, or a negative errno
 */
int v6_known_drop(const struct v6_known *known, const char *name);

#endif
