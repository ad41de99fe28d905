/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Note what happened to this host's network and to its containers. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "apply/ending.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/neigh.h"
#include "kernel/netns.h"
#include "plan/provided.h"
#include "store/clients.h"
#include "store/record.h"
#include "watch/blocked.h"
#include "watch/duplicates.h"
#include "watch/files.h"
#include "watch/joining.h"
#include "watch/repair.h"
#include "watch/watching.h"

static void note_all(struct v6_watch *watch, int64_t due)
{
	if (due < watch->gone.all_due)
		watch->gone.all_due = due;
	v6_watch_expect(watch, due);
}

static void note_links(struct v6_watch *watch)
{
	note_all(watch, v6_now_ms() + LINK_DELAY_MS);
}

static void note_gone(struct v6_watch *watch, const struct v6_prefix *prefix, bool removed)
{
	struct noted *noted = watch->gone.prefixes;
	size_t i;

	for (i = 0; i < watch->gone.n; i++)
		if (noted[i].prefix.length == prefix->length &&
		    v6_address_equal(&noted[i].prefix.address, &prefix->address))
			break;
	if (i == GONE_MAX) {
		note_all(watch, 0);
		return;
	}
	if (i == watch->gone.n) {
		noted[i] = (struct noted){*prefix, false};
		watch->gone.n++;
	}
	noted[i].removed |= removed;
	v6_watch_expect(watch, 0);
}

/* note_bridge() - something of our own on a container's bridge is gone, or may be */
static void note_bridge(struct v6_watch *watch, int link)
{
	struct v6_prefix subnet;

	v6_provided_subnet(watch->host, link, &subnet);
	note_gone(watch, &subnet, true);
}

static void note_running(struct v6_watch *watch, const struct watched_link *link)
{
	if (link->outer)
		note_links(watch);
	else
		note_gone(watch, &link->subnet, false);
}

/* has_another_mac() - after which the kernel has no neighbours there, pinned ones included:
 * neigh_changeaddr() in linux/net/core/neighbour.c
 */
static bool has_another_mac(struct watched_link *link, const struct v6_event *event)
{
	if (!event->changed || memcmp(link->mac, event->mac, sizeof(link->mac)) == 0)
		return false;
	memcpy(link->mac, event->mac, sizeof(link->mac));
	return true;
}

/* note_renamed() - records and settings go by names, too */
static void note_renamed(struct v6_watch *watch, struct watched_link *link, const char *name)
{
	memcpy(link->name, name, sizeof(link->name));
	note_links(watch);
}

/* excuse_removals() - where an interface goes down, the kernel removes what is on it first */
static void excuse_removals(struct v6_watch *watch)
{
	size_t i;

	for (i = 0; i < watch->gone.n; i++)
		watch->gone.prefixes[i].removed = false;
}

/* is_placed_anew() - whether services of a link may belong elsewhere now. Only being switched on
 * and off counts, not a cable that is unplugged
 */
static bool is_placed_anew(struct watched_link *link, const struct v6_event *event)
{
	bool differs = link->up != event->up || link->master != event->master;

	link->up = event->up;
	link->master = event->master;
	return link->outer && differs;
}

/* note_placing() - what goes matters where services are, what comes where there are some to be
 * placed; such as routers make it may come and go at any pace
 */
static void note_placing(struct v6_watch *watch, const struct v6_event *event)
{
	const struct watched_link *link = watch->links;
	int64_t due = v6_now_ms() + LINK_DELAY_MS;
	bool matters = event->changed || (event->came && watch->stranded);

	for (; link < watch->links + watch->n_links && !event->came; link++)
		matters |= link->outer && link->index == event->link;
	if (matters)
		note_all(watch, due > watch->rested ? due : watch->rested);
}

/* note_link() - one that went down and up again: its addresses have to come back, and its
 * neighbours to be told
 */
static void note_link(struct v6_watch *watch, const struct v6_event *event)
{
	struct watched_link *link;
	bool moved;

	for (link = watch->links; link < watch->links + watch->n_links; link++) {
		if (strcmp(link->name, event->name) != 0) {
			if (link->index == event->link)
				note_renamed(watch, link, event->name);
			continue;
		}
		link->index = event->link;
		if (!event->up)
			excuse_removals(watch);
		moved = has_another_mac(link, event) && !link->outer;
		if ((event->running && !link->running) || moved)
			note_running(watch, link);
		if (is_placed_anew(link, event))
			note_links(watch);
		link->running = event->running;
	}
}

