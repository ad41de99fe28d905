/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line per claim, the last failures below: pretty, as JSON, or for scripts. */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>
#include <time.h>

#include <libv6/apply.h>
#include <libv6/ipc.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "claims.h"
#include "command.h"
#include "rows.h"
#include "table.h"
#include "watch.h"

enum { OPTION_JSON, OPTION_TSV, OPTION_WATCH };

#define WORDS_MAX 64

/* What is to be listed, @n words of it, and by bits which of them anything was found of; none: all.
 * One process has one list.
 */
static struct {
	char *const *words;
	int n;
	uint64_t found;
} wanted;

/* In the order of the fields that people see, see claim_each_field() */
static const struct table_column columns[] = {
	{.title = "SERVICE", .least = 15},
	{.title = "ADDRESS"},
	{.title = "PORT"},
	{.title = "CONTAINER", .leave = 1},
	{.title = "NAME", .leave = 5},
	{.title = "TARGET", .leave = 8},
	{.title = "LINK", .leave = 6},
	{.title = "STATE", .colour = claim_colour},
	{.title = "AGE", .leave = 3, .right = true},
	{.title = "CONN", .leave = 2, .right = true},
	{.title = "BYTES", .leave = 4, .right = true},
	{.title = "FROM", .leave = 10},
	{.title = "OUT", .leave = 9, .right = true},
};

/* What identifies a claim comes first. */
#define SORT_COLUMNS 3

/* is_wanted() - Check whether any word means a thing, and note which do */
static bool is_wanted(bool (*matches)(const void *thing, const char *word), const void *thing)
{
	bool any = wanted.n == 0;
	int i;

	for (i = 0; i < wanted.n; i++) {
		if (!matches(thing, wanted.words[i]))
			continue;
		wanted.found |= UINT64_C(1) << i;
		any = true;
	}
	return any;
}

static bool word_means_record(const void *thing, const char *word)
{
	return record_matches(thing, word);
}

static bool word_means_failure(const void *thing, const char *word)
{
	return failure_matches(thing, word);
}

static int pass_wanted(const struct v6_record *record, bool alive, void *data)
{
	(void)alive;
	(void)data;
	return is_wanted(word_means_record, record);
}

static int mark_failure(const struct v6_failure *failure, void *data)
{
	(void)data;
	is_wanted(word_means_failure, failure);
	return 0;
}

/* end_list() - Return: exit status */
static int end_list(void)
{
	struct v6_error err;
	int i, status = EXIT_DONE;

	for (i = 0; i < wanted.n; i++) {
		if (wanted.found & UINT64_C(1) << i)
			continue;
		v6_fail(&err, -ENOENT,
			"%s: nothing is published under that name, address or container, and no such container failed; v6ctl lists all",
			V6_SHOWN(wanted.words[i]));
		status = command_fail(&err);
	}
	return status;
}

static void add_cell(const struct claim_field *field, void *data)
{
	if (field->shown)
		table_add(data, field->shown);
}

static int add_row(const struct claim *claim, void *data)
{
	claim_each_field(claim, add_cell, data);
	return 0;
}

static size_t put_failures(struct v6_host *host, const struct term *term, FILE *out,
			   bool after_claims)
{
	struct failures auto_call(failures_release) failures;
	const struct v6_failure *failure;
	size_t n = 0;

	failures_read(host, &failures);
	for (failure = failures.list; failure < failures.list + failures.n; failure++) {
		if (!is_wanted(word_means_failure, failure))
			continue;
		if (n++ == 0)
			fprintf(out, "%sLast failures:\n", after_claims ? "\n" : "");
		failure_put(failure, term, out);
	}
	return n;
}

static int add_address(const struct in6_addr *address, int link, void *data)
{
	char name[IF_NAMESIZE] = "?";
	struct table *table = data;

	if_indextoname((unsigned int)link, name);
	table_add(table, V6_TEXT(address));
	table_add(table, name);
	return 0;
}

/* put_addresses() - what anybody may see, where the records can't be read */
static void put_addresses(struct v6_host *host, FILE *out)
{
	static const struct table_column address_columns[] = {{.title = "ADDRESS"},
							      {.title = "LINK"}};
	struct table auto_call(table_release) table = {
		.columns = address_columns,
		.n_columns = V6_ARRAY_SIZE(address_columns),
	};
	struct term term = term_of(stdout);

	if (v6_addresses_each(host, add_address, &table, NULL) < 0 || table_rows(&table) == 0)
		return;
	fputs("Service addresses that the kernel shows to every user:\n", out);
	table_sort(&table, 1);
	table_print(&table, &term, out);
}

