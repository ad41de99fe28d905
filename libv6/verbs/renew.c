/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services go where their names lead, while their container lives. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libv6/verbs.h>

#include "apply/down.h"
#include "apply/elements.h"
#include "apply/ending.h"
#include "apply/overlap.h"
#include "apply/replicas.h"
#include "apply/up.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "plan/clients.h"
#include "plan/dad.h"
#include "plan/resolve.h"
#include "plan/routing.h"
#include "store/claims.h"
#include "store/record.h"
#include "store/share.h"
#include "table/nat.h"
#include "verbs/claimable.h"

/**
 * struct move - What becomes of one name's services
 * @record:	As it is
 * @named:	What the name resolves to now
 * @gone:	@record, but of its services only those that are to go
 * @added:	The same, those that come
 * @kept:	How many stay
 * @refused:	Why one that could come can't; a code of 0: none
 */
struct move {
	struct v6_host *host;
	const struct v6_record *record;
	const struct v6_named *named;
	struct v6_record gone, added;
	size_t kept;
	struct v6_error refused;
};

static bool is_named(const struct v6_named *named, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < named->n; i++)
		if (v6_address_equal(&named->addresses[i], address))
			return true;
	return false;
}

/* is_settled() - whether a name resolves to just what it did, which is nearly always so */
static bool is_settled(const struct v6_record *record, const struct v6_named *named)
{
	const struct v6_service *s;
	size_t i;

	for (s = record->services; s < record->services + record->n_services; s++)
		if (strcmp(s->name, named->name) == 0 && !is_named(named, &s->address))
			return false;
	for (i = 0; i < named->n; i++)
		if (!v6_record_service(record, &named->addresses[i]))
			return false;
	return true;
}

/* request_of() - what the record's container asked for, as far as it matters for one name */
static void request_of(const struct v6_record *record, const char *name,
		       struct v6_request *ret_request)
{
	memset(ret_request, 0, sizeof(*ret_request));
	snprintf(ret_request->hosts[0], sizeof(ret_request->hosts[0]), "%s", name);
	ret_request->n_hosts = 1;
	memcpy(ret_request->maps, record->maps, sizeof(record->maps));
	ret_request->n_maps = record->n_maps;
	memcpy(ret_request->interface, record->interface, sizeof(record->interface));
	memcpy(ret_request->egress, record->egress, sizeof(record->egress));
}

static bool is_shared(const struct v6_record *wanted, const struct v6_record *holder)
{
	return v6_replicas_are_together(wanted, holder);
}

/* check_free() - that no living container has a claim; dead ones give way when it is taken */
static int check_free(struct v6_host *host, const struct v6_record *wanted, struct v6_error *err)
{
	struct v6_record other;
	struct v6_holder holder;
	struct v6_nat_op op;
	size_t i;
	int ret;

	for (i = 0; i < v6_claims_count(wanted); i++) {
		op = v6_claim_element(wanted, i);
		ret = v6_nat_holder(&host->netfilter, op.set, &op.claim, &holder);
		if (ret < 0 || strcmp(holder.owner, wanted->id) == 0)
			continue;
		ret = v6_record_find(host, holder.owner, &other, err);
		if (ret < 0)
			return ret;
		if (ret > 0 && other.netns != wanted->netns && !is_shared(wanted, &other))
			return v6_fail(err, -EADDRINUSE, "%s is held by container %.*s",
				       v6_claim_text(&op.claim).s, V6_ID_SHORT, other.id);
	}
	return v6_overlaps_clear(host, wanted, err);
}

/* check_new_clients() - rules may let other clients reach a new address, but the record has one
 * list */
