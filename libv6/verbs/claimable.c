/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service address placed, with what is left in its way removed. */
#include <errno.h>

#include "apply/orphans.h"
#include "plan/place_claims.h"
#include "verbs/claimable.h"

int v6_claimable(struct v6_host *host, const struct v6_state *state,
		 const struct v6_request *request, bool local, const char *name,
		 const struct in6_addr *address, struct v6_service *ret_service,
		 struct v6_error *err)
{
	int ret = v6_place_claims(host, state, request, local, name, address, ret_service, err);

	if (ret != -ESTALE)
		return ret;
	if (host->lock < 0) {
		*ret_service = (struct v6_service){.address = *address, .ours = true};
		return 0;
	}
	ret = v6_orphans_remove_route(host, address, err);
	return ret < 0 ? ret
		       : v6_place_claims(host, state, request, local, name, address, ret_service,
					 err);
}
