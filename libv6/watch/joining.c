/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program listens some time after its container's start, and whoever connects before is refused.
 * So a container that shares claims joins when all TCP ports of its claims are listened on.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <libv6/kernel.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "kernel/listeners.h"
#include "store/record.h"
#include "watch/joining.h"
#include "watch/watching.h"

/* How often a container is looked at, that often for how long, and how often later */
#define JOIN_LOOK_MS  100
#define JOIN_SOON_MS  10000
#define JOIN_LATER_MS 1000

/* After this long the user is told of a container whose program does not listen */
#define JOIN_TOLD_MS 60000

/* struct hearing - the ports that something listens on, one bit for each */
struct hearing {
	const struct v6_record *record;
	uint8_t heard[(UINT16_MAX + 1) / 8];
};

static bool hears_claims(const struct v6_record *record, const struct v6_listener *listener)
{
	const struct v6_destination *d = &record->destination;
	size_t i;

	/* its program, and not what stands before that */
	if (record->relay)
		return listener->family == AF_INET || IN6_IS_ADDR_UNSPECIFIED(&listener->address);
	if (v6_destination_has_way(d))
		return v6_listener_hears(listener, &d->address, listener->port) &&
		       (listener->link == 0 || listener->link == d->link);
	for (i = 0; i < record->n_services; i++)
		if (!v6_listener_hears(listener, &record->services[i].address, listener->port))
			return false;
	return true;
}

static int note_heard(const struct v6_listener *listener, void *data)
{
	struct hearing *hearing = data;

	if (hears_claims(hearing->record, listener))
		hearing->heard[listener->port / 8] |= (uint8_t)(1U << listener->port % 8);
	return 0;
}

/* find_unheard() - Return: a TCP port of the claims that nothing listens on, or 0 */
static uint16_t find_unheard(const struct hearing *hearing)
{
	const struct v6_record *record = hearing->record;
	const struct v6_port_map *map = record->maps;
	unsigned int port;

	for (; map < record->maps + record->n_maps; map++)
		for (port = map->target_port; map->protocol == IPPROTO_TCP &&
					      port < (unsigned int)map->target_port + map->count;
		     port++)
			if (!(hearing->heard[port / 8] & (1U << port % 8)))
				return (uint16_t)port;
	return 0;
}

/* listens() - Return: 1, 0 (@ret_port: where it does not) or a negative errno */
static int listens(const struct v6_record *record, uint16_t *ret_port, struct v6_error *err)
{
	struct hearing hearing = {.record = record};
	auto_fd int netns = -1;
	uint64_t inode;
	int ret = v6_record_target_netns(record, &netns, &inode, err);

	*ret_port = 0;
	if (ret == 0)
		ret = v6_listeners_each(netns, IPPROTO_TCP, 0, note_heard, &hearing, err);
	if (ret == -ENOENT)
		ret = v6_listeners_read(netns, note_heard, &hearing, err);
	if (ret < 0)
		return ret;
	*ret_port = find_unheard(&hearing);
	return *ret_port == 0;
}

static void tell_of_silence(struct v6_watch *watch, struct v6_life *life,
			    const struct v6_record *record, uint16_t port,
			    const struct v6_error *err)
{
	struct v6_line why = v6_line("%s", err->text);

	life->is_told_of = true;
	if (port)
		why = v6_line("its program does not listen on port %u by IPv6", port);
	v6_host_warn(
		watch->host,
		"%s (%.*s): still joining after %d s, so that it has no connections: %s; see v6ctl check",
		record->services[0].name, V6_ID_SHORT, record->id, JOIN_TOLD_MS / 1000, why.s);
}

/* join_if_it_listens() - Return: whether to look again */
static bool join_if_it_listens(struct v6_watch *watch, struct v6_life *life, int64_t now)
{
	struct v6_error err = {.text = "it has no address"};
	struct v6_record record;
	uint16_t port = 0;
	int ret = v6_record_find(watch->host, life->id, &record, &err);

	if (ret <= 0 || record.share.mode == V6_SHARE_NONE || record.share.ready)
		return ret < 0;
	ret = record.destination.pending ? 0 : listens(&record, &port, &err);
	if (ret > 0)
		ret = v6_share_rank(watch->host, life->id, V6_RANK_JOINED, &err);
	else if (ret == 0)
		ret = -EAGAIN;
	if (ret < 0 && !life->is_told_of && now - life->joining_since >= JOIN_TOLD_MS)
		tell_of_silence(watch, life, &record, port, &err);
	return ret < 0;
}

void v6_watch_joining(struct v6_watch *watch, int64_t now)
{
	struct v6_life *life;
	int64_t ended;

	for (life = watch->lives.list; life < watch->lives.list + watch->lives.n; life++) {
		if (life->join_at > now)
			continue;
		if (!join_if_it_listens(watch, life, now)) {
			life->join_at = INT64_MAX;
			continue;
		}
		ended = v6_now_ms();
		life->join_at = ended + (ended - life->joining_since < JOIN_SOON_MS
						 ? JOIN_LOOK_MS
						 : JOIN_LATER_MS);
	}
}
