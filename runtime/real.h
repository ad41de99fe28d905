/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime that does the work. */
#ifndef RUNTIME_REAL_H
#define RUNTIME_REAL_H

#include <limits.h>

#include <libv6/base.h>

/* The hook's name, and all the environment that it gets, as in hooks.d */
#define HOOK_NAME	 "oci-v6-hook"
#define HOOK_ENVIRONMENT "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

/* struct real - its path, and where we are ourselves */
struct real {
	char path[PATH_MAX];
	char hook[PATH_MAX];
};

/**
 * real_find() - Find the real runtime, and our hook
 * @called:	The name that we were called by: behind its last slash there is "oci-v6-runtime" for
 *		runc, or crun where there is none, and "oci-v6-NAME" or "NAME" for NAME
 * @ret_real:	Set on success
 * @err:	NULL, or filled in on failure only
 *
 * It is the first program of that name in PATH that is not this one. The hook is beside this one.
 *
 * Return: 0, -ENOENT, -ELOOP (one that was found has come back to us) or another negative errno
 */
int real_find(const char *called, struct real *ret_real, struct v6_error *err);

#endif
