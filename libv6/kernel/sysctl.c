/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 settings of interfaces, read and written below /proc/sys. */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"

#define VALUE_SIZE 16

/* struct setting - net.ipv6.@kind.LINK.@name, @kind being conf or neigh */
struct setting {
	const char *kind;
	const char *name;
};

struct v6_sysctl_text v6_sysctl_text(const char *link)
{
	struct v6_sysctl_text text;
	char *dot;

	snprintf(text.s, sizeof(text.s), "%s", link);
	while ((dot = strchr(text.s, '.')))
		*dot = '/';
	return text;
}

static int open_setting(const struct setting *setting, const char *link, int flags, int *ret_fd)
{
	char path[sizeof("/proc/sys/net/ipv6/neigh//") + IF_NAMESIZE + 32];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/%s/%s/%s", setting->kind, link,
		 setting->name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int get_setting(const struct setting *setting, const char *link, int *ret_value)
{
	char text[VALUE_SIZE];
	auto_fd int fd = -1;
	ssize_t n;
	int ret = open_setting(setting, link, O_RDONLY, &fd);

	if (ret < 0)
		return ret;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	*ret_value = atoi(text);
	return 0;
}

static int set_setting(const struct setting *setting, const char *link, int value)
{
	char text[VALUE_SIZE];
	auto_fd int fd = -1;
	int size = snprintf(text, sizeof(text), "%d\n", value);
	int ret = open_setting(setting, link, O_WRONLY, &fd);

	if (ret < 0)
		return ret;
	return write(fd, text, (size_t)size) < 0 ? -errno : 0;
}

int v6_sysctl_get(const char *link, const char *name, int *ret_value)
{
	return get_setting(&(struct setting){"conf", name}, link, ret_value);
}

int v6_sysctl_set(const char *link, const char *name, int value)
{
	return set_setting(&(struct setting){"conf", name}, link, value);
}

int v6_ipv6_check(const char *link, struct v6_error *err)
{
	int off = 0;

	if (v6_sysctl_get("all", "disable_ipv6", &off) < 0)
		return v6_fail(err, -EAFNOSUPPORT,
			       "this host has no IPv6; boot without ipv6.disable=1");
	if (off)
		return v6_fail(err, -EAFNOSUPPORT,
			       "IPv6 is off on this host; sysctl net.ipv6.conf.all.disable_ipv6=0");
	if (*link && v6_sysctl_get(link, "disable_ipv6", &off) == 0 && off)
		return v6_fail(err, -EAFNOSUPPORT,
			       "IPv6 is off on link %s; sysctl net.ipv6.conf.%s.disable_ipv6=0",
			       link, V6_SYSCTL(link));
	return 0;
}

int v6_ipv6_check_inner(const char *link, struct v6_error *err)
{
	int off = 0, made_off = 0;

	if (v6_ipv6_check("", err) < 0)
		return -EAFNOSUPPORT;
	v6_sysctl_get(link, "disable_ipv6", &off);
	v6_sysctl_get("default", "disable_ipv6", &made_off);
	if (!off || !made_off)
		return v6_ipv6_check(link, err);
	return v6_fail(
		err, -EAFNOSUPPORT,
		"IPv6 is off on link %s, as on each new link; sysctl net.ipv6.conf.default.disable_ipv6=0",
		link);
}

struct change {
	bool dry;
	void (*changed)(const char *name, int from, int to, void *data);
	void *data;
	struct v6_error *err;
};

/* struct setting_text - a setting as sysctl(8) takes it */
struct setting_text {
	char s[sizeof("net.ipv6.neigh..") + IF_NAMESIZE + 32];
};

static struct setting_text setting_text(const struct setting *setting, const char *link)
{
	struct setting_text text;

	snprintf(text.s, sizeof(text.s), "net.ipv6.%s.%s.%s", setting->kind, V6_SYSCTL(link),
		 setting->name);
	return text;
}

/* change_from() - set one where it is @from, or where it is anything but @to and @from is ANY;
 * elsewhere leave it alone
 */
#define ANY (-1)
static int change_from(struct change *change, const struct setting *setting, const char *link,
		       int from, int to)
{
	int value = from, ret = get_setting(setting, link, &value);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(change->err, ret, "cannot read %s: %s",
			       setting_text(setting, link).s, v6_strerror(ret));
	/* a link that is gone forwards nothing */
	if (ret < 0 || value == to || (from != ANY && value != from))
		return 0;
	ret = change->dry ? 0 : set_setting(setting, link, to);
	if (ret < 0)
		return v6_fail(change->err, ret, "cannot set %s to %d: %s",
			       setting_text(setting, link).s, to, v6_strerror(ret));
	change->changed(setting_text(setting, link).s, value, to, change->data);
	return 0;
}

static const struct setting accept_ra = {"conf", "accept_ra"};
static const struct setting forwarding = {"conf", "forwarding"};
static const struct setting force_forwarding = {"conf", "force_forwarding"};
static const struct setting proxy_ndp = {"conf", "proxy_ndp"};
static const struct setting ndisc_notify = {"conf", "ndisc_notify"};
static const struct setting proxy_delay = {"neigh", "proxy_delay"};

/* struct learners - links with routes learnt from routers, each once */
struct learners {
	int *links;
	size_t n;
};

/* note_learner() - a container may have sent as many routes as it likes, so the link is kept */
static int note_learner(const struct v6_route *route, void *data)
{
	struct learners *learners = data;
	size_t i;
	int *larger;

	for (i = 0; i < learners->n; i++)
		if (learners->links[i] == route->link)
			return 0;
	larger = reallocarray(learners->links, learners->n + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	larger[learners->n++] = route->link;
	learners->links = larger;
	return 0;
}

/* keep_learnt_routes() - before anything forwards: routes learnt from routers would go at once */
static int keep_learnt_routes(struct v6_nl *nl, struct change *change,
			      bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link))
{
	struct learners learners = {NULL, 0};
	struct v6_link link;
	size_t i;
	int ret;

	v6_fail(change->err, 0, "cannot list them");
	ret = v6_route_each(nl, RTPROT_RA, false, note_learner, &learners);
	for (i = 0; ret == 0 && i < learners.n; i++) {
		ret = v6_link_get(nl, learners.links[i], NULL, &link);
		if (ret == 0 && is_uplink(nl, &link))
			ret = change_from(change, &accept_ra, link.name, 1, 2);
		else if (ret == -ENODEV)
			ret = 0;
	}
	free(learners.links);
	return ret;
}

/* keep_learning() - by the uplinks, and by the service's link, from which a host that has just
 * booted may learn its route only later; that one may be a veth, if the host is a container itself
 */
static int keep_learning(struct v6_nl *nl, struct change *change, const char *outer,
			 bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link))
{
	struct v6_link link;
	int ret = keep_learnt_routes(nl, change, is_uplink);

	if (ret == 0)
		ret = v6_link_get(nl, 0, outer, &link);
	if (ret == 0 && (strcmp(link.kind, "bridge") != 0 || is_uplink(nl, &link)))
		ret = change_from(change, &accept_ra, link.name, 1, 2);
	if (ret < 0 && ret != -ENODEV)
		return v6_context(change->err, ret, "cannot keep the routes learnt from routers");
	return 0;
}

