/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several subcommands show: each claim of each record, and how it stands. */
#ifndef CTL_CLAIMS_H
#define CTL_CLAIMS_H

#include <libv6/apply.h>
#include <libv6/store.h>

#include "base/json.h"
#include "term.h"

/**
 * struct claim - A mapping of ports on a service address, as it stands now
 * @record:	Whose; borrowed
 * @service:	In @record
 * @map:	In @record
 * @name:	What its container is called, or ""; borrowed
 * @look:	Its state is V6_CLAIM_UNKNOWN where we may not look
 * @egress:	How its container leaves by @service, or NULL: it does not ask for that; borrowed
 */
struct claim {
	const struct v6_record *record;
	const struct v6_service *service;
	const struct v6_port_map *map;
	const char *name;
	struct v6_claim_look look;
	const struct v6_egress_look *egress;
};

/**
 * struct claims_visit - What to do with each record, and with each of its claims
 * @record:	NULL, or called before the record's claims; 0 passes them over, negative ends all
 * @claim:	NULL, or called with each; negative ends all
 */
struct claims_visit {
	int (*record)(const struct v6_record *record, bool alive, void *data);
	int (*claim)(const struct claim *claim, void *data);
};

/**
 * claims_each() - Visit all claims of this host, those of one record together
 *
 * Where we may not look at the kernel, that is said once, on standard error.
 *
 * Return: 0, or a negative errno: what could not be read is in @err
 */
int claims_each(struct v6_host *host, const struct claims_visit *visit, void *data,
		struct v6_error *err);

/**
 * record_matches() - Whether a word means this record's container
 * @word:	A service's name or address, a container's id or its first characters, at least 4,
 *		or its name
 */
bool record_matches(const struct v6_record *record, const char *word);

/* id_matches() - whether a word is a container's id, or its first characters, at least 4 */
bool id_matches(const char *id, const char *word);

/* struct container_name - by value, so that it can be an argument */
struct container_name {
	char s[V6_CONTAINER_NAME_MAX + 1];
};

/* container_name() - what its pod or, for people, its engine calls a container, or "" */
struct container_name container_name(const struct v6_record *record);

/* failure_matches() - the same, for a failure: its container, or a name that it asked for */
bool failure_matches(const struct v6_failure *failure, const char *word);

/* failure_put() - print a failure with its time and container, for people */
void failure_put(const struct v6_failure *failure, const struct term *term, FILE *out);

/* record_age_text() - how long ago a record was made, however the clock was set; "-": not known */
struct v6_line record_age_text(const struct v6_record *record);

/* record_since() - when that was, seconds since the epoch as the clock is now */
int64_t record_since(const struct v6_record *record);

/* claim_is_pending() - whether it leads nowhere yet, or any more */
bool claim_is_pending(const struct claim *claim);

/* claim_target() - where it leads: the service address itself in the host's own network, and while
 * it is pending
 */
const struct in6_addr *claim_target(const struct claim *claim);

/* claim_target_text() - [fd42::a]:8080, [fd42::a]:5000-5010, or the address alone where all of it
 * is meant; "-" while it is pending
 */
struct v6_line claim_target_text(const struct claim *claim);

/**
 * struct claim_field - One fact of a claim, for every format
 * @key:	Its name in JSON
 * @text:	Its value; or NULL: that is
 * @number:	this. Negative: the claim has no such value
 * @tsv:	It is a column of TSV
 * @shown:	For people, in the table of v6ctl list; or NULL: it has no column there
 */
struct claim_field {
	const char *key;
	const char *text;
	int64_t number;
	bool tsv;
	const char *shown;
};

/* claim_each_field() - Visit all facts of a claim, in the order that all formats have */
void claim_each_field(const struct claim *claim,
		      void (*put)(const struct claim_field *field, void *data), void *data);

/* claim_field_write_json() - Write a fact as a member, if the claim has it; @data: the writer */
void claim_field_write_json(const struct claim_field *field, void *data);

/* claim_write_json() - Write the members of a claim's object; their keys are in v6ctl(8) */
void claim_write_json(struct v6_json_writer *w, const struct claim *claim);

/* failure_write_json() - the same, of a failure, as the member @key */
void failure_write_json(struct v6_json_writer *w, const char *key,
			const struct v6_failure *failure);

/* claim_colour() - of a state's word */
const char *claim_colour(const char *state);

/**
 * struct failures - The last failures of containers, in the order in which they happened
 * @list:	@n of them, 256 at most
 */
struct failures {
	struct v6_failure *list;
	size_t n;
};

/* failures_read() - none where they can't be read; release with failures_release() */
void failures_read(struct v6_host *host, struct failures *ret_failures);
void failures_release(struct failures *failures);

#endif
