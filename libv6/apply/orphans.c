/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel holds of ours without a record: elements, addresses, routes, proxy neighbours. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/attach.h"
#include "apply/elements.h"
#include "apply/orphans.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/ifaddr.h"
#include "kernel/proxy.h"
#include "kernel/route.h"
#include "plan/provided.h"
#include "store/holders.h"
#include "store/record.h"
#include "table/nat.h"
#include "table/sets.h"

/* Records that are kept at hand, as the elements of many containers come in no order */
#define RECALLED_MAX 64

/* struct orphans - what to remove after a visit, as its socket is busy until the end; and records
 * that were loaded meanwhile, each in a place by its id
 */
struct orphans {
	struct v6_host *host;
	const struct in6_addr *at;  /* NULL, or what is looked for is about this address only */
	struct v6_record *recalled; /* RECALLED_MAX of them, each by a hash of its id */
	struct v6_nat_op *ops;
	struct v6_ifaddr *ifaddrs;
	struct v6_route *routes;
	struct v6_proxy *proxies;
	size_t n_ops, n_ifaddrs, n_routes, n_proxies;
};

static void free_orphans(struct orphans *orphans)
{
	free(orphans->recalled);
	free(orphans->ops);
	free(orphans->ifaddrs);
	free(orphans->routes);
	free(orphans->proxies);
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
	int any = v6_holder_recorded(host, &resource);

	return any < 0 ? any : !any;
}

/* recall() - v6_record_load(), but a container with thousands of elements has it read once; the
 * lock is held, so that it can't change
 */
static int recall(struct orphans *orphans, const char *id, const struct v6_record **ret_record)
{
	struct v6_record *slot, record;
	unsigned int h = 0;
	const char *c;
	int ret;

	for (c = id; *c; c++)
		h = h * 31 + (unsigned char)*c;
	slot = &orphans->recalled[h % RECALLED_MAX];
	if (strcmp(slot->id, id) != 0) {
		ret = v6_record_load(orphans->host, id, &record, NULL);
		if (ret < 0)
			return ret;
		*slot = record;
	}
	*ret_record = slot;
	return 0;
}

static int append_op(struct orphans *orphans, const struct v6_nat_op *element)
{
	struct v6_nat_op op = *element;

	op.remove = true;
	op.name = op.owner = NULL;
	return append(&orphans->ops, &orphans->n_ops, &op, sizeof(op));
}

/* may_want_anything() - a record of a later version; any other that can't be read ends the visit */
static int may_want_anything(int code)
{
	return code == -EPROTO ? 0 : code;
}

static bool is_elsewhere(const struct orphans *orphans, const struct v6_nat_op *element)
{
	return orphans->at && !v6_address_equal(orphans->at, &element->claim.address);
}

/* look_at_claim() - an element that its owner has no record of */
static int look_at_claim(const struct v6_nat_op *element, void *data)
{
	struct orphans *orphans = data;
	const struct v6_record *record = NULL;
	int ret;

	if (is_elsewhere(orphans, element))
		return 0;
	ret = *element->owner ? recall(orphans, element->owner, &record) : -ENOENT;
	if (ret == 0 && v6_claims_want(record, element))
		return 0;
	if (ret < 0 && !v6_record_is_none(ret))
		return may_want_anything(ret);
	return append_op(orphans, element);
}

/* struct beside - whether a record that holds an address wants an element of "traffic" or "local"
 */
struct beside {
	struct orphans *orphans;
	const struct v6_nat_op *element;
	bool wanted;
};

static int look_for_claim(const char *id, void *data)
{
	struct beside *beside = data;
	const struct v6_record *record = NULL;
	int ret = recall(beside->orphans, id, &record);

	if (ret < 0 && v6_record_is_none(ret))
		return 0;
	if (ret < 0 || v6_claims_want_beside(record, beside->element))
		beside->wanted = true;
	return ret < 0 ? may_want_anything(ret) : 0;
}

