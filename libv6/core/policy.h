/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may claim service addresses at all. */
#ifndef V6_CORE_POLICY_H
#define V6_CORE_POLICY_H

#include <libv6/oci.h>

/**
 * v6_policy_check() - Whether this container may ask for services
 * @state:	Its state
 * @err:	NULL, or filled in on failure only
 *
 * Whoever runs containers as root on this host may; somebody with rights only in a Kubernetes
 * cluster may not, since an annotation would let him take any address of the node's link.
 *
 * Return: 0 or -EPERM
 */
int v6_policy_check(const struct v6_state *state, struct v6_error *err);

#endif
