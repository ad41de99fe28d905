/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check that a container's program is at work. It listens while it is paused, stopped or hangs, and
 * the kernel takes connections for it, up to the backlog.
 */
#include <netinet/in.h>
#include <poll.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "check/checker.h"
#include "check/halted.h"
#include "kernel/halted.h"

#define ACCEPT_TRIES 40
#define ACCEPT_MS    50

bool v6_check_frozen(struct v6_checked *c)
{
	const struct v6_record *record = c->record;
	struct v6_line command = v6_line("%s", "");

	if (*record->netns_path || !v6_process_is_frozen(record->pid))
		return false;
	if (record->engine == V6_ENGINE_PODMAN && record->uid == 0)
		command = v6_line("podman unpause %.*s", V6_ID_SHORT, record->id);
	v6_found_fault(
		c->checker, "container", command.s,
		"it is paused: its program does not answer until it is resumed (podman unpause, docker unpause)");
	return true;
}

bool v6_check_stopped(struct v6_checked *c, const struct v6_port_map *map,
		      const struct v6_listener *listener)
{
	struct v6_process process;

	if (v6_listener_process(c->inode, listener, &process) < 0 ||
	    !v6_process_is_stopped(process.pid))
		return false;
	v6_found_fault(
		c->checker, "listening", v6_line("kill -CONT %d", process.pid).s,
		"%s: the container's program (%s, process %d) is stopped by a signal or a debugger, and does not answer",
		v6_map_text(map).s, process.name, process.pid);
	return true;
}

/* struct queue - connections that wait on all sockets that hear a target, and one of these */
struct queue {
	struct v6_checked *c;
	const struct v6_service *service;
	const struct in6_addr *target;
	uint16_t port;
	uint32_t waiting;
	struct v6_listener listener;
};

static int add_waiting(const struct v6_listener *listener, void *data)
{
	struct queue *queue = data;

	if (!v6_listener_hears(listener, queue->target, queue->port))
		return 0;
	queue->waiting += listener->waiting;
	if (listener->waiting > 0)
		queue->listener = *listener;
	return 0;
}

/* is_queue_empty() - also where it can't be seen */
static bool is_queue_empty(struct queue *queue)
{
	queue->waiting = 0;
	return v6_listeners_each(queue->c->netns, IPPROTO_TCP, queue->port, add_waiting, queue,
				 NULL) < 0 ||
	       queue->waiting == 0;
}

static void report_unaccepted(struct v6_checked *c, const struct queue *queue)
{
	struct v6_text address = v6_address_text(&queue->service->address);
	struct v6_process process = {.name = "?"};

	if (c->checker->faults > 0) {
		v6_found_fault(c->checker, "connection", "",
			       "one from this host to [%s]:%u is not accepted by the program",
			       address.s, queue->port);
		return;
	}
	v6_listener_process(c->inode, &queue->listener, &process);
	if (process.pid && v6_process_is_stopped(process.pid))
		v6_found_fault(
			c->checker, "connection", v6_line("kill -CONT %d", process.pid).s,
			"the container's program (%s, process %d) is stopped by a signal or a debugger, and accepts no connection",
			process.name, process.pid);
	else
		v6_found_fault(
			c->checker, "connection", "",
			"the container's program (%s) has not accepted one from this host within %u s, and %u wait: it hangs, or has more clients than it can serve",
			process.name, ACCEPT_TRIES * ACCEPT_MS / 1000, queue->waiting);
}

bool v6_check_accepted(struct v6_checked *c, const struct v6_service *service,
		       const struct in6_addr *target, uint16_t port)
{
	struct queue queue = {.c = c, .service = service, .target = target, .port = port};
	int i;

	if (c->netns < 0 || port == 0)
		return true;
	for (i = 0; i < ACCEPT_TRIES; i++) {
		if (is_queue_empty(&queue))
			return true;
		poll(NULL, 0, ACCEPT_MS);
	}
	report_unaccepted(c, &queue);
	return false;
}