static int check_new_clients(struct move *m, const struct v6_state *state,
			     const struct v6_request *request, const struct in6_addr *address,
			     struct v6_error *err)
{
	const struct v6_record *record = m->record;
	const struct v6_prefixes asked = {(struct v6_prefix *)record->from, record->n_from, 0};
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};
	int ret = v6_plan_clients(m->host, state, request, m->named->name, address, &asked, &from,
				  err);

	if (ret < 0 || v6_prefixes_equal(from.list, from.n, record->from, record->n_from))
		return ret;
	return v6_fail(err, -EPERM,
		       "rules in " V6_CONFIG_FILE
		       " let other clients reach %s; restart the container",
		       V6_TEXT(address));
}

/* place_moved() - one address that the name did not stand for before */
static int place_moved(struct move *m, const struct in6_addr *address, struct v6_error *err)
{
	struct v6_service *slot = &m->added.services[m->added.n_services];
	struct v6_state state = v6_record_state(m->record);
	struct v6_record wanted = *m->record;
	struct v6_request request;
	int ret;

	request_of(m->record, m->named->name, &request);
	ret = v6_claimable(m->host, &state, &request,
			   v6_destination_is_local(&m->record->destination), m->named->name,
			   address, &wanted.services[0], err);
	if (ret == 0)
		ret = check_new_clients(m, &state, &request, address, err);
	if (ret < 0)
		return ret;
	snprintf(wanted.services[0].name, sizeof(wanted.services[0].name), "%s", m->named->name);
	wanted.n_services = 1;
	ret = check_free(m->host, &wanted, err);
	if (ret < 0)
		return ret;
	*slot = wanted.services[0];
	m->added.n_services++;
	return 0;
}

static void choose_services(struct move *m)
{
	const struct v6_service *s;
	struct v6_error refused;
	size_t i;

	m->gone.n_services = m->added.n_services = 0;
	for (s = m->record->services; s < m->record->services + m->record->n_services; s++) {
		if (strcmp(s->name, m->named->name) != 0)
			continue;
		if (is_named(m->named, &s->address))
			m->kept++;
		else
			m->gone.services[m->gone.n_services++] = *s;
	}
	for (i = 0; i < m->named->n; i++) {
		if (v6_record_service(m->record, &m->named->addresses[i]) ||
		    m->record->n_services + m->added.n_services == V6_RECORD_ADDRESSES_MAX)
			continue;
		if (place_moved(m, &m->named->addresses[i], &refused) < 0)
			m->refused = refused;
	}
}

/* keep_back() - an address that its services have left, where we brought it */
static void keep_back(struct v6_record *record, const struct v6_service *service, int64_t until)
{
	if (service->ours)
		record->leaving[record->n_leaving++] = (struct v6_leaving){*service, until};
}

/* take_back() - an address that services come back to before it went */
static void take_back(struct v6_record *record, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < record->n_leaving; i++)
		if (v6_address_equal(&record->leaving[i].service.address, address))
			record->leaving[i--] = record->leaving[--record->n_leaving];
}

static void rewrite_record(const struct move *m, struct v6_record *ret_record)
{
	int64_t until = v6_uptime_s() + m->host->config.linger_s;
	struct v6_record next = *m->record;
	size_t i;

	next.n_services = 0;
	for (i = 0; i < m->record->n_services; i++) {
		if (v6_record_service(&m->gone, &m->record->services[i].address))
			keep_back(&next, &m->record->services[i], until);
		else
			next.services[next.n_services++] = m->record->services[i];
	}
	for (i = 0; i < m->added.n_services; i++) {
		take_back(&next, &m->added.services[i].address);
		next.services[next.n_services++] = m->added.services[i];
	}
	*ret_record = next;
}

/* move_services() - the new claims before the old ones go: at no time is there none. Return: 1, 0
 * or errno
 */
