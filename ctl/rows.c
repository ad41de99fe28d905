/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All claims, kept so that they can be written in an order that does not change. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "rows.h"

/* The fields that tell claims apart, which come first in claim_each_field(): service, address,
 * protocol, ports, and the container where several share one
 */
#define KEYS 6

/* struct filling - a row, while its fields are copied; @at: where in @text, which moves as it grows
 */
struct filling {
	struct row row;
	FILE *text;
	size_t at[ROW_FIELDS_MAX];
};

void rows_release(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		free(rows->list[i].text);
	free(rows->list);
	*rows = (struct rows){NULL, 0};
}

static void copy_field(const struct claim_field *field, void *data)
{
	struct filling *filling = data;
	size_t i = filling->row.n_fields;

	assert(i < ROW_FIELDS_MAX);
	filling->row.fields[i] = *field;
	filling->row.fields[i].shown = NULL;
	filling->at[i] = (size_t)ftell(filling->text);
	if (field->text)
		fprintf(filling->text, "%s%c", field->text, 0);
	filling->row.n_fields++;
}

/* fill_row() - Return: 0 or -ENOMEM */
static int fill_row(const struct claim *claim, struct row *ret_row)
{
	struct filling filling = {.row = {.n_fields = 0}};
	auto_free char *text = NULL;
	size_t i, size;

	filling.text = open_memstream(&text, &size);
	if (!filling.text)
		return -ENOMEM;
	claim_each_field(claim, copy_field, &filling);
	if (fclose(filling.text) != 0)
		return -ENOMEM;
	for (i = 0; i < filling.row.n_fields; i++)
		if (filling.row.fields[i].text)
			filling.row.fields[i].text = text + filling.at[i];
	*ret_row = filling.row;
	ret_row->text = text;
	text = NULL;
	return 0;
}

int rows_add(const struct claim *claim, void *data)
{
	struct rows *rows = data;
	struct row *larger = rows->list;
	int ret;

	/* room for twice as many whenever it is full: powers of two */
	if ((rows->n & (rows->n - 1)) == 0)
		larger = reallocarray(rows->list, rows->n ? 2 * rows->n : 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	rows->list = larger;
	ret = fill_row(claim, &rows->list[rows->n]);
	if (ret < 0)
		return ret;
	rows->list[rows->n].known = claim->look.state != V6_CLAIM_UNKNOWN;
	rows->list[rows->n].shared = claim->look.shared;
	rows->n++;
	return 0;
}

static int compare_claims(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int difference = 0;
	size_t i;

	for (i = 0; i < KEYS && difference == 0; i++) {
		if (a->fields[i].text && b->fields[i].text)
			difference = strverscmp(a->fields[i].text, b->fields[i].text);
		else
			difference = (a->fields[i].number > b->fields[i].number) -
				     (a->fields[i].number < b->fields[i].number);
	}
	return difference;
}

void rows_sort(struct rows *rows)
{
	if (rows->n > 0)
		qsort(rows->list, rows->n, sizeof(*rows->list), compare_claims);
}
