/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether our table is whole, and leads each claim to the container. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <linux/netfilter.h>
#include <string.h>

#include "apply/elements.h"
#include "apply/replicas.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "check/checker.h"
#include "check/table.h"
#include "store/claims.h"
#include "store/share.h"
#include "table/nat.h"
#include "table/table.h"

#define STEP "claim"

/* is_asleep() - whether our table is switched off: its chains have hooks, and no packet comes there
 */
static bool is_asleep(struct v6_checker *checker)
{
	const struct v6_ruleset *rules = v6_checker_rules(checker);
	size_t i;

	for (i = 0; rules && i < rules->n; i++)
		if (rules->chains[i].family == NFPROTO_IPV6 &&
		    strcmp(rules->chains[i].table, V6_NAT_TABLE) == 0 && rules->chains[i].where)
			return !rules->chains[i].base;
	return false;
}

void v6_check_table(struct v6_checked *c)
{
	struct v6_error err;
	int state = v6_table_state(&c->checker->host->netfilter, &err);

	c->table = state == V6_TABLE_WHOLE;
	if (state < 0)
		v6_found_unseen(c->checker, "table", "%s", err.text);
	else if (state != V6_TABLE_WHOLE)
		v6_found_fault(
			c->checker, "table", "v6ctl reconcile",
			"ip6 " V6_NAT_TABLE " is gone or not whole: %s",
			state == V6_TABLE_MISSING
				? "another program has flushed or changed it"
				: "an older version made it, or another program has changed it");
	else if (is_asleep(c->checker))
		v6_found_fault(c->checker, "table",
			       "nft delete table ip6 " V6_NAT_TABLE " && v6ctl reconcile",
			       "ip6 " V6_NAT_TABLE " is dormant: no packet comes to it");
	else
		v6_found_good(c->checker, "table", "ip6 " V6_NAT_TABLE " is whole");
}

/* format_target() - Write where a claim is forwarded to; ports of ranges stay as they are */
static struct v6_line format_target(const struct v6_target *target)
{
	if (target->port)
		return v6_line("%s port %u", V6_TEXT(&target->address), target->port);
	return v6_line("%s", V6_TEXT(&target->address));
}

/* check_answering() - by UDP the host itself answers from the address that was asked. Returns
 * whether that is so
 */
static bool check_answering(struct v6_checked *c, const struct v6_nat_op *op)
{
	struct v6_nat_op port = v6_port_element(op->target.port);

	if (!v6_is_answering(c->record, op->claim.protocol) ||
	    v6_nat_has(&c->checker->host->netfilter, &port) != 0)
		return true;
	v6_found_fault(
		c->checker, STEP, "v6ctl reconcile",
		"%s may be answered from another address: its element in the set udp-ports is gone",
		v6_claim_text(&op->claim).s);
	return false;
}

/* check_holder() - whose the element is, and where it leads. Returns whether that is right */
static bool check_holder(struct v6_checked *c, const struct v6_nat_op *op,
			 const struct v6_holder *holder)
{
	struct v6_nat_op beside;

	if (strcmp(holder->owner, op->owner) != 0 &&
	    !v6_share_has(c->checker->host, holder->owner, op->owner)) {
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "%s is held by container %.*s, and is forwarded to %s",
			       v6_claim_text(&op->claim).s, V6_ID_SHORT,
			       *holder->owner ? holder->owner : "?",
			       V6_TEXT(&holder->target.address));
		return false;
	}
	if (!v6_holder_fits(holder, op)) {
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "%s is forwarded to %s instead of %s", v6_claim_text(&op->claim).s,
			       format_target(&holder->target).s, format_target(&op->target).s);
		return false;
	}
	if (!check_answering(c, op))
		return false;
	if (!v6_companion_element(op, &beside) ||
	    v6_nat_has(&c->checker->host->netfilter, &beside) != 0)
		return true;
	if (beside.set == V6_NAT_LOCAL) {
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"%s is refused by our own guard: its element in the set local is gone",
			v6_claim_text(&op->claim).s);
		return false;
	}
	v6_found_doubt(c->checker, STEP, "v6ctl reconcile", "the traffic of %s is not counted",
		       v6_claim_text(&op->claim).s);
	return true;
}

/* check_element() - one element; adds to @connections. Returns 1, 0 (a fault) or a negative errno
 */
static int check_element(struct v6_checked *c, const struct v6_nat_op *op, uint64_t *connections)
{
	struct v6_holder holder;
	int ret = v6_nat_holder(&c->checker->host->netfilter, op->set, &op->claim, &holder);

	if (ret == -ENOENT) {
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "%s is forwarded nowhere: its element is gone from the table",
			       v6_claim_text(&op->claim).s);
		return 0;
	}
	if (ret < 0)
		return ret;
	*connections += holder.counter.packets;
	return check_holder(c, op, &holder);
}

/* tell_led() - where new connections go */
static void tell_led(struct v6_checked *c, const struct v6_port_map *map,
		     const struct v6_nat_op *op, uint64_t connections)
{
	if (strcmp(op->owner, c->record->id) != 0)
		v6_found_good(
			c->checker, STEP,
			"%s of %s is forwarded to container %.*s, which shares it with this one",
			v6_map_text(map).s, V6_TEXT(&op->claim.address), V6_ID_SHORT, op->owner);
	else
		v6_found_good(c->checker, STEP,
			      "%s of %s is forwarded to %s; %" PRIu64 " connection%s so far",
			      v6_map_text(map).s, V6_TEXT(&op->claim.address),
			      format_target(&op->target).s, connections,
			      connections == 1 ? "" : "s");
}

