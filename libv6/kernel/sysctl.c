/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"

#define VALUE_SIZE 16

static int open_sysctl(const char *link, const char *name, int flags, int *ret_fd)
{
	char path[sizeof("/proc/sys/net/ipv6/conf//") + IF_NAMESIZE + 32];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", link, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int v6_sysctl_get(const char *link, const char *name, int *ret_value)
{
	char text[VALUE_SIZE];
	auto_fd int fd = -1;
	ssize_t n;
	int ret = open_sysctl(link, name, O_RDONLY, &fd);

	if (ret < 0)
		return ret;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret_value = atoi(text);
	return 0;
}

int v6_sysctl_set(const char *link, const char *name, int value)
{
	char text[VALUE_SIZE];
	auto_fd int fd = -1;
	int size = snprintf(text, sizeof(text), "%d\n", value);
	int ret = open_sysctl(link, name, O_WRONLY, &fd);

	if (ret < 0)
		return ret;
	return write(fd, text, (size_t)size) < 0 ? -errno : 0;
}

int v6_ipv6_check(struct v6_error *err)
{
	int off;

	if (v6_sysctl_get("all", "disable_ipv6", &off) < 0)
		return v6_fail(err, -EAFNOSUPPORT,
			       "this host has no IPv6; boot without ipv6.disable=1");
	if (off)
		return v6_fail(err, -EAFNOSUPPORT,
			       "IPv6 is off on this host; sysctl net.ipv6.conf.all.disable_ipv6=0");
	return 0;
}

struct change {
	struct v6_nl links; /* a second socket, as the first is busy with a dump meanwhile */
	void (*changed)(const char *link, const char *name, int from, int to, void *data);
	void *data;
	struct v6_error *err;
};

/* raise_from() - set one where it is @from; elsewhere leave it alone */
static int raise_from(struct change *change, const char *link, const char *name, int from, int to)
{
	int value = from, ret = v6_sysctl_get(link, name, &value);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(change->err, ret, "cannot read net.ipv6.conf.%s.%s: %s", link, name,
			       v6_strerror(ret));
	if (ret < 0 || value != from) /* a link that is gone forwards nothing */
		return 0;
	ret = v6_sysctl_set(link, name, to);
	if (ret < 0)
		return v6_fail(change->err, ret, "cannot set net.ipv6.conf.%s.%s to %d: %s", link,
			       name, to, v6_strerror(ret));
	change->changed(link, name, from, to, change->data);
	return 0;
}

static int keep_learnt_route(const struct v6_route *route, void *data)
{
	struct change *change = data;
	struct v6_link link;

	if (v6_link_get(&change->links, route->link, NULL, &link) < 0)
		return 0;
	return raise_from(change, link.name, "accept_ra", 1, 2);
}

static int forward_everywhere(struct v6_nl *nl, struct change *change, const char *uplink)
{
	int ret = v6_nl_open(NETLINK_ROUTE, &change->links, change->err);

	if (ret < 0)
		return ret;
	v6_fail(change->err, 0, "cannot list them");
	ret = v6_route_each(nl, RTPROT_RA, keep_learnt_route, change);
	v6_nl_close(&change->links);
	/* a host that has just booted may learn its route from the service's link only later */
	if (ret == 0)
		ret = raise_from(change, uplink, "accept_ra", 1, 2);
	if (ret < 0)
		return v6_context(change->err, ret, "cannot keep the routes learnt from routers");
	return raise_from(change, "all", "forwarding", 0, 1);
}

int v6_forwarding_on(struct v6_nl *nl, const char *const links[2],
		     void (*changed)(const char *link, const char *name, int from, int to,
				     void *data),
		     void *data, struct v6_error *err)
{
	struct change change = {.changed = changed, .data = data, .err = err};
	int i, on, single, ret = v6_sysctl_get("all", "forwarding", &on);

	if (ret < 0)
		return v6_fail(err, -EAFNOSUPPORT,
			       "this host has no IPv6; boot without ipv6.disable=1");
	if (on)
		return 0;
	if (v6_sysctl_get("all", "force_forwarding", &single) == -ENOENT)
		return forward_everywhere(nl, &change, links[0]);

	for (i = 0; i < 2 && ret == 0; i++)
		ret = raise_from(&change, links[i], "force_forwarding", 0, 1);
	return ret;
}