/* look_at_beside() - others may hold the address, with other ports: what is left of one in "local"
 * would let the host itself answer there
 */
static int look_at_beside(const struct v6_nat_op *element, void *data)
{
	struct orphans *orphans = data;
	struct beside beside = {.orphans = orphans, .element = element};
	struct v6_resource resource = v6_resource_address(&element->claim.address);
	int ret;

	if (is_elsewhere(orphans, element))
		return 0;
	ret = v6_holders_each(orphans->host, &resource, look_for_claim, &beside);
	if (beside.wanted || (ret < 0 && ret != -ENOENT))
		return ret == -ENOENT ? 0 : ret;
	return append_op(orphans, element);
}

static int look_at_guard(const struct v6_nat_op *element, void *data)
{
	struct orphans *orphans = data;
	int ret = no_holder(orphans->host, element->set == V6_NAT_HAIRPIN
						   ? v6_resource_subnet(&element->prefix)
						   : v6_resource_address(&element->claim.address));

	return ret <= 0 ? ret : append_op(orphans, element);
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
	int ret = behind->any ? -ENOENT : v6_record_load(behind->host, id, &record, NULL);

	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : may_want_anything(ret);
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

static int look_at_proxy(const struct v6_proxy *proxy, void *data)
{
	struct orphans *orphans = data;
	int ret = no_holder(orphans->host, v6_resource_address(&proxy->address));

	if (ret <= 0)
		return ret;
	return append(&orphans->proxies, &orphans->n_proxies, proxy, sizeof(*proxy));
}

/* find_claims() - claims, and what stands beside them */
static int find_claims(struct v6_host *host, struct orphans *orphans, struct v6_error *err)
{
	int ret = v6_nat_each(&host->netfilter, V6_NAT_SERVICES, look_at_claim, orphans, err);

	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_RANGES, look_at_claim, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_WHOLE, look_at_claim, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_LOCAL, look_at_beside, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_TRAFFIC, look_at_beside, orphans, err);
	return ret;
}

static int find_orphans(struct v6_host *host, struct orphans *orphans, struct v6_error *err)
{
	int ret = find_claims(host, orphans, err);

	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_ADDRESSES, look_at_guard, orphans, err);
	if (ret == 0)
		ret = v6_nat_each(&host->netfilter, V6_NAT_HAIRPIN, look_at_guard, orphans, err);
	if (ret < 0)
		return ret;
	ret = v6_ifaddr_each(&host->route, 0, look_at_ifaddr, orphans);
	if (ret == 0)
		ret = v6_route_each(&host->route, V6_PROTOCOL_MARK, false, look_at_route, orphans);
	if (ret == 0)
		ret = v6_route_each(&host->route, V6_PROTOCOL_MARK, true, look_at_route, orphans);
	if (ret == 0)
		ret = v6_proxy_each(&host->route, look_at_proxy, orphans);
	if (ret < 0)
		return v6_fail(err, ret, "cannot list addresses and routes: %s", v6_strerror(ret));
	return 0;
}

/* tell_op() - what is to be removed from the table */
static void tell_op(struct v6_host *host, const struct v6_nat_op *op)
{
	const char *set = v6_sets_name(op->set);

	if (op->set == V6_NAT_HAIRPIN)
		v6_host_step(host, "remove %s/%u from %s: no record wants it",
			     V6_TEXT(&op->prefix.address), op->prefix.length, set);
	else if (op->set == V6_NAT_ADDRESSES)
		v6_host_step(host, "remove %s from %s: no record wants it",
			     V6_TEXT(&op->claim.address), set);
	else
		v6_host_step(host, "remove %s from %s: no record wants it",
			     v6_claim_text(&op->claim).s, set);
}

/* struct removal - of what brings addresses to this host, and the first failure */
struct removal {
	struct v6_host *host;
	struct v6_error *err;
	int first;
};

