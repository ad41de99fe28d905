/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables that fit, and the short texts in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../ctl/table.h"
#include "base/cleanup.h"

static const char *red(const char *cell)
{
	return strcmp(cell, "bad") == 0 ? TERM_RED : NULL;
}

static const struct table_column columns[] = {
	{.title = "NAME", .least = 6},
	{.title = "WHERE", .leave = 2},
	{.title = "N", .leave = 1, .right = true},
	{.title = "STATE", .colour = red},
	{.title = "NEVER"},
};

static struct table new_table(void)
{
	return (struct table){.columns = columns, .n_columns = V6_ARRAY_SIZE(columns)};
}

static void add_row(struct table *table, const char *name, const char *where, const char *n,
		    const char *state)
{
	table_add(table, name);
	table_add(table, where);
	table_add(table, n);
	table_add(table, state);
	table_add(table, "");
}

/* printed() - a table at some width; the text is good until the next call */
static const char *printed(const struct table *table, struct term term)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");

	assert_non_null(out);
	text[0] = '\0';
	table_print(table, &term, out);
	fclose(out);
	return text;
}

static void columns_go_as_it_gets_narrow(void **state)
{
	struct table auto_call(table_release) table = new_table();

	(void)state;
	add_row(&table, "web3.example", "eth0", "7", "good");
	add_row(&table, "b", "", "1234", "bad");
	/* as wide as it needs, the empty column apart, with nothing behind the last one */
	assert_string_equal(printed(&table, (struct term){.width = 0}),
			    "NAME         WHERE    N STATE\n"
			    "web3.example eth0     7 good\n"
			    "b                  1234 bad\n");
	assert_string_equal(printed(&table, (struct term){.width = 29}),
			    "NAME         WHERE    N STATE\n"
			    "web3.example eth0     7 good\n"
			    "b                  1234 bad\n");
	assert_string_equal(printed(&table, (struct term){.width = 28}), "NAME            N STATE\n"
									 "web3.example    7 good\n"
									 "b            1234 bad\n");
	assert_string_equal(printed(&table, (struct term){.width = 22}), "NAME         STATE\n"
									 "web3.example good\n"
									 "b            bad\n");
	assert_string_equal(printed(&table, (struct term){.width = 15}), "NAME      STATE\n"
									 "web3.exa~ good\n"
									 "b         bad\n");
	assert_string_equal(printed(&table, (struct term){.width = 14, .utf8 = true}),
			    "NAME     STATE\n"
			    "web3.ex\xe2\x80\xa6 good\n"
			    "b        bad\n");
	/* not below its least, whatever the terminal */
	assert_string_equal(printed(&table, (struct term){.width = 1}), "NAME   STATE\n"
									"web3.~ good\n"
									"b      bad\n");
}

static void colours_are_for_titles_and_states(void **state)
{
	struct table auto_call(table_release) table = new_table();

	(void)state;
	add_row(&table, "a", "x", "1", "bad");
	assert_string_equal(printed(&table, (struct term){.colour = true}),
			    "\033[1mNAME\033[m \033[1mWHERE\033[m \033[1mN\033[m "
			    "\033[1mSTATE\033[m\n"
			    "a    x     1 \033[31mbad\033[m\n");
}

static void characters_count_once(void **state)
{
	struct table auto_call(table_release) table = new_table();

	(void)state;
	add_row(&table,
		"gr\xc3\xb6\xc3\x9f"
		"e",
		"a", "1", "s");
	add_row(&table, "12345", "a", "1", "s");
	assert_string_equal(printed(&table, (struct term){.width = 0}), "NAME  WHERE N STATE\n"
									"gr\xc3\xb6\xc3\x9f"
									"e a     1 s\n"
									"12345 a     1 s\n");
}

static void hostile_cells_are_harmless(void **state)
{
	struct table auto_call(table_release) table = new_table();

	(void)state;
	add_row(&table, "\033[2J\n\xff", "x\ty", "1", "s");
	assert_string_equal(printed(&table, (struct term){.width = 0}), "NAME   WHERE N STATE\n"
									"?[2J?? x?y   1 s\n");
}

static void rows_are_sorted_as_people_count(void **state)
{
	struct table auto_call(table_release) table = new_table();

	(void)state;
	add_row(&table, "web10", "b", "1", "s");
	add_row(&table, "web2", "443/tcp", "2", "s");
	add_row(&table, "web2", "80/tcp", "3", "s");
	table_sort(&table, 2);
	assert_string_equal(printed(&table, (struct term){.width = 0}), "NAME  WHERE   N STATE\n"
									"web2  80/tcp  3 s\n"
									"web2  443/tcp 2 s\n"
									"web10 b       1 s\n");
}

static void no_rows_are_no_titles(void **state)
{
	struct table auto_call(table_release) table = new_table();

	(void)state;
	table_sort(&table, 2);
	assert_string_equal(printed(&table, (struct term){.width = 0}), "");
}

static void a_hundred_thousand_rows(void **state)
{
	struct table auto_call(table_release) table = new_table();
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "n%d", 99999 - i);
		add_row(&table, name, "w", "1", "s");
	}
	table_sort(&table, 1);
	assert_false(table.failed);
	assert_int_equal(table_rows(&table), 100000);
	assert_string_equal(table.text + table.cells[0], "n0");
	assert_string_equal(table.text + table.cells[99999 * table.n_columns], "n99999");
}

static void numbers_are_short(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} rows[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1.0k"},
		{1999, "1.9k"},
		{9999, "9.9k"},
		{10000, "10k"},
		{999999, "999k"},
		{1000000, "1.0M"},
		{123456789, "123M"},
		{5000000000, "5.0G"},
		{UINT64_MAX, "18E"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		assert_string_equal(term_number(rows[i].number).s, rows[i].text);
}

static void ages_are_short(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{INT64_MIN, "0s"}, {-1, "0s"},	   {0, "0s"},		{59, "59s"},
		{60, "1m"},	   {3599, "59m"},  {3600, "1h"},	{86400, "24h"},
		{172799, "47h"},   {172800, "2d"}, {86400000, "1000d"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		assert_string_equal(term_age(rows[i].seconds).s, rows[i].text);
}

static void width_is_of_the_environment(void **state)
{
	static const struct {
		const char *columns;
		int width;
	} rows[] = {{"100", 100}, {"39", 0}, {"x", 0}, {"", 0}, {"100x", 0}, {"99999999999", 0}};
	FILE *out = tmpfile();
	size_t i;

	(void)state;
	assert_non_null(out);
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		setenv("COLUMNS", rows[i].columns, 1);
		assert_int_equal(term_of(out).width, rows[i].width);
	}
	unsetenv("COLUMNS");
	assert_int_equal(term_of(out).width, 0);
	assert_false(term_of(out).colour);
	fclose(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_go_as_it_gets_narrow),
		cmocka_unit_test(colours_are_for_titles_and_states),
		cmocka_unit_test(characters_count_once),
		cmocka_unit_test(hostile_cells_are_harmless),
		cmocka_unit_test(rows_are_sorted_as_people_count),
		cmocka_unit_test(no_rows_are_no_titles),
		cmocka_unit_test(a_hundred_thousand_rows),
		cmocka_unit_test(numbers_are_short),
		cmocka_unit_test(ages_are_short),
		cmocka_unit_test(width_is_of_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
