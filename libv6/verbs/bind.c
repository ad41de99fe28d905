/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bind: make a container's record and bring it up. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libv6/verbs.h>

#include "apply/down.h"
#include "apply/elements.h"
#include "apply/ending.h"
#include "apply/replicas.h"
#include "apply/up.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "oci/bundle.h"
#include "oci/from.h"
#include "plan/clients.h"
#include "plan/dad.h"
#include "plan/ipv6_later.h"
#include "plan/place_claims.h"
#include "plan/place_destination.h"
#include "plan/place_port.h"
#include "plan/relay.h"
#include "plan/resolve.h"
#include "plan/routing.h"
#include "plan/user.h"
#include "policy/policy.h"
#include "store/claims.h"
#include "store/clients.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"
#include "table/nat.h"
#include "table/table.h"
#include "verbs/claimable.h"
#include "verbs/feasible.h"

static int add_service(struct v6_record *record, const struct v6_service *service, const char *name,
		       struct v6_error *err)
{
	struct v6_service *slot = &record->services[record->n_services];

	if (record->n_services == V6_RECORD_ADDRESSES_MAX)
		return v6_fail(err, -E2BIG, "%s: over %d service addresses in all; ask for fewer",
			       name, V6_RECORD_ADDRESSES_MAX);
	*slot = *service;
	snprintf(slot->name, sizeof(slot->name), "%s", name);
	record->n_services++;
	return 0;
}

static struct v6_subject subject_of(const struct v6_state *state, const struct v6_request *request)
{
	return (struct v6_subject){
		.state = state, .uid = state->uid, .replica = request->share != V6_SHARE_NONE};
}

/* fail_named() - none of a name's addresses can be brought up; say why of its first one */
static int fail_named(const struct v6_named *named, const struct v6_error *first,
		      struct v6_error *err)
{
	/* of an address given literally, the text begins with it already */
	if (strncmp(first->text, named->name, strlen(named->name)) == 0)
		return v6_fail(err, first->code, "%s", first->text);
	return v6_fail(err, first->code, "%s: %s", named->name, first->text);
}

/* choose_clients() - of one more service address: they are the same for all of a record */
static int choose_clients(struct v6_host *host, const struct v6_state *state,
			  const struct v6_request *request, const char *name,
			  const struct in6_addr *address, struct v6_record *record,
			  struct v6_error *err)
{
	struct v6_prefixes auto_call(v6_prefixes_release) asked = {.n = 0};
	struct v6_prefixes auto_call(v6_prefixes_release) from = {.n = 0};
	const struct v6_record first = {.from = record->from, .n_from = record->n_from};
	int ret = request->from ? v6_from_parse(request->from, &asked, err) : 0;

	if (ret == 0)
		ret = v6_plan_clients(host, state, request, name, address, &asked, &from, err);
	if (ret < 0)
		return ret;
	if (v6_clients_keep(&host->clients, from.list, from.n, record) < 0)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	if (record->n_services > 0 && !v6_clients_same(record, &first))
		return v6_fail(
			err, -EPERM,
			"%s: rules in " V6_CONFIG_FILE
			" let other clients reach it than %s; publish it by a container of its own",
			name, record->services[0].name);
	return 0;
}

/* place_name() - of a name's addresses, those that the container may have and this host can bring
 * up; at least one must be
 */
static int place_name(struct v6_host *host, const struct v6_state *state,
		      const struct v6_request *request, const struct v6_named *named,
		      struct v6_record *record, struct v6_error *err)
{
	struct v6_error passed[V6_NAMES_ADDRESSES_MAX] = {{0}};
	bool local = v6_destination_is_local(&record->destination);
	struct v6_service service;
	size_t i, n_passed = 0;
	int ret;

	for (i = 0; i < named->n; i++) {
		if (v6_record_service(record, &named->addresses[i]))
			continue;
		ret = v6_claimable(host, state, request, local, named->name, &named->addresses[i],
				   &service, &passed[n_passed]);
		if (ret < 0) {
			n_passed++;
			continue;
		}
		ret = choose_clients(host, state, request, named->name, &named->addresses[i],
				     record, err);
		if (ret == 0)
			ret = add_service(record, &service, named->name, err);
		if (ret < 0)
			return ret;
	}
	if (n_passed == named->n)
		return fail_named(named, &passed[0], err);
	for (i = 0; i < n_passed; i++)
		v6_host_warn(host, "%s: passed over: %s", named->name, passed[i].text);
	return 0;
}

