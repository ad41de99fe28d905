/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that services need: noted before they are changed, and put back.
 *
 * Values are looked at before any is written, as turning forwarding off as a whole turns it off on
 * each interface. One that forwarded by itself before gets that back afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apply/settings.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/sysctl.h"
#include "store/changed.h"

/* Notes of interfaces that are gone are dropped from this size of the file on */
#define TIDY_SIZE 4096

void v6_settings_note(const struct v6_link_setting *setting, int from, int to, void *data)
{
	struct v6_changed changed = {.setting = *setting, .from = from, .to = to};
	struct v6_host *host = data;
	struct v6_link link;

	if (from != to &&
	    !v6_host_step(host, "set %s from %d to %d", V6_SETTING(setting), from, to))
		return;
	changed.netns = host->netns;
	if (v6_link_setting_has_link(setting) &&
	    v6_link_get(&host->route, 0, setting->link, &link) == 0)
		changed.link = link.index;
	v6_changed_note(host, NULL, &changed);
	host->settings_noted = true;
}

/**
 * struct putting_back - Settings that are put back, and the first failure
 * @nl:		NETLINK_ROUTE socket of the namespace that the calling thread is in
 * @netns:	That namespace's inode
 * @where:	What a step says in front of a setting
 * @again:	The command that tries it again
 */
struct putting_back {
	struct v6_host *host;
	struct v6_nl *nl;
	uint64_t netns;
	const char *where, *again;
	struct v6_changes changes; /* in the end, those that stay noted */
	struct v6_put_back done;
	bool opened;
	bool whole; /* forwarding was turned off as a whole */
	struct v6_error *err;
	int first;
};

static void release_changes(struct putting_back *p)
{
	v6_changes_release(&p->changes);
}

/* find_link() - the interface's name today. Return: 1, 0 (it is gone) or a negative errno */
static int find_link(struct v6_nl *nl, struct v6_changed *changed)
{
	struct v6_link link;
	int ret;

	if (changed->link == 0)
		return 1;
	ret = v6_link_get(nl, changed->link, NULL, &link);
	if (ret == 0)
		memcpy(changed->setting.link, link.name, sizeof(changed->setting.link));
	return ret == 0 ? 1 : ret == -ENODEV ? 0 : ret;
}

static void leave_setting(struct putting_back *p, const struct v6_changed *changed, int value,
			  const char *why)
{
	v6_host_step(p->host, "%sleave %s at %d: %s", p->where, V6_SETTING(&changed->setting),
		     value, why);
	p->done.left++;
}

static int keep_failed(struct putting_back *p, const char *verb, const struct v6_changed *changed,
		       int code)
{
	if (p->first == 0)
		p->first = v6_fail(p->err, code, "%scannot %s %s: %s; run %s again", p->where, verb,
				   V6_SETTING(&changed->setting), v6_strerror(code), p->again);
	return 1;
}

/* is_meant() - of this network namespace, and of this call */
static bool is_meant(const struct putting_back *p, const struct v6_changed *changed)
{
	return (changed->netns == 0 || changed->netns == p->netns) &&
	       p->opened == (changed->setting.kind == V6_SETTING_FORCE_FORWARDING);
}

/* is_to_do() - Check whether a setting is as we set it. Return: 1; 0, and there is nothing to put
 * back
 */
static int is_to_do(struct putting_back *p, struct v6_changed *changed)
{
	int value, ret;

	if (!is_meant(p, changed))
		return 1;
	ret = find_link(p->nl, changed);
	if (ret == 0)
		return 0;
	if (ret > 0)
		ret = v6_link_setting_get(&changed->setting, &value);
	if (ret < 0)
		return ret == -ENOENT ? 0 : keep_failed(p, "read", changed, ret);
	if (value == changed->to)
		return 1;
	if (value != changed->from)
		leave_setting(p, changed, value, "another program has changed it since");
	return 0;
}

/* find_to_do() - before any is written */
static void find_to_do(struct putting_back *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->changes.n; i++)
		if (is_to_do(p, &p->changes.list[i]))
			p->changes.list[n++] = p->changes.list[i];
	p->changes.n = n;
}

/* order_of() - forwarding as a whole comes first, as it sets that of all interfaces */
static int order_of(const struct v6_changed *changed)
{
	return 2 * (int)changed->setting.kind + (strcmp(changed->setting.link, "all") != 0);
}

static int compare_changes(const void *left, const void *right)
{
	return order_of(left) - order_of(right);
}

static bool link_forwards(const char *link)
{
	int on;

	return v6_sysctl_get(link, "forwarding", &on) == 0 && on;
}

static int stop_at_ifaddr(const struct v6_ifaddr *ifaddr, void *data)
{
	(void)ifaddr;
	(void)data;
	return -EEXIST; /* enough */
}

