/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lay out and print a table that fits the terminal. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "table.h"

#define GAP 1

/* struct layout - widths that were settled on; 0: the column is not there */
struct layout {
	int width[TABLE_COLUMNS_MAX];
};

void table_release(struct table *table)
{
	free(table->text);
	free(table->cells);
	table->text = NULL;
	table->cells = NULL;
	table->n_cells = table->size = 0;
}

/* grow_array() - room for @more items of @size bytes behind @used */
static bool grow_array(void *array, size_t *room, size_t used, size_t more, size_t size)
{
	void **items = array;
	size_t larger = *room ? *room : 1024;
	void *moved;

	while (larger - used < more)
		larger *= 2;
	if (larger == *room)
		return true;
	moved = reallocarray(*items, larger, size);
	if (!moved)
		return false;
	*items = moved;
	*room = larger;
	return true;
}

void table_add(struct table *table, const char *text)
{
	size_t size = strlen(text) + 1;

	if (table->failed ||
	    !grow_array(&table->text, &table->text_room, table->size, size, sizeof(*table->text)) ||
	    !grow_array(&table->cells, &table->cells_room, table->n_cells, 1,
			sizeof(*table->cells))) {
		table->failed = true;
		return;
	}
	memcpy(table->text + table->size, text, size);
	v6_text_printable(table->text + table->size);
	table->cells[table->n_cells++] = table->size;
	table->size += size;
}

size_t table_rows(const struct table *table)
{
	return table->n_cells / table->n_columns;
}

static const char *get_cell(const struct table *table, size_t row, size_t column)
{
	return table->text + table->cells[row * table->n_columns + column];
}

struct order {
	const struct table *table;
	size_t n_columns;
};

static int compare_rows(const void *left, const void *right, void *data)
{
	const size_t *a = left, *b = right;
	const struct order *order = data;
	int difference = 0;
	size_t i;

	for (i = 0; i < order->n_columns && difference == 0; i++)
		difference = strverscmp(order->table->text + a[i], order->table->text + b[i]);
	return difference;
}

void table_sort(struct table *table, size_t n_columns)
{
	struct order order = {table, n_columns};

	if (table->n_cells > 0)
		qsort_r(table->cells, table_rows(table), table->n_columns * sizeof(*table->cells),
			compare_rows, &order);
}

/* width_of() - characters of a text, each of which is taken to be one column wide */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static int add_widths(const struct table *table, const struct layout *layout)
{
	int sum = -GAP;
	size_t i;

	for (i = 0; i < table->n_columns; i++)
		if (layout->width[i])
			sum += layout->width[i] + GAP;
	return sum;
}

/* measure_columns() - as wide as the widest cell; 0 where all are empty */
static void measure_columns(const struct table *table, struct layout *layout)
{
	size_t row, i;
	int width;

	memset(layout, 0, sizeof(*layout));
	for (row = 0; row < table_rows(table); row++) {
		for (i = 0; i < table->n_columns; i++) {
			width = width_of(get_cell(table, row, i));
			if (width > layout->width[i])
				layout->width[i] = width;
		}
	}
	for (i = 0; i < table->n_columns; i++) {
		width = width_of(table->columns[i].title);
		if (layout->width[i] && width > layout->width[i])
			layout->width[i] = width;
	}
}

/* leave_out() - the least important column that is still there */
static bool leave_out(const struct table *table, struct layout *layout)
{
	size_t i, least = table->n_columns;

	for (i = 0; i < table->n_columns; i++)
		if (layout->width[i] && table->columns[i].leave &&
		    (least == table->n_columns ||
		     table->columns[i].leave > table->columns[least].leave))
			least = i;
	if (least == table->n_columns)
		return false;
	layout->width[least] = 0;
	return true;
}

static void cut_columns(const struct table *table, struct layout *layout, int excess)
{
	int spare;
	size_t i;

	for (i = 0; i < table->n_columns && excess > 0; i++) {
		spare = layout->width[i] - table->columns[i].least;
		if (!table->columns[i].least || spare <= 0)
			continue;
		spare = spare < excess ? spare : excess;
		layout->width[i] -= spare;
		excess -= spare;
	}
}

static void fit_columns(const struct table *table, struct layout *layout, int width)
{
	measure_columns(table, layout);
	if (width == 0)
		return;
	while (add_widths(table, layout) > width && leave_out(table, layout))
		;
	cut_columns(table, layout, add_widths(table, layout) - width);
}

static void put_blanks(FILE *out, int n)
{
	fprintf(out, "%*s", n > 0 ? n : 0, "");
}

/* put_cut() - the first @width characters of a text, the last one telling that there are more */
static void put_cut(const struct term *term, FILE *out, const char *text, int width)
{
	int n = 0;

	for (; *text; text++) {
		n += ((unsigned char)*text & 0xc0) != 0x80;
		if (n == width)
			break;
		fputc(*text, out);
	}
	fputs(term->utf8 ? "\xe2\x80\xa6" : "~", out);
}

static void put_cell(const struct table_column *column, const struct term *term, FILE *out,
		     const char *text, const char *colour, int width)
{
	int spare = width - width_of(text);

	if (column->right)
		put_blanks(out, spare);
	if (spare < 0)
		put_cut(term, out, text, width);
	else
		term_put(term, out, colour, text);
}

/* put_row() - the titles, or a row's cells; nothing is filled behind the last one */
static void put_row(const struct table *table, const struct layout *layout, const struct term *term,
		    FILE *out, const size_t *row)
{
	const struct table_column *column;
	const char *text, *colour;
	int behind = 0;
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		column = &table->columns[i];
		if (!layout->width[i])
			continue;
		text = row ? get_cell(table, *row, i) : column->title;
		if (!*text) {
			behind += layout->width[i] + GAP;
			continue;
		}
		colour = !row ? TERM_BOLD : column->colour ? column->colour(text) : NULL;
		put_blanks(out, behind);
		put_cell(column, term, out, text, colour, layout->width[i]);
		behind = GAP + (column->right ? 0 : layout->width[i] - width_of(text));
		behind = behind > GAP ? behind : GAP;
	}
	fputc('\n', out);
}

void table_print(const struct table *table, const struct term *term, FILE *out)
{
	struct layout layout;
	size_t row;

	if (table_rows(table) == 0)
		return;
	fit_columns(table, &layout, term->width);
	put_row(table, &layout, term, out, NULL);
	for (row = 0; row < table_rows(table); row++)
		put_row(table, &layout, term, out, &row);
}