/* warn_of_bypass() - a container with an address on the service's own link answers who is beyond it
 * by another router, or past this host once that one has redirected it there
 */
static void warn_of_bypass(struct v6_host *host, const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;
	size_t i;

	for (i = 0; i < record->n_services; i++) {
		if (d->provided || record->services[i].link != d->via)
			continue;
		v6_host_warn(
			host,
			"%s: the container is on the service's own interface %s: clients beyond it may get no answer, and those on it seem to be this host; use a bridge behind this host",
			record->services[i].name, d->via_name);
		return;
	}
}

static int place_all(struct v6_host *host, const struct v6_state *state,
		     const struct v6_request *request, const struct v6_named *named,
		     struct v6_record *record, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	record->n_services = 0;
	for (i = 0; i < request->n_hosts && ret == 0; i++)
		ret = place_name(host, state, request, &named[i], record, err);
	/* once, and not when a user's is tried */
	if (ret == 0 && host->lock >= 0)
		warn_of_bypass(host, record);
	return ret;
}

/* wait_for_network() - engines set it up after the hook has returned, as long as nothing waits */
static int wait_for_network(struct v6_host *host, bool late, struct v6_record *record,
			    struct v6_error *err)
{
	struct v6_error why;

	record->destination = (struct v6_destination){.pending = true};
	if (late || v6_host_is_watched(host))
		return 0;
	v6_fail(&why, -EAGAIN, "%s", err ? err->text : "");
	return v6_fail(err, -EAGAIN,
		       "%s; if its network comes later, as with --userns or DHCP, start v6d",
		       why.text);
}

/* is_others() - Check whether another member of a pod has an assigned address: v6d looks after it
 * already, and a claim that both have must be forwarded to the same place
 */
static bool is_others(struct v6_host *host, const struct v6_destination *d)
{
	struct v6_resource resource = v6_resource_address(&d->address);

	return d->provided && v6_holder_any(host, &resource) > 0;
}

/* check_ipv6_stays() - what is set up now would go with IPv6, and so would what is there already */
static int check_ipv6_stays(struct v6_host *host, const struct v6_state *state,
			    const struct v6_bundle *bundle, int netns, struct v6_record *record,
			    struct v6_error *err)
{
	struct v6_destination *d = &record->destination;
	struct v6_sysctl_key key;

	if (!v6_ipv6_goes_later(state, bundle, netns, d->link_name, &key))
		return 0;
	if (state->late || v6_host_is_watched(host)) {
		if (!is_others(host, d))
			*d = (struct v6_destination){.pending = true};
		return 0;
	}
	return v6_fail(
		err, -EOPNOTSUPP,
		"--sysctl %s turns IPv6 off in the container as soon as this hook has returned; remove that --sysctl, or start v6d, which turns it on again for the service alone",
		key.s);
}

/* note_netns_file() - by which the container's network is found when the container has ended. That
 * of its own process will be gone, and has its network looked for by other processes
 */
static void note_netns_file(const struct v6_state *state, const struct v6_bundle *bundle,
			    struct v6_record *record)
{
	v6_bundle_netns(bundle, record->netns_file);
	if (!bundle->text && *state->bundle && state->pid != 0)
		snprintf(record->netns_file, sizeof(record->netns_file), "/proc/%d/ns/net",
			 state->pid);
}

/* find_destination() - where services lead; those of a user, to ports of this host */
static int find_destination(struct v6_host *host, const struct v6_state *state, int netns,
			    struct v6_record *record, struct v6_error *err)
{
	struct v6_bundle auto_call(v6_bundle_release) bundle = {.text = NULL};
	struct v6_destination *d = &record->destination;
	int ret;

