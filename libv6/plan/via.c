/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interface of the host a container's interface is reached. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

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
	int id = -1,
	    ret = inside->peer ? v6_link_get(&host->route, inside->peer, NULL, &peer) : -ENODEV;
	bool is_peer = ret == 0 && strcmp(peer.kind, "veth") == 0 && peer.peer == inside->index;

	/* an index means something only in its own namespace: is it really the other end? */
	if (is_peer)
		ret = v6_netns_id(&host->route, netns, &id);
	if (ret < 0 && ret != -ENODEV)
		return v6_fail(err, ret, "cannot look up the other end of the container's link: %s",
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
