/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "core/policy.h"

int v6_policy_check(const struct v6_state *state, struct v6_error *err)
{
	if (state->engine != V6_ENGINE_CRIO && state->engine != V6_ENGINE_CONTAINERD)
		return 0;
	return v6_fail(err, -EPERM, "pods of Kubernetes (%s) may not claim addresses of this node",
		       v6_engine_name(state->engine));
}
