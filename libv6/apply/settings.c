/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the host's interfaces that services need; noted, and never taken back. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "apply/settings.h"
#include "base/cleanup.h"
#include "kernel/sysctl.h"

/* note_sysctl() - keep what we changed on the host for v6ctl check; failing to is no failure */
static void note_sysctl(const char *name, int from, int to, void *data)
{
	struct v6_host *host = data;
	auto_fd int fd = -1;

	if (!v6_host_step(host, "set %s from %d to %d", name, from, to))
		return;
	fd = openat(host->dir, "sysctls",
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd >= 0)
		dprintf(fd, "%s %d -> %d\n", name, from, to);
}

int v6_settings_pass(struct v6_host *host, const struct v6_record *record,
		     const struct v6_service *service, struct v6_error *err)
{
	const char *links[2] = {service->link_name, record->destination.via_name};
	int ret = 0;

	if (v6_destination_has_way(&record->destination))
		ret = v6_forwarding_on(&host->route, links, host->looks, note_sysctl, host, err);
	if (ret == 0 && service->attach == V6_ATTACH_PROXY)
		ret = v6_proxy_on(&host->route, service->link_name, host->looks, note_sysctl, host,
				  err);
	return ret;
}

void v6_settings_announce(struct v6_host *host, const struct v6_destination *d)
{
	struct v6_error err;

	if (v6_destination_has_way(d) &&
	    v6_notify_on(d->via_name, host->looks, note_sysctl, host, &err) < 0)
		v6_host_warn(host, "%s", err.text);
}