/* put_list() - the pretty form */
static int put_list(struct v6_host *host, FILE *out)
{
	static const struct claims_visit visit = {pass_wanted, add_row};
	struct table auto_call(table_release) table = {
		.columns = columns,
		.n_columns = V6_ARRAY_SIZE(columns),
	};
	struct term term = term_of(stdout);
	struct v6_error err;

	wanted.found = 0;
	if (claims_each(host, &visit, &table, &err) < 0) {
		command_fail(&err);
		put_addresses(host, out);
		return EXIT_FAILED;
	}
	if (table.failed) {
		v6_fail(&err, -ENOMEM, "list: %s", v6_strerror(ENOMEM));
		return command_fail(&err);
	}
	table_sort(&table, SORT_COLUMNS);
	table_print(&table, &term, out);
	if (put_failures(host, &term, out, table_rows(&table) > 0) == 0 && wanted.n == 0 &&
	    table_rows(&table) == 0)
		fputs("nothing is published\n", out);
	return end_list();
}

static int read_rows(struct v6_host *host, struct rows *ret_rows, struct v6_error *err)
{
	static const struct claims_visit visit = {pass_wanted, rows_add};
	int ret = claims_each(host, &visit, ret_rows, err);

	rows_sort(ret_rows);
	return ret;
}

static void write_row(struct v6_json_writer *w, const struct row *row)
{
	const struct claim_field *field = row->fields;

	v6_json_begin_object(w, NULL);
	for (; field < row->fields + row->n_fields; field++)
		claim_field_write_json(field, w);
	if (row->known)
		v6_json_put_bool(w, "shared", row->shared);
	v6_json_end_object(w);
}

static int write_listing(struct v6_json_writer *w, void *data, struct v6_error *err)
{
	struct failures auto_call(failures_release) failures = {NULL, 0};
	struct rows auto_call(rows_release) rows = {NULL, 0};
	const struct v6_failure *failure;
	int ret = read_rows(data, &rows, err);
	size_t i;

	v6_json_begin_array(w, "claims");
	for (i = 0; i < rows.n; i++)
		write_row(w, &rows.list[i]);
	v6_json_end_array(w);
	v6_json_begin_array(w, "failures");
	failures_read(data, &failures);
	for (failure = failures.list; failure < failures.list + failures.n; failure++)
		if (is_wanted(word_means_failure, failure))
			failure_write_json(w, NULL, failure);
	v6_json_end_array(w);
	return ret;
}

static int put_json(struct v6_host *host)
{
	int status = command_write_json(&list_command, write_listing, host);

	return status == EXIT_DONE ? end_list() : status;
}

/* put_field() - Write a value, which never has a tab, and a tab before all but the first */
static void put_field(const struct claim_field *field, const char **before)
{
	struct v6_error line;

	if (!field->tsv)
		return;
	v6_fail(&line, 0, "%s", field->text && *field->text ? field->text : "-");
	if (field->number >= 0)
		printf("%s%" PRId64, *before, field->number);
	else
		printf("%s%s", *before, line.text);
	*before = "\t";
}

static void put_row_line(const struct row *row)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < row->n_fields; i++)
		put_field(&row->fields[i], &before);
	putchar('\n');
}

static int put_tsv(struct v6_host *host)
{
	struct rows auto_call(rows_release) rows = {NULL, 0};
	struct v6_error err;
	size_t i;

	if (read_rows(host, &rows, &err) < 0)
		return command_fail(&err);
	for (i = 0; i < rows.n; i++)
		put_row_line(&rows.list[i]);
	/* there is no line for one, but its name is no mistake */
	v6_failures_seen_each(host, mark_failure, NULL, NULL);
	return end_list();
}

static int run_list(struct v6_host *host, const struct command_arguments *args)
{
	bool json = args->option[OPTION_JSON], tsv = args->option[OPTION_TSV];

	if (json + tsv + (args->option[OPTION_WATCH] != NULL) > 1)
		return command_misused(&list_command, "choose one of --json, --tsv and --watch");
	wanted.words = args->operands;
	wanted.n = args->n_operands;
	if (args->option[OPTION_WATCH])
		return watch(put_list);
	if (json)
		return put_json(host);
	return tsv ? put_tsv(host) : put_list(host, stdout);
}

const struct command list_command = {
	.name = "list",
	.operands = "[NAME|ADDRESS|CONTAINER...]",
	.operands_max = WORDS_MAX,
	.what = "list published services and the last failures; the default",
	.options =
		{
			[OPTION_JSON] = {"json", 0, NULL, "print JSON; v6ctl(8) lists the keys"},
			[OPTION_TSV] = {"tsv", 0, NULL,
					"print a line for each claim, with tabs between fields"},
			[OPTION_WATCH] = {"watch", 'w', NULL, "update the list until Ctrl-C"},
		},
	.looks = true,
	.run = run_list,
};
