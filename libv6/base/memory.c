/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check whether memory is left for libraries that do not check. */
#include <stdlib.h>

#include "base/memory.h"

bool v6_afford(size_t size)
{
	/* or the compiler would do without */
	void *volatile block = malloc(size);
	bool enough = block;

	free(block);
	return enough;
}
