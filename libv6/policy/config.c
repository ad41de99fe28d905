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
#include "oci/request.h"
#include "policy/config_rules.h"

static int parse_ports(const struct v6_json *object, const char *key, void *to,
		       struct v6_fault *fault)
{
	struct v6_config *config = to;
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_ports_parse(text, config->maps, &config->n_maps, fault->err);
	return ret < 0 ? v6_context(fault->err, ret, "\"%s\"", key) : 0;
}

static int parse_interface(const struct v6_json *object, const char *key, void *to,
			   struct v6_fault *fault)
{
	struct v6_config *config = to;
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_interface_parse(text, config->interface, fault->err);
	return ret < 0 ? v6_context(fault->err, ret, "\"%s\"", key) : 0;
}

static int parse_integer(const struct v6_json *object, const char *key, int min, int max,
			 int *ret_value, struct v6_fault *fault)
{
	long long value = 0;
	int ret = v6_json_integer(object, key, min, max, &value, fault->err);

	if (ret == 0)
		*ret_value = (int)value;
	return ret;
}

static int parse_timeout(const struct v6_json *object, const char *key, void *to,
			 struct v6_fault *fault)
{
	struct v6_config *config = to;

	return parse_integer(object, key, V6_RESOLVE_TIMEOUT_MS_MIN, V6_RESOLVE_TIMEOUT_MS_MAX,
			     &config->resolve_timeout_ms, fault);
}

static int parse_tries(const struct v6_json *object, const char *key, void *to,
		       struct v6_fault *fault)
{
	struct v6_config *config = to;

	return parse_integer(object, key, V6_RESOLVE_TRIES_MIN, V6_RESOLVE_TRIES_MAX,
			     &config->resolve_tries, fault);
}

static int parse_known_days(const struct v6_json *object, const char *key, void *to,
			    struct v6_fault *fault)
{
	struct v6_config *config = to;

	return parse_integer(object, key, 0, V6_KNOWN_DAYS_MAX, &config->known_days, fault);
}

static int parse_follow(const struct v6_json *object, const char *key, void *to,
			struct v6_fault *fault)
{
	struct v6_config *config = to;
	bool follow = true;
	int ret = v6_json_bool(object, key, &follow, fault->err);

	config->follow_off = !follow;
	return ret;
}

static int parse_follow_min(const struct v6_json *object, const char *key, void *to,
			    struct v6_fault *fault)
{
	struct v6_config *config = to;

	return parse_integer(object, key, 1, V6_FOLLOW_MIN_S_MAX, &config->follow_min_s, fault);
}

static int parse_linger(const struct v6_json *object, const char *key, void *to,
			struct v6_fault *fault)
{
	struct v6_config *config = to;

	return parse_integer(object, key, 0, V6_LINGER_S_MAX, &config->linger_s, fault);
}

static const struct v6_member resolve_members[] = {
	{"timeout_ms", parse_timeout},	    {"tries", parse_tries},
	{"known_days", parse_known_days},   {"follow", parse_follow},
	{"follow_min_s", parse_follow_min}, {"linger_s", parse_linger},
};

static int parse_resolve(const struct v6_json *object, const char *key, void *to,
			 struct v6_fault *fault)
{
	const struct v6_json *resolve = NULL;
	int ret = v6_json_object(object, key, &resolve, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_members_parse(resolve, resolve_members, V6_ARRAY_SIZE(resolve_members), to, fault);
	return ret < 0 ? v6_fault_below(fault, ret, "\"resolve\"") : 0;
}

/* parse_provide() - "off", or a prefix that our own layout of addresses fits in; see provide.h */
static int parse_provide(const struct v6_json *object, const char *key, void *to,
			 struct v6_fault *fault)
{
	struct v6_config *config = to;
	struct v6_prefix prefix;
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, fault->err);

	if (ret < 0)
		return ret;
	config->provide_off = strcmp(text, "off") == 0;
	if (config->provide_off)
		return 0;
	/* RFC 4193 section 3.1 */
	if (v6_prefix_parse(text, &prefix) < 0 || prefix.length != 48 ||
	    (prefix.address.s6_addr[0] & 0xfe) != 0xfc)
		return v6_fail(fault->err, -EINVAL,
			       "\"%s\": \"%s\" is neither off nor a /48 inside fc00::/7", key,
			       V6_SHOWN(text));
	config->provide = prefix;
	return 0;
}

