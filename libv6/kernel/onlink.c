/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ask the kernel once for prefixes and links, however many services are compared with them. */
#include <errno.h>
#include <stdlib.h>

#include "base/address.h"
#include "kernel/onlink.h"
#include "kernel/route.h"

static int append_prefix(struct v6_onlink *onlink, const struct v6_onlink_prefix *prefix)
{
	size_t room = onlink->room ? 2 * onlink->room : 32;
	struct v6_onlink_prefix *larger;

	if (onlink->n == onlink->room) {
		larger = reallocarray(onlink->list, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		onlink->list = larger;
		onlink->room = room;
	}
	onlink->list[onlink->n++] = *prefix;
	return 0;
}

static int keep_prefix_route(const struct v6_route *route, void *data)
{
	struct v6_onlink_prefix prefix = {.prefix = route->to, .link = route->link};

	if (v6_route_is_default(route))
		prefix.prefix = (struct v6_prefix){.length = 0};
	else if (!IN6_IS_ADDR_UNSPECIFIED(&route->gateway) || route->to.length == 128 ||
		 !v6_address_is_global(&route->to.address))
		return 0;
	return append_prefix(data, &prefix);
}

int v6_onlink_read(struct v6_nl *nl, struct v6_onlink *onlink)
{
	int ret;

	if (onlink->read)
		return 0;
	onlink->n = 0;
	ret = v6_route_each_out(nl, keep_prefix_route, onlink);
	onlink->read = ret == 0;
	return ret;
}

void v6_onlink_forget(struct v6_onlink *onlink)
{
	free(onlink->list);
	*onlink = (struct v6_onlink){.n = 0};
}

int v6_onlink_link(struct v6_nl *nl, struct v6_onlink *onlink, int index, struct v6_link *ret_link)
{
	size_t i;
	int ret;

	for (i = 0; i < onlink->n_links; i++) {
		if (onlink->links[i].index != index)
			continue;
		*ret_link = onlink->links[i];
		return 0;
	}
	ret = v6_link_get(nl, index, NULL, ret_link);
	if (ret == 0 && onlink->n_links < V6_ONLINK_LINKS)
		onlink->links[onlink->n_links++] = *ret_link;
	return ret;
}

bool v6_onlink_has(const struct v6_onlink *onlink, int link, const struct in6_addr *address)
{
	const struct v6_onlink_prefix *list = onlink->list;
	size_t i;

	for (i = 0; i < onlink->n; i++)
		if (list[i].link == link && list[i].prefix.length > 0 &&
		    v6_prefix_contains(&list[i].prefix, address))
			return true;
	return false;
}

bool v6_onlink_is_default(const struct v6_onlink *onlink, int link)
{
	size_t i;

	for (i = 0; i < onlink->n; i++)
		if (onlink->list[i].link == link && onlink->list[i].prefix.length == 0)
			return true;
	return false;
}

int v6_onlink_each(const struct v6_onlink *onlink, const struct in6_addr *address,
		   int (*visit)(int link, void *data), void *data)
{
	const struct v6_onlink_prefix *list = onlink->list;
	int length, ret = 0;
	size_t i;

	for (length = 127; length > 0 && ret == 0; length--)
		for (i = 0; i < onlink->n && ret == 0; i++)
			if (list[i].prefix.length == length &&
			    v6_prefix_contains(&list[i].prefix, address))
				ret = visit(list[i].link, data);
	return ret;
}