/* check_slots() - one claim, of which others may have parts, whose connections do not count */
static int check_slots(struct v6_checked *c, const struct v6_replicas *replicas,
		       const struct v6_nat_op *op, uint64_t *connections)
{
	uint8_t slot, n = op->set == V6_NAT_SHARED ? V6_SLOTS : 1;
	struct v6_nat_op due = *op;
	uint64_t others = 0;
	int ret = 1;

	for (slot = 0; slot < n && ret > 0; slot++) {
		due.claim.slot = slot;
		v6_replicas_element(replicas, &due.claim, &due);
		ret = check_element(c, &due,
				    strcmp(due.owner, op->owner) == 0 ? connections : &others);
	}
	return ret;
}

/* check_claim() - one mapping on one service address: the first fault of a range is enough. Returns
 * as check_element() does
 */
static int check_claim(struct v6_checked *c, size_t service, size_t map, uint64_t *connections)
{
	size_t first = 0, n = v6_claims_of_map(c->record, service, map, &first), i;
	struct v6_replicas auto_call(v6_replicas_release) replicas = {.n = 0};
	struct v6_nat_op op;
	int ret = v6_replicas_of(c->checker->host, c->record, true, &replicas, NULL);

	for (i = 0, ret = ret < 0 ? ret : 1; i < n && ret > 0; i++) {
		op = v6_claim_element(c->record, first + i);
		ret = check_slots(c, &replicas, &op, connections);
	}
	if (ret > 0 && !v6_checked_is_long(c)) {
		op = v6_claim_element(c->record, first);
		v6_replicas_element(&replicas, &op.claim, &op);
		tell_led(c, &c->record->maps[map], &op, *connections);
	}
	return ret;
}

/* check_assigned() - by an assigned address, services alone are reached */
static void check_assigned(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_nat_op prefix = v6_provided_element(d);

	if (d->provided && v6_nat_has(&c->checker->host->netfilter, &prefix) == 0)
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"ports that are not published are open at %s: its prefix is gone from the set provided",
			V6_TEXT(&d->address));
}

/* check_sender() - a container with an assigned address sends from that, and from no other */
static void check_sender(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	struct v6_nat_op sender = v6_sender_element(d), source = v6_source_element(d);
	struct v6_nl *nl = &c->checker->host->netfilter;

	if (!d->provided || !v6_destination_has_mac(d))
		return;
	if (v6_nat_has(nl, &sender) == 0)
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"the container may send from any address: its element in the set senders is gone");
	else if (v6_nat_has(nl, &source) == 0)
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"what the container sends from %s is dropped: its element in the set sources is gone",
			V6_TEXT(&d->address));
}

/* check_siblings() - by UDP, a container with several addresses answers from the one that was asked
 */
static void check_siblings(struct v6_checked *c)
{
	const struct v6_destination *d = &c->record->destination;
	const struct v6_sibling *sibling, *end = d->siblings + d->n_siblings;
	struct v6_nl *nl = &c->checker->host->netfilter;
	struct v6_nat_op op = v6_several_element(d);
	bool whole = d->n_siblings == 0 || v6_nat_has(nl, &op) != 0;

	for (sibling = d->siblings; sibling < end && whole; sibling++) {
		op = v6_sibling_element(d, sibling);
		whole = v6_nat_has(nl, &op) == 1;
	}
	if (!whole)
		v6_found_fault(
			c->checker, STEP, "v6ctl reconcile",
			"by UDP the container may answer from another address than %s: an element in the sets several or siblings is gone",
			V6_TEXT(&d->address));
}

/* check_beside() - what stands beside the claims: guards, and the way from one container to another
 */
static void check_beside(struct v6_checked *c)
{
	struct v6_nl *nl = &c->checker->host->netfilter;
	struct v6_nat_op op;
	size_t i;

	for (i = 0; i < c->record->n_services; i++) {
		op = v6_guard_element(&c->record->services[i].address);
		if (c->record->services[i].ours && v6_nat_has(nl, &op) == 0)
			v6_found_fault(c->checker, STEP, "v6ctl reconcile",
				       "%s is not guarded: the host's own listeners answer there",
				       V6_TEXT(&c->record->services[i].address));
	}
	op = v6_hairpin_element(&c->record->destination.subnet);
	if (!c->local && v6_nat_has(nl, &op) == 0)
		v6_found_fault(c->checker, STEP, "v6ctl reconcile",
			       "containers behind %s do not reach it by its service address",
			       c->record->destination.via_name);
	check_assigned(c);
	check_sender(c);
	check_siblings(c);
}

void v6_check_claims(struct v6_checked *c)
{
	uint64_t connections, all = 0;
	size_t service, map;
	bool good = true;
	int ret = 1;

	if (!c->table) {
		v6_found_unseen(c->checker, STEP, "nothing can be seen without the table");
		return;
	}
	for (service = 0; service < c->record->n_services && ret >= 0; service++) {
		for (map = 0; map < c->record->n_maps && ret >= 0; map++) {
			connections = 0;
			ret = check_claim(c, service, map, &connections);
			good = good && ret > 0;
			all += connections;
		}
	}
	if (ret < 0)
		v6_found_unseen(c->checker, STEP, "cannot look up an element: %s",
				v6_nl_explain(ret));
	else if (good && v6_checked_is_long(c))
		v6_found_good(c->checker, STEP,
			      "all of them are forwarded there; %" PRIu64 " connections so far",
			      all);
	check_beside(c);
}
