/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/attach.h"
#include "apply/claims.h"
#include "apply/provide.h"
#include "apply/updown.h"
#include "base/address.h"
#include "base/cleanup.h"
#include "kernel/sysctl.h"
#include "plan/dad.h"
#include "store/claims.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"

/* struct resources - what a record holds, by name */
struct resources {
	struct v6_resource list[3 * V6_RECORD_ADDRESSES_MAX + 3];
	size_t n;
};

/* list_resources() - service addresses first: by them the next start there finds what a killed one
 * left
 */
static void list_resources(const struct v6_record *record, struct resources *ret_resources)
{
	const struct v6_destination *d = &record->destination;
	struct v6_resource *next = ret_resources->list;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		*next++ = v6_resource_address(&record->services[i].address);
	for (i = 0; i < record->n_leaving; i++)
		*next++ = v6_resource_address(&record->leaving[i].service.address);
	for (i = 0; i < record->n_services && v6_claims_are_wide(record); i++)
		*next++ = v6_resource_wide(&record->services[i].address);
	if (v6_destination_has_way(d))
		*next++ = v6_resource_subnet(&d->subnet);
	if (d->provided)
		*next++ = v6_resource_address(&d->address);
	if (record->uid != 0)
		*next++ = v6_resource_user(record->uid);
	ret_resources->n = (size_t)(next - ret_resources->list);
}

/* for_resources() - hold, or let go of, each */
static int for_resources(struct v6_host *host, const struct v6_record *record,
			 int (*change)(struct v6_host *, const struct v6_resource *, const char *),
			 const char *verb, struct v6_error *err)
{
	struct resources resources;
	int ret = 0;
	size_t i;

	list_resources(record, &resources);
	for (i = 0; i < resources.n && ret >= 0; i++)
		ret = change(host, &resources.list[i], record->id);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/holders: cannot %s %s: %s", verb,
			       resources.list[i - 1].name, v6_strerror(ret));
	return 0;
}

/* note_sysctl() - keep what we changed on the host for v6ctl check; failing to is no failure */
static void note_sysctl(const char *name, int from, int to, void *data)
{
	struct v6_host *host = data;
	auto_fd int fd = -1;

	v6_host_step(host, "set %s from %d to %d", name, from, to);
	if (host->looks)
		return;
	fd = openat(host->dir, "sysctls",
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd >= 0)
		dprintf(fd, "%s %d -> %d\n", name, from, to);
}

/* let_pass() - what the host's links need so that a service is found and packets reach it */
static int let_pass(struct v6_host *host, const struct v6_record *record,
		    const struct v6_service *service, struct v6_error *err)
{
	const char *links[2] = {service->link_name, record->destination.via_name};
	int ret = 0;

	if (v6_destination_has_way(&record->destination))
		ret = v6_forwarding_on(&host->route, links, host->looks, note_sysctl, host, err);
	if (ret == 0 && service->attach == V6_ATTACH_PROXY)
		ret = v6_proxy_on(&host->route, service->link_name, host->looks, note_sysctl, host,
				  err);
	return ret;
}

static int attach(struct v6_host *host, const struct v6_record *record,
		  const struct v6_service *service, struct v6_error *err)
{
	int ret = v6_dad_check(host, &service->address, err);

	if (ret < 0)
		return v6_context(err, ret, "%s", service->name);
	/* settings of links, which are not taken back, after what may refuse it */
	ret = let_pass(host, record, service, err);
	return ret < 0 ? ret : v6_attach_up(host, service, err);
}

/* Holders of an address that are looked at: a start costs the same however many share it */
#define HOLDERS_LOOKED_AT 16

/* struct collecting - what dead containers left on the addresses of a record */
struct collecting {
	struct v6_host *host;
	const struct v6_record *record;
	int left;
};

static void collect_dead(struct collecting *c, const char *id)
{
	struct v6_record other;
	struct v6_error err;

	if (strcmp(id, c->record->id) == 0 || v6_record_load(c->host, id, &other, NULL) < 0 ||
	    v6_record_alive(&other) != 0)
		return;
	if (v6_record_down(c->host, &other, &err) < 0)
		v6_host_warn(c->host, "%.*s: not collected whole: %s", V6_ID_SHORT, id, err.text);
}

static int collect_holder(const char *id, void *data)
{
	struct collecting *c = data;

	collect_dead(c, id);
	return --c->left > 0 ? 0 : -E2BIG;
}

/* is_shared() - whether others may hold an address of a record that is not held yet */
static bool is_shared(struct v6_host *host, const struct v6_record *record)
{
	struct v6_resource resource;
	bool any = false;
	size_t i;

	for (i = 0; i < record->n_services && !any; i++) {
		resource = v6_resource_address(&record->services[i].address);
		any = v6_holder_any(host, &resource) != 0;
	}
	return any;
}

