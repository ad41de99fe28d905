/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "core/config.h"
#include "oci/request.h"

/* struct member - a key that an object may have; @parse writes to @to and names the key first in
 * its errors
 */
struct member {
	const char *key;
	int (*parse)(const struct v6_json *object, const char *key, void *to, struct v6_error *err);
};

/* below() - put a path before the text of an error, which begins with the rest of that path */
static int below(struct v6_error *err, int ret, const char *path)
{
	struct v6_error inner;

	if (!err)
		return ret;
	inner = *err;
	return v6_fail(err, ret, "%s.%s", path, inner.text);
}

static bool seen_before(const struct v6_json *object, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(v6_json_key(object, j), v6_json_key(object, i)) == 0)
			return true;
	return false;
}

static int fail_unknown(const char *key, const struct member *members, size_t n,
			struct v6_error *err)
{
	const char *keys[8];
	size_t i;

	for (i = 0; i < n && i < V6_ARRAY_SIZE(keys); i++)
		keys[i] = members[i].key;
	return v6_fail(err, -EINVAL, "\"%s\": not known; did you mean \"%s\"?", V6_SHOWN(key),
		       v6_text_nearest(key, keys, i));
}

static int parse_member(const struct v6_json *object, const char *key, const struct member *members,
			size_t n, void *to, struct v6_error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(members[i].key, key) == 0)
			return members[i].parse(object, key, to, err);
	return fail_unknown(key, members, n, err);
}

/* parse_members() - each member of an object by its line of the table, and no other */
static int parse_members(const struct v6_json *object, const struct member *members, size_t n,
			 void *to, struct v6_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < v6_json_size(object) && ret == 0; i++) {
		if (seen_before(object, i))
			return v6_fail(err, -EINVAL, "\"%s\": there twice; drop one",
				       V6_SHOWN(v6_json_key(object, i)));
		ret = parse_member(object, v6_json_key(object, i), members, n, to, err);
	}
	return ret;
}

/*
 * Rules
 */

/* get_list() - an array of strings, at least one */
static int get_list(const struct v6_json *object, const char *key, const struct v6_json **ret_list,
		    struct v6_error *err)
{
	const struct v6_json *list = NULL;
	size_t i;
	int ret = v6_json_array(object, key, &list, err);

	if (ret < 0)
		return ret;
	if (v6_json_size(list) == 0)
		return v6_fail(err, -EINVAL,
			       "\"%s\": the list is empty; leave it out where it does not matter",
			       key);
	for (i = 0; i < v6_json_size(list); i++)
		if (!v6_json_text(v6_json_member(list, i)))
			return v6_fail(err, -EINVAL, "\"%s\"[%zu]: expected a string", key, i);
	*ret_list = list;
	return 0;
}

/* get_items() - as get_list(), with zeroed room for a value per string; the caller owns it */
static int get_items(const struct v6_json *object, const char *key, size_t item_size,
		     const struct v6_json **ret_list, void **ret_items, struct v6_error *err)
{
	int ret = get_list(object, key, ret_list, err);

	if (ret < 0)
		return ret;
	*ret_items = calloc(v6_json_size(*ret_list), item_size);
	return *ret_items ? 0 : v6_fail(err, -ENOMEM, "\"%s\": out of memory", key);
}

static int parse_prefixes(const struct v6_json *object, const char *key, void *to,
			  struct v6_error *err)
{
	const struct v6_json *list = NULL;
	struct v6_rule *rule = to;
	const char *text = NULL;
	void *items = NULL;
	size_t i;
	int ret = get_items(object, key, sizeof(rule->prefixes[0]), &list, &items, err);

	if (ret < 0)
		return ret;
	rule->prefixes = items;
	for (i = 0; i < v6_json_size(list); i++) {
		text = v6_json_text(v6_json_member(list, i));
		if (v6_prefix_parse(text, &rule->prefixes[i]) < 0)
			return v6_fail(err, -EINVAL,
				       "\"%s\": \"%s\" is no IPv6 prefix; write it like "
				       "2001:db8::/64",
				       key, V6_SHOWN(text));
	}
	rule->n_prefixes = i;
	return 0;
}

static int parse_rule_ports(const struct v6_json *object, const char *key, void *to,
			    struct v6_error *err)
{
	const struct v6_json *list = NULL;
	struct v6_rule *rule = to;
	void *items = NULL;
	size_t i;
	int ret = get_items(object, key, sizeof(rule->ports[0]), &list, &items, err);

