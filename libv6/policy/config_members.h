/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of the configuration, read by tables of their members. */
#ifndef V6_POLICY_CONFIG_MEMBERS_H
#define V6_POLICY_CONFIG_MEMBERS_H

#include "base/json.h"

/**
 * struct v6_fault - What is wrong with the configuration, and where
 * @err:	NULL, or the error, which begins with the path of the value at fault
 * @at:		That value; NULL before it is known
 */
struct v6_fault {
	struct v6_error *err;
	const struct v6_json *at;
};

/**
 * struct v6_member - A key that an object may have, and what becomes of it
 * @key:	Its name
 * @read:	Reads the member of that name, which @object has, into the structure @to. Its errors
 *		begin with the key, in quotes. It may set @fault->at to a value further in
 * @offset:	Of what it is read into, in @to
 * @min:	Least value of an integer
 * @max:	Greatest value of an integer
 * @parse:	Makes sense of a text, or of each one of a list; its errors do not begin with the
 *key
 * @item_size:	Of a list: what @parse makes of a text; 0: all texts go to one place
 * @offset_n:	Of a list: number of items, in @to
 */
struct v6_member {
	const char *key;
	int (*read)(const struct v6_json *object, const struct v6_member *member, void *to,
		    struct v6_fault *fault);
	size_t offset;
	int min, max;
	int (*parse)(const char *text, void *to, struct v6_error *err);
	size_t item_size, offset_n;
};

#define V6_MEMBERS_MAX 16

/**
 * v6_members_parse() - Read each member of an object by its line of a table, and no other
 * @object:	An object
 * @members:	What it may have, @n of them, 1..V6_MEMBERS_MAX
 * @to:		Passed to their @read
 * @fault:	Filled in on failure only
 *
 * Return: 0, -EINVAL (also: an unknown key, or one that is there twice) or what @read returns
 */
int v6_members_parse(const struct v6_json *object, const struct v6_member *members, size_t n,
		     void *to, struct v6_fault *fault);

/*
 * Functions for @read:
 *	v6_member_integer()	an int from @min to @max
 *	v6_member_boolean()	a bool
 *	v6_member_text()	a string, by @parse
 *	v6_member_strings()	an array of strings, at least one, as it is: const struct v6_json *
 *	v6_member_list()	the same, each by @parse into an item of an array that the caller
 *				frees, also after a failure
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_member_integer(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault);
int v6_member_boolean(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault);
int v6_member_text(const struct v6_json *object, const struct v6_member *member, void *to,
		   struct v6_fault *fault);
int v6_member_strings(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault);
int v6_member_list(const struct v6_json *object, const struct v6_member *member, void *to,
		   struct v6_fault *fault);

/* v6_member_prefix() - @parse of a struct v6_prefix */
int v6_member_prefix(const char *text, void *to, struct v6_error *err);

/* v6_fault_below() - put "@path." before an error, which begins with the rest of that path. Return:
 * @code
 */
int v6_fault_below(struct v6_fault *fault, int code, const char *path);

#endif
