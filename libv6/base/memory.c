/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check whether memory is left for libraries that do not check. */
#include <sys/mman.h>

#include "base/memory.h"

bool v6_afford(size_t size)
{
	void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return block != MAP_FAILED && munmap(block, size) == 0;
}
