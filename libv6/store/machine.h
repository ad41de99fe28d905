/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells this machine from others, also after a reboot. */
#ifndef V6_STORE_MACHINE_H
#define V6_STORE_MACHINE_H

#include <libv6/base.h>

/**
 * v6_machine_read() - What tells this machine from others
 * @ret_machine: A hash of /etc/machine-id; that there is none, or no file, is no error
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or a negative errno
 */
int v6_machine_read(uint64_t *ret_machine, struct v6_error *err);

#endif
