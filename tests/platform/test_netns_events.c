/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One socket hears of addresses in all namespaces that have an id in ours: given to one without
 * links as well, to one of another user namespace, and for links that come later.
 *
 * v6_events_open_inside() in watch/events.c, v6_netns_name() in kernel/netns.c: v6d completes and
 * follows what containers have by it.
 *
 * Kernel: do_one_broadcast() in net/netlink/af_netlink.c, rtnl_net_newid() in
 * net/core/net_namespace.c.
 */
#include "watch/events.h"
#include "kernel/netns.h"
#include "netns.h"

/* struct heard - of the namespace @netns, and of any other */
struct heard {
	int netns, came, left, other;
};

static void hear(const struct v6_event *event, void *data)
{
	struct heard *heard = data;

	if (event->kind != V6_EVENT_CAME && event->kind != V6_EVENT_LEFT)
		return;
	heard->other += event->netns != heard->netns;
	heard->came += event->netns == heard->netns && event->kind == V6_EVENT_CAME;
	heard->left += event->netns == heard->netns && event->kind == V6_EVENT_LEFT;
}

/* struct scene - the namespace that listens, and what it listens by */
struct scene {
	int home;
	struct v6_events events;
	struct v6_nl nl;
};

/* after() - what is heard of the namespace @fd, known as @netns, when a command is run there */
static struct heard after(struct scene *scene, int fd, int netns, const char *command)
{
	struct heard heard = {.netns = netns};

	need(v6_events_read(&scene->events, hear, &heard) == 0, "read");
	heard = (struct heard){.netns = netns};
	netns_enter(fd);
	run("%s", command);
	netns_enter(scene->home);
	need(v6_events_read(&scene->events, hear, &heard) == 0, "read");
	return heard;
}

#define ADD "ip -6 addr add 2001:db8::1/128 dev lo nodad"
#define DEL "ip -6 addr del 2001:db8::1/128 dev lo"

static void test_one(struct scene *scene, int fd, const char *which)
{
	int id = -1, again = -1;
	struct heard heard;
	char what[64];

	snprintf(what, sizeof(what), "an id for %s", which);
	is(after(scene, fd, id, ADD " && " DEL).other, 0, "without one nothing is heard");
	need(v6_netns_name(&scene->nl, fd, &id) == 0, "v6_netns_name");
	ok(id >= 0 && v6_netns_name(&scene->nl, fd, &again) == 0 && again == id, what);
	/* an address is told of when the kernel is done with it, a little later */
	heard = after(scene, fd, id, ADD);
	ok(until(v6_events_read(&scene->events, hear, &heard) == 0 && heard.came == 1),
	   "an address");
	is(after(scene, fd, id, DEL).left, 1, "that is gone");
}

/* netns_of_other_user() - made by a child in a user namespace of its own */
static int netns_of_other_user(void)
{
	char path[sizeof("/proc/-2147483648/ns/net")];
	int fd, gone[2], there[2];
	char byte = 0;
	pid_t child;

	need(pipe(gone) == 0 && pipe(there) == 0, "pipe");
	child = fork();
	need(child >= 0, "fork");
	if (child == 0) {
		close(gone[1]);
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
			byte = 1;
		if (write(there[1], &byte, 1) != 1 || read(gone[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	need(read(there[0], &byte, 1) == 1 && byte == 1, "unshare");
	snprintf(path, sizeof(path), "/proc/%d/ns/net", child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	need(fd >= 0, path);
	close(gone[1]);
	return fd;
}

int main(void)
{
	struct scene scene = {.home = netns_new()};
	struct heard heard;
	int fd, id = -1;

	plan(13);
	scene.nl = nl_open(NETLINK_ROUTE);
	is(v6_events_open(&scene.events, NULL), 0, "open");
	is(v6_events_open_inside(&scene.events, NULL), 0, "and inside");
	fd = netns_new();
	netns_enter(scene.home);
	test_one(&scene, fd, "an empty namespace");
	is(after(&scene, scene.home, -1, ADD).other, 0, "our own is not another one");

	need(v6_netns_name(&scene.nl, fd, &id) == 0, "v6_netns_name");
	heard = after(&scene, fd, id, "ip link add dummy0 type veth peer name dummy1");
	ok(heard.came >= 2, "links that come later");
	heard = after(&scene, fd, id, "ip link del dummy0");
	ok(heard.left >= 2, "and go");
	close(fd);

	fd = netns_of_other_user();
	netns_enter(fd);
	run("ip link set dev lo up");
	netns_enter(scene.home);
	test_one(&scene, fd, "a namespace of another user's");
	v6_events_close(&scene.events);
	v6_nl_close(&scene.nl);
	return done();
}
