/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Visit the claims of all records, and describe each fact of a claim once. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libv6/apply.h>
#include <libv6/ipc.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/prefixes.h"
#include "claims.h"
#include "command.h"
#include "term.h"

#define ID_PREFIX_MIN 4

/* By how much two clocks may differ that are read one after the other, in whole seconds */
#define CLOCK_ERROR_S 2

/* struct walk - one call of claims_each() */
struct walk {
	struct v6_host *host;
	const struct claims_visit *visit;
	void *data;
	bool told; /* that we may not look */
	struct v6_passages *passages;
	struct container_name name; /* of the record that is visited */
	struct v6_egress_look egress;
};

static int visit_claim(struct walk *walk, const struct v6_record *record, bool alive,
		       size_t service, size_t map)
{
	struct claim claim = {
		.record = record,
		.service = &record->services[service],
		.map = &record->maps[map],
		.name = walk->name.s,
	};
	struct v6_error err;

	if (claim.service == walk->egress.service)
		claim.egress = &walk->egress;

	if (v6_claim_look(walk->host, record, alive, service, map, &claim.look, &err) < 0) {
		claim.look = (struct v6_claim_look){.state = V6_CLAIM_UNKNOWN};
		if (!walk->told)
			command_fail(&err);
		walk->told = true;
	}
	if (walk->passages)
		v6_passages_look(walk->passages, record, service, map, &claim.look);
	return walk->visit->claim(&claim, walk->data);
}

static int visit_record(const struct v6_record *record, bool alive, void *data)
{
	struct walk *walk = data;
	size_t service, map;
	int ret = walk->visit->record ? walk->visit->record(record, alive, walk->data) : 1;

	if (ret <= 0 || !walk->visit->claim)
		return ret;
	walk->name = container_name(record);
	if (v6_egress_look(walk->host, record, &walk->egress, NULL) < 0)
		walk->egress.service = NULL;
	for (service = 0; service < record->n_services && ret >= 0; service++)
		for (map = 0; map < record->n_maps && ret >= 0; map++)
			ret = visit_claim(walk, record, alive, service, map);
	return ret;
}

int claims_each(struct v6_host *host, const struct claims_visit *visit, void *data,
		struct v6_error *err)
{
	struct v6_passages auto_call(v6_passages_cleanup) *passages = NULL;
	struct walk walk = {.host = host, .visit = visit, .data = data};

	/* v6_claim_look() tells those who may not */
	if (visit->claim && v6_passages_open(host, &passages, NULL) == 0)
		walk.passages = passages;
	return v6_records_seen_each(host, visit_record, &walk, err);
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

struct v6_line claim_target_text(const struct claim *claim)
{
	struct v6_text address = v6_address_text(claim_target(claim));
	const struct v6_port_map *map = claim->map;

	if (claim_is_pending(claim))
		return v6_line("-");
	if (map->protocol == V6_PROTOCOL_ALL)
		return v6_line("%s", address.s);
	if (map->count == 1)
		return v6_line("[%s]:%u", address.s, v6_record_target_port(claim->record, map));
	return v6_line("[%s]:%u-%u", address.s, map->target_port,
		       map->target_port + map->count - 1U);
}

bool id_matches(const char *id, const char *word)
{
	size_t size = strlen(word);

	return strcmp(id, word) == 0 || (size >= ID_PREFIX_MIN && strncmp(id, word, size) == 0);
}

struct container_name container_name(const struct v6_record *record)
{
	struct container_name name;

	memcpy(name.s, record->name, sizeof(name.s));
	if (!*name.s)
		v6_container_name_find(record->id, record->pid, name.s);
	return name;
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
	return id_matches(record->id, word) ||
	       (*word && strcmp(container_name(record).s, word) == 0);
}

bool failure_matches(const struct v6_failure *failure, const char *word)
{
	return v6_failure_is_about(failure, word) || id_matches(failure->id, word) ||
	       (*word && strcmp(failure->name, word) == 0);
}

void failure_put(const struct v6_failure *failure, const struct term *term, FILE *out)
{
	struct v6_line line =
		v6_line("%s %.*s:", term_time(failure->when).s, V6_ID_SHORT, failure->id);

	fprintf(out, "%s ", line.s);
	term_put_wrapped(term, out, failure->text, (int)strlen(line.s) + 1, 4);
}

/* record_age() - seconds; -1: not known, as an earlier version made it and the clock was set */
static int64_t record_age(const struct v6_record *record)
{
	int64_t uptime = v6_uptime_s(), age = time(NULL) - record->created;

	if (record->created_up > 0)
		age = uptime - record->created_up;
	return age >= 0 && age <= uptime ? age : -1;
}

struct v6_line record_age_text(const struct v6_record *record)
{
	int64_t age = record_age(record);

	return age < 0 ? v6_line("-") : term_age(age);
}

int64_t record_since(const struct v6_record *record)
{
	int64_t age = record_age(record), since = time(NULL) - age;

	return age < 0 || imaxabs(since - record->created) <= CLOCK_ERROR_S ? record->created
									    : since;
}

/* shown_state() - of one that several containers have, also how many of sixteen clients it has */
static struct v6_line shown_state(const struct claim *claim)
{
	const char *state = v6_claim_state_word(claim->look.state);

