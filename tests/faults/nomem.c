/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nomem.so: to be preloaded; memory runs out once. NOMEM is the number of the allocation that
 * fails, counted from 1; their number at the program's end is written to the file NOMEM_COUNT, if
 * that is named.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long seen;

static bool is_of_yajl(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "libyajl");
}

static bool is_out(const void *caller)
{
	static unsigned long wanted;
	static bool known;
	const char *text;

	if (!known) {
		text = getenv("NOMEM");
		wanted = text ? strtoul(text, NULL, 10) : 0;
		known = true;
	}
	if (is_of_yajl(caller) || ++seen != wanted)
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	static void *(*real)(size_t);

	if (!real)
		real = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	return is_out(__builtin_return_address(0)) ? NULL : real(size);
}

void *calloc(size_t n, size_t size)
{
	static void *(*real)(size_t, size_t);

	if (!real)
		real = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	return is_out(__builtin_return_address(0)) ? NULL : real(n, size);
}

void *realloc(void *old, size_t size)
{
	static void *(*real)(void *, size_t);

	if (!real)
		real = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	return is_out(__builtin_return_address(0)) ? NULL : real(old, size);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("NOMEM_COUNT");
	unsigned long total = seen;
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu\n", total);
	fclose(file);
}