/* collect() - the containers whose claims were taken over, and those that died on the same
 * addresses, where these are @shared, without a claim, as a start that was killed leaves them: else
 * what they hold stayed there when the record goes
 */
static void collect(struct v6_host *host, const struct v6_record *record,
		    const struct v6_taken_over *dead, bool shared)
{
	struct collecting c = {.host = host, .record = record};
	struct v6_resource resource;
	size_t i;

	for (i = 0; i < dead->n; i++)
		collect_dead(&c, dead->ids[i]);
	for (i = 0; i < record->n_services && shared; i++) {
		c.left = HOLDERS_LOOKED_AT;
		resource = v6_resource_address(&record->services[i].address);
		v6_holders_each(host, &resource, collect_holder, &c);
	}
}

static int take(struct v6_host *host, const struct v6_record *record, bool shared,
		struct v6_error *err)
{
	struct v6_taken_over dead;
	int ret;

	if (host->looks)
		return 0;
	ret = v6_claims_clear(host, record, err);
	if (ret == 0)
		ret = v6_claims_take(host, record, &dead, err);
	if (ret < 0)
		return ret;
	v6_claims_free_flows(host, record);
	collect(host, record, &dead, shared);
	return 0;
}

/* claim() - the nf_tables part; looks first where it is probably right already */
static int claim(struct v6_host *host, const struct v6_record *record, bool fresh, bool shared,
		 struct v6_error *err)
{
	int ret = fresh ? 0 : host->remade ? 1 : v6_claims_held(host, record, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	ret = take(host, record, shared, err);
	if (ret < 0)
		return ret;
	v6_host_step(host, "%.*s: make its elements in nf_tables (%s%s) again", V6_ID_SHORT,
		     record->id, record->services[0].name, record->n_services > 1 ? ", ..." : "");
	return 1;
}

/* keep_in_touch() - containers find this host also when its link-layer address changes on their
 * bridge, as it may with any container that comes or goes; no start fails of it
 */
static void keep_in_touch(struct v6_host *host, const struct v6_destination *d)
{
	struct v6_error err;

	if (v6_destination_has_way(d) &&
	    v6_notify_on(d->via_name, host->looks, note_sysctl, host, &err) < 0)
		v6_host_warn(host, "%s", err.text);
}

/* forget_former() - with an address of its own, or the one that its id makes, a container comes
 * back behind another link-layer address, and its neighbours on a bridge hear nothing of that
 */
static void forget_former(struct v6_host *host, const struct v6_destination *d)
{
	int ret = v6_destination_has_way(d) ? v6_neigh_forget(&host->route, d->via, &d->address)
					    : 0;

	if (ret < 0)
		v6_host_warn(
			host,
			"cannot forget who had %s on %s: %s; it may take half a minute until the container is found",
			V6_TEXT(&d->address), d->via_name, v6_strerror(ret));
}

int v6_record_up(struct v6_host *host, const struct v6_record *record, bool fresh,
		 struct v6_error *err)
{
	bool shared = is_shared(host, record);
	int changed = 0, ret = 0;
	size_t i;

	if (!host->looks)
		ret = for_resources(host, record, v6_holder_add, "note", err);
	if (ret == 0)
		ret = changed = claim(host, record, fresh, shared, err);
	if (ret >= 0)
		ret = v6_provide_up(host, record, err);
	changed |= ret > 0;
	if (ret >= 0)
		keep_in_touch(host, &record->destination);
	if (ret >= 0 && fresh)
		forget_former(host, &record->destination);
	for (i = 0; i < record->n_services && !record->destination.pending && ret >= 0; i++) {
		ret = attach(host, record, &record->services[i], err);
		changed |= ret > 0;
	}
	return ret < 0 ? ret : changed;
}

/* struct down - what v6_record_down() found out on its way, and its first failure */
struct down {
	struct v6_host *host;
	const struct v6_record *record;
	struct v6_left left;
	bool given_left; /* nobody else has the address that we gave */
	struct v6_error *err;
	int first;
};

static void keep_first(struct down *down, int code, const struct v6_error *err)
{
	if (code >= 0 || down->first < 0)
		return;
	down->first = code;
	v6_fail(down->err, code, "%s", err->text);
}

/* is_alone() - whether nobody else holds a resource */
static bool is_alone(struct down *down, const struct v6_resource *resource)
{
	int others = v6_holder_others(down->host, resource, down->record->id);
	struct v6_error err;

	if (others < 0)
		v6_fail(&err, others, V6_RUN_DIR "/holders: cannot look up %s: %s", resource->name,
			v6_strerror(others));
	keep_first(down, others, &err);
	return others == 0;
}

static void detach(struct down *down, const struct v6_service *service)
{
	struct v6_resource resource = v6_resource_address(&service->address);
	struct v6_error err;
	int ret;

	if (!service->ours || !is_alone(down, &resource))
		return;
	ret = v6_attach_down(down->host, service, &err);
	keep_first(down, ret, &err);
	if (ret == 0)
		down->left.addresses[down->left.n_addresses++] = service->address;
}

static void leave_subnet(struct down *down)
{
	const struct v6_destination *d = &down->record->destination;
	struct v6_resource resource = v6_resource_subnet(&d->subnet);

	down->left.subnet = d->subnet;
	down->left.subnet_left = is_alone(down, &resource);
	if (!d->provided)
		return;
	resource = v6_resource_address(&d->address);
	down->given_left = is_alone(down, &resource);
}

/* end_leaving() - addresses that services have left for good by @now, and the connections there */
static int end_leaving(struct v6_host *host, const struct v6_record *record, int64_t now,
		       struct v6_error *err)
{
	struct v6_record past = *record;
	struct down down = {.host = host, .record = &past, .left.goes_on = true, .err = err};
	struct v6_error own;
	size_t i;

