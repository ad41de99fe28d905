/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How claims stand in the kernel, for people to see. Changes nothing. */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include <libv6/apply.h>

#include "apply/attach.h"
#include "apply/elements.h"
#include "apply/replicas.h"
#include "base/address.h"
#include "kernel/ifaddr.h"
#include "kernel/onlink.h"
#include "kernel/route.h"
#include "plan/place_again.h"
#include "store/claims.h"
#include "store/record.h"
#include "store/share.h"

static const struct words {
	const char *word;
	const char *text;
} words[V6_CLAIM_STATES] = {
	[V6_CLAIM_ACTIVE] = {"active", "all of it is there"},
	[V6_CLAIM_FOREIGN] =
		{"foreign",
		 "all of it is there; the address was the host's own before, so that it is neither guarded nor ever removed"},
	[V6_CLAIM_DRAINING] =
		{"draining",
		 "a newer container has all new connections; existing ones continue until it stops"},
	[V6_CLAIM_JOINING] =
		{"joining",
		 "its program does not listen on all TCP ports by IPv6 yet; v6ctl check tells on which"},
	[V6_CLAIM_BLOCKED] =
		{"blocked",
		 "rules of another table drop packets to it, or the answers; v6ctl check names the rule, and prints one that lets them pass"},
	[V6_CLAIM_DUPLICATE] =
		{"duplicate",
		 "another machine on the network has the address; remove it there, then run v6ctl reconcile"},
	[V6_CLAIM_PENDING] = {"pending", "held, and refused until the container has an address"},
	[V6_CLAIM_NO_GUARD] =
		{"lost", "the host's own listeners may answer on the address; run v6ctl reconcile"},
	[V6_CLAIM_NO_ADDRESS] = {"lost",
				 "the address is gone from its interface; run v6ctl reconcile"},
	[V6_CLAIM_UNREACHABLE] =
		{"unreachable",
		 "clients cannot reach it on its interface, which is gone, down or a port of another, or has lost the prefix or the address; run v6ctl reconcile, then v6ctl check"},
	[V6_CLAIM_NO_ELEMENT] =
		{"lost", "nf_tables does not forward it to the container; run v6ctl reconcile"},
	[V6_CLAIM_TAKEN] = {"taken",
			    "nf_tables forwards it to another container; stop one of the two"},
	[V6_CLAIM_STALE] =
		{"stale",
		 "the container exited, but its stop hook did not run; run v6ctl reconcile"},
	[V6_CLAIM_UNKNOWN] = {"unknown", "not known; run as root with CAP_NET_ADMIN"},
};

const char *v6_claim_state_word(enum v6_claim_state state)
{
	return words[state].word;
}

const char *v6_claim_state_text(enum v6_claim_state state)
{
	return words[state].text;
}

static void worsen_look(struct v6_claim_look *look, enum v6_claim_state state)
{
	if (state > look->state)
		look->state = state;
}

/* struct looking - one call of v6_claim_look() */
struct looking {
	struct v6_host *host;
	struct v6_claim_look look;
	struct v6_replicas replicas;
};

static int look_at_address(struct looking *l, const struct v6_service *service)
{
	struct v6_ifaddr ifaddr;
	int there = v6_attach_held(l->host, service);

	if (there == 0)
		worsen_look(&l->look, V6_CLAIM_NO_ADDRESS);
	if (!service->ours)
		worsen_look(&l->look, V6_CLAIM_FOREIGN);
	if (v6_ifaddr_get(&l->host->route, &service->address, &ifaddr) == 0 &&
	    (ifaddr.flags & IFA_F_DADFAILED))
		worsen_look(&l->look, V6_CLAIM_DUPLICATE);
	return there < 0 ? there : 0;
}

/* look_at_place() - all links and prefixes are asked for once, for all claims */
static int look_at_place(struct looking *l, const struct v6_record *record,
			 const struct v6_service *service)
{
	int ret = v6_onlink_read(&l->host->route, &l->host->onlink);

	if (ret < 0)
		return ret;
	if (service->absent || v6_place_stays(l->host, service, record->interface, NULL) < 0)
		worsen_look(&l->look, V6_CLAIM_UNREACHABLE);
	return 0;
}

static int look_at_service_guard(struct looking *l, const struct v6_service *service)
{
	struct v6_nat_op guard = v6_guard_element(&service->address);
	int there = service->ours ? v6_nat_has(&l->host->netfilter, &guard) : 1;

	if (there == 0)
		worsen_look(&l->look, V6_CLAIM_NO_GUARD);
	return there < 0 ? there : 0;
}

