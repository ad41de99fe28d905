/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of a pool: a prefix, and behind it what the name says. */
#include <ctype.h>
#include <string.h>

#include "base/address.h"
#include "base/sha256.h"
#include "names/pool.h"

/* add_prefix() - the first bits of an address are a prefix's */
static void add_prefix(const struct v6_prefix *prefix, struct in6_addr *address)
{
	uint8_t mask;
	size_t i;

	for (i = 0; i < sizeof(address->s6_addr); i++) {
		if (8 * (i + 1) <= prefix->length)
			mask = 0xff;
		else
			mask = 8 * i < prefix->length ? (uint8_t)(0xff00 >> prefix->length % 8) : 0;
		address->s6_addr[i] = (uint8_t)((prefix->address.s6_addr[i] & mask) |
						(address->s6_addr[i] & ~mask));
	}
}

/* is_spoken_for() - the last 32 bits are a small number, as routers and hosts get them by hand, or
 * those of a reserved anycast address
 */
static bool is_spoken_for(const struct in6_addr *address)
{
	const uint8_t *last = address->s6_addr + 12;
	uint32_t n = (uint32_t)last[0] << 24 | (uint32_t)last[1] << 16 | (uint32_t)last[2] << 8 |
		     last[3];

	return n <= 0xffff || n >= UINT32_MAX - 0x7f;
}

struct in6_addr v6_pool_address(const struct v6_prefix *pool, const char *name)
{
	uint8_t digest[V6_SHA256_SIZE];
	char plain[V6_NAME_MAX + 1];
	struct in6_addr address;
	size_t i, size = strnlen(name, V6_NAME_MAX);

	for (i = 0; i < size; i++)
		plain[i] = (char)tolower((unsigned char)name[i]);
	if (size > 0 && plain[size - 1] == '.')
		size--;
	v6_sha256(plain, size, digest);
	for (;;) {
		/* the end of an address is the name's, so the digest goes there */
		memcpy(address.s6_addr, digest, sizeof(address.s6_addr));
		add_prefix(pool, &address);
		if (!is_spoken_for(&address))
			return address;
		v6_sha256(digest, sizeof(digest), digest);
	}
}

bool v6_pool_has(const struct v6_prefix *pool, const char *name, const struct in6_addr *address)
{
	struct in6_addr own;

	if (pool->length == 0)
		return false;
	own = v6_pool_address(pool, name);
	return v6_address_equal(&own, address);
}
