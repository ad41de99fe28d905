/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Put the rules of a configuration in words. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/prefixes.h"
#include "base/text.h"
#include "policy/config.h"
#include "policy/subject.h"

/* next_item() - what stands before the i-th item of a list: its title, or a comma */
static const char *next_item(size_t i, const char *title)
{
	return i == 0 ? title : ", ";
}

static void put_globs(FILE *out, const char *title, const struct v6_json *globs)
{
	size_t i;

	for (i = 0; i < v6_json_size(globs); i++)
		fprintf(out, "%s%s", next_item(i, title), v6_json_text(v6_json_member(globs, i)));
}

static void put_user(FILE *out, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		fputs(user->pw_name, out);
	else
		fprintf(out, "%u", uid);
}

static void put_group(FILE *out, gid_t gid)
{
	const struct group *group = getgrgid(gid);

	if (group)
		fputs(group->gr_name, out);
	else
		fprintf(out, "%u", gid);
}

static void put_owners(FILE *out, const struct v6_rule *rule)
{
	const char *user = rule->n_users == 1 ? "containers of user " : "containers of users ";
	size_t i;

	if (rule->n_users == 0 && rule->n_groups == 0)
		fputs("root's containers", out);
	for (i = 0; i < rule->n_users; i++) {
		fputs(next_item(i, user), out);
		put_user(out, rule->users[i]);
	}
	for (i = 0; i < rule->n_groups; i++) {
		fputs(next_item(i, rule->n_users > 0 ? " and of members of "
						     : "containers of members of "),
		      out);
		put_group(out, rule->groups[i]);
	}
}

/* admits() - whether a rule is for any container of this user outside Kubernetes */
static bool admits(const struct v6_rule *rule, uid_t uid)
{
	struct v6_state state = {.engine = V6_ENGINE_UNKNOWN};
	struct v6_subject subject = {.state = &state, .uid = uid};
	unsigned int engine;

	for (engine = 0; engine < V6_ENGINES; engine++) {
		state.engine = (enum v6_engine)engine;
		if (!v6_subject_is_pod(&subject) && v6_subject_matches(rule, &subject))
			return true;
	}
	return false;
}

static void put_who(FILE *out, const struct v6_rule *rule)
{
	unsigned int engine, n = 0;

	put_owners(out, rule);
	for (engine = 0; engine < V6_ENGINES; engine++)
		if (rule->engines & 1U << engine)
			fprintf(out, "%s%s", next_item(n++, " run by "),
				engine == V6_ENGINE_UNKNOWN
					? "any other engine (Docker)"
					: v6_engine_name((enum v6_engine)engine));
	put_globs(out, " in Kubernetes namespaces ", rule->namespaces);
	put_globs(out, " in pods ", rule->pods);
	if (rule->pods && !rule->namespaces && !rule->engines)
		fputs(", which are none: \"pods\" needs \"namespaces\" or \"engines\"", out);
	else if (!rule->namespaces && !rule->engines && admits(rule, 0))
		fputs(" outside Kubernetes", out);
}

static void put_prefixes(FILE *out, const struct v6_rule *rule)
{
	const struct v6_prefix *prefix;
	size_t i;

	if (rule->n_prefixes == 0)
		fputs("; any free address of this host's interfaces", out);
	for (i = 0; i < rule->n_prefixes; i++) {
		prefix = &rule->prefixes[i];
		fprintf(out, "%s%s", next_item(i, "; addresses in "), V6_TEXT(&prefix->address));
		if (prefix->length < 128)
			fprintf(out, "/%u", prefix->length);
	}
}

static void put_rule_ports(FILE *out, const struct v6_rule *rule)
{
	const struct v6_port_range *range;
	size_t i;

	if (rule->n_ports == 0)
		fputs("; any port, or all of them", out);
	for (i = 0; i < rule->n_ports; i++) {
		range = &rule->ports[i];
		fprintf(out, "%s%u", next_item(i, "; ports "), range->first);
		if (range->last > range->first)
			fprintf(out, "-%u", range->last);
		fprintf(out, "/%s", v6_protocol_name(range->protocol));
	}
}

static void put_rule_clients(FILE *out, const struct v6_rule *rule)
{
	size_t i;

	for (i = 0; i < rule->n_from; i++)
		fprintf(out, "%s%s", next_item(i, "; for clients "),
			v6_prefix_text(&rule->from[i]).s);
}

static void put_what(FILE *out, const struct v6_rule *rule)
{
	if (rule->names)
		put_globs(out, "names ", rule->names);
	else
		fputs("any name", out);
	put_prefixes(out, rule);
	put_rule_ports(out, rule);
	if (rule->shared)
		fputs("; also of an address that another user's container holds", out);
	if (rule->alone)
		fputs("; not if several containers share the name", out);
	if (rule->egress)
		fputs("; and may leave by these addresses", out);
	put_rule_clients(out, rule);
}

static int write_words(void (*put)(FILE *out, const struct v6_rule *rule),
		       const struct v6_rule *rule, char **ret_text)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		return -ENOMEM;
	put(out, rule);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(text);
		return -ENOMEM;
	}
	v6_text_printable(text);
	*ret_text = text;
	return 0;
}

static int explain_rules(const struct v6_rule *rules, size_t n, struct v6_config_words *words)
{
	size_t i;
	int ret = 0;

	words->rules = calloc(n ? n : 1, sizeof(*words->rules));
	if (!words->rules)
		return -ENOMEM;
	words->n_rules = n;
	words->root_left_out = true;
	for (i = 0; i < n && ret == 0; i++) {
		ret = write_words(put_who, &rules[i], &words->rules[i].who);
		if (ret == 0)
			ret = write_words(put_what, &rules[i], &words->rules[i].what);
		if (admits(&rules[i], 0))
			words->root_left_out = false;
	}
	return ret;
}

void v6_config_words_release(struct v6_config_words *words)
{
	size_t i;

	for (i = 0; i < words->n_rules; i++) {
		free(words->rules[i].who);
		free(words->rules[i].what);
	}
	free(words->rules);
	memset(words, 0, sizeof(*words));
}

int v6_config_explain(const char *draft, struct v6_config_words *ret_words, struct v6_error *err)
{
	/* what a container may have without rules: v6_policy_check_container() */
	static const struct v6_rule by_default = {.n_users = 0};
	struct v6_config auto_call(v6_config_release) config = {.has_allow = false};
	struct v6_config_words auto_call(v6_config_words_release) words = {.present = true};
	int ret = draft ? v6_config_load_draft(draft, &config, err)
			: v6_config_load(V6_CONFIG_FILE, &config, err);

	if (ret < 0)
		return ret;
	words.present = config.text != NULL;
	words.is_default = !config.has_allow;
	ret = config.has_allow ? explain_rules(config.rules, config.n_rules, &words)
			       : explain_rules(&by_default, 1, &words);
	if (ret < 0)
		return v6_fail(err, ret, "%s: %s", draft ? draft : V6_CONFIG_FILE,
			       v6_strerror(ret));
	*ret_words = words;
	memset(&words, 0, sizeof(words)); /* it is the caller's now */
	return 0;
}
