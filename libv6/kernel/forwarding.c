/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns on what is off of forwarding, without losing the routes that the host learnt. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/forwarding.h"
#include "kernel/route.h"
#include "kernel/setting.h"
#include "kernel/sysctl.h"

#define CONF_DIR "/proc/sys/net/ipv6/conf"

struct change {
	bool dry;
	void (*changing)(const struct v6_link_setting *setting, int from, int to, void *data);
	void *data;
	struct v6_error *err;
};

/* change_from() - set one where it is @from, or where it is anything but @to and @from is ANY;
 * elsewhere leave it alone
 */
#define ANY (-1)
static int change_from(struct change *change, enum v6_link_setting_kind kind, const char *link,
		       int from, int to)
{
	struct v6_link_setting setting = {.kind = kind};
	int value = from, ret;

	snprintf(setting.link, sizeof(setting.link), "%s", link);
	ret = v6_link_setting_get(&setting, &value);
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(change->err, ret, "cannot read %s: %s", V6_SETTING(&setting),
			       v6_strerror(ret));
	/* a link that is gone forwards nothing */
	if (ret < 0 || value == to || (from != ANY && value != from))
		return 0;
	change->changing(&setting, value, to, change->data);
	ret = change->dry ? 0 : v6_link_setting_set(&setting, to);
	if (ret < 0)
		return v6_fail(change->err, ret, "cannot set %s to %d: %s", V6_SETTING(&setting),
			       to, v6_strerror(ret));
	return 0;
}

/* note_forwarding() - of one that forwards by itself: the change as a whole hides that */
static int note_forwarding(int dir, const char *name, void *data)
{
	struct v6_link_setting setting = {.kind = V6_SETTING_FORWARDING};
	struct change *change = data;
	int on;

	(void)dir;
	if (strlen(name) >= sizeof(setting.link))
		return 0;
	memcpy(setting.link, name, strlen(name));
	if (v6_link_setting_get(&setting, &on) == 0 && on)
		change->changing(&setting, 1, 1, change->data);
	return 0;
}

/* forward_as_a_whole() - which sets all links, and what new ones get */
static int forward_as_a_whole(struct change *change)
{
	int fd, ret = 0;

	if (!change->dry) {
		fd = open(CONF_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = v6_dir_each(fd < 0 ? -errno : fd, note_forwarding, change);
	}
	if (ret < 0)
		return v6_fail(change->err, ret, "cannot list " CONF_DIR ": %s", v6_strerror(ret));
	return change_from(change, V6_SETTING_FORWARDING, "all", 0, 1);
}

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
			ret = change_from(change, V6_SETTING_ACCEPT_RA, link.name, 1, 2);
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
		ret = change_from(change, V6_SETTING_ACCEPT_RA, link.name, 1, 2);
	if (ret < 0 && ret != -ENODEV)
		return v6_context(change->err, ret, "cannot keep the routes learnt from routers");
	return 0;
}

int v6_forwarding_on(struct v6_nl *nl, const char *outer,
		     bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		     void (*changing)(const struct v6_link_setting *setting, int from, int to,
				      void *data),
		     void *data, struct v6_error *err)
{
	struct change change = {.dry = dry, .changing = changing, .data = data, .err = err};
	int ret = keep_learning(nl, &change, outer, is_uplink);

	return ret < 0 ? ret : forward_as_a_whole(&change);
}

static int keep_forwarding(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct netconfmsg))
		if (mnl_attr_get_type(attr) == NETCONFA_FORWARDING)
			V6_NL_VALUE(attr, (int *)data);
	return MNL_CB_OK;
}

void v6_forwarding_question(struct v6_nl_question *question, int *ret_on)
{
	struct nlmsghdr *request = &question->request.header;
	struct netconfmsg *info;

	*question = (struct v6_nl_question){.answer = keep_forwarding, .data = ret_on};
	mnl_nlmsg_put_header(request);
	request->nlmsg_type = RTM_GETNETCONF;
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ncm_family = AF_INET6;
	mnl_attr_put_u32(request, NETCONFA_IFINDEX, (uint32_t)NETCONFA_IFINDEX_ALL);
}

int v6_forwarding_open(const char *link, bool dry,
		       void (*changing)(const struct v6_link_setting *setting, int from, int to,
					void *data),
		       void *data, struct v6_error *err)
{
	struct change change = {.dry = dry, .changing = changing, .data = data, .err = err};

	return change_from(&change, V6_SETTING_FORCE_FORWARDING, link, 0, 1);
}

int v6_proxy_on(struct v6_nl *nl, const char *link,
		bool (*is_uplink)(struct v6_nl *nl, const struct v6_link *link), bool dry,
		void (*changing)(const struct v6_link_setting *setting, int from, int to,
				 void *data),
		void *data, struct v6_error *err)
{
	struct change change = {.dry = dry, .changing = changing, .data = data, .err = err};
	int on = 0, ret = 0;

	if (v6_sysctl_get(link, "forwarding", &on) < 0 || !on)
		ret = keep_learning(nl, &change, link, is_uplink);
	if (ret == 0)
		ret = change_from(&change, V6_SETTING_FORWARDING, link, 0, 1);
	if (ret == 0)
		ret = change_from(&change, V6_SETTING_PROXY_DELAY, link, ANY, 0);
	if (ret == 0)
		ret = change_from(&change, V6_SETTING_PROXY_NDP, link, 0, 1);
	return ret;
}

int v6_notify_on(const char *link, bool dry,
		 void (*changing)(const struct v6_link_setting *setting, int from, int to,
				  void *data),
		 void *data, struct v6_error *err)
{
	struct change change = {.dry = dry, .changing = changing, .data = data, .err = err};

	return change_from(&change, V6_SETTING_NDISC_NOTIFY, link, 0, 1);
}
