/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interface of the host a container's interface is reached. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/netns.h"
#include "plan/place_port.h"
#include "plan/via.h"

static int set_via(struct v6_destination *d, const struct v6_link *link, struct v6_error *err)
{
	d->via = link->index;
	snprintf(d->via_name, sizeof(d->via_name), "%s", link->name);
	return v6_link_check_name(link, "", err);
}

int v6_via_find(struct v6_host *host, const struct v6_link *inside, int netns,
		struct v6_destination *d, struct v6_error *err)
{
	struct v6_link peer, master = {.index = 0};
	struct v6_nl_question asked[2];
	int ret, id = -1;
	bool is_peer;

	v6_link_question(&asked[0], inside->peer, &peer);
	v6_netns_question(&asked[1], netns, &id);
	v6_nl_ask_all(&host->route, asked, V6_ARRAY_SIZE(asked));
	ret = inside->peer ? asked[0].ret : -ENODEV;
	/* an index means something only in its own namespace: is it really the other end? */
	is_peer = ret == 0 && strcmp(peer.kind, "veth") == 0 && peer.peer == inside->index;
	if (is_peer)
		ret = asked[1].ret;
	if (ret < 0 && ret != -ENODEV)
		return v6_fail(err, ret,
			       "cannot look up the other end of the container's interface: %s",
			       v6_strerror(ret));
	if (!is_peer || peer.peer_netns != id)
		return v6_fail(
			err, -EOPNOTSUPP,
			"the container's interface %s is on no bridge of this host; use a bridge network",
			inside->name);
	ret = peer.master ? v6_link_get(&host->route, peer.master, NULL, &master) : 0;
	if (ret < 0)
		return v6_fail(err, ret, "cannot look up the bridge of %s: %s", peer.name,
			       v6_strerror(ret));
	if (strcmp(master.kind, "bridge") != 0)
		return set_via(d, &peer, err);
	v6_place_port(&peer, &master, netns, d);
	return set_via(d, &master, err);
}
