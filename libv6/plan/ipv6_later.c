/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a runtime does to the container's network after the hook. */
#include "kernel/netns.h"
#include "kernel/sysctl.h"
#include "plan/ipv6_later.h"

/* struct ipv6_setting - whether IPv6 is off for a link, or for "all" */
struct ipv6_setting {
	const char *link;
	int off;
};

static int read_ipv6_off(void *data, struct v6_error *err)
{
	struct ipv6_setting *setting = data;

	(void)err;
	return v6_sysctl_get(setting->link, "disable_ipv6", &setting->off);
}

bool v6_ipv6_goes_later(const struct v6_state *state, const struct v6_bundle *bundle, int netns,
			const char *link, struct v6_sysctl_key *ret_key)
{
	char disabled[IF_NAMESIZE];
	struct ipv6_setting setting = {.link = disabled};

	if (!v6_bundle_disables_ipv6(bundle, link, ret_key, disabled))
		return false;
	return state->creating || v6_netns_call(netns, read_ipv6_off, &setting, NULL) < 0 ||
	       !setting.off;
}
