/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables that release what they hold when they go out of scope; NULL-safe, errno-preserving. */
#ifndef V6_BASE_CLEANUP_H
#define V6_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void v6_cleanup_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void v6_cleanup_free(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

static inline void v6_cleanup_dir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

#define auto_fd	  __attribute__((cleanup(v6_cleanup_fd)))
#define auto_free __attribute__((cleanup(v6_cleanup_free)))
#define auto_dir  __attribute__((cleanup(v6_cleanup_dir)))

/* auto_call() - as auto_free, with the release function of a structure */
#define auto_call(function) __attribute__((cleanup(function)))

static inline int v6_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#define v6_steal_pointer(pointer)                            \
	({                                                   \
		__typeof__(*(pointer)) stolen_ = *(pointer); \
		*(pointer) = NULL;                           \
		stolen_;                                     \
	})

#define V6_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
