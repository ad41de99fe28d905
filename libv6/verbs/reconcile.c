/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything at once: each record up or down, then what has no record goes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/verbs.h>

#include "apply/down.h"
#include "apply/ending.h"
#include "apply/orphans.h"
#include "apply/restore.h"
#include "apply/settings.h"
#include "apply/up.h"
#include "apply/ways.h"
#include "base/address.h"
#include "base/clock.h"
#include "kernel/link.h"
#include "plan/provided.h"
#include "plan/routing.h"
#include "plan/user.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"
#include "table/table.h"
#include "verbs/follow.h"
#include "verbs/relocate.h"

struct sweep {
	struct v6_host *host;
	unsigned int n, total; /* records, of v6_reconcile() */
	struct v6_reconciled done;
	bool all;	      /* records: what is asked of links is asked for all of them */
	struct v6_error *err; /* of what ends it; most only warns */
};

/* follow_link() - what a record knows of a link, as it is now. @of: what the link is there for;
 * @index: NULL where one that was made again is of no use, as a bridge has none of its ports then
 */
static bool follow_link(struct v6_host *host, int *index, int known, char *name, const char *of)
{
	char former[IF_NAMESIZE];
	enum v6_link_change change;

	memcpy(former, name, sizeof(former));
	change = v6_link_follow(&host->route, &known, name);
	if (change == V6_LINK_RENAMED)
		v6_host_step(host, "follow interface %s of %s, which is called %s now", former, of,
			     name);
	else if (change == V6_LINK_REMADE && index)
		v6_host_step(host, "follow interface %s of %s, which was made again", name, of);
	else
		return false;
	if (index)
		*index = known;
	return true;
}

/* follow_siblings() - where one has another name, the element of the old one is no record's */
static bool follow_siblings(struct v6_host *host, struct v6_record *record)
{
	struct v6_destination *d = &record->destination;
	struct v6_sibling *sibling = d->siblings;
	struct v6_resource former;
	bool moved = false;

	for (; sibling < d->siblings + d->n_siblings; sibling++) {
		former = v6_resource_sender(sibling->via_name, sibling->mac);
		if (!follow_link(host, NULL, sibling->via, sibling->via_name, V6_TEXT(&d->address)))
			continue;
		moved = true;
		if (!host->looks)
			v6_holder_drop(host, &former, record->id);
	}
	return moved;
}

static int follow_links(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	struct v6_destination *d = &record->destination;
	struct v6_resource sender = v6_resource_sender(d->via_name, d->mac);
	const struct v6_record former = *record;
	struct v6_service *s;
	bool moved = false;
	int ret;

	for (s = record->services; s < record->services + record->n_services; s++)
		moved |= follow_link(host, &s->link, s->link, s->link_name, s->name);
	if (v6_destination_has_way(d))
		moved |= follow_link(host, NULL, d->via, d->via_name, V6_TEXT(&d->address));
	moved |= follow_siblings(host, record);
	if (!moved || host->looks)
		return 0;
	/* where it has another name, the element of the old one is no record's */
	v6_holder_drop(host, &sender, record->id);
	ret = v6_record_save(host, record, err);
	return ret < 0 ? ret : v6_record_shed_egress(host, &former, record, err);
}

static void count_unreachable(struct sweep *sweep, const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_services; i++)
		sweep->done.unreachable += record->services[i].unreachable;
}

/* follow_network() - what has become of this host's links, and of the container's network. Return:
 * 1 (moved, and brought up), 0 or a negative errno
 */
static int follow_network(struct sweep *sweep, struct v6_record *record, struct v6_error *err)
{
	int moved, ret = follow_links(sweep->host, record, err);

	if (ret == 0 && sweep->all)
		ret = v6_onlink_read(&sweep->host->route, &sweep->host->onlink);
	moved = ret < 0 ? ret : v6_relocate(sweep->host, record, err);
	ret = moved < 0 ? moved : v6_follow(sweep->host, record, err);
	return ret < 0 ? ret : moved | ret;
}

/* follow_routing() - somebody may have made or removed routing rules. Return: 1 (they did), 0 or a
 * negative errno
 */
static int follow_routing(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	struct v6_record former = *record;
	int ret;

	if (!v6_routing_plan(host, record) ||
	    !v6_host_step(host, "%.*s: follow the host's routing rules", V6_ID_SHORT, record->id))
		return 0;
	ret = v6_record_shed(host, &former, record, true, err);
	if (ret == 0)
		ret = v6_record_save(host, record, err);
	return ret < 0 ? ret : 1;
}

