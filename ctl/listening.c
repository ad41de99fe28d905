/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find out whose socket answers at a claim's target. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "listening.h"

/* struct search - one call of listening_find() */
struct search {
	const struct claim *claim;
	struct listening *found;
};

/* note_relayed() - what a relay reaches: a program that listens on IPv4, whichever address */
static void note_relayed(const struct v6_listener *listener, const struct v6_port_map *map,
			 struct listening *found)
{
	if (listener->port == map->target_port &&
	    (listener->family == AF_INET || !listener->v6only) && found->ports++ == 0)
		found->listener = *listener;
}

static int note_listener(const struct v6_listener *listener, void *data)
{
	struct search *search = data;
	struct listening *found = search->found;
	const struct v6_port_map *map = search->claim->map;

	if (search->claim->record->relay != V6_RELAY_OFF) {
		note_relayed(listener, map, found);
		return 0;
	}
	if (listener->port < map->target_port ||
	    listener->port > map->target_port + map->count - 1U)
		return 0;
	if (v6_listener_hears(listener, claim_target(search->claim), listener->port)) {
		if (found->ports++ == 0)
			found->listener = *listener;
	} else if (found->other++ == 0 && found->ports == 0) {
		found->listener = *listener;
	}
	return 0;
}

void listening_find(const struct claim *claim, struct listening *ret_listening)
{
	const struct v6_port_map *map = claim->map;
	struct search search = {claim, ret_listening};
	auto_fd int netns = -1;
	uint64_t inode = 0;

	memset(ret_listening, 0, sizeof(*ret_listening));
	if (claim_is_pending(claim)) {
		v6_fail(&ret_listening->why, -EAGAIN, "it is not there yet");
		return;
	}
	if (map->protocol == V6_PROTOCOL_ALL) {
		v6_fail(&ret_listening->why, -EINVAL, "all ports lead there");
		return;
	}
	if (v6_record_target_netns(claim->record, &netns, &inode, &ret_listening->why) < 0 ||
	    v6_listeners_each(netns, map->protocol, map->count == 1 ? map->target_port : 0,
			      note_listener, &search, &ret_listening->why) < 0)
		return;
	ret_listening->known = true;
	if (ret_listening->ports + ret_listening->other > 0)
		v6_listener_process(inode, &ret_listening->listener, &ret_listening->process);
}

/* format_socket() - Write [::]:80, or 0.0.0.0:80 */
static struct v6_line format_socket(const struct v6_listener *listener)
{
	struct v6_text address = v6_address_text(&listener->address);

	if (listener->family == AF_INET)
		return v6_line("%s:%u", address.s + strlen("::ffff:"), listener->port);
	return v6_line("[%s]:%u", address.s, listener->port);
}

/* format_process() - Write "nginx (4711)", or "somebody" */
static struct v6_line format_process(const struct v6_process *process)
{
	return process->pid ? v6_line("%s (%d)", process->name, process->pid) : v6_line("somebody");
}

struct v6_line listening_text(const struct claim *claim, const struct listening *listening)
{
	struct v6_line process = format_process(&listening->process);
	struct v6_line socket = format_socket(&listening->listener);

	if (!listening->known)
		return v6_line("cannot tell what listens: %.120s", listening->why.text);
	if (listening->ports > 0 && claim->map->count == 1)
		return v6_line("%s listens on %s", process.s, socket.s);
	if (listening->ports > 0)
		return v6_line("listeners: %u, the first is %s on %s", listening->ports, process.s,
			       socket.s);
	if (listening->other > 0)
		return v6_line("no program listens there; %s listens on %s only", process.s,
			       socket.s);
	if (claim->record->relay != V6_RELAY_OFF)
		return v6_line("no program listens on port %u by IPv4", claim->map->target_port);
	return v6_line("no program listens on %s", claim_target_text(claim).s);
}

void listening_write_json(struct v6_json_writer *w, const struct listening *listening)
{
	if (!listening->known || listening->ports == 0)
		return;
	v6_json_begin_object(w, "listener");
	v6_json_put_string(w, "address", V6_TEXT(&listening->listener.address));
	v6_json_put_integer(w, "port", listening->listener.port);
	v6_json_put_bool(w, "v6only", listening->listener.v6only);
	if (listening->process.pid) {
		v6_json_put_integer(w, "pid", listening->process.pid);
		v6_json_put_string(w, "process", listening->process.name);
	}
	v6_json_end_object(w);
}