	if (record->uid != 0)
		return v6_user_check_netns(host, record->uid, netns, err);
	d->address = state->address;
	ret = v6_place_destination(host, record, netns, d, err);
	if (ret == -EAGAIN)
		ret = wait_for_network(host, state->late, record, err);
	if (ret < 0 || v6_destination_is_local(d))
		return ret;
	bundle = v6_bundle_read(state);
	if (d->provided || d->pending)
		note_netns_file(state, &bundle, record);
	return v6_destination_has_way(d)
		       ? check_ipv6_stays(host, state, &bundle, netns, record, err)
		       : 0;
}

/* identify_container() - what the record says of the container itself */
static int identify_container(struct v6_host *host, const struct v6_state *state,
			      const struct v6_request *request, struct v6_record *record,
			      struct v6_error *err)
{
	auto_fd int netns = -1;
	int ret;

	memset(record, 0, sizeof(*record));
	snprintf(record->id, sizeof(record->id), "%s", state->id);
	snprintf(record->name, sizeof(record->name), "%s", state->name);
	record->engine = state->engine;
	record->uid = state->uid;
	record->created = time(NULL);
	record->created_up = v6_uptime_s();
	record->optional = state->late && !request->required;
	record->relay = request->relay;
	memcpy(record->maps, request->maps, sizeof(record->maps));
	record->n_maps = request->n_maps;
	/* what a user may have was decided when he asked */
	record->follow = !request->fixed && state->uid == 0;
	memcpy(record->interface, request->interface, sizeof(record->interface));
	memcpy(record->egress, request->egress, sizeof(record->egress));
	record->share.mode = request->share;
	if (record->follow || record->share.mode)
		memcpy(record->pod_namespace, state->pod_namespace, sizeof(record->pod_namespace));
	if (record->follow)
		memcpy(record->pod, state->pod, sizeof(record->pod));

	ret = v6_life_begin(state, record, &netns, err);
	if (ret < 0)
		return ret;
	ret = find_destination(host, state, netns, record, err);
	if (ret == 0)
		ret = v6_relay_check_network(record, netns, err);
	return ret < 0 ? ret : v6_feasible_where(record, err);
}

/* refuse_twin() - Keep a container from a record that another living one of the same id has */
static int refuse_twin(const struct v6_record *record, const struct v6_record *former,
		       struct v6_error *err)
{
	if (v6_record_is_same_life(record, former) || v6_record_alive(former) <= 0)
		return 0;
	if (*former->netns_path)
		return v6_fail(
			err, -EEXIST,
			"a service bound to %s has this id; start the container with another id, or run v6ctl unbind %.*s first",
			former->netns_path, V6_ID_SHORT, former->id);
	return v6_fail(
		err, -EEXIST,
		"process %d, a container that still runs, has this id; start one of them with another id",
		former->pid);
}

/* drop_former() - a restart comes without a stop when the engine was killed in between; what can't
 * be taken down does not stop the start, and a record that is none is replaced by the new one
 */
static int drop_former(struct v6_host *host, struct v6_record *record, struct v6_error *err)
{
	struct v6_record former;
	struct v6_error left;
	const char *id = record->id;
	int ret = v6_record_load(host, id, &former, err);

	if (ret < 0 && !v6_record_is_none(ret) && ret != -EPROTO)
		return ret;
	if (ret == 0 && v6_record_is_stranger(record, &former))
		return v6_fail(err, -EPERM, "another user's container has this id");
	if (ret == 0 && refuse_twin(record, &former, err) < 0)
		return -EEXIST;
	if (ret == 0) {
		/* the mode of its port, which was on when we looked, goes with it */
		v6_place_port_keep(&former.destination, &record->destination);
		ret = v6_record_down(host, &former, &left);
		if (ret < 0)
			v6_host_warn(host, "left of the last run: %s; run v6ctl reconcile",
				     left.text);
	}
	/* or reconcile took what they tell of for the new one's */
	if (ret < 0 && ret != -ENOENT)
		v6_holders_forget(host, id);
	return 0;
}

/* check_late_answers() - of machines that took longer to say that they have an address than we took
 * to bring it up
 */