/* join_unwatched() - nobody looks any more whether its program listens */
static int join_unwatched(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	if (record->share.mode == V6_SHARE_NONE || record->share.ready ||
	    v6_host_is_watched(host) ||
	    !v6_host_step(host, "%.*s: have its share of connections, as v6d does not run",
			  V6_ID_SHORT, record->id))
		return 0;
	record->share.ready = true;
	return v6_record_save(host, record, err);
}

static void raise_record(struct sweep *sweep, struct v6_record *record)
{
	struct v6_error err;
	int ruled = 0, ret = join_unwatched(sweep->host, record, &err);

	if (ret == 0)
		ret = follow_network(sweep, record, &err);
	if (ret >= 0) {
		ruled = follow_routing(sweep->host, record, &err);
		ret = ruled < 0 ? ruled : ruled | ret;
	}
	if (ret >= 0 && !sweep->host->looks &&
	    v6_record_leave(sweep->host, record, v6_uptime_s(), &err) < 0)
		ret = err.code;
	if (ret == 0 || ruled > 0)
		ret = v6_record_up(sweep->host, record, false, &err);
	if (ret >= 0)
		ret |= ruled;

	sweep->done.live++;
	sweep->done.pending += record->destination.pending;
	count_unreachable(sweep, record);
	sweep->done.repaired += ret > 0 || sweep->done.remade;
	if (ret < 0)
		v6_host_warn(sweep->host, "%.*s: not repaired: %s", V6_ID_SHORT, record->id,
			     err.text);
}

static void lower_record(struct sweep *sweep, const struct v6_record *record)
{
	struct v6_error err;

	sweep->done.collected++;
	if (!v6_host_step(sweep->host, "%.*s: collect what it left (%s%s)", V6_ID_SHORT, record->id,
			  record->services[0].name, record->n_services > 1 ? ", ..." : ""))
		return;
	if (v6_record_down(sweep->host, record, &err) < 0)
		v6_host_warn(sweep->host, "%.*s: not collected whole: %s", V6_ID_SHORT, record->id,
			     err.text);
}

/* drop_file() - a record that says nothing about this boot's kernel, or nothing at all */
static void drop_file(struct sweep *sweep, const char *id, const struct v6_error *why)
{
	struct v6_error err;

	sweep->done.collected++;
	if (!v6_host_step(sweep->host, "remove a record: %s", why->text))
		return;
	if (why->code != -ESTALE)
		v6_host_warn(sweep->host, "%s; removed", why->text);
	if (v6_record_remove(sweep->host, id, &err) < 0)
		v6_host_warn(sweep->host, "%s", err.text);
}

/* has_strayed() - whether a user's services lead to what is somebody else's by now */
static bool has_strayed(struct sweep *sweep, const struct v6_record *record)
{
	struct v6_error err;

	if (record->uid == 0 || v6_user_check_targets(record, &err) != -EPERM)
		return false;
	v6_host_warn(sweep->host, "%.*s: unpublished: %s", V6_ID_SHORT, record->id, err.text);
	return true;
}

static void sweep_loaded(struct sweep *sweep, struct v6_record *record)
{
	int alive = v6_record_alive(record);

	if (alive > 0 && !has_strayed(sweep, record))
		raise_record(sweep, record);
	else if (alive >= 0)
		lower_record(sweep, record);
	else
		v6_host_warn(sweep->host, "%.*s: cannot tell whether it lives: %s", V6_ID_SHORT,
			     record->id, v6_strerror(alive));
}

static int sweep_record(const char *id, void *data)
{
	struct sweep *sweep = data;
	struct v6_record record;
	struct v6_error err;
	int ret = v6_record_load(sweep->host, id, &record, &err);

	if (ret == -ESTALE || ret == -EBADMSG)
		drop_file(sweep, id, &err);
	else if (ret == 0)
		sweep_loaded(sweep, &record);
	else if (ret != -EXDEV && ret != -ENOENT)
		v6_host_warn(sweep->host, "%s", err.text);
	return 0;
}

