/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a container may have its claims on an address, and where the address goes. */
#ifndef V6_VERBS_CLAIMABLE_H
#define V6_VERBS_CLAIMABLE_H

#include "store/host.h"

/* v6_claimable() - as v6_place_claims(), but a route of ours that no record asks for, which hides
 * the interface of the address, is removed first. Without the lock it stays, and @ret_service has
 * the address alone
 */
int v6_claimable(struct v6_host *host, const struct v6_state *state,
		 const struct v6_request *request, bool local, const char *name,
		 const struct in6_addr *address, struct v6_service *ret_service,
		 struct v6_error *err);

#endif
