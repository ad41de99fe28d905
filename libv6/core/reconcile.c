/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything at once: each record up or down, then what has no record goes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "core/claims.h"
#include "core/elements.h"
#include "core/updown.h"
#include "core/provide.h"
#include "core/record.h"
#include "kernel/ifaddr.h"
#include "kernel/link.h"
#include "kernel/nat.h"
#include "kernel/route.h"

struct sweep {
	struct v6_host *host;
	struct v6_reconciled done;
};

/* follow_link() - a link that was made again, as by a network manager, has its name and a new index
 */
static bool follow_link(struct v6_host *host, struct v6_service *service)
{
	struct v6_link link;

	if (v6_link_get(&host->route, service->link, NULL, &link) != -ENODEV ||
	    v6_link_get(&host->route, 0, service->link_name, &link) < 0)
		return false;
	service->link = link.index;
	return true;
}

static int follow_links(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	bool moved = false;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		moved |= follow_link(host, &record->services[i]);
	return moved ? v6_record_save(host, record, err) : 0;
}

static void raise_record(struct sweep *sweep, struct v6_record *record)
{
	struct v6_error err;
	int ret = follow_links(sweep->host, record, &err);

	if (ret == 0)
		ret = v6_record_up(sweep->host, record, false, &err);

	sweep->done.live++;
	sweep->done.mended += ret > 0;
	if (ret < 0)
		v6_host_warn(sweep->host, "%.*s: not mended: %s", V6_ID_SHORT, record->id,
			     err.text);
}

static void lower_record(struct sweep *sweep, const struct v6_record *record)
{
	struct v6_error err;

	sweep->done.collected++;
	if (v6_record_down(sweep->host, record, &err) < 0)
		v6_host_warn(sweep->host, "%.*s: not collected whole: %s", V6_ID_SHORT, record->id,
			     err.text);
}

/* drop_file() - a record that says nothing about this boot's kernel, or nothing at all */
static void drop_file(struct sweep *sweep, const char *id, const struct v6_error *why)
{
	struct v6_error err;

	if (why->code != -ESTALE)
		v6_host_warn(sweep->host, "%s; removed", why->text);
	if (v6_record_remove(sweep->host, id, &err) < 0)
		v6_host_warn(sweep->host, "%s", err.text);
	sweep->done.collected++;
}

