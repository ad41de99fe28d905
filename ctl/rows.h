/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All claims, kept so that they can be written in an order that does not change. */
#ifndef CTL_ROWS_H
#define CTL_ROWS_H

#include "claims.h"

#define ROW_FIELDS_MAX 32

/**
 * struct row - What is to be said of a claim
 * @fields:	@n_fields of them, as claim_each_field() gives them, without @shown
 * @text:	Their texts; owned
 * @known, @shared: Whether it is known how the claim stands, and whether others share it
 */
struct row {
	struct claim_field fields[ROW_FIELDS_MAX];
	size_t n_fields;
	char *text;
	bool known, shared;
};

struct rows {
	struct row *list;
	size_t n;
};

void rows_release(struct rows *rows);

/* rows_add() - as @claim of struct claims_visit, with the rows as @data. Return: 0 or -ENOMEM */
int rows_add(const struct claim *claim, void *data);

/* rows_sort() - by service, address, protocol and port */
void rows_sort(struct rows *rows);

#endif
