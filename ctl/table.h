/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns that fit: the least important ones are left out where the terminal is too narrow. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stddef.h>

#include "term.h"

#define TABLE_COLUMNS_MAX 16

/**
 * struct table_column - A column
 * @title:	In capitals
 * @leave:	0: always there; of the others that with the highest number goes first. One without
 *		any text is not there
 * @least:	0: never cut; else the width to which it may be, after others have gone
 * @right:	For numbers
 * @colour:	NULL, or gives a cell's colour or NULL
 */
struct table_column {
	const char *title;
	int leave;
	int least;
	bool right;
	const char *(*colour)(const char *cell);
};

/**
 * struct table - Rows of text; begin with {.columns = ..., .n_columns = ...}
 * @columns:	@n_columns of them, at most TABLE_COLUMNS_MAX
 * @cells:	Where in @text each of the @n_cells begins
 * @failed:	Memory ran out, and cells are missing
 */
struct table {
	const struct table_column *columns;
	size_t n_columns;
	char *text;
	size_t size, text_room;
	size_t *cells;
	size_t n_cells, cells_room;
	bool failed;
};

void table_release(struct table *table);

/* table_add() - the next cell, row by row; control characters in it become '?' */
void table_add(struct table *table, const char *text);

size_t table_rows(const struct table *table);

/* table_sort() - rows by their first @n_columns columns, numbers within them by their value */
void table_sort(struct table *table, size_t n_columns);

/* table_print() - with its titles; nothing where there are no rows */
void table_print(const struct table *table, const struct term *term, FILE *out);

#endif
