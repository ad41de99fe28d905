/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a bridge's port needs hairpin mode, and that mode switched by rtnetlink. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "kernel/hairpin.h"
#include "kernel/netns.h"
#include "kernel/sysctl.h"

bool v6_bridge_filters(const struct v6_link *bridge)
{
	int on;

	/* the setting is there where br_netfilter is; without it, that of a bridge does nothing */
	return v6_sysctl_bridge("bridge-nf-call-ip6tables", &on) == 0 && (on || bridge->filters);
}

/* has_own_numbers() - of all interfaces, or of this one: ndisc_send_dad() and addrconf_dad_begin()
 * in linux/net/ipv6/
 */
static int has_own_numbers(void *data, struct v6_error *err)
{
	int on = 0;

	(void)err;
	if (v6_sysctl_get("all", "enhanced_dad", &on) < 0 || !on)
		v6_sysctl_get(data, "enhanced_dad", &on);
	return on != 0;
}

int v6_hairpin_is_harmless(int netns, const char *link)
{
	return v6_netns_call(netns, has_own_numbers, (void *)link, NULL);
}

int v6_hairpin_set(struct v6_nl *nl, int port, bool on)
{
	union v6_nl_message request = {{0}};
	struct nlmsghdr *header = mnl_nlmsg_put_header(request.bytes);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	struct nlattr *nest;

	header->nlmsg_type = RTM_SETLINK;
	info->ifi_family = AF_BRIDGE;
	info->ifi_index = port;
	nest = mnl_attr_nest_start(header, IFLA_PROTINFO);
	mnl_attr_put_u8(header, IFLA_BRPORT_MODE, on);
	mnl_attr_nest_end(header, nest);
	return v6_nl_talk(nl, header, NULL, NULL);
}