static int check_late_answers(struct v6_host *host, const struct v6_record *record,
			      struct v6_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < record->n_services && ret == 0; i++)
		ret = v6_dad_check(host, &record->services[i].address, err);
	return ret < 0 ? v6_context(err, ret, "%s", record->services[i - 1].name) : 0;
}

static int bring_up(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_error undo;
	int ret = v6_record_save(host, record, err);

	if (ret < 0)
		return ret;
	ret = v6_record_up(host, record, true, err);
	if (ret >= 0)
		ret = check_late_answers(host, record, err);
	if (ret == 0)
		return 0;
	if (v6_record_down(host, record, &undo) < 0)
		v6_host_warn(host, "%.*s: left behind: %s; run v6ctl reconcile", V6_ID_SHORT,
			     record->id, undo.text);
	return ret;
}

/* complete_request() - what the request leaves open, as the configuration says */
static void complete_request(const struct v6_config *config, struct v6_request *request)
{
	if (!request->has_ports && config->n_maps > 0) {
		memcpy(request->maps, config->maps, sizeof(request->maps));
		request->n_maps = config->n_maps;
	}
	if (!*request->interface)
		memcpy(request->interface, config->interface, sizeof(request->interface));
}

/* prepare_request() - read the configuration, and see what it says of this container */
static int prepare_request(struct v6_host *host, const struct v6_state *state,
			   struct v6_request *request, struct v6_error *err)
{
	const struct v6_subject subject = subject_of(state, request);
	int ret = v6_host_configure(host, err);

	if (ret < 0)
		return ret;
	complete_request(&host->config, request);
	/* a user's names may not displace others' */
	if (state->uid != 0)
		host->config.known_days = 0;
	return v6_policy_check_container(&host->config, &subject, request->hosts[0], request->maps,
					 request->n_maps, err);
}

/* resolve_and_ask() - the links are asked early: who has an address may answer while we go on */
static int resolve_and_ask(struct v6_host *host, const struct v6_state *state,
			   const struct v6_request *request, struct v6_named *named,
			   struct v6_error *err)
{
	int ret = v6_resolve_all(host, state, request, named, err);

	if (ret == 0)
		v6_dad_ask(host, named, request->n_hosts, request->interface);
	return ret;
}

/* count_literals() - the addresses that a request has by all means: a name that is none has one
 * more at least, or another one's
 */
static size_t count_literals(const struct v6_request *request)
{
	struct in6_addr literals[V6_REQUEST_HOSTS_MAX], address;
	size_t i, n = 0;

	for (i = 0; i < request->n_hosts; i++)
		if (v6_address_parse(request->hosts[i], &address) == 0 &&
		    !v6_address_is_in(literals, n, &address))
			literals[n++] = address;
	return n;
}

/* refuse_excess() - Refuse a user's request that goes beyond their quota whatever its names resolve
 * to
 */
static int refuse_excess(struct v6_host *host, const struct v6_state *state,
			 const struct v6_request *request, struct v6_error *err)
{
	struct v6_record least = {
		.uid = state->uid,
		.n_maps = request->n_maps,
		.n_services = count_literals(request),
	};

	if (state->uid == 0)
		return 0;
	if (least.n_services == 0)
		least.n_services = 1;
	snprintf(least.id, sizeof(least.id), "%s", state->id);
	memcpy(least.maps, request->maps, sizeof(least.maps));
	return v6_user_check_quota(host, &least, err);
}

/* keep_placed() - Keep those addresses of names that a record has */
static void keep_placed(const struct v6_record *record, struct v6_named *named, size_t n_named)
{
	size_t i, n;

	for (; n_named > 0; n_named--, named++) {
		for (i = n = 0; i < named->n; i++)
			if (v6_record_service(record, &named->addresses[i]))
				named->addresses[n++] = named->addresses[i];
		named->n = n;
	}
}

/* try_user() - Do without the lock what a user may make long: look at all addresses of their names,
 * and at each port. Under the lock only those addresses are placed again that they may have
 */
static int try_user(struct v6_host *host, const struct v6_state *state,
		    const struct v6_request *request, struct v6_named *named,
		    struct v6_record *record, struct v6_error *err)
{
	int ret;