static void sweep_loaded(struct sweep *sweep, struct v6_record *record)
{
	int alive = v6_record_alive(record);

	if (alive > 0)
		raise_record(sweep, record);
	else if (alive == 0)
		lower_record(sweep, record);
	else
		v6_host_warn(sweep->host, "%.*s: cannot look at process %d: %s", V6_ID_SHORT,
			     record->id, record->pid, v6_strerror(alive));
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

/* struct orphans - what to remove after a visit, as its socket is busy until the end */
struct orphans {
	struct v6_host *host;
	struct v6_nat_op *ops;
	struct v6_ifaddr *ifaddrs;
	struct v6_route *routes;
	size_t n_ops, n_ifaddrs, n_routes;
};

static void free_orphans(struct orphans *orphans)
{
	free(orphans->ops);
	free(orphans->ifaddrs);
	free(orphans->routes);
}

/* append() - one more item behind @n in a heap array */
static int append(void *array, size_t *n, const void *item, size_t size)
{
	void **items = array;
	void *larger = reallocarray(*items, *n + 1, size);

	if (!larger)
		return -ENOMEM;
	*items = larger;
	memcpy((char *)larger + *n * size, item, size);
	(*n)++;
	return 0;
}

static int no_holder(struct v6_host *host, struct v6_resource resource)
{
	int any = v6_holder_any(host, &resource);

	return any < 0 ? any : !any;
}

/* look_at_claim() - an element that its owner has no record of */
static int look_at_claim(const struct v6_nat_op *element, void *data)
{
	struct orphans *orphans = data;
	struct v6_nat_op op = *element;
	struct v6_record record;
	int ret;

	ret = *element->owner ? v6_record_load(orphans->host, element->owner, &record, NULL)
			      : -ENOENT;
	if (ret == 0 && v6_claims_want(&record, element))
		return 0;
	/* a record that can't be read now, or only by a later version, may want it */
	if (ret < 0 && ret != -ENOENT && ret != -ESTALE && ret != -EXDEV && ret != -EBADMSG)
		return 0;
	op.remove = true;
	op.name = op.owner = NULL;
	return append(&orphans->ops, &orphans->n_ops, &op, sizeof(op));
}

static int look_at_guard(const struct v6_nat_op *element, void *data)
{
	struct orphans *orphans = data;
	struct v6_nat_op op = *element;
	int ret = no_holder(orphans->host, element->set == V6_NAT_HAIRPIN
						   ? v6_resource_subnet(&element->prefix)
						   : v6_resource_address(&element->claim.address));

	if (ret <= 0)
		return ret;
	op.remove = true;
	op.name = op.owner = NULL;
	return append(&orphans->ops, &orphans->n_ops, &op, sizeof(op));
}

/* struct behind - whether a record provides an address behind this link */
struct behind {
	struct v6_host *host;
	int link;
	bool any;
};

static int look_behind(const char *id, void *data)
{
	struct behind *behind = data;
	struct v6_record record;

	if (!behind->any && v6_record_load(behind->host, id, &record, NULL) == 0)
		behind->any = record.destination.provided && record.destination.via == behind->link;
	return 0;
}

/* none_provided_behind() - likewise by the records, as "provide" may have been another prefix when
 * they were made
 */
static int none_provided_behind(struct v6_host *host, int link)
{
	struct behind behind = {.host = host, .link = link};
	int ret = v6_record_ids(host, look_behind, &behind, NULL);

	return ret < 0 ? ret : !behind.any;
}

/* look_at_ifaddr() - service addresses are /128, gateways for containers /64 */
static int look_at_ifaddr(const struct v6_ifaddr *ifaddr, void *data)
{
	struct orphans *orphans = data;
	struct v6_prefix subnet;
	int ret;

	if (!ifaddr->ours)
		return 0;
	v6_provided_subnet(orphans->host, ifaddr->link, &subnet);
	ret = no_holder(orphans->host, ifaddr->prefix.length == 128
					       ? v6_resource_address(&ifaddr->prefix.address)
					       : v6_resource_subnet(&subnet));
	if (ret > 0 && ifaddr->prefix.length != 128)
		ret = none_provided_behind(orphans->host, ifaddr->link);
	if (ret <= 0)
		return ret;
	return append(&orphans->ifaddrs, &orphans->n_ifaddrs, ifaddr, sizeof(*ifaddr));
}

static int look_at_route(const struct v6_route *route, void *data)
{
	struct orphans *orphans = data;
	int ret = no_holder(orphans->host, v6_resource_address(&route->to.address));

	if (ret <= 0 || route->to.length != 128)
		return ret < 0 ? ret : 0;
	return append(&orphans->routes, &orphans->n_routes, route, sizeof(*route));
}

static int find_orphans(struct v6_host *host, struct orphans *orphans, struct v6_error *err)
{
	int ret = v6_nat_each(&host->netfilter, V6_NAT_SERVICES, look_at_claim, orphans, err);

	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_RANGES, look_at_claim, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_WHOLE, look_at_claim, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_ADDRESSES, look_at_guard, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_LOCAL, look_at_guard, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_HAIRPIN, look_at_guard, orphans, err);
	if (ret < 0)
		return ret;
	ret = v6_ifaddr_each(&host->route, 0, look_at_ifaddr, orphans);
	if (ret == 0)
		ret = v6_route_each(&host->route, V6_PROTOCOL_MARK, look_at_route, orphans);
	if (ret < 0)
		return v6_fail(err, ret, "cannot list addresses and routes: %s", v6_strerror(ret));
	return 0;
}

