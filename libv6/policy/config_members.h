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
 * struct v6_member - A key that an object may have
 * @key:	Its name
 * @parse:	Reads the member of that name, which @object has, into @to. Its errors begin with
 *		the key, in quotes. It may set @fault->at to a value further in
 */
struct v6_member {
	const char *key;
	int (*parse)(const struct v6_json *object, const char *key, void *to,
		     struct v6_fault *fault);
};

#define V6_MEMBERS_MAX 16

/**
 * v6_members_parse() - Read each member of an object by its line of a table, and no other
 * @object:	An object
 * @members:	What it may have, @n of them, 1..V6_MEMBERS_MAX
 * @to:		Passed to their @parse
 * @fault:	Filled in on failure only
 *
 * Return: 0, -EINVAL (also: an unknown key, or one that is there twice) or what @parse returns
 */
int v6_members_parse(const struct v6_json *object, const struct v6_member *members, size_t n,
		     void *to, struct v6_fault *fault);

/**
 * v6_member_list() - A member that is a list of strings, at least one
 * @ret_list:	An array of strings; borrowed from @object
 *
 * Return: 0 or -EINVAL
 */
int v6_member_list(const struct v6_json *object, const char *key, const struct v6_json **ret_list,
		   struct v6_fault *fault);

/**
 * v6_member_prefixes() - A member that is a list of IPv6 prefixes, at least one
 * @ret_prefixes: @ret_n of them; free()
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_member_prefixes(const struct v6_json *object, const char *key,
		       struct v6_prefix **ret_prefixes, size_t *ret_n, struct v6_fault *fault);

/* v6_fault_below() - put "@path." before an error, which begins with the rest of that path. Return:
 * @code
 */
int v6_fault_below(struct v6_fault *fault, int code, const char *path);

#endif
