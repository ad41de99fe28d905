/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State directories: apart from the host, for programs that want nothing else of it. */
#ifndef V6_STORE_RUN_DIR_H
#define V6_STORE_RUN_DIR_H

#include <libv6/base.h>

/**
 * v6_run_dir_open() - Open a state directory, make it where it is missing
 *
 * Return: 0, -EPERM (it is not root's alone) or another negative errno
 */
int v6_run_dir_open(const char *run_dir, int *ret_fd, struct v6_error *err);

/* v6_run_dir_find() - the same, but make nothing. Return: also -ENOENT */
int v6_run_dir_find(const char *run_dir, int *ret_fd, struct v6_error *err);

#endif