static void note_removal(struct removal *removal, int code, const struct in6_addr *address)
{
	if (v6_attach_gone(code) || removal->first < 0)
		return;
	removal->first = v6_fail(removal->err, code, "cannot remove %s, which no record wants: %s",
				 V6_TEXT(address), v6_strerror(code));
}

static void remove_proxy(struct removal *removal, const struct v6_proxy *proxy)
{
	v6_host_step(removal->host, "remove proxy neighbour %s: no record wants it",
		     V6_TEXT(&proxy->address));
	if (!removal->host->looks)
		note_removal(removal, v6_proxy_remove(&removal->host->route, proxy),
			     &proxy->address);
}

static void remove_ifaddr(struct removal *removal, const struct v6_ifaddr *ifaddr)
{
	v6_host_step(removal->host, "remove address %s: no record wants it",
		     V6_TEXT(&ifaddr->prefix.address));
	if (!removal->host->looks)
		note_removal(removal, v6_ifaddr_remove(&removal->host->route, ifaddr),
			     &ifaddr->prefix.address);
}

static void remove_route(struct removal *removal, const struct v6_route *route)
{
	v6_host_step(removal->host, "remove the route to %s: no record wants it",
		     V6_TEXT(&route->to.address));
	if (!removal->host->looks)
		note_removal(removal, v6_route_remove(&removal->host->route, route),
			     &route->to.address);
}

static int remove_addresses(const struct orphans *orphans, struct v6_error *err)
{
	struct removal removal = {orphans->host, err, 0};
	size_t i;

	for (i = 0; i < orphans->n_proxies; i++)
		remove_proxy(&removal, &orphans->proxies[i]);
	for (i = 0; i < orphans->n_ifaddrs; i++)
		remove_ifaddr(&removal, &orphans->ifaddrs[i]);
	for (i = 0; i < orphans->n_routes; i++)
		remove_route(&removal, &orphans->routes[i]);
	return removal.first;
}

static int remove_orphans(struct orphans *orphans, struct v6_error *err)
{
	struct v6_host *host = orphans->host;
	size_t i;
	/* addresses before their guards, or the host's own listeners would answer there */
	int ret = remove_addresses(orphans, err);

	/* one by one: an element that was visited twice is gone the second time */
	for (i = 0; i < orphans->n_ops && (ret == 0 || ret == -ENOENT); i++) {
		tell_op(host, &orphans->ops[i]);
		if (!host->looks)
			ret = v6_nat_commit(&host->netfilter, &orphans->ops[i], 1, err);
	}
	return ret == -ENOENT ? 0 : ret;
}

static int make_room(struct orphans *orphans, struct v6_error *err)
{
	orphans->recalled = calloc(RECALLED_MAX, sizeof(*orphans->recalled));
	return orphans->recalled ? 0 : v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
}

int v6_orphans_remove_at(struct v6_host *host, const struct in6_addr *address, struct v6_error *err)
{
	struct orphans auto_call(free_orphans) orphans = {.host = host, .at = address};
	int ret = make_room(&orphans, err);

	if (ret == 0)
		ret = find_claims(host, &orphans, err);
	return ret < 0 ? ret : remove_orphans(&orphans, err);
}

int v6_orphans_remove(struct v6_host *host, unsigned int *ret_n, struct v6_error *err)
{
	struct orphans auto_call(free_orphans) orphans = {.host = host};
	int ret = host->looks ? 0 : v6_holders_prune(host, err);

	if (ret == 0)
		ret = make_room(&orphans, err);
	if (ret == 0)
		ret = find_orphans(host, &orphans, err);
	if (ret == 0)
		ret = remove_orphans(&orphans, err);
	if (ret == 0)
		*ret_n = (unsigned int)(orphans.n_ops + orphans.n_ifaddrs + orphans.n_routes +
					orphans.n_proxies);
	return ret;
}
