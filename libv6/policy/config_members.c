/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/config_members.h"

int v6_fault_below(struct v6_fault *fault, int code, const char *path)
{
	struct v6_error inner;

	if (!fault->err)
		return code;
	inner = *fault->err;
	return v6_fail(fault->err, code, "%s.%s", path, inner.text);
}

static bool seen_before(const struct v6_json *object, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(v6_json_key(object, j), v6_json_key(object, i)) == 0)
			return true;
	return false;
}

static int fail_unknown(const char *key, const struct v6_member *members, size_t n,
			struct v6_error *err)
{
	const char *keys[V6_MEMBERS_MAX];
	size_t i;

	assert(n <= V6_MEMBERS_MAX);
	for (i = 0; i < n; i++)
		keys[i] = members[i].key;
	return v6_fail(err, -EINVAL, "\"%s\": not known; did you mean \"%s\"?", V6_SHOWN(key),
		       v6_text_nearest(key, keys, n));
}

static int parse_member(const struct v6_json *object, size_t i, const struct v6_member *members,
			size_t n, void *to, struct v6_fault *fault)
{
	const char *key = v6_json_key(object, i);
	const struct v6_member *member;

	if (seen_before(object, i))
		return v6_fail(fault->err, -EINVAL, "\"%s\": there twice; drop one", V6_SHOWN(key));
	for (member = members; member < members + n; member++)
		if (strcmp(member->key, key) == 0)
			return member->parse(object, key, to, fault);
	return fail_unknown(key, members, n, fault->err);
}

int v6_members_parse(const struct v6_json *object, const struct v6_member *members, size_t n,
		     void *to, struct v6_fault *fault)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < v6_json_size(object) && ret == 0; i++) {
		ret = parse_member(object, i, members, n, to, fault);
		if (ret < 0 && !fault->at)
			fault->at = v6_json_member(object, i);
	}
	return ret;
}

int v6_member_list(const struct v6_json *object, const char *key, const struct v6_json **ret_list,
		   struct v6_fault *fault)
{
	const struct v6_json *list = NULL;
	size_t i;
	int ret = v6_json_array(object, key, &list, fault->err);

	if (ret < 0)
		return ret;
	if (v6_json_size(list) == 0)
		return v6_fail(fault->err, -EINVAL,
			       "\"%s\": the list is empty; leave it out where it does not matter",
			       key);
	for (i = 0; i < v6_json_size(list); i++) {
		if (v6_json_text(v6_json_member(list, i)))
			continue;
		fault->at = v6_json_member(list, i);
		return v6_fail(fault->err, -EINVAL, "\"%s\"[%zu]: expected a string", key, i);
	}
	*ret_list = list;
	return 0;
}

int v6_member_prefixes(const struct v6_json *object, const char *key,
		       struct v6_prefix **ret_prefixes, size_t *ret_n, struct v6_fault *fault)
{
	auto_free struct v6_prefix *prefixes = NULL;
	const struct v6_json *list = NULL;
	const char *text;
	size_t i;
	int ret = v6_member_list(object, key, &list, fault);

	if (ret < 0)
		return ret;
	prefixes = calloc(v6_json_size(list), sizeof(*prefixes));
	if (!prefixes)
		return v6_fail(fault->err, -ENOMEM, "\"%s\": out of memory", key);
	for (i = 0; i < v6_json_size(list); i++) {
		text = v6_json_text(v6_json_member(list, i));
		if (v6_prefix_parse(text, &prefixes[i]) == 0)
			continue;
		fault->at = v6_json_member(list, i);
		return v6_fail(fault->err, -EINVAL,
			       "\"%s\": \"%s\" is no IPv6 prefix; write it like 2001:db8::/64", key,
			       V6_SHOWN(text));
	}
	*ret_n = v6_json_size(list);
	*ret_prefixes = v6_steal_pointer(&prefixes);
	return 0;
}
