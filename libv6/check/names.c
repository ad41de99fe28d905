/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the name still stands for the address, and whether the container may have it. */
#include <errno.h>
#include <string.h>

#include <libv6/names.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "check/checker.h"
#include "check/hosts_file.h"
#include "check/names.h"
#include "names/pool.h"
#include "plan/place_service.h"
#include "policy/policy.h"
#include "store/record.h"

static bool is_wanted_address(const struct in6_addr *address, void *data)
{
	return v6_address_equal(address, data);
}

static void report_renamed(struct v6_checked *c, const struct v6_service *service,
			   const struct in6_addr *to)
{
	const struct v6_host *host = c->checker->host;

	if (c->record->follow && !host->config.follow_off && v6_host_is_watched(host)) {
		v6_found_doubt(
			c->checker, "name", "",
			"%s is %s now, and %s still; v6d moves it there when the old answer expires, or says why it cannot",
			service->name, V6_TEXT(to), V6_TEXT(&service->address));
		return;
	}
	v6_found_fault(
		c->checker, "name", v6_restart_command(c->record).s,
		"%s is %s now, but was %s when the container was started; correct the name, or restart the container",
		service->name, V6_TEXT(to), V6_TEXT(&service->address));
}

static void report_unresolved(struct v6_checked *c, const struct v6_service *service, int code,
			      const struct v6_error *err)
{
	if (code == -ETIMEDOUT || code == -ECONNREFUSED || code == -EIO)
		v6_found_fault(c->checker, "name", "", "%s", err->text);
	else
		v6_found_fault(c->checker, "name", "",
			       "%s; it was %s when the container was started", err->text,
			       V6_TEXT(&service->address));
}

/* is_of_pool() - whether a name that failed to resolve with @code has its address from the pool */
static bool is_of_pool(int code, const struct v6_config *config, const struct v6_service *service)
{
	return (code == -ENOENT || code == -ENODATA || code == -EAFNOSUPPORT) &&
	       v6_pool_has(&config->pool, service->name, &service->address);
}

static void check_name(struct v6_checked *c, const struct v6_service *service)
{
	const struct v6_config *config = &c->checker->host->config;
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX], wanted = service->address;
	const struct v6_names_fit fit = {is_wanted_address, &wanted};
	struct v6_error err;
	size_t n;
	int ret;

	if (v6_address_parse(service->name, &addresses[0]) == 0) {
		v6_found_good(c->checker, "name", "%s was asked for, no name", service->name);
		return;
	}
	if (c->checker->dns_down) {
		v6_check_hosts_file(c->checker, service->name);
		v6_found_unseen(c->checker, "name", "%s: DNS does not answer", service->name);
		return;
	}
	ret = v6_names_resolve_fitting(service->name, config->resolve_timeout_ms,
				       config->resolve_tries, &fit, addresses, &n, NULL, &err);
	if (ret == 0 && v6_address_is_in(addresses, n, &wanted))
		v6_found_good(c->checker, "name", "%s is %s", service->name,
			      V6_TEXT(&service->address));
	else if (ret == 0)
		report_renamed(c, service, &addresses[0]);
	else if (is_of_pool(ret, config, service))
		v6_found_good(c->checker, "name",
			      "%s has no address in DNS; the pool has %s for it", service->name,
			      V6_TEXT(&service->address));
	else
		report_unresolved(c, service, ret, &err);
	v6_check_hosts_file(c->checker, service->name);
}

void v6_check_names(struct v6_checked *c)
{
	size_t i;

	for (i = 0; i < c->record->n_services; i++)
		check_name(c, &c->record->services[i]);
}

static bool any_namespaces(const struct v6_config *config)
{
	size_t i;

	for (i = 0; i < config->n_rules; i++)
		if (config->rules[i].namespaces)
			return true;
	return false;
}

static int check_claims(const struct v6_checked *c, const struct v6_state *state,
			struct v6_error *err)
{
	const struct v6_config *config = &c->checker->host->config;
	const struct v6_subject subject = {.state = state, .uid = c->record->uid};
	const struct v6_service *service;
	size_t i;
	int ret = v6_policy_check_container(config, &subject, c->record->services[0].name,
					    c->record->maps, c->record->n_maps, err);

	for (i = 0; i < c->record->n_services && ret == 0; i++) {
		service = &c->record->services[i];
		ret = v6_policy_check_claims(config, &subject, service->name, &service->address,
					     c->record->maps, c->record->n_maps, err);
	}
	return ret;
}

void v6_check_policy(struct v6_checked *c)
{
	struct v6_state state = v6_record_state(c->record);
	struct v6_checker *checker = c->checker;
	struct v6_error err;

	if (checker->config < 0) {
		v6_found_fault(checker, "policy", "",
			       "%s; no container with a service starts until this is repaired",
			       checker->config_error.text);
		return;
	}
	if (check_claims(c, &state, &err) == 0)
		v6_found_good(checker, "policy", "%s",
			      checker->host->config.has_allow
				      ? "a rule in " V6_CONFIG_FILE " allows it"
				      : "allowed, as there are no rules in " V6_CONFIG_FILE);
	else if (!c->record->follow && any_namespaces(&checker->host->config))
		v6_found_unseen(checker, "policy",
				"the rules go by the pod's namespace, which is not known any more");
	else
		v6_found_fault(checker, "policy", "",
			       "%s. It stays until the container stops, and will not come back",
			       err.text);
}

void v6_check_pool(struct v6_checker *checker)
{
	const struct v6_config *config = &checker->host->config;
	struct in6_addr address;
	struct v6_service service;
	struct v6_error err;

	if (config->pool.length == 0)
		return;
	address = v6_pool_address(&config->pool, "pool-check.invalid");
	if (v6_place_service(checker->host, &address, config->interface, &service, &err) < 0)
		v6_found_fault(checker, "pool", "", "%s", err.text);
	else
		v6_found_good(checker, "pool", "names without an address get one of %s/%u, on %s",
			      V6_TEXT(&config->pool.address), config->pool.length,
			      service.link_name);
}
