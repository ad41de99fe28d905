/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runtime does to the container's network after the hook. */
#ifndef V6_PLAN_IPV6_LATER_H
#define V6_PLAN_IPV6_LATER_H

#include "oci/bundle.h"

/**
 * v6_ipv6_goes_later() - Check whether a container's own sysctl will turn IPv6 off
 * @state:	The container's
 * @bundle:	The same
 * @netns:	Its network namespace
 * @link:	The interface that its services use there
 * @ret_key:	The sysctl, set if one will
 *
 * runc sets a container's sysctls when the hook has returned, and crun before: then it is off
 * already. So it may be by others, as Docker turns it off on its networks without IPv6.
 */
bool v6_ipv6_goes_later(const struct v6_state *state, const struct v6_bundle *bundle, int netns,
			const char *link, struct v6_sysctl_key *ret_key);

#endif