/* look_beside() - at what goes with a claim: a count of bytes, or what lets it through the guard */
static int look_beside(struct looking *l, const struct v6_nat_op *op)
{
	struct v6_holder counted;
	struct v6_nat_op beside;
	int ret;

	if (!v6_companion_element(op, &beside)) {
		l->look.has_bytes = false;
		return 0;
	}
	ret = v6_nat_holder(&l->host->netfilter, beside.set, &beside.claim, &counted);
	if (ret == 0 && beside.set == V6_NAT_TRAFFIC)
		l->look.bytes += counted.counter.bytes;
	else
		l->look.has_bytes = false;
	if (ret == -ENOENT && beside.set == V6_NAT_LOCAL)
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	return ret == -ENOENT ? 0 : ret;
}

/* look_at_claim_holder() - whose the element is, and where it leads */
static void look_at_claim_holder(struct looking *l, const struct v6_nat_op *op,
				 const struct v6_holder *holder)
{
	l->look.connections += holder->counter.packets;
	snprintf(l->look.holder, sizeof(l->look.holder), "%s", holder->owner);
	if (strcmp(holder->owner, op->owner) != 0) {
		l->look.shared = v6_share_has(l->host, holder->owner, op->owner);
		if (!l->look.shared)
			worsen_look(&l->look, V6_CLAIM_TAKEN);
	}
	if (!v6_holder_fits(holder, op))
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
}

/* look_at_answers() - whether the host itself answers from the address that was asked */
static int look_at_answers(struct looking *l, const struct v6_record *record,
			   const struct v6_nat_op *op)
{
	struct v6_nat_op port = v6_port_element(op->target.port);
	int there = v6_is_answering(record, op->claim.protocol)
			    ? v6_nat_has(&l->host->netfilter, &port)
			    : 1;

	if (there == 0)
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	return there < 0 ? there : 0;
}

/* look_at_slot() - one element of a claim; @due: what is to be there */
static int look_at_slot(struct looking *l, const struct v6_nat_op *op, const struct v6_nat_op *due)
{
	struct v6_holder holder;
	int ret = v6_nat_holder(&l->host->netfilter, op->set, &due->claim, &holder);

	if (ret == -ENOENT)
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	if (strcmp(due->owner, op->owner) == 0) {
		l->look.slots++;
		look_at_claim_holder(l, op, &holder);
		return 0;
	}
	if (strcmp(holder.owner, due->owner) != 0 || !v6_holder_fits(&holder, due))
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	if (!*l->look.holder)
		snprintf(l->look.holder, sizeof(l->look.holder), "%s", holder.owner);
	return 0;
}

/* look_at_turn() - of one that shares a claim; while nobody listens, the first one has it */
static void look_at_turn(struct looking *l, const struct v6_record *record)
{
	if (!record->share.ready)
		worsen_look(&l->look, V6_CLAIM_JOINING);
	if (l->look.slots > 0)
		return;
	l->look.has_bytes = false;
	if (!record->share.ready)
		return;
	if (record->share.mode == V6_SHARE_NEWEST || record->share.drained)
		worsen_look(&l->look, V6_CLAIM_DRAINING);
	else
		l->look.shared = true; /* another member of its pod counts for both */
}

/* look_at_clients() - whether clients that may reach a mapping's ports are let in, by the first of
 * them: who removes some, removes all
 */
static int look_at_clients(struct looking *l, const struct v6_record *record, size_t service,
			   size_t map)
{
	struct v6_nat_op client;
	int there = 1;

	if (record->n_from > 0) {
		client = v6_client_element(record, service, map, 0);
		there = v6_nat_has(&l->host->netfilter, &client);
	}
	if (there == 0)
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	return there < 0 ? there : 0;
}

/* look_at_limit() - whether nobody else is */
static int look_at_limit(struct looking *l, const struct v6_record *record,
			 const struct v6_nat_op *op)
{
	struct v6_nat_op limited = v6_limited_element(op);
	int there = v6_nat_has(&l->host->netfilter, &limited);

	if (there == (record->n_from == 0))
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	return there < 0 ? there : 0;
}

/* look_at_egress() - whether what the container begins leaves by a service, if it asks for that */
static int look_at_egress(struct looking *l, const struct v6_record *record,
			  const struct v6_service *service)
{
	struct v6_egress_look look = {.active = true};
	int ret = v6_egress_service(record) == service
			  ? v6_egress_look(l->host, record, &look, NULL)
			  : 0;

	if (!look.active)
		worsen_look(&l->look, V6_CLAIM_NO_ELEMENT);
	return ret;
}

