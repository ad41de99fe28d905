/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interfaces clients come, and what else may pass there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/settings.h"
#include "apply/ways.h"
#include "base/cleanup.h"
#include "kernel/forwarding.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "plan/uplink.h"
#include "store/changed.h"
#include "table/nat.h"

/* What is opened last, and closed whenever somebody turns forwarding on or off as a whole */
#define MARK "lo"

void v6_ways_look(struct v6_host *host, const struct v6_record *record,
		  struct v6_ways_look *ret_look)
{
	struct v6_nl_question asked[4];

	*ret_look = (struct v6_ways_look){.whole = -1};
	v6_forwarding_question(&asked[0], &ret_look->whole);
	v6_link_question(&asked[1], V6_LOOPBACK, &ret_look->lo);
	v6_link_question(&asked[2], record->services[0].link, &ret_look->outer);
	v6_link_question(&asked[3], record->destination.via, &ret_look->via);
	v6_nl_ask_all(&host->route, asked, V6_ARRAY_SIZE(asked));
}

bool v6_ways_seen_open(const struct v6_ways_look *look, int link)
{
	if (look->whole < 0 || look->lo.index == 0)
		return false;
	if (look->whole)
		return look->lo.forwards_by_force <= 0;
	return look->lo.forwards_by_force > 0 && look->via.forwards_by_force > 0 &&
	       look->outer.forwards_by_force > 0 && look->outer.index == link;
}

/* struct way - an interface; @known: the table has it, @there: so has the host */
struct way {
	struct v6_link link;
	bool known, there;
};

/**
 * struct ways - What is known of all of them
 * @changes:	Settings that were changed
 * @list:	The @n interfaces that the host or the table has
 * @links:	Names of two that a service needs
 */
struct ways {
	struct v6_host *host;
	const char *const *links;
	struct v6_changes changes;
	struct way *list;
	size_t n, room;
};

static void release_ways(struct ways *ways)
{
	v6_changes_release(&ways->changes);
	free(ways->list);
}

static bool lets_in(const char *link)
{
	int on;

	return v6_sysctl_get(link, "force_forwarding", &on) == 0 && on;
}

/* is_ours() - Check whether it is noted that we opened an interface; it may have another name now
 */
static bool is_ours(const struct ways *ways, const struct v6_link *link)
{
	const struct v6_changed *c = ways->changes.list, *end = c + ways->changes.n;

	for (; c < end; c++)
		if (c->setting.kind == V6_SETTING_FORCE_FORWARDING &&
		    c->netns == ways->host->netns && c->link == link->index)
			return true;
	return false;
}

