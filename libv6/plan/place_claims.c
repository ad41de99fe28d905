/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a container may have its claims on an address: policy, place, and who else is there. */
#include <errno.h>

#include "base/address.h"
#include "plan/dad.h"
#include "plan/own.h"
#include "plan/place_claims.h"
#include "plan/place_service.h"
#include "policy/policy.h"

/* refuse_own() - an address that the host had before is no user's */
static int refuse_own(const struct v6_state *state, const struct v6_service *service,
		      struct v6_error *err)
{
	if (state->uid == 0 || service->ours)
		return 0;
	return v6_fail(err, -EPERM,
		       "%s is this host's own; services of users need addresses of their own",
		       V6_TEXT(&service->address));
}

int v6_place_claims(struct v6_host *host, const struct v6_state *state,
		    const struct v6_request *request, bool local, const char *name,
		    const struct in6_addr *address, struct v6_service *ret_service,
		    struct v6_error *err)
{
	const struct v6_subject subject = {.state = state, .uid = state->uid};
	int ret = v6_policy_check_claims(&host->config, &subject, name, address, request->maps,
					 request->n_maps, err);

	if (ret == 0)
		ret = v6_place_service(host, address, request->interface, ret_service, err);
	if (ret == 0)
		ret = refuse_own(state, ret_service, err);
	if (ret == 0)
		ret = v6_own_check(host, ret_service, request->maps, request->n_maps, local, err);
	return ret < 0 ? ret : v6_dad_check(host, address, err);
}