/* needed_by() - why a setting can't be put back although we changed it, or NULL */
static const char *needed_by(const struct putting_back *p, const struct v6_changed *changed)
{
	const char *link = changed->setting.link;

	if (changed->setting.kind == V6_SETTING_DISABLE_IPV6 &&
	    v6_ifaddr_some(p->nl, changed->link, stop_at_ifaddr, NULL) != 0)
		return "the interface has other IPv6 addresses by now";
	if (changed->setting.kind == V6_SETTING_ACCEPT_RA && changed->to > changed->from &&
	    link_forwards(link))
		return "the interface forwards, and would lose the routes that it learnt; turn its forwarding off, then run v6ctl clear --settings again";
	if (changed->setting.kind == V6_SETTING_FORWARDING && strcmp(link, "all") != 0 &&
	    link_forwards("all"))
		return "another program has turned forwarding on as a whole";
	return NULL;
}

/* put_back_one() - Return: whether it stays noted */
static bool put_back_one(struct putting_back *p, const struct v6_changed *changed)
{
	bool again = changed->from == changed->to;
	/* in a dry run forwarding is still on that would be off by now */
	bool looks = p->host->looks, passed = again || (looks && p->whole);
	const char *needed = passed ? NULL : needed_by(p, changed);
	int value = changed->to, ret;

	if (!is_meant(p, changed))
		return true;
	if (again && !p->whole)
		return link_forwards("all");
	if (needed) {
		leave_setting(p, changed, changed->to, needed);
		return true;
	}
	ret = v6_link_setting_get(&changed->setting, &value);
	if (ret == 0 && value != changed->from && !looks)
		ret = v6_link_setting_set(&changed->setting, changed->from);
	if (ret < 0 && ret != -ENOENT)
		return keep_failed(p, "set", changed, ret);
	v6_host_step(p->host, "%sset %s back to %d", p->where, V6_SETTING(&changed->setting),
		     changed->from);
	p->whole |= order_of(changed) == 0;
	p->done.done++;
	return false;
}

static void put_back_all(struct putting_back *p)
{
	size_t i, n = 0;

	if (p->changes.n > 0)
		qsort(p->changes.list, p->changes.n, sizeof(*p->changes.list), compare_changes);
	for (i = 0; i < p->changes.n; i++)
		if (put_back_one(p, &p->changes.list[i]))
			p->changes.list[n++] = p->changes.list[i];
	p->changes.n = n;
}

int v6_settings_put_back(struct v6_host *host, bool opened, struct v6_put_back *ret_done,
			 struct v6_error *err)
{
	struct putting_back auto_call(release_changes) p = {
		.host = host,
		.nl = &host->route,
		.netns = host->netns,
		.where = "",
		.again = "v6ctl clear --settings",
		.opened = opened,
		.err = err,
	};
	int ret = v6_changes_read(host, NULL, &p.changes, err);

	if (ret < 0)
		return ret;
	find_to_do(&p);
	put_back_all(&p);
	ret = p.first < 0 ? p.first : 0;
	if (host->looks) {
		*ret_done = p.done;
		return ret;
	}
	if (v6_changes_write(host, &p.changes, ret < 0 ? NULL : err) < 0 && ret == 0)
		ret = -EIO;
	if (ret == 0)
		*ret_done = p.done;
	return ret;
}

int v6_settings_put_back_inside(struct v6_host *host, struct v6_nl *nl, struct v6_changes *changes,
				struct v6_error *err)
{
	struct putting_back p = {
		.host = host,
		.nl = nl,
		.netns = changes->list[0].netns,
		.where = "in a container's network: ",
		.again = "v6ctl reconcile",
		.changes = *changes,
		.err = err,
	};

	find_to_do(&p);
	put_back_all(&p);
	changes->n = p.changes.n;
	return p.first;
}

static int tidy_notes(struct v6_host *host, struct v6_error *err)
{
	struct v6_changes auto_call(v6_changes_release) changes = {.n = 0};
	size_t i, n = 0;
	int ret = v6_changes_read(host, NULL, &changes, err);

	for (i = 0; ret == 0 && i < changes.n; i++)
		if (changes.list[i].netns != host->netns ||
		    find_link(&host->route, &changes.list[i]) != 0)
			changes.list[n++] = changes.list[i];
	changes.n = n;
	return ret < 0 ? ret : v6_changes_write(host, &changes, err);
}

void v6_settings_settle(struct v6_host *host)
{
	if (host->settings_noted)
		tidy_notes(host, NULL);
	host->settings_noted = false;
}

int v6_settings_tidy(struct v6_host *host, struct v6_error *err)
{
	struct stat st;

	if (fstatat(host->dir, V6_CHANGED_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_size < TIDY_SIZE)
		return 0;
	return tidy_notes(host, err);
}
