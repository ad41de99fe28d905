/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service that no container publishes: why not, and what would be in the way. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libv6/ipc.h>
#include <libv6/verbs.h>

#include "base/address.h"
#include "base/text.h"
#include "check/checker.h"
#include "check/engines.h"
#include "check/hosts_file.h"
#include "check/listening.h"
#include "kernel/ifaddr.h"

/* Of a container's id, so many characters are enough to tell it from a name. */
#define ID_MIN 4

/**
 * struct search - For the last failures that have to do with what was asked for
 * @which:	What was asked for
 * @newest:	Of those of its names or its container; an empty id: none
 * @nameless:	Of those whose names are not known, too
 */
struct search {
	const char *which;
	struct v6_failure newest, nameless;
};

static bool is_id(const char *which, const char *id)
{
	size_t size = strlen(which);

	return size >= ID_MIN && strncmp(id, which, size) == 0;
}

static bool is_container(const char *which, const struct v6_failure *failure)
{
	return is_id(which, failure->id) || (*failure->name && strcmp(failure->name, which) == 0);
}

static void keep_newer(struct v6_failure *newest, const struct v6_failure *failure)
{
	if (!*newest->id || failure->when > newest->when)
		*newest = *failure;
}

static int look_at_failure(const struct v6_failure *failure, void *data)
{
	struct search *search = data;

	if (is_container(search->which, failure) || v6_failure_is_about(failure, search->which))
		keep_newer(&search->newest, failure);
	else if (!*failure->hosts)
		keep_newer(&search->nameless, failure);
	return 0;
}

static struct v6_line failure_text(const struct v6_failure *failure)
{
	char when[sizeof("2026-11-23 16:30:00")];
	time_t seconds = failure->when;
	struct tm local;

	localtime_r(&seconds, &local);
	strftime(when, sizeof(when), "%F %T", &local);
	return v6_line("container %.*s failed at %s", V6_ID_SHORT, failure->id, when);
}

/* tell_failure() - or what else there is to say of what nobody publishes */
static void tell_failure(struct v6_checker *checker, const struct search *search)
{
	if (*search->newest.id) {
		v6_found_fault(checker, "start", "", "%s: %s", failure_text(&search->newest).s,
			       search->newest.text);
		return;
	}
	if (checker->host->dir < 0 && checker->host->unread.code == -EACCES)
		v6_found_doubt(
			checker, "container", "",
			"no container of yours publishes %s, and no failure of one is kept; others' are for root to see",
			V6_SHOWN(search->which));
	else
		v6_found_fault(
			checker, "container", "",
			"no container publishes %s, and no failure of one is kept; start one with the annotation v6.host=%s",
			V6_SHOWN(search->which), V6_SHOWN(search->which));
	if (*search->nameless.id)
		v6_found_doubt(checker, "start", "", "%s, and what it asked for is not known: %s",
			       failure_text(&search->nameless).s, search->nameless.text);
}

/* first_port() - one of TCP that a container without v6.ports would have, or 0 */
static uint16_t first_port(const struct v6_config *config)
{
	if (config->n_maps == 0)
		return 80;
	return config->maps[0].protocol == IPPROTO_TCP ? config->maps[0].service_port : 0;
}

/* try_address() - whether anything answers there; who may not read records can still knock */
static void try_address(struct v6_checker *checker, const struct in6_addr *address)
{
	uint16_t port = first_port(&checker->host->config);
	struct v6_text text = v6_address_text(address);
	int ret;

	if (checker->host->dir >= 0 || port == 0)
		return;
	ret = v6_try_connection(address, port, NULL);
	if (ret == 0)
		v6_found_good(checker, "connection", "[%s]:%u answers this host", text.s, port);
	else
		v6_found_doubt(checker, "connection", "", "one to [%s]:%u fails: %s", text.s, port,
			       v6_strerror(ret));
}

/* tell_prospect() - where an address is, or would go */
static void tell_prospect(struct v6_checker *checker, const struct v6_prospect *prospect)
{
	struct v6_ifaddr ifaddr;
	bool here = v6_ifaddr_get(&checker->host->route, &prospect->address, &ifaddr) == 0;

	if (prospect->refusal.code < 0)
		v6_found_fault(checker, "address", "", "%s", prospect->refusal.text);
	else
		v6_found_good(checker, "address", "%s %s %s", V6_TEXT(&prospect->address),
			      here ? "is on" : "would go to", prospect->service.link_name);
	if (here)
		try_address(checker, &prospect->address);
}

/* check_prospects() - what would become of it, if a container asked for it now */
static void check_prospects(struct v6_checker *checker, const char *which)
{
	const struct v6_state state = {.engine = V6_ENGINE_UNKNOWN};
	struct v6_request request = {.n_hosts = 1, .maps = {{IPPROTO_TCP, 80, 80, 1}}, .n_maps = 1};
	struct v6_prospects prospects;
	struct v6_error err;
	size_t i;

	v6_check_hosts_file(checker, which);
	snprintf(request.hosts[0], sizeof(request.hosts[0]), "%s", which);
	if (v6_ask(checker->host, &state, &request, &prospects, &err) < 0) {
		v6_found_fault(checker, "name", "", "%s", err.text);
		return;
	}
	for (i = 0; i < prospects.n; i++) {
		v6_found_good(checker, "name", "%s is %s", V6_SHOWN(which),
			      V6_TEXT(&prospects.list[i].address));
		tell_prospect(checker, &prospects.list[i]);
	}
}

/* struct passing_on - findings, but for those that all is well */
struct passing_on {
	void (*found)(const struct v6_finding *finding, void *data);
	void *data;
};

static void pass_on_bad(const struct v6_finding *finding, void *data)
{
	const struct passing_on *to = data;

	if (finding->result != V6_RESULT_GOOD)
		to->found(finding, to->data);
}

/* tell_engines() - one that does not call us starts its containers without a word */
static void tell_engines(struct v6_checker *checker)
{
	struct passing_on to = {checker->found, checker->data};

	checker->found = pass_on_bad;
	checker->data = &to;
	v6_check_engines(checker);
	checker->found = to.found;
	checker->data = to.data;
}

unsigned int v6_check_absent(struct v6_checker *checker, const char *which)
{
	struct search search = {.which = which};
	struct v6_error err;

	v6_checker_begin(checker);
	if (v6_failures_seen_each(checker->host, look_at_failure, &search, &err) < 0)
		v6_found_unseen(checker, "container", "%s", err.text);
	else
		tell_failure(checker, &search);
	if (!*search.newest.id)
		tell_engines(checker);
	if (!*search.newest.id || !is_container(which, &search.newest))
		check_prospects(checker, which);
	return checker->faults;
}
