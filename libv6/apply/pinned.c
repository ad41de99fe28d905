/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The neighbour entry that pins a container's address to its link-layer address. */
#include <errno.h>
#include <string.h>

#include "apply/pinned.h"
#include "apply/things.h"
#include "base/address.h"
#include "kernel/pin.h"

static struct v6_pin spot_pin(const struct v6_spot *spot)
{
	struct v6_pin pin = {spot->prefix.address, spot->link, {0}};

	memcpy(pin.mac, spot->mac, sizeof(pin.mac));
	return pin;
}

int v6_pinned_has(struct v6_host *host, const struct v6_thing *thing)
{
	struct v6_pin pin = spot_pin(&thing->spot);

	return v6_pin_has(&host->route, &pin);
}

int v6_pinned_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_pin pin = spot_pin(&thing->spot);
	const char *via = thing->record->destination.via_name;
	int ret = v6_pin_add(&host->route, &pin);

	if (ret == -EEXIST)
		return v6_fail(
			err, ret,
			"%s has a permanent neighbour entry on %s that is not ours; remove it: ip -6 neigh del %s dev %s",
			V6_TEXT(&pin.address), via, V6_TEXT(&pin.address), via);
	if (ret < 0)
		return v6_fail(err, ret, "cannot pin %s to the container on %s: %s",
			       V6_TEXT(&pin.address), via, v6_strerror(ret));
	return ret;
}

int v6_pinned_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	struct v6_pin pin = spot_pin(&thing->spot);
	int ret = v6_pin_remove(&host->route, &pin);

	if (ret < 0)
		return v6_fail(err, ret, "cannot remove the neighbour entry of %s: %s",
			       V6_TEXT(&pin.address), v6_strerror(ret));
	return 0;
}
