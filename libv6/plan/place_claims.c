/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a container may have its claims on an address: policy, place, and who else is there. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "names/hosts_dir.h"
#include "names/pool.h"
#include "plan/dad.h"
#include "plan/own.h"
#include "plan/place_claims.h"
#include "plan/place_service.h"
#include "policy/policy.h"
#include "policy/subject.h"
#include "store/holders.h"
#include "store/life.h"
#include "store/record.h"

/* refuse_own() - an address that the host had before is no user's */
static int refuse_own(const struct v6_state *state, const struct v6_service *service,
		      struct v6_error *err)
{
	if (state->uid == 0 || service->ours)
		return 0;
	return v6_fail(err, -EPERM,
		       "%s is this host's own; services of users need addresses of their own",
		       V6_TEXT(&service->address));
}

/* struct strangers - a search for a holder of an address that is not the user's */
struct strangers {
	struct v6_host *host;
	uid_t uid;
};

/* look_at_stranger() - a dead container's record goes with the next bind or reconcile */
static int look_at_stranger(const char *id, void *data)
{
	const struct strangers *strangers = data;
	struct v6_record other;
	int ret = v6_record_load(strangers->host, id, &other, NULL);

	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret;
	return other.uid == strangers->uid || v6_record_alive(&other) == 0 ? 0 : -EEXIST;
}

/* refuse_strangers() - Keep a user off an address that somebody else's container holds, unless a
 * rule lets users share
 */
static int refuse_strangers(struct v6_host *host, const struct v6_subject *user, const char *name,
			    const struct in6_addr *address, const struct v6_request *request,
			    struct v6_error *err)
{
	struct v6_subject sharer = *user;
	struct v6_resource resource = v6_resource_address(address);
	struct strangers strangers = {host, user->uid};
	int ret;

	sharer.shares = true;
	if (user->uid == 0 || host->dir < 0 ||
	    v6_policy_check_claims(&host->config, &sharer, name, address, request->maps,
				   request->n_maps, NULL) == 0)
		return 0;
	ret = v6_holders_each(host, &resource, look_at_stranger, &strangers);
	if (ret == -EEXIST)
		return v6_fail(
			err, -EPERM,
			"%s is held by another user of this host; services of users need addresses of their own",
			V6_TEXT(address));
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "%s: cannot look up its holders: %s", V6_TEXT(address),
			       v6_strerror(ret));
	return 0;
}

/**
 * struct namesakes - a search for another name to which the pool gives the same address
 * @other:	One that has it, and the container's id
 */
struct namesakes {
	struct v6_host *host;
	const char *name;
	const struct in6_addr *address;
	struct v6_record other;
};

static int look_at_namesake(const char *id, void *data)
{
	struct namesakes *namesakes = data;
	const struct v6_prefix *pool = &namesakes->host->config.pool;
	const struct v6_service *service;
	int ret = v6_record_load(namesakes->host, id, &namesakes->other, NULL);

	if (ret < 0)
		return v6_record_is_none(ret) || ret == -EPROTO ? 0 : ret;
	service = v6_record_service(&namesakes->other, namesakes->address);
	if (!service || strcasecmp(service->name, namesakes->name) == 0 ||
	    !v6_pool_has(pool, service->name, namesakes->address) ||
	    v6_record_alive(&namesakes->other) == 0)
		return 0;
	return -EEXIST;
}

/* refuse_namesakes() - two names have one address of the pool, which says of no packet whom it is
 * for
 */
static int refuse_namesakes(struct v6_host *host, const char *name, const struct in6_addr *address,
			    struct v6_error *err)
{
	struct v6_resource resource = v6_resource_address(address);
	struct namesakes namesakes = {host, name, address, {.n_services = 0}};
	int ret;

	if (host->dir < 0 || !v6_pool_has(&host->config.pool, name, address))
		return 0;
	ret = v6_holders_each(host, &resource, look_at_namesake, &namesakes);
	if (ret == -EEXIST)
		return v6_fail(
			err, -EADDRINUSE,
			"%s is what the pool has for %s and for %s of container %.*s; add an AAAA record for one of them",
			V6_TEXT(address), name, v6_record_service(&namesakes.other, address)->name,
			V6_ID_SHORT, namesakes.other.id);
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "%s: cannot look up its holders: %s", V6_TEXT(address),
			       v6_strerror(ret));
	return 0;
}

/* is_published() - what DNS has is told by DNS */
static bool is_published(const struct v6_config *config, const char *name,
			 const struct in6_addr *address)
{
	return config->publish_files && v6_pool_has(&config->pool, name, address) &&
	       strlen(name) <= V6_HOSTS_NAME_MAX && v6_globs_match(config->publish_files, name);
}

int v6_place_claims(struct v6_host *host, const struct v6_state *state,
		    const struct v6_request *request, bool local, const char *name,
		    const struct in6_addr *address, struct v6_service *ret_service,
		    struct v6_error *err)
{
	const struct v6_subject subject = {
		.state = state, .uid = state->uid, .replica = request->share != V6_SHARE_NONE};
	int ret = v6_policy_check_claims(&host->config, &subject, name, address, request->maps,
					 request->n_maps, err);

	if (ret == 0 && v6_egress_is(request->egress, name, address))
		ret = v6_policy_check_egress(&host->config, &subject, name, address, err);
	if (ret == 0)
		ret = v6_place_service(host, address, request->interface, ret_service, err);
	if (ret == 0)
		ret = refuse_own(state, ret_service, err);
	if (ret == 0)
		ret = refuse_strangers(host, &subject, name, address, request, err);
	if (ret == 0)
		ret = refuse_namesakes(host, name, address, err);
	if (ret == 0)
		ret = v6_own_check(host, ret_service, request->maps, request->n_maps, local, err);
	if (ret == 0)
		ret = v6_dad_check(host, address, err);
	if (ret < 0)
		return ret;
	ret_service->published = is_published(&host->config, name, address);
	/* the host's own addresses are the administrator's to announce */
	ret_service->announce = ret_service->ours ? (uint32_t)host->config.announce : 0;
	return 0;
}
