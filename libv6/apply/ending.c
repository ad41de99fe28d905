/* SPDX-License-Identifier: GPL-2.0-or-later */
/* End connections of claims that are gone, without the lock. */
#include <errno.h>
#include <string.h>

#include "apply/ending.h"
#include "apply/things.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "store/departed.h"
#include "store/holders.h"

/* Datagrams of conntrack's list that one step reads: some twenty entries each */
#define STEP_READS 16

/* When a hook is to be done: its engine gives it ten seconds in all */
#define HOOK_MS	      9000
#define ENDING_MIN_MS 500

void v6_ending_note(struct v6_host *host, const struct v6_ended *ended)
{
	bool was_cut = host->flows.is_cut;
	int ret = v6_flows_note(&host->flows, ended);

	if (ret < 0 && !was_cut)
		v6_host_warn(
			host,
			"conntrack: cannot note %s, so its connections go on: %s; end them with conntrack -D -f ipv6 -d %s",
			v6_claim_text(&ended->claim).s, v6_strerror(ret),
			V6_TEXT(&ended->claim.address));
}

void v6_ending_note_claim(struct v6_host *host, const struct v6_nat_op *element)
{
	const struct v6_ended ended = v6_ended_of(element);

	v6_ending_note(host, &ended);
}

static int note_claims(const struct v6_record *record, void *data)
{
	struct v6_things auto_call(v6_things_release) things = {.n = 0};
	struct v6_host *host = data;
	int ret = v6_things_of(host, record, &things, NULL);
	const struct v6_thing *thing;

	for (thing = things.list; thing < things.list + things.n; thing++)
		if (thing->kind == V6_THING_CLAIM || thing->kind == V6_THING_EGRESS)
			v6_ending_note_claim(host, &thing->op);
	return ret;
}

void v6_ending_resume(struct v6_host *host)
{
	int ret = v6_departed_each(host, note_claims, host);

	if (ret < 0)
		v6_host_warn(host, V6_RUN_DIR "/ending: cannot look through it: %s; remove it",
			     v6_strerror(ret));
	if (v6_ending_is_done(host))
		v6_departed_forget(host);
}

/* find_new_target() - an address that nobody holds leads nowhere; who holds it is noted before its
 * elements are there
 */
static int find_new_target(const struct v6_claim *claim, const struct v6_target *led,
			   struct v6_target *ret_target, void *data)
{
	struct v6_host *host = data;
	struct v6_resource resource = v6_resource_address(&claim->address);
	int any = v6_holder_any(host, &resource);

	if (any <= 0)
		return any < 0 ? any : -ENOENT;
	return v6_nat_target(&host->netfilter, claim, led, ret_target);
}

static int is_limited(const struct v6_claim *claim, void *data)
{
	struct v6_host *host = data;

	return v6_nat_limits(&host->netfilter, claim);
}

/* is_admitted_client() - this host itself may begin anew at once, so that it is no exception */
static int is_admitted_client(const struct v6_claim *claim, const struct in6_addr *client,
			      void *data)
{
	struct v6_host *host = data;

	return v6_nat_admits(&host->netfilter, claim, client);
}

static int find_leaving(const struct v6_ended *ended, void *data)
{
	struct v6_host *host = data;
	struct v6_nat_op key = {.set = V6_NAT_EGRESS, .claim.address = ended->target.address};
	struct v6_holder holder;
	int ret;

	memcpy(key.link, ended->link, sizeof(key.link));
	ret = v6_nat_find(&host->netfilter, &key, &holder);
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	return v6_address_equal(&holder.target.address, &ended->claim.address);
}

static int is_target_held(const struct in6_addr *target, void *data)
{
	struct v6_resource resource = v6_resource_address(target);

	return v6_holder_any(data, &resource);
}

static int begin_walk(struct v6_host *host)
{
	int ret = host->flows.dump.socket ? 0
					  : v6_nl_open(NETLINK_NETFILTER, &host->flows.dump, NULL);

	return ret < 0 ? ret : v6_flows_begin(&host->flows);
}

/* go_on() - begin a walk, or read on. Return: 1 (there is more), 0 or a negative errno */
static int go_on(struct v6_host *host)
{
	const struct v6_flows_look look = {find_new_target,    find_leaving,   is_limited,
					   is_admitted_client, is_target_held, host};
	int ret = 1;

	if (!host->flows.walked && host->flows.n_noted > 0)
		ret = begin_walk(host);
	if (ret >= 0 && host->flows.walked)
		ret = v6_flows_step(&host->flows, &host->netfilter, &look);
	return ret < 0 ? ret : !v6_ending_is_done(host);
}

/* forget_with_warning() - not worth keeping a record for: connections time out by themselves */
static void forget_with_warning(struct v6_host *host, int code)
{
	v6_flows_release(&host->flows);
	v6_host_warn(
		host,
		"conntrack: cannot end connections: %s; load it with modprobe nf_conntrack_netlink",
		v6_strerror(code));
}

static void warn_of_rest(struct v6_host *host)
{
	const struct v6_ended *rest = host->flows.walked ? host->flows.walked : host->flows.noted;

	v6_host_warn(
		host,
		"conntrack: %zu connections ended in time, and more are left; v6d or v6ctl reconcile ends them, or conntrack -D -f ipv6 -d %s",
		host->flows.n, V6_TEXT(&rest->claim.address));
	v6_flows_release(&host->flows);
}

bool v6_ending_is_done(const struct v6_host *host)
{
	return !host->flows.walked && host->flows.n_noted == 0;
}

bool v6_ending_step(struct v6_host *host)
{
	int i, ret = 1;

	for (i = 0; i < STEP_READS && ret > 0 && !v6_ending_is_done(host); i++)
		ret = go_on(host);
	if (ret < 0)
		forget_with_warning(host, ret);
	if (v6_ending_is_done(host))
		v6_departed_forget(host);
	return !v6_ending_is_done(host);
}

/* end_time() - whoever waited long for the lock, or for names, has less time left */
static int64_t end_time(const struct v6_host *host, int64_t now)
{
	int64_t until = host->begun_ms + HOOK_MS;

	if (until < now + ENDING_MIN_MS)
		return now + ENDING_MIN_MS;
	return until < now + V6_ENDING_MS ? until : now + V6_ENDING_MS;
}

void v6_ending_unlock(struct v6_host *host)
{
	int64_t until;

	v6_host_unlock(host);
	if (host->ends_later || v6_ending_is_done(host))
		return;
	until = end_time(host, v6_now_ms());
	while (v6_ending_step(host)) {
		if (v6_now_ms() < until)
			continue;
		warn_of_rest(host);
		return;
	}
}
