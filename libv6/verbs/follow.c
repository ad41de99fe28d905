/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container whose address has changed: its record and the kernel follow. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libv6/verbs.h>

#include "apply/ending.h"
#include "apply/up.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "plan/place_destination.h"
#include "plan/place_port.h"
#include "plan/relay.h"
#include "plan/routing.h"
#include "store/record.h"
#include "verbs/follow.h"

/* awaited_destination() - what a record without a target is; see struct v6_destination */
static struct v6_destination awaited_destination(const struct v6_destination *was)
{
	struct v6_destination d = {.pending = true};

	if (was->provided)
		return d;
	d.link = was->link;
	snprintf(d.link_name, sizeof(d.link_name), "%s", was->link_name);
	return d;
}

static int move_destination(struct v6_host *host, struct v6_record *record,
			    const struct v6_destination *to, struct v6_error *err)
{
	struct v6_record former = *record;
	bool is_taken;

	record->destination = *to;
	record->destination.relay_port = former.destination.relay_port;
	v6_relay_plan(host, record);
	v6_routing_plan(host, record);
	if (to->pending)
		is_taken = v6_host_step(host,
					"%.*s: refuse its clients until it has an address again",
					V6_ID_SHORT, record->id);
	else if (v6_address_equal(&to->address, &former.destination.address) &&
		 to->via == former.destination.via)
		is_taken = v6_host_step(host, "%.*s: follow the networks that it has beside %s",
					V6_ID_SHORT, record->id, to->via_name);
	else
		is_taken = v6_host_step(host, "%.*s: forward to %s, through %s", V6_ID_SHORT,
					record->id, V6_TEXT(&to->address), to->via_name);
	return is_taken ? v6_record_move(host, record, &former, err) : 0;
}

/* follow_port() - bridges came to filter since; v6_record_up() does the rest */
static int follow_port(struct v6_host *host, struct v6_record *record, int netns,
		       struct v6_error *err)
{
	if (!v6_place_port_late(host, netns, &record->destination) || host->looks)
		return 0;
	return v6_record_save(host, record, err);
}

int v6_follow(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	struct v6_destination was = record->destination, to;
	auto_fd int netns = -1;
	struct v6_error why;
	bool stands;

	if (v6_destination_is_local(&was) || v6_record_netns(record, &netns, NULL) < 0)
		return 0;
	stands = !was.pending && v6_place_stands(record, netns) != 0;
	if (stands && !v6_place_is_passed(host, record, netns) &&
	    v6_place_has_siblings(host, record, netns))
		return follow_port(host, record, netns, err);

	/* what a file that can't be read now would say is not known any better elsewhere */
	v6_host_configure(host, NULL);
	record->destination = awaited_destination(&was);
	to = record->destination;
	if (v6_place_destination(host, record, netns, &to, &why) < 0 && !was.pending && !stands)
		v6_host_warn(
			host,
			"%.*s: its address %s is gone: %s; clients are refused until it has one",
			V6_ID_SHORT, record->id, V6_TEXT(&was.address), why.text);
	v6_place_port_keep(&was, &to);
	record->destination = was;
	return to.pending && (was.pending || stands) ? 0 : move_destination(host, record, &to, err);
}

/* complete_record() - Return: 1 (led there), 0 (left to who watches) or a negative errno */
static int complete_record(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	int ret = v6_follow(host, record, err);

	if (ret != 0 || v6_host_is_watched(host))
		return ret;
	ret = v6_pending_why(host, record, err);
	/* it has come in between */
	return ret == 0 ? v6_follow(host, record, err) : ret;
}

int v6_complete(struct v6_host *host, const char *id, struct v6_error *err)
{
	struct v6_record record = {.optional = false};
	int ret = v6_host_lock(host, err);

	if (ret < 0)
		return ret;
	ret = v6_record_find(host, id, &record, err);
	if (ret > 0)
		ret = record.destination.pending ? complete_record(host, &record, err) : 0;
	v6_ending_unlock(host);
	if (ret < 0)
		return record.optional ? 1 : ret;
	return 0;
}

int v6_pending_why(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_destination unwanted;
	auto_fd int netns = -1;
	int ret = v6_record_netns(record, &netns, err);

	return ret < 0 ? ret : v6_place_destination(host, record, netns, &unwanted, err);
}