/* note_interface() - clients may come by one that appeared */
static void note_interface(struct v6_watch *watch)
{
	int64_t due = v6_now_ms() + LINK_DELAY_MS;

	if (due < watch->links_due)
		watch->links_due = due;
}

static void note_event(const struct v6_event *event, void *data)
{
	struct v6_watch *watch = data;

	switch (event->kind) {
	case V6_EVENT_TABLE:
		note_all(watch, 0);
		break;
	case V6_EVENT_LOST:
		/* more were lost while we did so the last time, if somebody makes them at that pace
		 */
		note_all(watch, watch->rested);
		v6_watch_expect_blocked(watch, v6_now_ms());
		break;
	case V6_EVENT_RULES:
		v6_watch_expect_blocked(watch, v6_now_ms());
		break;
	case V6_EVENT_GONE:
		if (v6_provided_is_gateway(watch->host, &event->prefix.address))
			note_bridge(watch, event->link);
		else
			note_gone(watch, &event->prefix, true);
		break;
	case V6_EVENT_LINK:
		note_link(watch, event);
		break;
	case V6_EVENT_PLACE:
		note_placing(watch, event);
		break;
	case V6_EVENT_SETTINGS:
		note_all(watch, 0);
		break;
	case V6_EVENT_INTERFACE:
		note_interface(watch);
		break;
	case V6_EVENT_CAME:
	case V6_EVENT_LEFT:
		v6_lives_stir(&watch->lives, event->netns,
			      event->kind == V6_EVENT_LEFT || event->changed, v6_now_ms());
		break;
	}
}

/* know_link() - one with services on it, where @subnet is NULL, or with those containers behind it
 */
static void know_link(struct v6_watch *watch, const char *name, const struct v6_prefix *subnet)
{
	struct watched_link known = {.outer = !subnet, .up = true, .running = true};
	struct watched_link *link = watch->links;
	struct v6_link now;

	snprintf(known.name, sizeof(known.name), "%s", name);
	if (subnet)
		known.subnet = *subnet;
	for (; link < watch->links + watch->n_links; link++)
		if (strcmp(link->name, known.name) == 0 && link->outer == known.outer &&
		    link->subnet.length == known.subnet.length &&
		    v6_address_equal(&link->subnet.address, &known.subnet.address))
			return;
	if (watch->n_links == LINKS_MAX)
		return;
	if (v6_link_get(&watch->host->route, 0, name, &now) == 0) {
		known.index = now.index;
		known.up = now.up;
		known.master = now.master;
		memcpy(known.mac, now.mac, sizeof(known.mac));
	}
	watch->links[watch->n_links++] = known;
}

/* name_netns() - by which it is heard of; not needed where the host's own is meant, or its ports: a
 * user may have as much happen in his as he likes
 */
static int name_netns(struct v6_watch *watch, const struct v6_record *record)
{
	auto_fd int netns = -1;
	int id = -1;

	if (record->uid == 0 && record->netns != watch->host->netns &&
	    v6_record_netns(record, &netns, NULL) == 0)
		v6_netns_name(&watch->host->route, netns, &id);
	return id;
}

static int know_record(struct v6_watch *watch, const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_services; i++)
		know_link(watch, record->services[i].link_name, NULL);
	if (v6_destination_has_way(&record->destination))
		know_link(watch, record->destination.via_name, &record->destination.subnet);
	v6_relays_add(&watch->relays, record, v6_now_ms());
	v6_publishing_add(&watch->publishing, record);
	return v6_lives_add(&watch->lives, record, name_netns(watch, record), v6_now_ms());
}

static int know_id(const char *id, void *data)
{
	struct v6_watch *watch = data;
	struct v6_record record;
	int ret;

	if (v6_record_load(watch->host, id, &record, NULL) < 0)
		return 0;
	v6_watch_expect_blocked(watch, v6_now_ms());
	ret = know_record(watch, &record);
	if (ret < 0)
		v6_host_warn(watch->host, "%.*s: cannot wait for its end: %s", V6_ID_SHORT, id,
			     v6_strerror(ret));
	return 0;
}

