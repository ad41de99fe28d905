/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way that a packet takes to a service, as a small picture. */
#include <errno.h>
#include <string.h>

#include <libv6/apply.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/prefixes.h"
#include "base/text.h"
#include "claims.h"
#include "command.h"
#include "listening.h"
#include "term.h"

/* struct drawing - one call of the command */
struct drawing {
	const char *word;
	struct term term;
	size_t n; /* pictures drawn */
};

static int choose_record(const struct v6_record *record, bool alive, void *data)
{
	const struct drawing *d = data;

	(void)alive;
	return record_matches(record, d->word);
}

/* put_place() - where a packet is, and what becomes of it on the way on */
static void put_place(const struct drawing *d, const char *place, const char *onward)
{
	struct v6_error line;

	v6_fail(&line, 0, "%s", place);
	puts(line.text);
	if (!onward)
		return;
	v6_fail(&line, 0, "%s", onward);
	printf("  %s%s%s\n", d->term.utf8 ? "\xe2\x94\x82" : "|", *onward ? "  " : "", line.text);
	printf("  %s\n", d->term.utf8 ? "\xe2\x96\xbc" : "v");
}

/* describe_attach() - how packets for the address come to be here */
static const char *describe_attach(const struct v6_service *service)
{
	switch (service->attach) {
	case V6_ATTACH_ADDRESS:
		return "an address of the interface";
	case V6_ATTACH_PROXY:
		return "a proxy neighbour of the interface, and a local route";
	case V6_ATTACH_ROUTE:
		return "a local route; its prefix is routed to this host";
	case V6_ATTACH_NONE:
		break;
	}
	return "it was this host's before";
}

/* clients_text() - for the rules of nf_tables: which clients they let in, unless everybody */
static struct v6_line clients_text(const struct v6_record *record)
{
	if (record->n_from == 0)
		return v6_line("%s", "");
	if (record->n_from == 1)
		return v6_line("from %s only, ", v6_prefix_text(&record->from[0]).s);
	return v6_line("from %zu prefixes only, ", record->n_from);
}

static void put_outside(const struct drawing *d, const struct claim *claim)
{
	const struct v6_service *service = claim->service;
	const struct v6_destination *destination = &claim->record->destination;
	struct v6_line target =
		v6_line("%sto %s", clients_text(claim->record).s, claim_target_text(claim).s);

	put_place(d, "client",
		  v6_line("%s %s %s", service->name, V6_TEXT(&service->address),
			  v6_map_text(claim->map).s)
			  .s);
	put_place(d, v6_line("%s of this host: %s", service->link_name, describe_attach(service)).s,
		  claim->look.state == V6_CLAIM_UNKNOWN
			  ? v6_line("nf_tables: %s", target.s).s
			  : v6_line("nf_tables: %s, connections so far: %llu", target.s,
				    (unsigned long long)claim->look.connections)
				    .s);
	if (!destination->pending && !IN6_IS_ADDR_UNSPECIFIED(&destination->address))
		put_place(d, v6_line("%s of this host", destination->via_name).s, "");
}

/* put_container() - its interface, in a network of its own */
static void put_container(const struct drawing *d, const struct v6_record *record)
{
	const struct v6_destination *destination = &record->destination;

	put_place(d,
		  v6_line("%s of container %.*s%s%s: %s", destination->link_name, V6_ID_SHORT,
			  record->id, *record->name ? ", " : "", record->name,
			  V6_TEXT(&destination->address))
			  .s,
		  "");
}

/* put_departure() - the way of what the container begins, if it is by this claim's service address
 */
static void put_departure(const struct drawing *d, const struct claim *claim)
{
	const struct v6_service *service = claim->service;

	if (!claim->egress || !claim->egress->active)
		return;
	putchar('\n');
	put_container(d, claim->record);
	put_place(d, v6_line("%s of this host", claim->record->destination.via_name).s,
		  v6_line("nf_tables: from %s (%s), connections so far: %llu",
			  V6_TEXT(&service->address), service->name,
			  (unsigned long long)claim->egress->connections)
			  .s);
	put_place(d, v6_line("%s of this host", service->link_name).s, "");
	put_place(d, "where the container connects to", NULL);
}

static void put_inside(const struct drawing *d, const struct claim *claim)
{
	const struct v6_record *record = claim->record;
	const struct v6_destination *destination = &record->destination;
	struct listening listening;

	if (record->uid != 0)
		put_place(d,
			  v6_line("this host, where user %u publishes ports of container %.*s",
				  record->uid, V6_ID_SHORT, record->id)
				  .s,
			  "");
	else if (destination->pending)
		put_place(d,
			  v6_line("container %.*s, without an address", V6_ID_SHORT, record->id).s,
			  "");
	else if (IN6_IS_ADDR_UNSPECIFIED(&destination->address))
		put_place(d,
			  v6_line("container %.*s, in this host's network", V6_ID_SHORT, record->id)
				  .s,
			  "");
	else
		put_container(d, record);
	listening_find(claim, &listening);
	put_place(d, listening_text(claim, &listening).s, NULL);
}

static int draw_claim(const struct claim *claim, void *data)
{
	const char *state = v6_claim_state_word(claim->look.state);
	struct drawing *d = data;

	if (d->n++ > 0)
		putchar('\n');
	put_outside(d, claim);
	put_inside(d, claim);
	if (claim->look.state != V6_CLAIM_ACTIVE) {
		term_put(&d->term, stdout, claim_colour(state), state);
		printf(": %s\n", v6_claim_state_text(claim->look.state));
	}
	put_departure(d, claim);
	return 0;
}

static int run_path(struct v6_host *host, const struct command_arguments *args)
{
	static const struct claims_visit visit = {choose_record, draw_claim};
	struct drawing d = {.word = args->operands[0], .term = term_of(stdout)};
	struct v6_error err;
	int ret = claims_each(host, &visit, &d, &err);

	if (ret == 0 && d.n == 0)
		ret = v6_fail(
			&err, -ENOENT,
			"%s: nothing is published under that name, address or container; v6ctl lists all",
			V6_SHOWN(d.word));
	return ret < 0 ? command_fail(&err) : EXIT_DONE;
}

const struct command path_command = {
	.name = "path",
	.operands = "NAME|ADDRESS|CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.what = "draw the way of a packet to a service",
	.looks = true,
	.run = run_path,
};