int v6_forwarding_on(struct v6_nl *nl, const char *const links[2],
		     bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		     void (*changed)(const char *name, int from, int to, void *data), void *data,
		     struct v6_error *err)
{
	struct change change = {.dry = dry, .changed = changed, .data = data, .err = err};
	int i, on, single, ret = v6_sysctl_get("all", "forwarding", &on);

	if (ret < 0)
		return v6_fail(err, -EAFNOSUPPORT,
			       "this host has no IPv6; boot without ipv6.disable=1");
	if (on)
		return 0;
	if (v6_sysctl_get("all", "force_forwarding", &single) == -ENOENT) {
		ret = keep_learning(nl, &change, links[0], is_uplink);
		return ret < 0 ? ret : change_from(&change, &forwarding, "all", 0, 1);
	}
	for (i = 0; i < 2 && ret == 0; i++)
		ret = change_from(&change, &force_forwarding, links[i], 0, 1);
	return ret;
}

int v6_proxy_on(struct v6_nl *nl, const char *link,
		bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		void (*changed)(const char *name, int from, int to, void *data), void *data,
		struct v6_error *err)
{
	struct change change = {.dry = dry, .changed = changed, .data = data, .err = err};
	int on = 0, ret = 0;

	if (v6_sysctl_get(link, "forwarding", &on) < 0 || !on)
		ret = keep_learning(nl, &change, link, is_uplink);
	if (ret == 0)
		ret = change_from(&change, &forwarding, link, 0, 1);
	if (ret == 0)
		ret = change_from(&change, &proxy_delay, link, ANY, 0);
	if (ret == 0)
		ret = change_from(&change, &proxy_ndp, link, 0, 1);
	return ret;
}

int v6_notify_on(const char *link, bool dry,
		 void (*changed)(const char *name, int from, int to, void *data), void *data,
		 struct v6_error *err)
{
	struct change change = {.dry = dry, .changed = changed, .data = data, .err = err};

	return change_from(&change, &ndisc_notify, link, 0, 1);
}