static int append_way(struct ways *ways, const struct way *way)
{
	size_t room = ways->room ? 2 * ways->room : 16;
	struct way *larger;

	if (ways->n == ways->room) {
		larger = reallocarray(ways->list, room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		ways->list = larger;
		ways->room = room;
	}
	ways->list[ways->n++] = *way;
	return 0;
}

static int append_link(const struct v6_link *link, void *data)
{
	return append_way(data, &(struct way){*link, false, true});
}

static int read_ways(struct v6_host *host, struct ways *ways, struct v6_error *err)
{
	int ret;

	*ways = (struct ways){.host = host};
	ret = v6_changes_read(host, NULL, &ways->changes, err);
	if (ret < 0)
		return ret;
	ret = v6_link_each(&host->route, append_link, ways);
	return ret < 0 ? v6_fail(err, ret, "cannot list interfaces: %s", v6_strerror(ret)) : 0;
}

/*
 * Elements of the table
 */

/* visit_elements() - of one interface */
static void visit_elements(const struct v6_link *link, bool removes,
			   void (*visit)(struct v6_nat_op op, void *data), void *data)
{
	struct v6_nat_op op = {.set = V6_NAT_OPENED, .remove = removes};

	if (link->loopback)
		return;
	memcpy(op.link, link->name, sizeof(op.link));
	visit(op, data);
	op.set = V6_NAT_BRIDGED;
	if (strcmp(link->kind, "bridge") == 0)
		visit(op, data);
}

/* struct way_ops - a transaction of these */
struct way_ops {
	struct v6_nat_op *list;
	size_t n;
};

static void release_ops(struct way_ops *ops)
{
	free(ops->list);
}

static void append_way_op(struct v6_nat_op op, void *data)
{
	struct way_ops *ops = data;

	ops->list[ops->n++] = op;
}

/* refuse_routed() - Have the table refuse what is not for services on the interfaces that
 * @is_meant; forget those that are gone
 */
static int refuse_routed(struct ways *ways,
			 bool (*is_meant)(const struct ways *ways, const struct way *way),
			 struct v6_error *err)
{
	struct way_ops auto_call(release_ops) ops = {calloc(ways->n + 1, 2 * sizeof(*ops.list)), 0};
	const struct way *way;

	if (!ops.list)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	for (way = ways->list; way < ways->list + ways->n; way++) {
		if (!way->there)
			visit_elements(&way->link, true, append_way_op, &ops);
		else if (!way->known && is_meant(ways, way))
			visit_elements(&way->link, false, append_way_op, &ops);
	}
	return ways->host->looks ? 0 : v6_nat_commit(&ways->host->netfilter, ops.list, ops.n, err);
}

static struct way *find_way(struct ways *ways, const char *name)
{
	size_t i;

	for (i = 0; i < ways->n; i++)
		if (strcmp(ways->list[i].link.name, name) == 0)
			return &ways->list[i];
	return NULL;
}

/* know_opened() - an element that the table has, of an interface that may be gone */
static int know_opened(const struct v6_nat_op *element, void *data)
{
	struct way *way = find_way(data, element->link), gone = {.known = true};

	if (way) {
		way->known = true;
		return 0;
	}
	memcpy(gone.link.name, element->link, sizeof(gone.link.name));
	return append_way(data, &gone);
}

/* know_bridged() - what is gone was a bridge, and has an element more */
static int know_bridged(const struct v6_nat_op *element, void *data)
{
	struct way *way = find_way(data, element->link);

	if (way && !way->there)
		strcpy(way->link.kind, "bridge");
	return 0;
}

static int read_known(struct ways *ways, struct v6_error *err)
{
	struct v6_nl *nl = &ways->host->netfilter;
	int ret = v6_nat_each(nl, V6_NAT_OPENED, know_opened, ways, err);

	return ret < 0 ? ret : v6_nat_each(nl, V6_NAT_BRIDGED, know_bridged, ways, err);
}

/*
 * Opening
 */

/* is_port() - Check whether packets come in by the bridge or the bond that an interface is a port
 * of. Those of a VRF come in by its port
 */
static bool is_port(const struct ways *ways, const struct v6_link *link)
{
	const struct way *way, *end = ways->list + ways->n;

	for (way = ways->list; way < end && link->master; way++)
		if (way->there && way->link.index == link->master)
			return strcmp(way->link.kind, "vrf") != 0;
	return link->master != 0;
}

/* is_to_open() - Check whether an interface is to be opened, or was; not what forwards by itself */
static bool is_to_open(const struct ways *ways, const struct way *way)
{
	return way->there && !is_port(ways, &way->link) &&
	       (is_ours(ways, &way->link) || !lets_in(way->link.name));
}

/* has_appeared() - Check whether one was not there when the others were opened. What we opened then
 * and is closed now, somebody closed
 */
static bool has_appeared(const struct ways *ways, const struct way *way)
{
	return is_to_open(ways, way) && !is_ours(ways, &way->link);
}

/* is_needed() - Check whether a service needs an interface opened, whoever closed it */
static bool is_needed(const struct ways *ways, const struct way *way)
{
	const char *name = way->link.name;

	return way->there &&
	       (strcmp(name, ways->links[0]) == 0 || strcmp(name, ways->links[1]) == 0) &&
	       (is_ours(ways, &way->link) || !lets_in(name));
}

static bool is_any_to_open(const struct ways *ways, const struct way *way)
{
	return is_to_open(ways, way) || is_needed(ways, way);
}

static int open_link(struct ways *ways, const char *name, struct v6_error *err)
{
	return v6_forwarding_open(name, ways->host->looks, v6_settings_note, ways->host, err);
}

/* open_those() - after the table has been told to refuse what is not for services */
static int open_those(struct ways *ways,
		      bool (*is_meant)(const struct ways *ways, const struct way *way),
		      struct v6_error *err)
{
	const struct way *way;
	int ret = 0;

	for (way = ways->list; way < ways->list + ways->n && ret == 0; way++)
		if (!way->link.loopback && is_meant(ways, way))
			ret = open_link(ways, way->link.name, err);
	return ret;
}

/* opened_all() - Check whether that is noted */
static bool opened_all(const struct ways *ways)
{
	const struct way *way;

	for (way = ways->list; way < ways->list + ways->n; way++)
		if (way->link.loopback)
			return is_ours(ways, &way->link);
	return false;
}

/* open_all() - lo last, by which they are known to be opened. Where settings can't be written to,
 * those that the service needs may have been on, so that it starts
 */
static void open_all(struct ways *ways)
{
	struct v6_error err;
	int ret = open_those(ways, is_to_open, &err);

	if (ret == 0)
		ret = open_link(ways, MARK, &err);
	if (ret < 0)
		v6_host_warn(ways->host, "clients may come by some interfaces only: %s", err.text);
}

/* open_ways() - @opened: all were opened before, maybe by somebody else */
static int open_ways(struct v6_host *host, const char *const links[2], bool opened,
		     struct v6_error *err)
{
	struct ways auto_call(release_ways) ways;
	int ret = read_ways(host, &ways, err);
	bool all = !opened || !opened_all(&ways);

	ways.links = links;
	if (ret == 0)
		ret = refuse_routed(&ways, all ? is_any_to_open : is_needed, err);
	if (ret == 0)
		ret = open_those(&ways, is_needed, err);
	if (ret == 0 && all)
		open_all(&ways);
	return ret;
}

/* refuse_nothing() - somebody has the host forward as a whole, and so what it is to forward */
static int refuse_nothing(struct v6_host *host, struct v6_error *err)
{
	struct ways auto_call(release_ways) ways = {.host = host};
	int ret = read_known(&ways, err);

	if (ret < 0 || ways.n == 0 ||
	    !v6_host_step(host, "forward all packets, as net.ipv6.conf.all.forwarding is on"))
		return ret;
	ret = refuse_routed(&ways, is_to_open, err);
	if (ret == 0)
		v6_sysctl_set(MARK, "force_forwarding", 0);
	return ret;
}

int v6_ways_open(struct v6_host *host, const char *const links[2], struct v6_error *err)
{
	int whole, opened, ret = v6_sysctl_get("all", "forwarding", &whole);

	if (ret < 0)
		return v6_fail(err, -EAFNOSUPPORT,
			       "this host has no IPv6; boot without ipv6.disable=1");
	ret = v6_sysctl_get(MARK, "force_forwarding", &opened);
	if (ret == -ENOENT)
		return whole ? 0
			     : v6_forwarding_on(&host->route, links[0], v6_uplink_is, host->looks,
						v6_settings_note, host, err);
	if (ret < 0)
		return v6_fail(err, ret, "cannot read force_forwarding of lo: %s",
			       v6_strerror(ret));
	if (whole)
		return opened ? refuse_nothing(host, err) : 0;
	if (opened && lets_in(links[0]) && lets_in(links[1]))
		return 0;
	return open_ways(host, links, opened, err);
}

static int open_appeared(struct ways *ways, struct v6_error *err)
{
	int ret = refuse_routed(ways, is_to_open, err);

	return ret < 0 ? ret : open_those(ways, has_appeared, err);
}

bool v6_ways_are_open(struct v6_host *host)
{
	struct ways auto_call(release_ways) ways = {.host = host};
	int whole;

	return v6_sysctl_get("all", "forwarding", &whole) == 0 && !whole && lets_in(MARK) &&
	       read_ways(host, &ways, NULL) == 0 && opened_all(&ways);
}

int v6_ways_mend(struct v6_host *host, struct v6_error *err)
{
	struct ways auto_call(release_ways) ways = {.host = host};
	int ret, whole;

	if (v6_sysctl_get("all", "forwarding", &whole) < 0)
		return 0;
	/* also of a table that somebody saved and loaded */
	if (whole)
		return refuse_nothing(host, err);
	if (!lets_in(MARK))
		return 0;
	ret = read_ways(host, &ways, err);
	if (ret == 0)
		ret = read_known(&ways, err);
	if (ret == 0 && opened_all(&ways))
		ret = open_appeared(&ways, err);
	/* the table is gone: whoever makes it again calls this, too */
	return ret == -ENOENT ? 0 : ret;
}

int v6_ways_elements(struct v6_host *host, void (*visit)(struct v6_nat_op op, void *data),
		     void *data, struct v6_error *err)
{
	struct ways auto_call(release_ways) ways = {.host = host};
	int ret, whole;
	size_t i;

	if (v6_sysctl_get("all", "forwarding", &whole) < 0 || whole)
		return 0;
	ret = read_ways(host, &ways, err);
	for (i = 0; i < ways.n && ret == 0; i++)
		if (is_ours(&ways, &ways.list[i].link))
			visit_elements(&ways.list[i].link, false, visit, data);
	return ret;
}