/* know_anew() - where it is not known which records came and went */
static void know_anew(struct v6_watch *watch)
{
	v6_lives_release(&watch->lives);
	v6_relays_look(&watch->relays, v6_now_ms());
	v6_publishing_look(&watch->publishing);
	v6_record_ids(watch->host, know_id, watch, NULL);
}

/* When hooks are done that end connections: their engines give them ten seconds */
#define RESUME_MS 10000

/* note_record() - that one was written or has gone. Return: 0, or -ESTALE */
static int note_record(const struct inotify_event *event, void *data)
{
	struct v6_watch *watch = data;
	char id[V6_ID_MAX + 1];

	if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF))
		return -ESTALE;
	if (event->mask & IN_Q_OVERFLOW)
		know_anew(watch);
	if (event->len == 0 || !v6_record_id_of(event->name, id))
		return 0;
	/* its connections are being ended */
	if ((event->mask & IN_MOVED_FROM) && watch->resume_due == INT64_MAX)
		watch->resume_due = v6_now_ms() + RESUME_MS;
	if (event->mask & (IN_DELETE | IN_MOVED_FROM)) {
		v6_lives_drop(&watch->lives, id);
		v6_relays_drop(&watch->relays, id);
		v6_publishing_drop(&watch->publishing, id);
	} else {
		know_id(id, watch);
	}
	return 0;
}

static int read_files(struct v6_watch *watch, struct v6_error *err)
{
	int ret = v6_files_read(watch->inotify, note_record, watch);

	return ret < 0 ? v6_fail(err, ret,
				 "the state directory was removed; what is published stays until the next reconcile, so restart the containers before")
		       : 0;
}

static int read_all_events(struct v6_watch *watch, struct v6_error *err)
{
	struct epoll_event events[64];
	int i, n, fd, ret = 0;

	do {
		n = epoll_wait(watch->epoll, events, V6_ARRAY_SIZE(events), 0);
		for (i = 0; i < n && ret == 0; i++) {
			fd = events[i].data.fd;
			if (fd == watch->inotify)
				ret = read_files(watch, err);
			else if (fd == watch->neighbours)
				v6_watch_duplicates(watch, v6_now_ms());
			else if (v6_relays_stir(&watch->relays, fd, v6_now_ms()) ||
				 v6_publishing_stir(&watch->publishing, fd))
				continue;
			else if (fd != watch->epoll)
				v6_lives_end(&watch->lives, fd, v6_now_ms());
			else if ((ret = v6_events_read(&watch->events, note_event, watch)) < 0)
				v6_fail(err, ret, "netlink: cannot read events: %s",
					v6_strerror(ret));
		}
	} while (n == V6_ARRAY_SIZE(events) && ret == 0);
	return ret;
}

int v6_watch_step(struct v6_watch *watch, struct v6_error *err)
{
	int ret = read_all_events(watch, err);
	int64_t now = v6_now_ms();

	if (ret < 0)
		return ret;
	v6_watch_repair(watch, now);
	v6_watch_interfaces(watch, now);
	v6_watch_collect(watch, now);
	v6_watch_joining(watch, now);
	v6_watch_end_flows(watch, now);
	v6_watch_blocked(watch, now);
	v6_relays_step(&watch->relays, now);
	v6_publishing_step(&watch->publishing, now);
	v6_clients_forget(&watch->host->clients);
	return 0;
}

/*
 * Beginning and end
 */

static int add_to_epoll(struct v6_watch *watch, int fd, int tag)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = tag};

	return epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* watch_records() - their directory, which v6_record_ids() makes where it is missing */
static int watch_records(struct v6_watch *watch)
{
	char path[sizeof("/proc/self/fd//records") + 16];

	watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/records", watch->host->dir);
	if (watch->inotify < 0 ||
	    inotify_add_watch(watch->inotify, path,
			      IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE |
				      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) < 0)
		return -errno;
	return add_to_epoll(watch, watch->inotify, watch->inotify);
}