	if (state->uid == 0)
		return 0;
	ret = place_all(host, state, request, named, record, err);
	if (ret == 0)
		ret = v6_user_check_quota(host, record, err);
	if (ret == 0)
		ret = v6_user_check_targets(record, err);
	if (ret == 0)
		keep_placed(record, named, request->n_hosts);
	return ret;
}

/* bind_locked() - what was looked at before the lock was there may be different by now */
static int bind_locked(struct v6_host *host, const struct v6_state *state,
		       const struct v6_request *request, const struct v6_named *named,
		       struct v6_record *record, struct v6_error *err)
{
	int ret = drop_former(host, record, err);

	if (ret == 0)
		ret = place_all(host, state, request, named, record, err);
	if (ret == 0 && state->uid != 0)
		ret = v6_user_check_quota(host, record, err);
	if (ret == 0)
		ret = v6_feasible_services(record, err);
	if (ret == 0 && record->share.mode)
		ret = v6_replicas_join(host, record, err);
	if (ret < 0)
		return ret;
	v6_relay_plan(host, record);
	v6_routing_plan(host, record);
	return bring_up(host, record, err);
}

int v6_bind(struct v6_host *host, const struct v6_state *state, const struct v6_request *asked,
	    struct v6_error *err)
{
	struct v6_named named[V6_REQUEST_HOSTS_MAX];
	struct v6_request request = *asked;
	struct v6_record record;
	int ret = prepare_request(host, state, &request, err);

	if (ret == 0)
		ret = v6_relay_check(host, state, &request, err);
	if (ret == 0)
		ret = refuse_excess(host, state, &request, err);
	/* before anything is written that we then could not take back */
	if (ret == 0)
		ret = v6_nat_usable(&host->netfilter, err);
	if (ret == 0)
		ret = resolve_and_ask(host, state, &request, named, err);
	if (ret == 0)
		ret = identify_container(host, state, &request, &record, err);
	if (ret == 0)
		ret = try_user(host, state, &request, named, &record, err);
	if (ret == 0)
		ret = v6_host_lock_in_time(host, err);
	if (ret < 0)
		return ret;
	ret = bind_locked(host, state, &request, named, &record, err);
	v6_ending_unlock(host);
	return ret;
}

/* find_prospect_holder() - whether somebody has one of the claims that an address would be */
static void find_prospect_holder(struct v6_host *host, const struct v6_request *request,
				 struct v6_prospect *prospect)
{
	struct v6_record record = {
		.services = {prospect->service},
		.n_services = 1,
		.n_maps = request->n_maps,
	};
	struct v6_holder holder;
	struct v6_nat_op op;
	size_t i;

	memcpy(record.maps, request->maps, sizeof(record.maps));
	for (i = 0; i < v6_claims_count(&record) && !*prospect->holder; i++) {
		op = v6_claim_element(&record, i);
		if (v6_nat_holder(&host->netfilter, op.set, &op.claim, &holder) == 0)
			snprintf(prospect->holder, sizeof(prospect->holder), "%s", holder.owner);
	}
}

int v6_ask(struct v6_host *host, const struct v6_state *state, const struct v6_request *asked,
	   struct v6_prospects *ret_prospects, struct v6_error *err)
{
	struct v6_request request = *asked;
	struct v6_named named;
	struct v6_prospect *prospect;
	size_t i;
	int ret;

	request.n_hosts = 1;
	ret = prepare_request(host, state, &request, err);
	if (ret == 0)
		ret = v6_resolve_all(host, state, &request, &named, err);
	if (ret < 0)
		return ret;

	memset(ret_prospects, 0, sizeof(*ret_prospects));
	ret_prospects->source = named.source;
	ret_prospects->n = named.n;
	for (i = 0; i < named.n; i++) {
		prospect = &ret_prospects->list[i];
		prospect->address = named.addresses[i];
		ret = v6_place_claims(host, state, &request, false, named.name, &prospect->address,
				      &prospect->service, &prospect->refusal);
		if (ret == 0)
			find_prospect_holder(host, &request, prospect);
	}
	return 0;
}
