/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/config_rules.h"

/* add_items() - add each string of a list to a rule; what @add says of one begins with it */
static int add_items(const struct v6_json *list, const char *key, struct v6_rule *rule,
		     int (*add)(struct v6_rule *rule, const char *text, struct v6_error *err),
		     struct v6_fault *fault)
{
	size_t i;
	int ret;

	for (i = 0; i < v6_json_size(list); i++) {
		ret = add(rule, v6_json_text(v6_json_member(list, i)), fault->err);
		if (ret < 0) {
			fault->at = v6_json_member(list, i);
			return v6_context(fault->err, ret, "\"%s\"", key);
		}
	}
	return 0;
}

static int fail_memory(struct v6_fault *fault, const char *key)
{
	return v6_fail(fault->err, -ENOMEM, "\"%s\": out of memory", key);
}

static int parse_prefixes(const struct v6_json *object, const char *key, void *to,
			  struct v6_fault *fault)
{
	struct v6_rule *rule = to;

	return v6_member_prefixes(object, key, &rule->prefixes, &rule->n_prefixes, fault);
}

static int add_port(struct v6_rule *rule, const char *text, struct v6_error *err)
{
	int ret = v6_port_range_parse(text, &rule->ports[rule->n_ports], err);

	if (ret == 0)
		rule->n_ports++;
	return ret;
}

static int parse_ports(const struct v6_json *object, const char *key, void *to,
		       struct v6_fault *fault)
{
	const struct v6_json *list = NULL;
	struct v6_rule *rule = to;
	int ret = v6_member_list(object, key, &list, fault);

	if (ret < 0)
		return ret;
	rule->ports = calloc(v6_json_size(list), sizeof(rule->ports[0]));
	if (!rule->ports)
		return fail_memory(fault, key);
	return add_items(list, key, rule, add_port, fault);
}

static int parse_names(const struct v6_json *object, const char *key, void *to,
		       struct v6_fault *fault)
{
	struct v6_rule *rule = to;

	return v6_member_list(object, key, &rule->names, fault);
}

static int parse_namespaces(const struct v6_json *object, const char *key, void *to,
			    struct v6_fault *fault)
{
	struct v6_rule *rule = to;

	return v6_member_list(object, key, &rule->namespaces, fault);
}

static int parse_pods(const struct v6_json *object, const char *key, void *to,
		      struct v6_fault *fault)
{
	struct v6_rule *rule = to;

	return v6_member_list(object, key, &rule->pods, fault);
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

static int add_engine(struct v6_rule *rule, const char *text, struct v6_error *err)
{
	unsigned int bit = engine_bit(text);

	if (bit == 0)
		return v6_fail(
			err, -EINVAL,
			"\"%s\" is no engine; write podman, cri-o, containerd, lxc or unknown (any other, as Docker)",
			V6_SHOWN(text));
	rule->engines |= bit;
	return 0;
}

static int parse_engines(const struct v6_json *object, const char *key, void *to,
			 struct v6_fault *fault)
{
	const struct v6_json *list = NULL;
	int ret = v6_member_list(object, key, &list, fault);

	return ret < 0 ? ret : add_items(list, key, to, add_engine, fault);
}

/* parse_id() - a uid or gid written as a number; the last one stands for none */
static int parse_id(const char *text, unsigned int *ret_id)
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

/* find_user() - a uid, or the name of a user that this host knows */
static int find_user(const char *text, uid_t *ret_uid)
{
	const struct passwd *user;
	int ret = parse_id(text, ret_uid);

	if (ret != -EINVAL)
		return ret;
	user = getpwnam(text);
	if (!user)
		return -ENOENT;
	*ret_uid = user->pw_uid;
	return 0;
}

/* find_group() - likewise a gid, or the name of a group */
static int find_group(const char *text, gid_t *ret_gid)
{
	const struct group *group;
	int ret = parse_id(text, ret_gid);

	if (ret != -EINVAL)
		return ret;
	group = getgrnam(text);
	if (!group)
		return -ENOENT;
	*ret_gid = group->gr_gid;
	return 0;
}

/* struct people - What a list of users or of groups is made of, and where its names come from */
struct people {
	const char *what, *database;
	int (*find)(const char *text, unsigned int *ret_id);
};

/* parse_people() - @ids and @n are released with the rule, also after an error */
static int parse_people(const struct v6_json *object, const char *key, const struct people *people,
			unsigned int **ids, size_t *n, struct v6_fault *fault)
{
	const struct v6_json *list = NULL;
	int ret = v6_member_list(object, key, &list, fault);
	const char *text;

	if (ret < 0)
		return ret;
	*ids = calloc(v6_json_size(list), sizeof(**ids));
	if (!*ids)
		return fail_memory(fault, key);
	for (; *n < v6_json_size(list); ++*n) {
		text = v6_json_text(v6_json_member(list, *n));
		if (people->find(text, &(*ids)[*n]) == 0)
			continue;
		fault->at = v6_json_member(list, *n);
		return v6_fail(
			fault->err, -EINVAL,
			"\"%s\": \"%s\" is no %s of this host; write a name that getent %s finds, or a number",
			key, V6_SHOWN(text), people->what, people->database);
	}
	return 0;
}

static int parse_users(const struct v6_json *object, const char *key, void *to,
		       struct v6_fault *fault)
{
	static const struct people users = {"user", "passwd", find_user};
	struct v6_rule *rule = to;

	return parse_people(object, key, &users, &rule->users, &rule->n_users, fault);
}

static int parse_groups(const struct v6_json *object, const char *key, void *to,
			struct v6_fault *fault)
{
	static const struct people groups = {"group", "group", find_group};
	struct v6_rule *rule = to;

	return parse_people(object, key, &groups, &rule->groups, &rule->n_groups, fault);
}

static const struct v6_member rule_members[] = {
	{"prefixes", parse_prefixes},	  {"names", parse_names}, {"ports", parse_ports},
	{"engines", parse_engines},	  {"users", parse_users}, {"groups", parse_groups},
	{"namespaces", parse_namespaces}, {"pods", parse_pods},
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

int v6_rules_parse(const struct v6_json *object, const char *key, void *to, struct v6_fault *fault)
{
	struct v6_config *config = to;
	const struct v6_json *list = NULL;
	int ret = v6_json_array(object, key, &list, fault->err);

	if (ret < 0)
		return ret;
	config->has_allow = true;
	if (v6_json_size(list) == 0)
		return 0;
	config->rules = calloc(v6_json_size(list), sizeof(config->rules[0]));
	if (!config->rules)
		return fail_memory(fault, key);
	for (; config->n_rules < v6_json_size(list) && ret == 0; config->n_rules++)
		ret = parse_rule(list, config->n_rules, key, &config->rules[config->n_rules],
				 fault);
	return ret;
}

void v6_rules_release(struct v6_config *config)
{
	size_t i;

	for (i = 0; i < config->n_rules; i++) {
		free(config->rules[i].prefixes);
		free(config->rules[i].ports);
		free(config->rules[i].users);
		free(config->rules[i].groups);
	}
	free(config->rules);
	config->rules = NULL;
	config->n_rules = 0;
}