/* sweep_in_turn() - a record of many: starts wait for the lock that we have */
static int sweep_in_turn(const char *id, void *data)
{
	struct sweep *sweep = data;
	int ret = v6_host_give_way(sweep->host, sweep->err);

	if (ret == 0)
		ret = sweep_record(id, sweep);
	v6_host_progressed(sweep->host, ++sweep->n, sweep->total);
	return ret;
}

/* sweep_locked() - one or some records, under the lock */
static int sweep_locked(struct v6_host *host, int (*each)(struct sweep *sweep, const void *what),
			const void *what, struct v6_reconciled *ret_done, struct v6_error *err)
{
	struct sweep sweep = {.host = host};
	int ret;

	/* what a file that can't be read now would say is not known any better elsewhere */
	v6_host_configure(host, NULL);
	ret = v6_host_lock(host, err);
	if (ret < 0)
		return ret;
	ret = each(&sweep, what);
	v6_ending_unlock(host);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/holders: cannot list them: %s",
			       v6_strerror(ret));
	*ret_done = sweep.done;
	return 0;
}

static int sweep_container(struct sweep *sweep, const void *id)
{
	return sweep_record(id, sweep);
}

int v6_reconcile_container(struct v6_host *host, const char *id, struct v6_reconciled *ret_done,
			   struct v6_error *err)
{
	return sweep_locked(host, sweep_container, id, ret_done, err);
}

static int sweep_holders(struct sweep *sweep, const void *what)
{
	const struct v6_prefix *prefix = what;
	struct v6_resource resource = prefix->length == 128 ? v6_resource_address(&prefix->address)
							    : v6_resource_subnet(prefix);

	if (v6_holder_any(sweep->host, &resource) <= 0)
		return 0;
	return v6_holders_each(sweep->host, &resource, sweep_record, sweep);
}

int v6_reconcile_prefix(struct v6_host *host, const struct v6_prefix *prefix,
			struct v6_reconciled *ret_done, struct v6_error *err)
{
	return sweep_locked(host, sweep_holders, prefix, ret_done, err);
}

/* make_table() - where there is anything to be held or refused, and the table is gone, older or
 * changed; a whole one learns the prefix that is @configured
 */
static int make_table(struct sweep *sweep, bool configured, struct v6_error *err)
{
	struct v6_host *host = sweep->host;
	struct v6_prefix provided;
	int state;

	if (sweep->total == 0 && !v6_ways_are_open(host))
		return 0;
	state = v6_table_state(&host->netfilter, err);
	if (state < 0)
		return state;
	if (state != V6_TABLE_WHOLE) {
		host->remade = !v6_host_step(host, "make table ip6 " V6_NAT_TABLE
						   " again, with all elements");
		sweep->done.remade = true;
		return host->remade ? 0 : v6_elements_restore(host, "", err);
	}
	if (!configured || host->looks)
		return 0;
	v6_provided_prefix(host, &provided);
	return v6_nat_provide(&host->netfilter, &provided, err);
}

int v6_reconcile_interfaces(struct v6_host *host, struct v6_error *err)
{
	int ret = v6_host_lock(host, err);

	if (ret == 0)
		ret = v6_ways_mend(host, err);
	v6_host_unlock(host);
	return ret;
}

int v6_reconcile(struct v6_host *host, struct v6_reconciled *ret_done, struct v6_error *err)
{
	struct sweep sweep = {.host = host, .all = true, .err = err};
	struct v6_error unread;
	bool configured = v6_host_configure(host, &unread) == 0;
	int ret;

	if (!configured)
		v6_host_warn(host, "%s; going on without", unread.text);
	ret = v6_host_lock(host, err);
	if (ret == 0)
		ret = v6_records_count(host, &sweep.total, err);
	if (ret == 0)
		ret = make_table(&sweep, configured, err);
	if (ret == 0 && !host->looks)
		ret = v6_records_tidy(host, err);
	if (ret == 0)
		ret = v6_record_ids(host, sweep_in_turn, &sweep, err);
	if (ret == 0)
		ret = v6_orphans_remove(host, &sweep.done.orphans, err);
	if (ret == 0)
		ret = v6_ways_mend(host, err);
	if (ret == 0 && !host->looks)
		ret = v6_settings_tidy(host, err);
	v6_host_unlock(host);
	if (ret == 0 && !host->looks)
		v6_ending_resume(host);
	v6_ending_unlock(host);
	if (ret == 0)
		*ret_done = sweep.done;
	return ret;
}
