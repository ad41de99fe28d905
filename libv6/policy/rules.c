/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read the rules of the configuration: who may claim what. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "oci/from.h"
#include "policy/rules.h"

static int parse_rule_ports(const char *text, void *to, struct v6_error *err)
{
	return v6_port_range_parse(text, to, err);
}

/* engine_bit() - 1 << enum v6_engine, or 0 where none is called so */
static unsigned int engine_bit(const char *name)
{
	unsigned int i;

	for (i = 0; i < V6_ENGINES; i++)
		if (strcmp(v6_engine_name((enum v6_engine)i), name) == 0)
			return 1U << i;
	return 0;
}

static int parse_rule_engine(const char *text, void *to, struct v6_error *err)
{
	unsigned int bit = engine_bit(text);

	*(unsigned int *)to |= bit;
	return bit ? 0
		   : v6_fail(err, -EINVAL,
			     "\"%s\" is no engine; write podman, cri-o, containerd, lxc or unknown (any other, as Docker)",
			     V6_SHOWN(text));
}

/* parse_user_id() - read a uid or gid written as a number; the last one stands for none */
static int parse_user_id(const char *text, unsigned int *ret_id)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long long id;

	if (digits == 0 || text[digits])
		return -EINVAL;
	id = strtoull(text, NULL, 10); /* at most ULLONG_MAX */
	if (id >= (uid_t)-1)
		return -ERANGE;
	*ret_id = (unsigned int)id;
	return 0;
}

static int fail_stranger(const char *text, const char *what, const char *database,
			 struct v6_error *err)
{
	return v6_fail(
		err, -EINVAL,
		"\"%s\" is no %s of this host; write a name that getent %s finds, or a number",
		V6_SHOWN(text), what, database);
}

/* parse_user() - read a uid, or the name of a user that this host knows */
static int parse_user(const char *text, void *to, struct v6_error *err)
{
	int ret = parse_user_id(text, to);
	const struct passwd *user = ret == -EINVAL ? getpwnam(text) : NULL;

	if (user)
		*(uid_t *)to = user->pw_uid;
	return ret == 0 || user ? 0 : fail_stranger(text, "user", "passwd", err);
}

/* parse_group() - read a gid, or the name of a group that this host knows */
static int parse_group(const char *text, void *to, struct v6_error *err)
{
	int ret = parse_user_id(text, to);
	const struct group *group = ret == -EINVAL ? getgrnam(text) : NULL;

	if (group)
		*(gid_t *)to = group->gr_gid;
	return ret == 0 || group ? 0 : fail_stranger(text, "group", "group", err);
}

/* read_rule_share() - what is not given is allowed, as without a rule */
static int read_rule_share(const struct v6_json *object, const struct v6_member *member, void *to,
			   struct v6_fault *fault)
{
	bool *alone = (bool *)((char *)to + member->offset);
	int ret = v6_member_boolean(object, member, to, fault);

	if (ret == 0)
		*alone = !*alone;
	return ret;
}

static int parse_rule_client(const char *text, void *to, struct v6_error *err)
{
	return v6_client_parse(text, to, err);
}

/* parse_rule_from() - no two may overlap from here on */
static int parse_rule_from(const struct v6_json *object, const struct v6_member *member, void *to,
			   struct v6_fault *fault)
{
	struct v6_rule *rule = to;
	struct v6_prefixes from;
	int ret = v6_member_list(object, member, to, fault);

	if (ret < 0)
		return ret;
	if (rule->n_from > V6_FROM_MAX)
		return v6_fail(fault->err, -EINVAL,
			       "\"from\": more than %d prefixes; write wider ones", V6_FROM_MAX);
	from = (struct v6_prefixes){rule->from, rule->n_from, rule->n_from};
	v6_prefixes_merge(&from);
	rule->n_from = from.list[0].length == 0 ? 0 : from.n;
	return 0;
}

#define RULE(field) .offset = offsetof(struct v6_rule, field)
/* RULE_LIST() - an array and the number of its items */
#define RULE_LIST(field)                                              \
	RULE(field), .offset_n = offsetof(struct v6_rule, n_##field), \
		     .item_size = sizeof(*((struct v6_rule *)0)->field)

static const struct v6_member rule_members[] = {
	{"prefixes", v6_member_list, RULE_LIST(prefixes), .parse = v6_member_prefix},
	{"names", v6_member_strings, RULE(names)},
	{"ports", v6_member_list, RULE_LIST(ports), .parse = parse_rule_ports},
	{"engines", v6_member_list, RULE(engines), .parse = parse_rule_engine},
	{"users", v6_member_list, RULE_LIST(users), .parse = parse_user},
	{"groups", v6_member_list, RULE_LIST(groups), .parse = parse_group},
	{"namespaces", v6_member_strings, RULE(namespaces)},
	{"pods", v6_member_strings, RULE(pods)},
	{"from", parse_rule_from, RULE_LIST(from), .parse = parse_rule_client},
	{"shared", v6_member_boolean, RULE(shared)},
	{"share", read_rule_share, RULE(alone)},
	{"egress", v6_member_boolean, RULE(egress)},
};

static int parse_rule(const struct v6_json *list, size_t i, const char *key, struct v6_rule *rule,
		      struct v6_fault *fault)
{
	const struct v6_json *value = v6_json_member(list, i);
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "\"%s\"[%zu]", key, i);
	if (!v6_json_is_object(value)) {
		fault->at = value;
		return v6_fail(fault->err, -EINVAL, "%s: expected an object", path);
	}
	ret = v6_members_parse(value, rule_members, V6_ARRAY_SIZE(rule_members), rule, fault);
	return ret < 0 ? v6_fault_below(fault, ret, path) : 0;
}

int v6_rules_parse(const struct v6_json *list, const char *key, struct v6_rule **ret_rules,
		   size_t *ret_n, struct v6_fault *fault)
{
	size_t i, n = v6_json_size(list);
	int ret = 0;

	if (n == 0)
		return 0;
	*ret_rules = calloc(n, sizeof(**ret_rules));
	if (!*ret_rules)
		return v6_fail(fault->err, -ENOMEM, "\"%s\": out of memory", key);
	*ret_n = n;
	for (i = 0; i < n && ret == 0; i++)
		ret = parse_rule(list, i, key, &(*ret_rules)[i], fault);
	return ret;
}

void v6_rules_free(struct v6_rule *rules, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(rules[i].prefixes);
		free(rules[i].ports);
		free(rules[i].users);
		free(rules[i].groups);
		free(rules[i].from);
	}
	free(rules);
}
