/* SPDX-License-Identifier: GPL-2.0-or-later */
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

static int look_at(const struct v6_listener *listener, void *data)
{
	struct search *search = data;
	struct listening *found = search->found;
	const struct v6_port_map *map = search->claim->map;

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
	    v6_listeners_each(netns, map->protocol, map->count == 1 ? map->target_port : 0, look_at,
			      &search, &ret_listening->why) < 0)
		return;
	ret_listening->known = true;
	if (ret_listening->ports + ret_listening->other > 0)
		v6_listener_process(inode, &ret_listening->listener, &ret_listening->process);
}

/* struct socket_text - [::]:80, or 0.0.0.0:80 */
struct socket_text {
	char s[INET6_ADDRSTRLEN + sizeof("[]:65535")];
};

static struct socket_text socket_text(const struct v6_listener *listener)
{
	struct v6_text address = v6_address_text(&listener->address);
	struct socket_text text;

	if (listener->family == AF_INET)
		snprintf(text.s, sizeof(text.s), "%s:%u", address.s + strlen("::ffff:"),
			 listener->port);
	else
		snprintf(text.s, sizeof(text.s), "[%s]:%u", address.s, listener->port);
	return text;
}

/* struct who - "nginx (4711)", or "somebody" */
struct who {
	char s[sizeof("0123456789abcde (-2147483648)")];
};

static struct who who(const struct listening *listening)
{
	struct who text = {"somebody"};

	if (listening->process.pid)
		snprintf(text.s, sizeof(text.s), "%s (%d)", listening->process.name,
			 listening->process.pid);
	return text;
}

struct listening_text listening_text(const struct claim *claim, const struct listening *listening)
{
	struct listening_text text;
	struct claim_text target = claim_target_text(claim);

	if (!listening->known)
		snprintf(text.s, sizeof(text.s), "not known who listens: %.120s",
			 listening->why.text);
	else if (listening->ports > 0 && claim->map->count == 1)
		snprintf(text.s, sizeof(text.s), "%s listens on %s", who(listening).s,
			 socket_text(&listening->listener).s);
	else if (listening->ports > 0)
		snprintf(text.s, sizeof(text.s), "listeners: %u, the first is %s on %s",
			 listening->ports, who(listening).s, socket_text(&listening->listener).s);
	else if (listening->other > 0)
		snprintf(text.s, sizeof(text.s), "nobody listens there; %s does on %s only",
			 who(listening).s, socket_text(&listening->listener).s);
	else
		snprintf(text.s, sizeof(text.s), "nobody listens on %s", target.s);
	return text;
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
