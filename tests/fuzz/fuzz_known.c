/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of last known answers of DNS: what it says of one name. */
#include <errno.h>

#include "fuzz.h"
#include "names/known.h"

#define NAME   "web3"
#define SLOT   "37b6" /* what NAME is hashed to; a wrong one is seen as nothing can be found */
#define NOW    1700000000
#define AGE    604800
#define UPTIME 1000000
#define BOOT   "11111111-2222-3333-4444-555555555555"

static void check_found(const struct in6_addr *addresses, size_t n, int64_t age)
{
	must(addresses && n <= V6_NAMES_ADDRESSES_MAX);
	must(age >= 0 && age <= AGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct in6_addr address = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 3}};
	struct v6_known known = {fuzz_host()->dir, NOW, UPTIME, BOOT, AGE};
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	size_t n = 0;
	int64_t age = 0;

	fuzz_write(SLOT, data, size);
	if (v6_known_find(&known, NAME, addresses, &n, &age) == 0)
		check_found(addresses, n, age);
	/* whatever is there does not keep a new answer out, nor is it found once it is dropped */
	must(v6_known_keep(&known, NAME, &address, 1) == 0);
	must(v6_known_find(&known, NAME, addresses, &n, &age) == 0 && n == 1);
	must(memcmp(addresses, &address, sizeof(address)) == 0);
	fuzz_write(SLOT, data, size);
	must(v6_known_drop(&known, NAME) == 0);
	must(v6_known_find(&known, NAME, addresses, &n, &age) == -ENOENT);
	return 0;
}
