/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libv6/apply.h>
#include <libv6/ipc.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "claims.h"
#include "command.h"
#include "term.h"

#define ID_PREFIX_MIN 4

/* struct walk - one call of claims_each() */
struct walk {
	struct v6_host *host;
	const struct claims_visit *visit;
	void *data;
	bool told; /* that we may not look */
};

static int visit_claim(struct walk *walk, const struct v6_record *record, bool alive,
		       size_t service, size_t map)
{
	struct claim claim = {record, &record->services[service], &record->maps[map], {0}};
	struct v6_error err;

	if (v6_claim_look(walk->host, record, alive, service, map, &claim.look, &err) < 0) {
		claim.look = (struct v6_claim_look){.state = V6_CLAIM_UNKNOWN};
		if (!walk->told)
			command_fail(&err);
		walk->told = true;
	}
	return walk->visit->claim(&claim, walk->data);
}

static int visit_record(const struct v6_record *record, bool alive, void *data)
{
	struct walk *walk = data;
	size_t service, map;
	int ret = walk->visit->record ? walk->visit->record(record, alive, walk->data) : 1;

	if (ret <= 0 || !walk->visit->claim)
		return ret;
	for (service = 0; service < record->n_services && ret >= 0; service++)
		for (map = 0; map < record->n_maps && ret >= 0; map++)
			ret = visit_claim(walk, record, alive, service, map);
	return ret;
}

int claims_each(struct v6_host *host, const struct claims_visit *visit, void *data,
		struct v6_error *err)
{
	struct walk walk = {.host = host, .visit = visit, .data = data};

	return v6_records_seen_each(host, visit_record, &walk, err);
}

unsigned int claim_last_port(const struct claim *claim)
{
	return claim->map->service_port + claim->map->count - 1U;
}

bool claim_is_pending(const struct claim *claim)
{
	return claim->record->destination.pending;
}

const struct in6_addr *claim_target(const struct claim *claim)
{
	const struct in6_addr *target = &claim->record->destination.address;

	return IN6_IS_ADDR_UNSPECIFIED(target) ? &claim->service->address : target;
}

struct claim_text claim_target_text(const struct claim *claim)
{
	struct v6_text address = v6_address_text(claim_target(claim));
	const struct v6_port_map *map = claim->map;
	struct claim_text text = {"-"};

	if (claim_is_pending(claim))
		return text;
	if (map->protocol == V6_PROTOCOL_ALL)
		snprintf(text.s, sizeof(text.s), "%s", address.s);
	else if (map->count == 1)
		snprintf(text.s, sizeof(text.s), "[%s]:%u", address.s, map->target_port);
	else
		snprintf(text.s, sizeof(text.s), "[%s]:%u-%u", address.s, map->target_port,
			 map->target_port + map->count - 1U);
	return text;
}

bool id_matches(const char *id, const char *word)
{
	size_t size = strlen(word);

	return strcmp(id, word) == 0 || (size >= ID_PREFIX_MIN && strncmp(id, word, size) == 0);
}

bool record_matches(const struct v6_record *record, const char *word)
{
	const struct v6_service *service;
	struct in6_addr address;
	bool literal = v6_address_parse(word, &address) == 0;

	for (service = record->services; service < record->services + record->n_services; service++)
		if (strcasecmp(service->name, word) == 0 ||
		    (literal && v6_address_equal(&service->address, &address)))
			return true;
	return id_matches(record->id, word) || (*word && strcmp(record->name, word) == 0);
}

void claim_write_json(struct v6_json_writer *w, const struct claim *claim)
{
	bool leads = !claim_is_pending(claim);
	const struct v6_port_map *map = claim->map;
	bool all = map->protocol == V6_PROTOCOL_ALL;

	v6_json_put_string(w, "service", claim->service->name);
	v6_json_put_string(w, "address", V6_TEXT(&claim->service->address));
	v6_json_put_string(w, "protocol", all ? "all" : v6_protocol_name(map->protocol));
	if (!all) {
		v6_json_put_integer(w, "port", map->service_port);
		v6_json_put_integer(w, "last_port", claim_last_port(claim));
	}
	v6_json_put_string(w, "container", claim->record->id);
	v6_json_put_string(w, "name", claim->record->name);
	v6_json_put_string(w, "engine", v6_engine_name(claim->record->engine));
	v6_json_put_integer(w, "uid", claim->record->uid);
	if (leads)
		v6_json_put_string(w, "target_address", V6_TEXT(claim_target(claim)));
	if (leads && !all)
		v6_json_put_integer(w, "target_port", map->target_port);
	v6_json_put_string(w, "link", claim->service->link_name);
	v6_json_put_string(w, "attach", v6_attach_name(claim->service->attach));
	v6_json_put_string(w, "state", v6_claim_state_word(claim->look.state));
	v6_json_put_string(w, "meaning", v6_claim_state_text(claim->look.state));
	v6_json_put_integer(w, "since", claim->record->created);
	if (claim->look.state != V6_CLAIM_UNKNOWN) {
		v6_json_put_integer(w, "connections", (long long)claim->look.connections);
		if (claim->look.has_bytes)
			v6_json_put_integer(w, "bytes", (long long)claim->look.bytes);
		v6_json_put_bool(w, "shared", claim->look.shared);
	}
}

void failure_write_json(struct v6_json_writer *w, const char *key, const struct v6_failure *failure)
{
	v6_json_begin_object(w, key);
	v6_json_put_string(w, "container", failure->id);
	v6_json_put_integer(w, "time", failure->when);
	v6_json_put_string(w, "message", failure->text);
	v6_json_end_object(w);
}

const char *claim_colour(const char *state)
{
	if (strcmp(state, v6_claim_state_word(V6_CLAIM_ACTIVE)) == 0 ||
	    strcmp(state, v6_claim_state_word(V6_CLAIM_FOREIGN)) == 0)
		return TERM_GREEN;
	if (strcmp(state, v6_claim_state_word(V6_CLAIM_UNKNOWN)) == 0 ||
	    strcmp(state, v6_claim_state_word(V6_CLAIM_PENDING)) == 0)
		return TERM_YELLOW;
	return TERM_RED;
}

static int gather_failure(const struct v6_failure *failure, void *data)
{
	struct failures *failures = data;
	struct v6_failure *larger = reallocarray(failures->list, failures->n + 1, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	larger[failures->n++] = *failure;
	failures->list = larger;
	return 0;
}

static int compare_times(const void *left, const void *right)
{
	const struct v6_failure *a = left, *b = right;

	if (a->when != b->when)
		return (a->when > b->when) - (a->when < b->when);
	return strcmp(a->id, b->id);
}

void failures_read(struct failures *ret_failures)
{
	*ret_failures = (struct failures){NULL, 0};
	v6_failures_each(V6_RUN_DIR, gather_failure, ret_failures);
	if (ret_failures->n > 0)
		qsort(ret_failures->list, ret_failures->n, sizeof(*ret_failures->list),
		      compare_times);
}

void failures_release(struct failures *failures)
{
	free(failures->list);
	failures->list = NULL;
}
