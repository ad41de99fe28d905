/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resolve NAME [TIMEOUT_MS [TRIES]]: print the addresses, or "CODE: why there are none" and exit
 * with 1. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/names.h>

#include "base/address.h"

int main(int argc, char **argv)
{
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	struct v6_error err = {0};
	size_t n = 0, i;
	int ret;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: resolve NAME [TIMEOUT_MS [TRIES]]\n");
		return 2;
	}

	ret = v6_names_resolve(argv[1], argc > 2 ? atoi(argv[2]) : 2000,
			       argc > 3 ? atoi(argv[3]) : V6_NAMES_TRIES, addresses, &n, NULL,
			       &err);
	if (ret < 0) {
		printf("%s: %s\n", strerrorname_np(-ret), err.text);
		return ret == err.code ? 1 : 3;
	}
	for (i = 0; i < n; i++)
		puts(V6_TEXT(&addresses[i]));
	return 0;
}
