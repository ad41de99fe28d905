/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our programs may do: no more than they have to, whoever has started them. */
#ifndef V6_BASE_PRIVILEGES_H
#define V6_BASE_PRIVILEGES_H

#include <linux/capability.h>

#include <libv6/base.h>

/* Of v6d alone: to hear of other network namespaces than the host's */
#define V6_PRIVILEGE_LISTEN (UINT64_C(1) << CAP_NET_BROADCAST)

/* Likewise: to start relays as a user without any rights */
#define V6_PRIVILEGE_RELAY ((UINT64_C(1) << CAP_SETUID) | (UINT64_C(1) << CAP_SETGID))

/**
 * v6_privileges_drop() - Give up for good what a program of ours does not need
 * @more:	0, or any of V6_PRIVILEGE_LISTEN and V6_PRIVILEGE_RELAY
 * @err:	NULL, or filled in on failure only
 *
 * Capabilities but for five and @more, and those that a program started by this one could gain.
 * What the caller lacks already is not missed here: what fails without says so. For the beginning
 * of main().
 *
 * Return: 0 or a negative errno
 */
int v6_privileges_drop(uint64_t more, struct v6_error *err);

#endif
