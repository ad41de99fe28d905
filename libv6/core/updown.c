/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "core/attach.h"
#include "core/claims.h"
#include "core/dad.h"
#include "core/elements.h"
#include "core/provide.h"
#include "core/updown.h"
#include "core/record.h"
#include "kernel/sysctl.h"

static int hold_service(struct v6_host *host, const struct v6_record *record,
			const struct in6_addr *address, struct v6_resource *resource)
{
	int ret;

	*resource = v6_resource_address(address);
	ret = v6_holder_add(host, resource, record->id);
	if (ret < 0 || !v6_has_wide(record))
		return ret;
	*resource = v6_resource_wide(address);
	return v6_holder_add(host, resource, record->id);
}

static int hold_resources(struct v6_host *host, const struct v6_record *record,
			  struct v6_error *err)
{
	struct v6_resource resource = v6_resource_subnet(&record->destination.subnet);
	size_t i;
	int ret = 0;

	if (!v6_destination_is_local(&record->destination))
		ret = v6_holder_add(host, &resource, record->id);
	if (record->destination.provided && ret == 0) {
		resource = v6_resource_address(&record->destination.address);
		ret = v6_holder_add(host, &resource, record->id);
	}
	for (i = 0; i < record->n_services && ret == 0; i++)
		ret = hold_service(host, record, &record->services[i].address, &resource);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/holders: cannot note %s: %s", resource.name,
			       v6_strerror(ret));
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

	if (!v6_destination_is_local(&record->destination))
		ret = v6_forwarding_on(&host->route, links, host->looks, note_sysctl, host, err);
	if (ret == 0 && service->attach == V6_ATTACH_PROXY)
		ret = v6_proxy_on(&host->route, service->link_name, host->looks, note_sysctl, host,
				  err);
	return ret;
}

static int attach(struct v6_host *host, const struct v6_record *record,
		  const struct v6_service *service, struct v6_error *err)
{
	int ret = let_pass(host, record, service, err);

	if (ret < 0)
		return ret;
	ret = v6_dad_check(host, &service->address, err);
	if (ret < 0)
		return v6_context(err, ret, "%s", service->name);
	return v6_attach_up(host, service, err);
}

static void collect(struct v6_host *host, const struct v6_taken_over *dead)
{
	struct v6_record record;
	struct v6_error err;
	size_t i;

	for (i = 0; i < dead->n; i++)
		if (v6_record_load(host, dead->ids[i], &record, NULL) == 0 &&
		    v6_record_down(host, &record, &err) < 0)
			v6_host_warn(host, "%.*s: not collected whole: %s", V6_ID_SHORT,
				     dead->ids[i], err.text);
}

static int take(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
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
	collect(host, &dead);
	return 0;
}

/* claim() - the nf_tables part; looks first where it is probably right already */
static int claim(struct v6_host *host, const struct v6_record *record, bool fresh,
		 struct v6_error *err)
{
	int ret = fresh ? 0 : host->remade ? 1 : v6_claims_held(host, record, err);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	ret = take(host, record, err);
	if (ret < 0)
		return ret;
	v6_host_step(host, "%.*s: make its elements in nf_tables (%s%s) again", V6_ID_SHORT,
		     record->id, record->services[0].name, record->n_services > 1 ? ", ..." : "");
	return 1;
}

int v6_record_up(struct v6_host *host, const struct v6_record *record, bool fresh,
		 struct v6_error *err)
{
	int changed = 0, ret = host->looks ? 0 : hold_resources(host, record, err);
	size_t i;

	if (ret == 0)
		ret = changed = claim(host, record, fresh, err);
	if (ret >= 0)
		ret = v6_provide_up(host, record, err);
	changed |= ret > 0;
	for (i = 0; i < record->n_services && ret >= 0; i++) {
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

static void detach(struct down *down, const struct v6_service *service)
{
	struct v6_resource resource = v6_resource_address(&service->address);
	int ret, last = v6_holder_drop(down->host, &resource, down->record->id);
	struct v6_error err;

	if (last < 0)
		v6_fail(&err, last, V6_RUN_DIR "/holders: cannot drop %s: %s", resource.name,
			v6_strerror(last));
	keep_first(down, last, &err);
	if (v6_has_wide(down->record)) {
		resource = v6_resource_wide(&service->address);
		v6_holder_drop(down->host, &resource, down->record->id);
	}
	if (last <= 0 || !service->ours)
		return;

	ret = v6_attach_down(down->host, service, &err);
	keep_first(down, ret, &err);
	if (ret == 0)
		down->left.addresses[down->left.n_addresses++] = service->address;
}

static void leave_subnet(struct down *down)
{
	const struct v6_prefix *subnet = &down->record->destination.subnet;
	struct v6_resource resource = v6_resource_subnet(subnet);
	int last = v6_holder_drop(down->host, &resource, down->record->id);
	struct v6_error err;

	if (last < 0)
		v6_fail(&err, last, V6_RUN_DIR "/holders: cannot drop %s: %s", resource.name,
			v6_strerror(last));
	keep_first(down, last, &err);
	if (down->record->destination.provided) {
		resource = v6_resource_address(&down->record->destination.address);
		down->given_left = v6_holder_drop(down->host, &resource, down->record->id) > 0;
	}
	down->left.subnet = *subnet;
	down->left.subnet_left = last > 0;
}

int v6_record_down(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct down down = {.host = host, .record = record, .err = err};
	struct v6_error own;
	size_t i;

	for (i = 0; i < record->n_services; i++)
		detach(&down, &record->services[i]);
	if (!v6_destination_is_local(&record->destination))
		leave_subnet(&down);
	keep_first(&down, v6_claims_drop(host, record, &down.left, &own), &own);
	keep_first(&down,
		   v6_provide_down(host, record, down.given_left, down.left.subnet_left, &own),
		   &own);
	if (down.first == 0)
		keep_first(&down, v6_record_remove(host, record->id, &own), &own);
	return down.first;
}
