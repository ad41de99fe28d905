/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our programs may do: no more than they have to, whoever has started them. */
#ifndef V6_BASE_PRIVILEGES_H
#define V6_BASE_PRIVILEGES_H

#include <libv6/base.h>

/**
 * v6_privileges_drop() - Give up for good what none of our programs needs
 * @err:	NULL, or filled in on failure only
 *
 * Capabilities but for five, and those that a program started by this one could gain. What the
 * caller lacks already is not missed here: what fails without says so. For the beginning of main().
 *
 * Return: 0 or a negative errno
 */
int v6_privileges_drop(struct v6_error *err);

#endif