static int remove_orphans(struct sweep *sweep, struct orphans *orphans, struct v6_error *err)
{
	struct v6_host *host = sweep->host;
	size_t i;
	int ret = 0;

	/* one by one: an element that was visited twice is gone the second time */
	for (i = 0; i < orphans->n_ops && (ret == 0 || ret == -ENOENT); i++)
		ret = v6_nat_commit(&host->netfilter, &orphans->ops[i], 1, err);
	for (i = 0; i < orphans->n_ifaddrs; i++)
		v6_ifaddr_remove(&host->route, &orphans->ifaddrs[i]);
	for (i = 0; i < orphans->n_routes; i++)
		v6_route_remove(&host->route, &orphans->routes[i]);
	sweep->done.orphans =
		(unsigned int)(orphans->n_ops + orphans->n_ifaddrs + orphans->n_routes);
	return ret == -ENOENT ? 0 : ret;
}

static int sweep_orphans(struct sweep *sweep, struct v6_error *err)
{
	struct orphans auto_call(free_orphans) orphans = {.host = sweep->host};
	int ret = v6_holders_prune(sweep->host, err);

	if (ret == 0)
		ret = find_orphans(sweep->host, &orphans, err);
	if (ret == 0)
		ret = remove_orphans(sweep, &orphans, err);
	return ret;
}

static int count_record(const char *id, void *data)
{
	(void)id;
	(*(unsigned int *)data)++;
	return 0;
}

/* make_table() - where there is anything to be held and the table is gone or not whole; a whole one
 * learns the prefix that is @configured
 */
static int make_table(struct v6_host *host, bool configured, struct v6_error *err)
{
	struct v6_prefix provided;
	unsigned int n = 0;
	int whole, ret = v6_record_ids(host, count_record, &n, err);

	if (ret < 0 || n == 0)
		return ret;
	whole = v6_nat_exists(&host->netfilter, err);
	if (whole < 0)
		return whole;
	if (whole == 0)
		return v6_claims_restore(host, "", err);
	if (!configured)
		return 0;
	v6_provided_prefix(host, &provided);
	return v6_nat_provide(&host->netfilter, &provided, err);
}

int v6_reconcile(struct v6_host *host, struct v6_reconciled *ret_done, struct v6_error *err)
{
	struct sweep sweep = {.host = host};
	struct v6_error unread;
	bool configured = v6_host_configure(host, &unread) == 0;
	int ret;

	if (!configured)
		v6_host_warn(host, "%s; going on without", unread.text);
	ret = v6_host_lock(host, err);
	if (ret == 0)
		ret = make_table(host, configured, err);
	if (ret == 0)
		ret = v6_records_tidy(host, err);
	if (ret == 0)
		ret = v6_record_ids(host, sweep_record, &sweep, err);
	if (ret == 0)
		ret = sweep_orphans(&sweep, err);
	v6_host_unlock(host);
	if (ret == 0)
		*ret_done = sweep.done;
	return ret;
}

struct each {
	struct v6_host *host;
	int (*visit)(const struct v6_record *record, bool alive, void *data);
	void *data;
};

static int load_and_visit(const char *id, void *data)
{
	struct each *each = data;
	struct v6_record record;
	struct v6_error err;
	int ret = v6_record_load(each->host, id, &record, &err);

	if (ret == 0)
		return each->visit(&record, v6_record_alive(&record) != 0, each->data);
	if (ret == -EBADMSG)
		v6_host_warn(each->host, "%s; v6ctl reconcile removes it", err.text);
	return 0;
}

int v6_records_each(struct v6_host *host,
		    int (*visit)(const struct v6_record *record, bool alive, void *data),
		    void *data, struct v6_error *err)
{
	struct each each = {host, visit, data};

	return v6_record_ids(host, load_and_visit, &each, err);
}
