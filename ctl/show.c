/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything about one service or container, the last error included. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <libv6/apply.h>
#include <libv6/verbs.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/prefixes.h"
#include "base/text.h"
#include "claims.h"
#include "command.h"
#include "listening.h"
#include "term.h"

enum { OPTION_JSON };

/**
 * struct showing - One call of the command
 * @host:	This host
 * @word:	What is looked for
 * @w:		NULL, or JSON is written
 * @term:	Else there
 * @failures:	All; what was shown has the id ""
 * @n:		Containers shown
 */
struct showing {
	struct v6_host *host;
	const char *word;
	struct v6_json_writer *w;
	struct term term;
	struct failures failures;
	size_t n;
	bool open; /* the array of claims of the last container */
};

/* put_fact() - a line below a container */
static void V6_PRINTF(2, 3) put_fact(const char *label, const char *fmt, ...)
{
	char text[sizeof(((struct v6_error *)0)->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v6_text_printable(text);
	printf("  %-9s %s\n", label, text);
}

static struct v6_failure *find_failure(struct showing *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->failures.n; i++)
		if (strcmp(s->failures.list[i].id, id) == 0)
			return &s->failures.list[i];
	return NULL;
}

/* end_container() - of the one begun last: its claims are all there */
static void end_container(struct showing *s)
{
	if (s->open && s->w) {
		v6_json_end_array(s->w);
		v6_json_end_object(s->w);
	}
	s->open = false;
}

static void put_life(const struct v6_record *record, bool alive)
{
	struct v6_process process = {.name = ""};

	if (*record->netns_path)
		put_fact("netns", "%s, %s", record->netns_path, alive ? "there" : "gone");
	else if (alive && v6_process_name(record->pid, &process) == 0)
		put_fact("process", "%d (%s)", record->pid, process.name);
	else
		put_fact("process", "%d, %s", record->pid, alive ? "alive" : "ended");
}

static void put_network(struct v6_host *host, const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;
	struct v6_error why;

	if (record->uid != 0)
		put_fact("network", "its own; user %u publishes its ports on this host",
			 record->uid);
	else if (d->pending)
		put_fact("network", "%s",
			 v6_pending_why(host, record, &why) < 0
				 ? why.text
				 : "it is there now; v6ctl reconcile");
	else if (IN6_IS_ADDR_UNSPECIFIED(&d->address))
		put_fact("network", "the host's own");
	else
		put_fact("network", "%s on %s, by %s of the host%s", V6_TEXT(&d->address),
			 d->link_name, d->via_name,
			 d->provided ? "; the address was given by us" : "");
}

static void put_failure(const struct v6_failure *failure)
{
	put_fact("error", "%s: %s", term_time(failure->when).s, failure->text);
}

/* leave_time() - when an address goes, in seconds since the epoch */
static int64_t leave_time(const struct v6_leaving *leaving)
{
	return time(NULL) + v6_leaving_left(leaving, v6_uptime_s());
}

static void put_leaving(const struct v6_record *record)
{
	const struct v6_leaving *leaving = record->leaving;

	for (; leaving < record->leaving + record->n_leaving; leaving++)
		put_fact("left", "%s was %s; that stays for its connections until %s",
			 leaving->service.name, V6_TEXT(&leaving->service.address),
			 term_time(leave_time(leaving)).s);
}

/* put_egress() - by which address it leaves, if it asks for one */
static void put_egress(struct v6_host *host, const struct v6_record *record)
{
	struct v6_egress_look look;

	if (v6_egress_look(host, record, &look, NULL) < 0 || !look.service)
		return;
	if (look.active)
		put_fact("leaves", "by %s (%s) on %s; connections: %llu",
			 V6_TEXT(&look.service->address), look.service->name,
			 look.service->link_name, (unsigned long long)look.connections);
	else
		put_fact("leaves", "not by %s (%s), as it asks for; run v6ctl check",
			 V6_TEXT(&look.service->address), look.service->name);
}

static void put_clients(const struct v6_record *record)
{
	size_t i;

	for (i = 0; i < record->n_from; i++)
		put_fact(i == 0 ? "from" : "", "%s", v6_prefix_text(&record->from[i]).s);
}

static void put_since(const struct v6_record *record)
{
	struct v6_line when = term_time(record_since(record)), age = record_age_text(record);

	if (strcmp(age.s, "-") == 0)
		put_fact("since", "%s, age not known: the clock was set since", when.s);
	else
		put_fact("since", "%s, %s ago", when.s, age.s);
}

static void put_relay(struct v6_host *host, const struct v6_record *record)
{
	struct v6_relay_counts counts;

	if (record->relay == V6_RELAY_OFF)
		return;
	put_fact("relay", "%s: its program is reached by IPv4, and %s its clients' addresses",
		 v6_relay_name(record->relay),
		 record->relay == V6_RELAY_PROXY ? "a PROXY header tells it" : "does not see");
	if (v6_relay_look(host, record, &counts) == 0)
		put_fact("",
			 "%" PRIu64 " connections now, of at most %" PRIu64
			 "; refused beyond: %" PRIu64,
			 counts.open, counts.limit, counts.refused);
}

static void put_record(struct showing *s, const struct v6_record *record, bool alive)
{
	const struct v6_failure *failure = find_failure(s, record->id);
	struct container_name name = container_name(record);

	printf("%s", s->n > 0 ? "\n" : "");
	term_put(&s->term, stdout, TERM_BOLD, record->id);
	putchar('\n');
	if (*name.s)
		put_fact("name", "%s", name.s);
	put_fact("engine", "%s", v6_engine_name(record->engine));
	put_life(record, alive);
	put_network(s->host, record);
	put_relay(s->host, record);
	put_egress(s->host, record);
	put_clients(record);
	put_leaving(record);
	put_since(record);
	if (failure)
		put_failure(failure);
}

static void write_network(struct v6_json_writer *w, const struct v6_destination *d)
{
	bool own = !d->pending && IN6_IS_ADDR_UNSPECIFIED(&d->address);

	v6_json_begin_object(w, "network");
	v6_json_put_bool(w, "host", own);
	if (!own && !d->pending) {
		v6_json_put_string(w, "address", V6_TEXT(&d->address));
		v6_json_put_bool(w, "provided", d->provided);
		v6_json_put_string(w, "link", d->link_name);
		v6_json_put_string(w, "via", d->via_name);
	}
	v6_json_end_object(w);
}

static void write_leaving(struct v6_json_writer *w, const struct v6_record *record)
{
	const struct v6_leaving *leaving = record->leaving;

	v6_json_begin_array(w, "leaving");
	for (; leaving < record->leaving + record->n_leaving; leaving++) {
		v6_json_begin_object(w, NULL);
		v6_json_put_string(w, "service", leaving->service.name);
		v6_json_put_string(w, "address", V6_TEXT(&leaving->service.address));
		v6_json_put_integer(w, "until", leave_time(leaving));
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
}

static void write_egress(struct showing *s, const struct v6_record *record)
{
	struct v6_egress_look look;

	if (v6_egress_look(s->host, record, &look, NULL) < 0 || !look.service)
		return;
	v6_json_begin_object(s->w, "egress");
	v6_json_put_string(s->w, "service", look.service->name);
	v6_json_put_string(s->w, "address", V6_TEXT(&look.service->address));
	v6_json_put_string(s->w, "link", look.service->link_name);
	v6_json_put_bool(s->w, "active", look.active);
	v6_json_put_integer(s->w, "connections", (long long)look.connections);
	v6_json_end_object(s->w);
}

/* write_clients() - none where everybody may connect */
static void write_clients(struct v6_json_writer *w, const struct v6_record *record)
{
	size_t i;

	v6_json_begin_array(w, "from");
	for (i = 0; i < record->n_from; i++)
		v6_json_put_string(w, NULL, v6_prefix_text(&record->from[i]).s);
	v6_json_end_array(w);
}

/* write_record() - up to its claims, which follow */
static void write_record(struct showing *s, const struct v6_record *record, bool alive)
{
	const struct v6_failure *failure = find_failure(s, record->id);

	v6_json_begin_object(s->w, NULL);
	v6_json_put_string(s->w, "container", record->id);
	v6_json_put_string(s->w, "name", container_name(record).s);
	v6_json_put_string(s->w, "engine", v6_engine_name(record->engine));
	v6_json_put_integer(s->w, "uid", record->uid);
	v6_json_put_bool(s->w, "alive", alive);
	if (*record->netns_path)
		v6_json_put_string(s->w, "netns", record->netns_path);
	else
		v6_json_put_integer(s->w, "pid", record->pid);
	v6_json_put_integer(s->w, "since", record_since(record));
	write_network(s->w, &record->destination);
	write_egress(s, record);
	write_clients(s->w, record);
	write_leaving(s->w, record);
	if (failure)
		failure_write_json(s->w, "failure", failure);
	v6_json_begin_array(s->w, "claims");
}

static int show_record(const struct v6_record *record, bool alive, void *data)
{
	struct showing *s = data;
	struct v6_failure *failure;

	if (!record_matches(record, s->word))
		return 0;
	end_container(s);
	if (s->w)
		write_record(s, record, alive);
	else
		put_record(s, record, alive);
	s->open = true;
	s->n++;
	failure = find_failure(s, record->id);
	if (failure)
		failure->id[0] = '\0';
	return 1;
}

static void put_claim_facts(const struct claim *claim, const struct listening *listening)
{
	const char *word = v6_claim_state_word(claim->look.state);
	struct v6_text address = v6_address_text(&claim->service->address);

	put_fact("claim", "%s %s %s on %s -> %s", claim->service->name, address.s,
		 v6_map_text(claim->map).s, claim->service->link_name, claim_target_text(claim).s);
	put_fact("", "%s: %s", word, v6_claim_state_text(claim->look.state));
	if (claim->look.shared)
		put_fact("", "shared with container %.*s", V6_ID_SHORT, claim->look.holder);
	if (claim->look.state == V6_CLAIM_TAKEN)
		put_fact("", "by container %.*s", V6_ID_SHORT, claim->look.holder);
	if (claim->look.state != V6_CLAIM_UNKNOWN)
		put_fact("", "connections: %llu%s%s", (unsigned long long)claim->look.connections,
			 claim->look.has_bytes ? ", bytes: " : "",
			 claim->look.has_bytes ? term_number(claim->look.bytes).s : "");
	if (claim->map->protocol != V6_PROTOCOL_ALL)
		put_fact("", "%s", listening_text(claim, listening).s);
}

static int show_claim(const struct claim *claim, void *data)
{
	struct showing *s = data;
	struct listening listening;

	listening_find(claim, &listening);
	if (s->w) {
		v6_json_begin_object(s->w, NULL);
		claim_write_json(s->w, claim);
		listening_write_json(s->w, &listening);
		v6_json_end_object(s->w);
	} else {
		put_claim_facts(claim, &listening);
	}
	return 0;
}

/* show_failure() - of a container without a record, because its start failed */
static void show_failure(struct showing *s, const struct v6_failure *failure)
{
	if (s->w) {
		v6_json_begin_object(s->w, NULL);
		v6_json_put_string(s->w, "container", failure->id);
		failure_write_json(s->w, "failure", failure);
		v6_json_end_object(s->w);
	} else {
		printf("%s", s->n > 0 ? "\n" : "");
		term_put(&s->term, stdout, TERM_BOLD, failure->id);
		putchar('\n');
		put_failure(failure);
	}
	s->n++;
}

static int show_all(struct showing *s, struct v6_error *err)
{
	static const struct claims_visit visit = {show_record, show_claim};
	int ret = claims_each(s->host, &visit, s, err);
	size_t i;

	end_container(s);
	for (i = 0; i < s->failures.n && ret == 0; i++)
		if (failure_matches(&s->failures.list[i], s->word))
			show_failure(s, &s->failures.list[i]);
	if (ret == 0 && s->n == 0)
		return v6_fail(
			err, -ENOENT,
			"%s: nothing is published under that name, address or container, and no such container failed; v6ctl lists all",
			V6_SHOWN(s->word));
	return ret;
}

static int write_containers(struct v6_json_writer *w, void *data, struct v6_error *err)
{
	struct showing *s = data;
	int ret;

	s->w = w;
	v6_json_begin_array(w, "containers");
	ret = show_all(s, err);
	v6_json_end_array(w);
	return ret;
}

static void release_showing(struct showing *s)
{
	failures_release(&s->failures);
}

static int run_show(struct v6_host *host, const struct command_arguments *args)
{
	struct showing auto_call(release_showing) s = {
		.host = host,
		.word = args->operands[0],
		.term = term_of(stdout),
	};
	struct v6_error err;

	failures_read(host, &s.failures);
	if (args->option[OPTION_JSON])
		return command_write_json(&show_command, write_containers, &s);
	return show_all(&s, &err) < 0 ? command_fail(&err) : EXIT_DONE;
}

const struct command show_command = {
	.name = "show",
	.operands = "NAME|ADDRESS|CONTAINER",
	.operands_min = 1,
	.operands_max = 1,
	.what = "show everything about a service or container",
	.options = {[OPTION_JSON] = {"json", 0, NULL, "print JSON; v6ctl(8) lists the keys"}},
	.looks = true,
	.run = run_show,
};
