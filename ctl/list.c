/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line per claim, the last failures below: pretty, as JSON, or for scripts. */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>
#include <time.h>

#include <libv6/apply.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "claims.h"
#include "command.h"
#include "table.h"
#include "watch.h"

enum { OPTION_JSON, OPTION_TSV, OPTION_WATCH };

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
};

/* What identifies a claim comes first. */
#define SORT_COLUMNS 3

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

static size_t put_failures(struct v6_host *host, FILE *out, bool after_claims)
{
	struct failures auto_call(failures_release) failures;
	const struct v6_failure *failure;

	failures_read(host, &failures);
	if (failures.n)
		fprintf(out, "%sLast failures:\n", after_claims ? "\n" : "");
	for (failure = failures.list; failure < failures.list + failures.n; failure++)
		fprintf(out, "%s %.*s: %s\n", term_time(failure->when).s, V6_ID_SHORT, failure->id,
			failure->text);
	return failures.n;
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
	fputs("Service addresses that the kernel shows to anybody:\n", out);
	table_sort(&table, 1);
	table_print(&table, &term, out);
}

/* put_list() - the pretty form */
static int put_list(struct v6_host *host, FILE *out)
{
	static const struct claims_visit visit = {.claim = add_row};
	struct table auto_call(table_release) table = {
		.columns = columns,
		.n_columns = V6_ARRAY_SIZE(columns),
	};
	struct term term = term_of(stdout);
	struct v6_error err;

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
	if (put_failures(host, out, table_rows(&table) > 0) == 0 && table_rows(&table) == 0)
		fputs("nothing is published\n", out);
	return EXIT_DONE;
}

static int write_claim(const struct claim *claim, void *data)
{
	v6_json_begin_object(data, NULL);
	claim_write_json(data, claim);
	v6_json_end_object(data);
	return 0;
}

static int write_listing(struct v6_json_writer *w, void *data, struct v6_error *err)
{
	static const struct claims_visit visit = {.claim = write_claim};
	struct failures auto_call(failures_release) failures = {NULL, 0};
	const struct v6_failure *failure;
	int ret;

	v6_json_begin_array(w, "claims");
	ret = claims_each(data, &visit, w, err);
	v6_json_end_array(w);
	v6_json_begin_array(w, "failures");
	failures_read(data, &failures);
	for (failure = failures.list; failure < failures.list + failures.n; failure++)
		failure_write_json(w, NULL, failure);
	v6_json_end_array(w);
	return ret;
}

/* put_field() - Write a value, which never has a tab, and a tab before all but the first */
static void put_field(const struct claim_field *field, void *data)
{
	const char **before = data;
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

static int put_claim_line(const struct claim *claim, void *data)
{
	const char *before = "";

	(void)data;
	claim_each_field(claim, put_field, &before);
	putchar('\n');
	return 0;
}

static int put_tsv(struct v6_host *host)
{
	static const struct claims_visit visit = {.claim = put_claim_line};
	struct v6_error err;

	return claims_each(host, &visit, NULL, &err) < 0 ? command_fail(&err) : EXIT_DONE;
}

static int run_list(struct v6_host *host, const struct command_arguments *args)
{
	bool json = args->option[OPTION_JSON], tsv = args->option[OPTION_TSV];

	if (json + tsv + (args->option[OPTION_WATCH] != NULL) > 1)
		return command_misused(&list_command, "choose one of --json, --tsv and --watch");
	if (args->option[OPTION_WATCH])
		return watch(put_list);
	if (json)
		return command_write_json(&list_command, write_listing, host);
	return tsv ? put_tsv(host) : put_list(host, stdout);
}

const struct command list_command = {
	.name = "list",
	.operands = "",
	.what = "what is published, and what failed last; the default",
	.options =
		{
			[OPTION_JSON] = {"json", 0, NULL, "as JSON; v6ctl(8) tells the keys"},
			[OPTION_TSV] = {"tsv", 0, NULL,
					"a line for each claim, its fields between tabs"},
			[OPTION_WATCH] = {"watch", 'w', NULL, "keep it current until Ctrl-C"},
		},
	.looks = true,
	.run = run_list,
};
