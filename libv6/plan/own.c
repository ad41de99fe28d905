/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a claim on an address of the host itself takes a port from its own programs. */
#include <errno.h>
#include <fcntl.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "plan/own.h"

/* struct search - a listener of the host in the way of a mapping */
struct search {
	const struct v6_service *service;
	const struct v6_port_map *map;
	struct v6_listener found;
};

static int look_at_own_listener(const struct v6_listener *listener, void *data)
{
	struct search *search = data;
	const struct v6_port_map *map = search->map;

	if (listener->port < map->service_port ||
	    listener->port - map->service_port >= map->count ||
	    !v6_listener_hears(listener, &search->service->address, listener->port))
		return 0;
	search->found = *listener;
	return -EEXIST; /* enough */
}

static int refuse_own_port(struct v6_host *host, const struct search *search, struct v6_error *err)
{
	struct v6_process process = {.name = "a program"};

	v6_listener_process(host->netns, &search->found, &process);
	return v6_fail(
		err, -EADDRINUSE,
		"%s is this host's own, and %s listens on port %u/%s there; choose another address or port, or have it listen elsewhere",
		V6_TEXT(&search->service->address), process.name, search->found.port,
		v6_protocol_name(search->found.protocol));
}

static int check_own_map(struct v6_host *host, int netns, const struct v6_service *service,
			 const struct v6_port_map *map, struct v6_error *err)
{
	struct search search = {.service = service, .map = map};
	struct v6_error own;
	int ret;

	if (map->protocol == V6_PROTOCOL_ALL)
		return v6_fail(
			err, -EPERM,
			"%s is this host's own, so that a container can't have all of it; name its ports",
			V6_TEXT(&service->address));
	ret = v6_listeners_each(netns, map->protocol, map->count == 1 ? map->service_port : 0,
				look_at_own_listener, &search, &own);
	if (search.found.port)
		return refuse_own_port(host, &search, err);
	if (ret < 0)
		v6_host_warn(host, "%s: cannot tell what listens there: %s",
			     V6_TEXT(&service->address), own.text);
	return 0;
}

int v6_own_check(struct v6_host *host, const struct v6_service *service,
		 const struct v6_port_map *maps, size_t n_maps, bool local, struct v6_error *err)
{
	const struct v6_port_map *map;
	auto_fd int netns = -1;
	int ret = 0;

	if (service->ours)
		return 0;
	netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return v6_fail(err, -errno, "/proc: cannot open our network namespace: %s",
			       v6_strerror(errno));
	for (map = maps; map < maps + n_maps && ret == 0; map++)
		if (!local || map->service_port != map->target_port)
			ret = check_own_map(host, netns, service, map, err);
	return ret;
}