static int look_at_element(struct looking *l, const struct v6_record *record,
			   const struct v6_nat_op *op)
{
	uint8_t slot, n = op->set == V6_NAT_SHARED ? V6_SLOTS : 1;
	struct v6_nat_op due = *op;
	int ret = 0;

	l->look.slots = 0;
	for (slot = 0; slot < n && ret == 0; slot++) {
		due.claim.slot = slot;
		v6_replicas_element(&l->replicas, &due.claim, &due);
		ret = look_at_slot(l, op, &due);
	}
	if (ret == 0)
		ret = look_at_answers(l, record, op);
	if (ret == 0)
		ret = look_at_limit(l, record, op);
	if (ret == 0)
		ret = look_beside(l, op);
	if (ret == 0 && record->share.mode && l->look.state < V6_CLAIM_NO_ELEMENT)
		look_at_turn(l, record);
	return ret;
}

int v6_claim_look(struct v6_host *host, const struct v6_record *record, bool alive, size_t service,
		  size_t map, struct v6_claim_look *ret_look, struct v6_error *err)
{
	struct looking l = {.host = host, .look.has_bytes = true};
	size_t first = 0, n = v6_claims_of_map(record, service, map, &first), i;
	struct v6_nat_op op;
	int ret = 0;

	if (host->told.n > service * record->n_maps + map) {
		*ret_look = host->told.looks[service * record->n_maps + map];
		return 0;
	}
	if (record->destination.pending)
		l.look.state = V6_CLAIM_PENDING; /* addresses come when it is completed */
	else
		ret = look_at_address(&l, &record->services[service]);
	if (ret == 0 && !record->destination.pending)
		ret = look_at_place(&l, record, &record->services[service]);
	if (ret < 0)
		return v6_fail(err, ret, "%s: cannot look it up: %s",
			       V6_TEXT(&record->services[service].address), v6_strerror(ret));
	ret = look_at_service_guard(&l, &record->services[service]);
	if (ret == 0)
		ret = v6_replicas_of(host, record, true, &l.replicas, NULL);
	if (ret == 0)
		ret = look_at_clients(&l, record, service, map);
	if (ret == 0)
		ret = look_at_egress(&l, record, &record->services[service]);
	for (i = 0; i < n && ret == 0; i++) {
		op = v6_claim_element(record, first + i);
		ret = look_at_element(&l, record, &op);
	}
	v6_replicas_release(&l.replicas);
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
			       v6_nl_explain(ret));
	if (!alive)
		worsen_look(&l.look, V6_CLAIM_STALE);
	*ret_look = l.look;
	return 0;
}

struct addresses {
	int (*visit)(const struct in6_addr *address, int link, void *data);
	void *data;
};

static int visit_our_route(const struct v6_route *route, void *data)
{
	const struct addresses *addresses = data;

	return route->to.length == 128
		       ? addresses->visit(&route->to.address, route->link, addresses->data)
		       : 0;
}

static int visit_ours(const struct v6_ifaddr *ifaddr, void *data)
{
	const struct addresses *addresses = data;

	/* gateways for containers are /64 */
	if (!ifaddr->ours || ifaddr->prefix.length != 128)
		return 0;
	return addresses->visit(&ifaddr->prefix.address, ifaddr->link, addresses->data);
}

int v6_addresses_each(struct v6_host *host,
		      int (*visit)(const struct in6_addr *address, int link, void *data),
		      void *data, struct v6_error *err)
{
	struct addresses addresses = {visit, data};
	int ret = v6_ifaddr_each(&host->route, 0, visit_ours, &addresses);

	if (ret == 0)
		ret = v6_route_each(&host->route, V6_PROTOCOL_MARK, true, visit_our_route,
				    &addresses);
	return ret < 0 ? v6_fail(err, ret, "cannot list addresses: %s", v6_strerror(ret)) : 0;
}

int v6_egress_look(struct v6_host *host, const struct v6_record *record,
		   struct v6_egress_look *ret_look, struct v6_error *err)
{
	const struct v6_service *service = v6_egress_service(record);
	struct v6_egress_look look = {.service = v6_record_egress(record)};
	struct v6_nl *nl = &host->netfilter;
	struct v6_holder holder;
	struct v6_nat_op op;
	int ret = 0;

	if (service) {
		op = v6_egress_element(V6_NAT_EGRESS, &record->destination, service);
		ret = v6_nat_find(nl, &op, &holder);
		look.active = ret == 0 && v6_same_target(&holder.target, &op.target);
	}
	if (look.active) {
		look.connections = holder.counter.packets;
		op.set = V6_NAT_OUTGOING;
		ret = v6_nat_has(nl, &op);
		look.active = ret > 0;
	}
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "nf_tables: cannot look up an element: %s",
			       v6_nl_explain(ret));
	*ret_look = look;
	return 0;
}