	past.n_services = 0;
	for (i = 0; i < record->n_leaving; i++)
		if (record->leaving[i].until <= now)
			past.services[past.n_services++] = record->leaving[i].service;
	if (past.n_services == 0)
		return 0;
	for (i = 0; i < past.n_services; i++)
		detach(&down, &past.services[i]);
	keep_first(&down, v6_claims_drop(host, &past, &down.left, &own), &own);
	return down.first;
}

int v6_record_leave(struct v6_host *host, struct v6_record *record, int64_t now,
		    struct v6_error *err)
{
	struct v6_resource resource;
	size_t i, kept = 0;
	int ret = end_leaving(host, record, now, err);

	if (ret < 0)
		return ret;
	for (i = 0; i < record->n_leaving; i++) {
		if (record->leaving[i].until > now) {
			record->leaving[kept++] = record->leaving[i];
			continue;
		}
		resource = v6_resource_address(&record->leaving[i].service.address);
		v6_holder_drop(host, &resource, record->id);
	}
	if (kept == record->n_leaving)
		return 0;
	record->n_leaving = kept;
	return v6_record_save(host, record, err);
}

int v6_record_down(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct down down = {.host = host, .record = record, .err = err};
	struct v6_error own;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		detach(&down, &record->services[i]);
	keep_first(&down, end_leaving(host, record, INT64_MAX, &own), &own);
	if (v6_destination_has_way(&record->destination))
		leave_subnet(&down);
	keep_first(&down, v6_claims_drop(host, record, &down.left, &own), &own);
	keep_first(&down,
		   v6_provide_down(host, record, down.given_left, down.left.subnet_left, &own),
		   &own);
	/* who is noted as a holder until the end can be found by it, should we be killed before */
	if (down.first == 0)
		keep_first(&down, for_resources(host, record, v6_holder_drop, "drop", &own), &own);
	if (down.first == 0)
		keep_first(&down, v6_record_remove(host, record->id, &own), &own);
	return down.first;
}

/* leave() - what is there for a former destination alone; what a prefix has stays where the new one
 * is in it, too
 */
static int leave(struct v6_host *host, const struct v6_record *former, const struct v6_prefix *to,
		 struct v6_error *err)
{
	const struct v6_destination *d = &former->destination;
	struct v6_resource subnet = v6_resource_subnet(&d->subnet);
	struct v6_resource given = v6_resource_address(&d->address);
	struct down down = {.host = host, .record = former, .err = err};
	struct v6_error own;

	if (!v6_destination_has_way(d))
		return 0;
	leave_subnet(&down);
	if (d->subnet.length == to->length && v6_address_equal(&d->subnet.address, &to->address))
		down.left.subnet_left = false;
	else
		v6_holder_drop(host, &subnet, former->id);
	if (down.left.subnet_left)
		keep_first(&down, v6_claims_leave(host, &d->subnet, &own), &own);
	keep_first(&down,
		   v6_provide_down(host, former, down.given_left, down.left.subnet_left, &own),
		   &own);
	if (d->provided)
		v6_holder_drop(host, &given, former->id);
	return down.first;
}

int v6_record_move(struct v6_host *host, const struct v6_record *record,
		   const struct v6_destination *from, struct v6_error *err)
{
	struct v6_record former = *record;
	int ret;

	former.destination = *from;
	ret = leave(host, &former, &record->destination.subnet, err);
	if (ret == 0)
		ret = v6_record_save(host, record, err);
	if (ret == 0)
		ret = v6_record_up(host, record, true, err);
	if (ret >= 0)
		v6_claims_end_flows(host, &former);
	return ret < 0 ? ret : 1;
}