/* watch_inside() - without it what is not there yet is looked at now and then */
static int watch_inside(struct v6_watch *watch)
{
	struct v6_error err;

	if (v6_events_open_inside(&watch->events, &err) < 0) {
		v6_host_warn(watch->host, "%s", err.text);
		return 0;
	}
	return add_to_epoll(watch, mnl_socket_get_fd(watch->events.inside.socket), watch->epoll);
}

/* watch_neighbours() - without it duplicates are seen at starts, and by v6ctl check */
static int watch_neighbours(struct v6_watch *watch)
{
	int ret = v6_neigh_overhear(&watch->neighbours);

	if (ret == 0)
		return add_to_epoll(watch, watch->neighbours, watch->neighbours);
	v6_host_warn(watch->host, "neighbours: cannot listen to them: %s", v6_strerror(ret));
	return 0;
}

static int watch_kernel(struct v6_watch *watch)
{
	int ret = add_to_epoll(watch, mnl_socket_get_fd(watch->events.netfilter.socket),
			       watch->epoll);

	if (ret < 0)
		return ret;
	ret = add_to_epoll(watch, mnl_socket_get_fd(watch->events.route.socket), watch->epoll);
	if (ret == 0)
		ret = watch_neighbours(watch);
	return ret < 0 ? ret : watch_inside(watch);
}

static int skip_record(const char *id, void *data)
{
	(void)id;
	(void)data;
	return 0;
}

/* read_first_s() - as the configuration says; where it can't be read v6_reconcile() tells of it */
static int read_first_s(struct v6_host *host)
{
	return v6_host_configure(host, NULL) == 0 ? host->config.follow_min_s : V6_FOLLOW_MIN_S;
}

static int start_watching(struct v6_watch *watch, bool reconcile, struct v6_error *err)
{
	int ret = v6_record_ids(watch->host, skip_record, NULL, err);

	if (ret < 0)
		return ret;
	watch->epoll = epoll_create1(EPOLL_CLOEXEC);
	watch->lives.epoll = watch->epoll;
	watch->lives.first_s = read_first_s(watch->host);
	v6_relays_open(&watch->relays, watch->host, watch->epoll);
	ret = watch->epoll < 0 ? -errno : watch_records(watch);
	if (ret == 0)
		ret = watch_kernel(watch);
	if (ret < 0)
		return v6_fail(err, ret, "cannot watch this host: %s", v6_strerror(ret));
	/* what happens from here on is heard of, so that nothing falls in between */
	v6_publishing_open(&watch->publishing, watch->host, watch->epoll, reconcile);
	if (reconcile)
		note_all(watch, 0);
	return v6_record_ids(watch->host, know_id, watch, err);
}

static void cleanup_watch(struct v6_watch **watch)
{
	v6_watch_close(*watch);
}

int v6_watch_open(struct v6_host *host, bool reconcile, struct v6_watch **ret_watch,
		  struct v6_error *err)
{
	struct v6_watch auto_call(cleanup_watch) *watch = calloc(1, sizeof(*watch));
	int ret;

	if (!watch)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	watch->host = host;
	watch->epoll = watch->inotify = watch->neighbours = watch->relays.inotify = -1;
	watch->gone.due = watch->gone.all_due = watch->resume_due = INT64_MAX;
	watch->rules.due = watch->links_due = INT64_MAX;
	ret = v6_events_open(&watch->events, err);
	if (ret == 0)
		ret = start_watching(watch, reconcile, err);
	if (ret < 0)
		return ret;
	host->ends_later = true;
	*ret_watch = v6_steal_pointer(&watch);
	return 0;
}

void v6_watch_close(struct v6_watch *watch)
{
	if (!watch)
		return;
	watch->host->ends_later = false;
	v6_ending_unlock(watch->host);
	v6_lives_release(&watch->lives);
	v6_relays_release(&watch->relays);
	v6_publishing_release(&watch->publishing);
	v6_events_close(&watch->events);
	v6_cleanup_fd(&watch->neighbours);
	v6_cleanup_fd(&watch->inotify);
	v6_cleanup_fd(&watch->epoll);
	free(watch);
}

int v6_watch_fd(const struct v6_watch *watch)
{
	return watch->epoll;
}
