/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of a structure's members, by which it is written as JSON and read with suspicion. */
#ifndef V6_STORE_FIELDS_H
#define V6_STORE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "base/json_writer.h"

enum v6_field_kind {
	V6_FIELD_TEXT,
	V6_FIELD_ADDRESS,
	V6_FIELD_WORD, /* text of which something else is made */
	V6_FIELD_INTEGER,
	V6_FIELD_BOOL,
	V6_FIELD_OBJECT,
	V6_FIELD_LIST, /* of objects, at least one */
};

/**
 * struct v6_field - A member of a JSON object that is a member of a structure
 * @key:	Its name; NULL, of an object: its members are those of the outer one
 * @offset:	Of it in the structure
 * @size:	Of it, or of an item of a list
 * @given:	Offset of bytes, @given_size of them, which are zero if it is to be left out;
 *reading an object sets them as a bool. A size of 0: it is never left out
 * @may_miss:	Records of earlier versions do not have it
 * @min:	Least value of an integer
 * @max:	Greatest value of an integer, or number of items
 * @is_valid:	NULL, or whether a text may be there
 * @print:	Of a word
 * @parse:	Of a word
 * @complaint:	What is wrong with another text; NULL: it is too long
 * @fields:	Of an object or of an item, @n_fields of them
 * @offset_n:	Of the number of items in the structure
 * @check:	NULL, or called when it was read, with the structure
 */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): a row begins with its key and kind */
struct v6_field {
	const char *key;
	enum v6_field_kind kind;
	size_t offset, size, given, given_size;
	bool may_miss;
	long long min, max;
	bool (*is_valid)(const char *text);
	const char *(*print)(const void *from);
	int (*parse)(const char *text, void *to);
	const char *complaint;
	const struct v6_field *fields;
	size_t n_fields, offset_n;
	int (*check)(void *to, struct v6_error *err);
};

/* v6_fields_write() - write the @n members of a structure into an object that was begun */
void v6_fields_write(struct v6_json_writer *w, const struct v6_field *fields, size_t n,
		     const char *from);

/**
 * v6_fields_read() - Read the @n members of a structure
 * @object:	A JSON object
 * @fields:	Its members; what else is there is passed over
 * @n:		How many
 * @to:		The structure, which is undefined after a failure
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0 or -EINVAL or what a @check returned
 */
int v6_fields_read(const struct v6_json *object, const struct v6_field *fields, size_t n, char *to,
		   struct v6_error *err);

#endif
