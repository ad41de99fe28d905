/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hairpin mode of a container's port, by which it reaches its own service where bridges filter. */
#include <errno.h>

#include "apply/port.h"
#include "apply/things.h"
#include "base/address.h"
#include "kernel/hairpin.h"
#include "kernel/link.h"

int v6_port_has(struct v6_host *host, const struct v6_thing *thing)
{
	struct v6_link port;
	int ret = v6_link_get(&host->route, thing->spot.link, NULL, &port);

	if (ret == -ENODEV || (ret == 0 && !port.master))
		return 1;
	return ret < 0 ? ret : port.hairpin;
}

int v6_port_add(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int ret = v6_port_has(host, thing);

	(void)err;
	if (ret == 0)
		ret = v6_hairpin_set(&host->route, thing->spot.link, true);
	else if (ret > 0)
		return 0;
	if (ret < 0)
		v6_host_warn(host, "cannot turn on hairpin mode of the port with %s: %s",
			     V6_TEXT(&thing->spot.prefix.address), v6_strerror(ret));
	return ret == 0;
}

int v6_port_remove(struct v6_host *host, const struct v6_thing *thing, struct v6_error *err)
{
	int ret = v6_hairpin_set(&host->route, thing->spot.link, false);

	if (ret < 0 && ret != -ENODEV && ret != -EOPNOTSUPP)
		return v6_fail(err, ret, "cannot turn off hairpin mode of the port with %s: %s",
			       V6_TEXT(&thing->spot.prefix.address), v6_strerror(ret));
	return 0;
}
