/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of a request, resolved, with last known answers where DNS is down. */
#include <arpa/inet.h>
#include <errno.h>
#include <time.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "names/known.h"
#include "names/pool.h"
#include "plan/place_claims.h"
#include "plan/resolve.h"
#include "store/run_dir.h"

#define DAY (INT64_C(24) * 60 * 60)

/* What of an error fits before the words on a last known answer */
#define CAUSE_SHOWN ((int)sizeof(((struct v6_error *)0)->text) - 64)

/**
 * struct resolving - One call of v6_resolve_all()
 * @asks:	Who asks, and for what
 * @known:	Last known answers; its directory is opened when the first name needs it
 * @opened:	That was tried
 * @warned:	That they can't be used was said
 * @stuck:	Another writer does not end; one wait for it is enough
 */
struct resolving {
	struct v6_host *host;
	const struct v6_state *state;
	const struct v6_request *asks;
	struct v6_known known;
	bool opened, warned, stuck;
};

static void end_resolving(struct resolving *resolving)
{
	v6_cleanup_fd(&resolving->known.dir);
}

/* warn_once() - that answers can't be kept is no failure, and the same for every name */
static void warn_once(struct resolving *resolving, const char *text)
{
	if (!resolving->warned)
		v6_host_warn(resolving->host, "last known answers of DNS are not kept: %s", text);
	resolving->warned = true;
}

static void open_known(struct resolving *resolving)
{
	struct v6_error err = {0};
	auto_fd int parent = -1;
	int ret = v6_run_dir_open(V6_STATE_DIR, &parent, &err);

	resolving->opened = true;
	if (ret == 0)
		ret = v6_run_dir_open(V6_STATE_DIR "/names", &resolving->known.dir, &err);
	if (ret < 0)
		warn_once(resolving, err.text);
}

static bool has_known(struct resolving *resolving)
{
	if (!resolving->opened && resolving->known.age_max > 0)
		open_known(resolving);
	return resolving->known.dir >= 0;
}

static void keep_known(struct resolving *resolving, const struct v6_named *named)
{
	struct in6_addr literal;
	struct v6_error err;
	int ret;

	if (resolving->host->looks || resolving->stuck ||
	    v6_address_parse(named->name, &literal) == 0 || !has_known(resolving))
		return;
	ret = v6_known_keep(&resolving->known, named->name, named->addresses, named->n);
	if (ret == 0)
		return;
	resolving->stuck = ret == -ETIMEDOUT;
	v6_fail(&err, ret, V6_STATE_DIR "/names: cannot write there: %s", v6_strerror(ret));
	warn_once(resolving, err.text);
}

/* forget_known() - DNS does answer, and the name resolves to nothing */
static void forget_known(struct resolving *resolving, const char *name)
{
	struct v6_error err;
	int ret;

	if (resolving->host->looks || resolving->stuck || !has_known(resolving))
		return;
	ret = v6_known_drop(&resolving->known, name);
	if (ret == 0)
		return;
	resolving->stuck = ret == -ETIMEDOUT;
	v6_fail(&err, ret, V6_STATE_DIR "/names: cannot remove %s: %s", name, v6_strerror(ret));
	warn_once(resolving, err.text);
}

static void warn_of_age(struct resolving *resolving, const struct v6_error *cause, int64_t age)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{DAY, "d"}, {60 * 60, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;

	/* two of a unit, or the next smaller one says more */
	while (i + 1 < V6_ARRAY_SIZE(units) && age < 2 * units[i].seconds)
		i++;
	v6_host_warn(resolving->host, "%.*s; using the answer of %lld %s ago", CAUSE_SHOWN,
		     cause->text, (long long)(age / units[i].seconds), units[i].name);
}

/* take_from_pool() - an address for a name that has none; an IPv4 address is no name */
static bool take_from_pool(struct resolving *resolving, struct v6_named *named)
{
	const struct v6_prefix *pool = &resolving->host->config.pool;
	struct in_addr ipv4;

	if (pool->length == 0 || inet_pton(AF_INET, named->name, &ipv4) == 1)
		return false;
	named->addresses[0] = v6_pool_address(pool, named->name);
	named->n = 1;
	named->source = (struct v6_names_source){.origin = V6_NAMES_POOL};
	keep_known(resolving, named);
	return true;
}

/* fall_back() - what to do about a name that failed to resolve with @code */
static int fall_back(struct resolving *resolving, int code, const struct v6_error *cause,
		     struct v6_named *named)
{
	int64_t age;

	switch (code) {
	case -ETIMEDOUT:
	case -ECONNREFUSED:
	case -EIO:
		if (!has_known(resolving) || v6_known_find(&resolving->known, named->name,
							   named->addresses, &named->n, &age) < 0)
			return code;
		named->source = (struct v6_names_source){.origin = V6_NAMES_KNOWN, .age = age};
		warn_of_age(resolving, cause, age);
		return 0;
	case -ENOENT:
	case -ENODATA:
	case -EAFNOSUPPORT:
		if (take_from_pool(resolving, named))
			return 0;
		forget_known(resolving, named->name);
		return code;
	default:
		return code;
	}
}

/* struct prospect_of - an address of one name */
struct prospect_of {
	const struct resolving *resolving;
	const char *name;
};

/* is_prospect() - whether a container may have its claims there, what can be removed apart */
static bool is_prospect(const struct in6_addr *address, void *data)
{
	const struct prospect_of *of = data;
	const struct resolving *r = of->resolving;
	struct v6_service service;
	int ret = v6_place_claims(r->host, r->state, r->asks, false, of->name, address, &service,
				  NULL);

	return ret == 0 || ret == -ESTALE;
}

static int resolve_named(struct resolving *resolving, int timeout_ms, struct v6_named *named,
			 struct v6_error *err)
{
	struct prospect_of of = {resolving, named->name};
	const struct v6_names_fit fit = {is_prospect, &of};
	struct v6_error cause = {0};
	int ret = v6_names_resolve_fitting(named->name, timeout_ms,
					   resolving->host->config.resolve_tries, &fit,
					   named->addresses, &named->n, &named->source, &cause);

	if (ret == 0) {
		keep_known(resolving, named);
		return 0;
	}
	ret = fall_back(resolving, ret, &cause, named);
	return ret < 0 ? v6_fail(err, ret, "%s", cause.text) : 0;
}

int v6_resolve_all(struct v6_host *host, const struct v6_state *state,
		   const struct v6_request *request, struct v6_named *ret_named,
		   struct v6_error *err)
{
	const struct v6_config *config = &host->config;
	auto_call(end_resolving) struct resolving resolving = {
		.host = host,
		.state = state,
		.asks = request,
		.known = {.dir = -1,
			  .now = time(NULL),
			  .uptime = v6_uptime_s(),
			  .boot_id = host->boot_id,
			  .age_max = config->known_days * DAY},
	};
	int64_t deadline = v6_now_ms() + config->resolve_timeout_ms, left;
	size_t i;
	int ret = 0;

	for (i = 0; i < request->n_hosts && ret == 0; i++) {
		left = deadline - v6_now_ms();
		ret_named[i].name = request->hosts[i];
		ret = resolve_named(&resolving, left > 0 ? (int)left : 1, &ret_named[i], err);
	}
	return ret;
}