	if (ret < 0)
		return ret;
	rule->ports = items;
	for (i = 0; i < v6_json_size(list); i++) {
		ret = v6_port_range_parse(v6_json_text(v6_json_member(list, i)), &rule->ports[i],
					  err);
		if (ret < 0)
			return v6_context(err, ret, "\"%s\"", key);
	}
	rule->n_ports = i;
	return 0;
}

static int parse_names(const struct v6_json *object, const char *key, void *to,
		       struct v6_error *err)
{
	struct v6_rule *rule = to;

	return get_list(object, key, &rule->names, err);
}

static int parse_namespaces(const struct v6_json *object, const char *key, void *to,
			    struct v6_error *err)
{
	struct v6_rule *rule = to;

	return get_list(object, key, &rule->namespaces, err);
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

static int parse_engines(const struct v6_json *object, const char *key, void *to,
			 struct v6_error *err)
{
	const struct v6_json *list = NULL;
	struct v6_rule *rule = to;
	const char *name;
	unsigned int bit;
	size_t i;
	int ret = get_list(object, key, &list, err);

	for (i = 0; ret == 0 && i < v6_json_size(list); i++) {
		name = v6_json_text(v6_json_member(list, i));
		bit = engine_bit(name);
		rule->engines |= bit;
		if (bit == 0)
			ret = v6_fail(err, -EINVAL,
				      "\"%s\": \"%s\" is no engine; write podman, cri-o, "
				      "containerd or unknown (any other, as Docker)",
				      key, V6_SHOWN(name));
	}
	return ret;
}

static const struct member rule_members[] = {
	{"prefixes", parse_prefixes}, {"names", parse_names},		{"ports", parse_rule_ports},
	{"engines", parse_engines},   {"namespaces", parse_namespaces},
};

static int parse_rule(const struct v6_json *value, size_t i, const char *key, struct v6_rule *rule,
		      struct v6_error *err)
{
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "\"%s\"[%zu]", key, i);
	if (!v6_json_is_object(value))
		return v6_fail(err, -EINVAL, "%s: expected an object", path);
	ret = parse_members(value, rule_members, V6_ARRAY_SIZE(rule_members), rule, err);
	return ret < 0 ? below(err, ret, path) : 0;
}

static int parse_allow(const struct v6_json *object, const char *key, void *to,
		       struct v6_error *err)
{
	struct v6_config *config = to;
	const struct v6_json *list = NULL;
	int ret = v6_json_array(object, key, &list, err);

	if (ret < 0)
		return ret;
	config->has_allow = true;
	if (v6_json_size(list) == 0)
		return 0;
	config->rules = calloc(v6_json_size(list), sizeof(config->rules[0]));
	if (!config->rules)
		return v6_fail(err, -ENOMEM, "\"%s\": out of memory", key);
	for (; config->n_rules < v6_json_size(list) && ret == 0; config->n_rules++)
		ret = parse_rule(v6_json_member(list, config->n_rules), config->n_rules, key,
				 &config->rules[config->n_rules], err);
	return ret;
}

/*
 * All the rest
 */

static int parse_ports(const struct v6_json *object, const char *key, void *to,
		       struct v6_error *err)
{
	struct v6_config *config = to;
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, err);

	if (ret < 0)
		return ret;
	ret = v6_ports_parse(text, config->maps, &config->n_maps, err);
	return ret < 0 ? v6_context(err, ret, "\"%s\"", key) : 0;
}

static int parse_interface(const struct v6_json *object, const char *key, void *to,
			   struct v6_error *err)
{
	struct v6_config *config = to;
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, err);

	if (ret < 0)
		return ret;
	ret = v6_interface_parse(text, config->interface, err);
	return ret < 0 ? v6_context(err, ret, "\"%s\"", key) : 0;
}

static int parse_timeout(const struct v6_json *object, const char *key, void *to,
			 struct v6_error *err)
{
	struct v6_config *config = to;
	long long timeout_ms = 0;
	int ret = v6_json_integer(object, key, V6_RESOLVE_TIMEOUT_MS_MIN, V6_RESOLVE_TIMEOUT_MS_MAX,
				  &timeout_ms, err);

	if (ret == 0)
		config->resolve_timeout_ms = (int)timeout_ms;
	return ret;
}

