/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses for names that DNS has none for. */
#ifndef V6_NAMES_POOL_H
#define V6_NAMES_POOL_H

#include <stdbool.h>

#include <libv6/base.h>

/* Lengths of a pool's prefix: enough room that two names hardly ever get one address */
#define V6_POOL_LENGTH_MIN 16
#define V6_POOL_LENGTH_MAX 96

/**
 * v6_pool_address() - The address that a pool has for a name
 * @pool:	Its length is within the limits above
 * @name:	At most V6_NAME_MAX characters; their case and a dot at the end do not matter
 *
 * It depends on these two alone, so it is the same on every host and after every reboot: the bits
 * behind the prefix are those at the same place of the name's SHA-256. Where they make an address
 * that RFCs (4291, 2526) or people (::1 and the like) use for something else, the digest is
 * digested again.
 */
struct in6_addr v6_pool_address(const struct v6_prefix *pool, const char *name);

/* v6_pool_has() - whether an address is the one that a pool has for a name; a pool of length 0 has
 * none
 */
bool v6_pool_has(const struct v6_prefix *pool, const char *name, const struct in6_addr *address);

#endif
