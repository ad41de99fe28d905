/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read objects of the configuration by tables of their members. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
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

static bool has_key_before(const struct v6_json *object, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(v6_json_key(object, j), v6_json_key(object, i)) == 0)
			return true;
	return false;
}

static int fail_unknown_key(const char *key, const struct v6_member *members, size_t n,
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

	if (has_key_before(object, i))
		return v6_fail(fault->err, -EINVAL, "\"%s\": there twice; drop one", V6_SHOWN(key));
	for (member = members; member < members + n; member++)
		if (strcmp(member->key, key) == 0)
			return member->read(object, member, to, fault);
	return fail_unknown_key(key, members, n, fault->err);
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

int v6_member_integer(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault)
{
	long long value = 0;
	int ret =
		v6_json_integer(object, member->key, member->min, member->max, &value, fault->err);

	if (ret == 0)
		*(int *)((char *)to + member->offset) = (int)value;
	return ret;
}

int v6_member_boolean(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault)
{
	bool value = false;
	int ret = v6_json_bool(object, member->key, &value, fault->err);

	if (ret == 0)
		*(bool *)((char *)to + member->offset) = value;
	return ret;
}

int v6_member_text(const struct v6_json *object, const struct v6_member *member, void *to,
		   struct v6_fault *fault)
{
	const char *text = NULL;
	int ret = v6_json_string(object, member->key, &text, fault->err);

	if (ret < 0)
		return ret;
	ret = member->parse(text, (char *)to + member->offset, fault->err);
	return ret < 0 ? v6_context(fault->err, ret, "\"%s\"", member->key) : 0;
}

/* get_strings() - @ret_list: an array of strings, at least one */
static int get_strings(const struct v6_json *object, const char *key,
		       const struct v6_json **ret_list, struct v6_fault *fault)
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

int v6_member_strings(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault)
{
	return get_strings(object, member->key,
			   (const struct v6_json **)(void *)((char *)to + member->offset), fault);
}

int v6_member_list(const struct v6_json *object, const struct v6_member *member, void *to,
		   struct v6_fault *fault)
{
	char *items = (char *)to + member->offset;
	const struct v6_json *list = NULL;
	size_t i;
	int ret = get_strings(object, member->key, &list, fault);

	if (ret < 0)
		return ret;
	if (member->item_size > 0) {
		*(void **)(void *)items = calloc(v6_json_size(list), member->item_size);
		items = *(void **)(void *)items;
		*(size_t *)(void *)((char *)to + member->offset_n) = v6_json_size(list);
	}
	if (!items)
		return v6_fail(fault->err, -ENOMEM, "\"%s\": out of memory", member->key);
	for (i = 0; i < v6_json_size(list); i++) {
		ret = member->parse(v6_json_text(v6_json_member(list, i)),
				    items + i * member->item_size, fault->err);
		if (ret < 0) {
			fault->at = v6_json_member(list, i);
			return v6_context(fault->err, ret, "\"%s\"", member->key);
		}
	}
	return 0;
}

int v6_member_prefix(const char *text, void *to, struct v6_error *err)
{
	return v6_prefix_parse(text, to) == 0
		       ? 0
		       : v6_fail(err, -EINVAL,
				 "\"%s\" is no IPv6 prefix; write it like 2001:db8::/64",
				 V6_SHOWN(text));
}