	if (claim->look.slots > 0 && claim->record->share.mode == V6_SHARE_EACH)
		return v6_line("%s %u/%u", state, claim->look.slots, V6_SLOTS);
	return v6_line("%s", state);
}

/* shown_clients() - that may connect, or "": everybody */
static struct v6_line shown_clients(const struct v6_record *record)
{
	if (record->n_from == 1)
		return v6_line("%s", v6_prefix_text(&record->from[0]).s);
	return record->n_from ? v6_line("%zu prefixes", record->n_from) : v6_line("%s", "");
}

/* shown_egress() - connections that left by the service address, or "": it is not left by */
static struct v6_line shown_egress(const struct claim *claim)
{
	if (!claim->egress)
		return v6_line("%s", "");
	return claim->egress->active ? term_number(claim->egress->connections) : v6_line("-");
}

/* KEY, TEXT, NUMBER, TSV, SHOWN of struct claim_field; temporary texts live until it returns */
#define PUT(...) put(&(const struct claim_field){__VA_ARGS__}, data)

void claim_each_field(const struct claim *claim,
		      void (*put)(const struct claim_field *field, void *data), void *data)
{
	const struct v6_record *r = claim->record;
	const struct v6_service *s = claim->service;
	const struct v6_port_map *map = claim->map;
	const struct v6_claim_look *look = &claim->look;
	const char *state = v6_claim_state_word(look->state);
	bool all = map->protocol == V6_PROTOCOL_ALL, known = look->state != V6_CLAIM_UNKNOWN;
	bool leads = !claim_is_pending(claim);
	char id[V6_ID_SHORT + 1];

	snprintf(id, sizeof(id), "%.*s", V6_ID_SHORT, r->id);
	PUT("service", s->name, -1, true, s->name);
	PUT("address", V6_TEXT(&s->address), -1, true, V6_TEXT(&s->address));
	PUT("protocol", all ? "all" : v6_protocol_name(map->protocol), -1, true, NULL);
	PUT("port", NULL, all ? -1 : map->service_port, true, v6_map_text(map).s);
	PUT("last_port", NULL, all ? -1 : map->service_port + map->count - 1, true, NULL);
	PUT("container", r->id, -1, true, id);
	PUT("name", claim->name, -1, true, claim->name);
	PUT("engine", v6_engine_name(r->engine), -1, false, NULL);
	PUT("uid", NULL, r->uid, false, NULL);
	PUT("target_address", leads ? V6_TEXT(claim_target(claim)) : NULL, -1, true,
	    claim_target_text(claim).s);
	PUT("target_port", NULL, leads && !all ? v6_record_target_port(r, map) : -1, true, NULL);
	PUT("relay", r->relay ? v6_relay_name(r->relay) : NULL, -1, false, NULL);
	PUT("program_port", NULL, r->relay ? map->target_port : -1, false, NULL);
	PUT("link", s->link_name, -1, true, s->link_name);
	PUT("attach", v6_attach_name(s->attach), -1, false, NULL);
	PUT("state", state, -1, true, shown_state(claim).s);
	PUT("share", r->share.mode ? v6_share_mode_name(r->share.mode) : NULL, -1, false, NULL);
	PUT("slots", NULL, r->share.mode == V6_SHARE_EACH && known ? look->slots : -1, false, NULL);
	PUT("meaning", v6_claim_state_text(look->state), -1, false, NULL);
	PUT("since", NULL, record_since(r), true, record_age_text(r).s);
	PUT("connections", NULL, known ? (int64_t)look->connections : -1, true,
	    known ? term_number(look->connections).s : "-");
	PUT("bytes", NULL, look->has_bytes ? (int64_t)look->bytes : -1, true,
	    look->has_bytes ? term_number(look->bytes).s : "-");
	PUT("clients", NULL, r->n_from ? (int64_t)r->n_from : -1, true,
	    shown_clients(claim->record).s);
	PUT("egress_connections", NULL,
	    claim->egress && claim->egress->active ? (int64_t)claim->egress->connections : -1, true,
	    shown_egress(claim).s);
}

void claim_field_write_json(const struct claim_field *field, void *data)
{
	if (field->text)
		v6_json_put_string(data, field->key, field->text);
	else if (field->number >= 0)
		v6_json_put_integer(data, field->key, field->number);
}

void claim_write_json(struct v6_json_writer *w, const struct claim *claim)
{
	claim_each_field(claim, claim_field_write_json, w);
	if (claim->look.state != V6_CLAIM_UNKNOWN)
		v6_json_put_bool(w, "shared", claim->look.shared);
}

void failure_write_json(struct v6_json_writer *w, const char *key, const struct v6_failure *failure)
{
	v6_json_begin_object(w, key);
	v6_json_put_string(w, "container", failure->id);
	if (*failure->name)
		v6_json_put_string(w, "name", failure->name);
	v6_json_put_string(w, "asked_for", failure->hosts);
	v6_json_put_integer(w, "time", failure->when);
	v6_json_put_string(w, "message", failure->text);
	v6_json_end_object(w);
}

const char *claim_colour(const char *state)
{
	size_t size = strlen(v6_claim_state_word(V6_CLAIM_ACTIVE));

	if (strncmp(state, v6_claim_state_word(V6_CLAIM_ACTIVE), size) == 0 ||
	    strcmp(state, v6_claim_state_word(V6_CLAIM_FOREIGN)) == 0)
		return TERM_GREEN;
	if (strcmp(state, v6_claim_state_word(V6_CLAIM_UNKNOWN)) == 0 ||
	    strcmp(state, v6_claim_state_word(V6_CLAIM_DRAINING)) == 0 ||
	    strcmp(state, v6_claim_state_word(V6_CLAIM_JOINING)) == 0 ||
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

void failures_read(struct v6_host *host, struct failures *ret_failures)
{
	*ret_failures = (struct failures){NULL, 0};
	v6_failures_seen_each(host, gather_failure, ret_failures, NULL);
	if (ret_failures->n > 0)
		qsort(ret_failures->list, ret_failures->n, sizeof(*ret_failures->list),
		      compare_times);
}

void failures_release(struct failures *failures)
{
	free(failures->list);
	failures->list = NULL;
}