/* parse_choice() - which of several words a member is */
static int parse_choice(const struct v6_json *object, const char *key, const char *const *words,
			size_t n, size_t *ret_choice, struct v6_error *err)
{
	const char *text = NULL;
	int ret = v6_json_string(object, key, &text, err);
	size_t i;

	for (i = 0; ret == 0 && i < n; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret_choice = i;
			return 0;
		}
	}
	return ret < 0 ? ret
		       : v6_fail(err, -EINVAL, "\"%s\": \"%s\" is not known; did you mean \"%s\"?",
				 key, V6_SHOWN(text), v6_text_nearest(text, words, n));
}

static int parse_attach(const struct v6_json *object, const char *key, void *to,
			struct v6_fault *fault)
{
	static const char *const words[] = {"address", "route"};
	struct v6_config *config = to;
	size_t choice = 0;
	int ret = parse_choice(object, key, words, V6_ARRAY_SIZE(words), &choice, fault->err);

	config->attach_route = choice == 1;
	return ret;
}

static int parse_dad(const struct v6_json *object, const char *key, void *to,
		     struct v6_fault *fault)
{
	static const char *const words[] = {"watch", "wait", "off"}; /* as in enum v6_dad */
	struct v6_config *config = to;
	size_t choice = 0;
	int ret = parse_choice(object, key, words, V6_ARRAY_SIZE(words), &choice, fault->err);

	config->dad = (enum v6_dad)choice;
	return ret;
}

static int parse_routed(const struct v6_json *object, const char *key, void *to,
			struct v6_fault *fault)
{
	struct v6_config *config = to;

	return v6_member_prefixes(object, key, &config->routed, &config->n_routed, fault);
}

static int parse_quota(const struct v6_json *object, const char *key, void *to,
		       struct v6_fault *fault)
{
	struct v6_config *config = to;

	return parse_integer(object, key, 0, V6_QUOTA_MAX, &config->quota, fault);
}

/* The keys of the file. What takes more than a few lines to read has a file of its own. */
static const struct v6_member config_members[] = {
	{"allow", v6_rules_parse},	/* who may claim what */
	{"ports", parse_ports},		/* default for v6.ports */
	{"interface", parse_interface}, /* default for v6.interface */
	{"resolve", parse_resolve},	/* how names are looked up */
	{"provide", parse_provide},	/* addresses for containers without */
	{"attach", parse_attach},	/* how addresses come to the host */
	{"routed", parse_routed},	/* prefixes that need no link */
	{"dad", parse_dad},		/* whether others have an address */
	{"quota", parse_quota},		/* how much a user may claim */
};

static void init_config(struct v6_config *config)
{
	*config = (struct v6_config){
		.resolve_timeout_ms = V6_RESOLVE_TIMEOUT_MS,
		.resolve_tries = V6_NAMES_TRIES,
		.known_days = V6_KNOWN_DAYS,
		.follow_min_s = V6_FOLLOW_MIN_S,
		.linger_s = V6_LINGER_S,
		.quota = V6_QUOTA,
	};
}

/* parse_root() - read the parsed text into a configuration; a mistake gets its line in front */
static int parse_root(struct v6_config *config, struct v6_error *err)
{
	struct v6_fault fault = {.err = err};
	int ret;

	if (v6_json_is_object(config->text)) {
		ret = v6_members_parse(config->text, config_members, V6_ARRAY_SIZE(config_members),
				       config, &fault);
	} else {
		fault.at = config->text;
		ret = v6_fail(err, -EINVAL, "expected an object");
	}
	if (ret == 0)
		return 0;
	return v6_context(err, ret, "line %zu", v6_json_line(fault.at));
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
	ret = parse_root(&config, err);
	if (ret < 0)
		return ret;

	*ret_config = config;
	init_config(&config); /* it is the caller's now */
	return 0;
}

void v6_config_release(struct v6_config *config)
{
	v6_rules_release(config);
	free(config->routed);
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

bool v6_config_is_routed(const struct v6_config *config, const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < config->n_routed; i++)
		if (v6_prefix_contains(&config->routed[i], address))
			return true;
	return false;
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