static const struct member resolve_members[] = {
	{"timeout_ms", parse_timeout},
};

static int parse_resolve(const struct v6_json *object, const char *key, void *to,
			 struct v6_error *err)
{
	const struct v6_json *resolve = NULL;
	int ret = v6_json_object(object, key, &resolve, err);

	if (ret < 0)
		return ret;
	ret = parse_members(resolve, resolve_members, V6_ARRAY_SIZE(resolve_members), to, err);
	return ret < 0 ? below(err, ret, "\"resolve\"") : 0;
}

/* parse_provide() - "off", or a prefix that our own layout of addresses fits in; see provide.h */
static int parse_provide(const struct v6_json *object, const char *key, void *to,
			 struct v6_error *err)
{
	struct v6_config *config = to;
	struct v6_prefix prefix;
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, err);

	if (ret < 0)
		return ret;
	config->provide_off = strcmp(text, "off") == 0;
	if (config->provide_off)
		return 0;
	/* RFC 4193 section 3.1 */
	if (v6_prefix_parse(text, &prefix) < 0 || prefix.length != 48 ||
	    (prefix.address.s6_addr[0] & 0xfe) != 0xfc)
		return v6_fail(err, -EINVAL,
			       "\"%s\": \"%s\" is neither off nor a /48 inside fc00::/7", key,
			       V6_SHOWN(text));
	config->provide = prefix;
	return 0;
}

static const struct member config_members[] = {
	{"allow", parse_allow},	    {"ports", parse_ports},	{"interface", parse_interface},
	{"resolve", parse_resolve}, {"provide", parse_provide},
};

static void init_config(struct v6_config *config)
{
	*config = (struct v6_config){.resolve_timeout_ms = V6_RESOLVE_TIMEOUT_MS};
}

int v6_config_parse(const char *text, size_t size, struct v6_config *ret_config,
		    struct v6_error *err)
{
	struct v6_config auto_call(v6_config_release) config;
	int ret;

	init_config(&config);
	ret = v6_json_parse(text, size, &config.text, err);
	if (ret < 0)
		return ret;
	if (!v6_json_is_object(config.text))
		return v6_fail(err, -EINVAL, "expected an object");
	ret = parse_members(config.text, config_members, V6_ARRAY_SIZE(config_members), &config,
			    err);
	if (ret < 0)
		return ret;

	*ret_config = config;
	init_config(&config); /* it is the caller's now */
	return 0;
}

void v6_config_release(struct v6_config *config)
{
	size_t i;

	for (i = 0; i < config->n_rules; i++) {
		free(config->rules[i].prefixes);
		free(config->rules[i].ports);
	}
	free(config->rules);
	v6_json_free(config->text);
	memset(config, 0, sizeof(*config));
}

/* check_file() - what is in there decides who may take which address */
static int check_file(int fd, struct v6_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return v6_fail(err, -errno, "cannot look at it: %s", v6_strerror(errno));
	if (!S_ISREG(st.st_mode))
		return v6_fail(err, -EINVAL, "not a regular file");
	if (st.st_uid != 0)
		return v6_fail(err, -EPERM, "it belongs to user %u; chown root it", st.st_uid);
	if (st.st_mode & 022)
		return v6_fail(err, -EPERM, "others than root may write to it; chmod go-w it");
	return 0;
}

static int load(int fd, struct v6_config *ret_config, struct v6_error *err)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = check_file(fd, err);

	if (ret < 0)
		return ret;
	ret = v6_file_read(fd, V6_CONFIG_SIZE_MAX, &text, &size);
	if (ret == -E2BIG)
		return v6_fail(err, ret, "longer than %d bytes", V6_CONFIG_SIZE_MAX);
	if (ret < 0)
		return v6_fail(err, ret, "cannot read it: %s", v6_strerror(ret));
	return v6_config_parse(text, size, ret_config, err);
}

int v6_config_load(const char *path, struct v6_config *ret_config, struct v6_error *err)
{
	/* not to block on a FIFO, nor take a terminal as ours */
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	if (fd < 0 && errno == ENOENT) {
		init_config(ret_config);
		return 0;
	}
	if (fd < 0)
		return v6_fail(err, -errno, "%s: cannot open it: %s", path, v6_strerror(errno));
	ret = load(fd, ret_config, err);
	return ret < 0 ? v6_context(err, ret, "%s", path) : 0;
}