static int move_services(struct v6_host *host, const struct v6_record *record,
			 const struct v6_named *named, struct v6_error *err)
{
	struct move m = {.host = host, .record = record, .named = named, .gone = *record};
	struct v6_record next;
	int ret;

	m.added = *record;
	choose_services(&m);
	if (m.gone.n_services + m.added.n_services == 0)
		return 0;
	if (m.kept + m.added.n_services == 0)
		return v6_fail(err, m.refused.code ? m.refused.code : -E2BIG,
			       "%s: it moved in DNS, and its service can't: %s", named->name,
			       m.refused.code ? m.refused.text : "too many addresses");
	if (record->n_leaving + m.gone.n_services > V6_RECORD_ADDRESSES_MAX)
		return v6_fail(err, -E2BIG, "%s: it moves too often", named->name);
	rewrite_record(&m, &next);
	v6_routing_plan(host, &next);
	ret = v6_record_save(host, &next, err);
	if (ret == 0)
		ret = v6_record_up(host, &next, true, err);
	if (ret >= 0)
		ret = v6_record_shed(host, record, &next, true, err);
	return ret < 0 ? ret : 1;
}

/* move_locked() - as the record is now */
static int move_locked(struct v6_host *host, const char *id, const struct v6_named *named,
		       struct v6_error *err)
{
	struct v6_record record;
	int ret = v6_host_lock(host, err);

	if (ret < 0)
		return ret;
	ret = v6_record_find(host, id, &record, err);
	if (ret > 0 && record.follow)
		ret = move_services(host, &record, named, err);
	v6_ending_unlock(host);
	return ret < 0 ? ret : 0;
}

/* renew_name() - one name of a record. *after_s becomes less where the answer holds for less */
static int renew_name(struct v6_host *host, const struct v6_record *record, const char *name,
		      int *after_s, struct v6_error *err)
{
	const struct v6_state state = v6_record_state(record);
	struct v6_request request;
	struct v6_named named;
	int ret;

	request_of(record, name, &request);
	ret = v6_resolve_all(host, &state, &request, &named, err);
	if (ret < 0)
		return ret;
	if (named.source.origin == V6_NAMES_KNOWN)
		return v6_fail(err, -EAGAIN, "%s: DNS does not answer; it stays where it is", name);
	if (named.source.origin == V6_NAMES_DNS && named.source.ttl < *after_s)
		*after_s = named.source.ttl;
	/* it may come into DNS at any time */
	if (named.source.origin == V6_NAMES_POOL)
		*after_s = 0;
	if (is_settled(record, &named))
		return 0;
	if (named.source.origin == V6_NAMES_POOL)
		return v6_fail(err, -ENOENT,
			       "%s: DNS has no IPv6 address for it any more; it stays where it is",
			       name);
	v6_dad_ask(host, &named, 1, record->interface);
	return move_locked(host, record->id, &named, err);
}

/* is_first() - whether a service is the first one with its name, which DNS can be asked for */
static bool is_first(const struct v6_record *record, size_t service)
{
	const char *name = record->services[service].name;
	struct in6_addr literal;
	size_t i;

	for (i = 0; i < service; i++)
		if (strcmp(record->services[i].name, name) == 0)
			return false;
	return v6_address_parse(name, &literal) < 0;
}

int v6_renew(struct v6_host *host, const char *id, int *ret_after_s, struct v6_error *err)
{
	int after_s = V6_FOLLOW_MAX_S, first = 0;
	struct v6_record record;
	struct v6_error own;
	size_t i;
	int ret = v6_host_configure(host, err);

	if (ret == 0)
		ret = v6_record_find(host, id, &record, err);
	if (ret < 0)
		return ret;
	for (i = 0; ret > 0 && i < record.n_services; i++) {
		if (host->config.follow_off || !record.follow || !is_first(&record, i))
			continue;
		if (renew_name(host, &record, record.services[i].name, &after_s, &own) < 0 &&
		    !first)
			first = v6_fail(err, own.code, "%s", own.text);
	}
	if (first < 0 || after_s < host->config.follow_min_s)
		after_s = host->config.follow_min_s;
	*ret_after_s = after_s;
	return first;
}
