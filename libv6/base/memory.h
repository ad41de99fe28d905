/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef V6_BASE_MEMORY_H
#define V6_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* v6_afford() - whether there are @size bytes of memory now, for who does not check what it gets */
bool v6_afford(size_t size);

#endif
