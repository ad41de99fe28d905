/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read the administrator's configuration. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "names/name.h"
#include "names/pool.h"
#include "oci/request.h"
#include "policy/config.h"

/* U+FEFF in UTF-8, which some editors put in front; RFC 8259 section 8.1 lets a reader ignore it */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static int parse_config_ports(const char *text, void *to, struct v6_error *err)
{
	struct v6_config *config = to;

	return v6_ports_parse(text, config->maps, &config->n_maps, err);
}

static int parse_config_interface(const char *text, void *to, struct v6_error *err)
{
	return v6_interface_parse(text, to, err);
}

static int read_follow(const struct v6_json *object, const struct v6_member *member, void *to,
		       struct v6_fault *fault)
{
	struct v6_config *config = to;
	bool follow = true;
	int ret = v6_json_bool(object, member->key, &follow, fault->err);

	config->follow_off = !follow;
	return ret;
}

#define CONFIG(field) .offset = offsetof(struct v6_config, field)

static const struct v6_member resolve_members[] = {
	{"timeout_ms", v6_member_integer, CONFIG(resolve_timeout_ms), V6_RESOLVE_TIMEOUT_MS_MIN,
	 V6_RESOLVE_TIMEOUT_MS_MAX},
	{"tries", v6_member_integer, CONFIG(resolve_tries), V6_RESOLVE_TRIES_MIN,
	 V6_RESOLVE_TRIES_MAX},
	{"known_days", v6_member_integer, CONFIG(known_days), 0, V6_KNOWN_DAYS_MAX},
	{.key = "follow", .read = read_follow},
	{"follow_min_s", v6_member_integer, CONFIG(follow_min_s), 1, V6_FOLLOW_MIN_S_MAX},
	{"linger_s", v6_member_integer, CONFIG(linger_s), 0, V6_LINGER_S_MAX},
};

static int read_resolve(const struct v6_json *object, const struct v6_member *member, void *to,
			struct v6_fault *fault)
{
	const struct v6_json *resolve = NULL;
	int ret = v6_json_object(object, member->key, &resolve, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_members_parse(resolve, resolve_members, V6_ARRAY_SIZE(resolve_members), to, fault);
	return ret < 0 ? v6_fault_below(fault, ret, "\"resolve\"") : 0;
}

/* parse_dns_server() - an address, so that no other server is asked for it */
static int parse_dns_server(const char *text, void *to, struct v6_error *err)
{
	struct in6_addr *server = to, mapped = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	if (inet_pton(AF_INET, text, &mapped.s6_addr[12]) == 1)
		*server = mapped;
	else if (v6_address_parse(text, server) < 0 || IN6_IS_ADDR_LINKLOCAL(server))
		return v6_fail(
			err, -EINVAL,
			"\"%s\" is no address of a server; write it like 2001:db8::53, without brackets and zone",
			V6_SHOWN(text));
	return 0;
}

static int parse_dns_zone(const char *text, void *to, struct v6_error *err)
{
	char *zone = to;
	size_t i;
	int ret = v6_name_check(text, err);

	if (ret < 0)
		return ret;
	for (i = 0; text[i]; i++)
		zone[i] = (char)tolower((unsigned char)text[i]);
	zone[zone[i - 1] == '.' ? i - 1 : i] = '\0';
	return 0;
}

static int parse_dns_key(const char *text, void *to, struct v6_error *err)
{
	if (*text != '/' || strlen(text) > V6_DNS_KEY_PATH_MAX || strpbrk(text, "\n"))
		return v6_fail(err, -EINVAL,
			       "\"%s\" is no path; write it like /etc/oci-v6/dns.key, whole",
			       V6_SHOWN(text));
	strcpy(to, text);
	return 0;
}

/* parse_dns_reverse() - RFC 3596 section 2.5: a zone for each digit */
static int parse_dns_reverse(const char *text, void *to, struct v6_error *err)
{
	struct v6_prefix prefix;
	int ret = v6_member_prefix(text, &prefix, err);

	if (ret < 0)
		return ret;
	if (prefix.length == 0 || prefix.length > 124 || prefix.length % 4 > 0)
		return v6_fail(
			err, -EINVAL,
			"\"%s\": reverse zones are those of /4 to /124, in steps of 4; a /64 is a good choice",
			V6_SHOWN(text));
	*(struct v6_prefix *)to = prefix;
	return 0;
}

#define DNS(field) .offset = offsetof(struct v6_config, publish_dns.field)

static const struct v6_member dns_members[] = {
	{"names", v6_member_strings, DNS(names)},
	{"server", v6_member_text, DNS(place.server), .parse = parse_dns_server},
	{"zone", v6_member_text, DNS(place.zone), .parse = parse_dns_zone},
	{"key", v6_member_text, DNS(place.key), .parse = parse_dns_key},
	{"ttl", v6_member_integer, DNS(ttl_s), 1, V6_DNS_TTL_S_MAX},
	{"reverse", v6_member_text, DNS(reverse), .parse = parse_dns_reverse},
};

static int read_dns(const struct v6_json *object, const struct v6_member *member, void *to,
		    struct v6_fault *fault)
{
	static const char *const needed[] = {"names", "server", "zone", "key"};
	const struct v6_json *dns = NULL;
	size_t i, j;
	int ret = v6_json_object(object, member->key, &dns, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_members_parse(dns, dns_members, V6_ARRAY_SIZE(dns_members), to, fault);
	if (ret < 0)
		return v6_fault_below(fault, ret, "\"dns\"");
	for (i = 0; i < V6_ARRAY_SIZE(needed); i++) {
		for (j = 0; j < v6_json_size(dns); j++)
			if (strcmp(v6_json_key(dns, j), needed[i]) == 0)
				break;
		if (j == v6_json_size(dns))
			return v6_fail(fault->err, -EINVAL, "\"dns\".\"%s\": missing", needed[i]);
	}
	return 0;
}

static const struct v6_member publish_members[] = {
	{"files", v6_member_strings, CONFIG(publish_files)},
	{.key = "dns", .read = read_dns},
};

static int read_publish(const struct v6_json *object, const struct v6_member *member, void *to,
			struct v6_fault *fault)
{
	const struct v6_json *publish = NULL;
	int ret = v6_json_object(object, member->key, &publish, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_members_parse(publish, publish_members, V6_ARRAY_SIZE(publish_members), to, fault);
	return ret < 0 ? v6_fault_below(fault, ret, "\"publish\"") : 0;
}

static const struct v6_member relay_members[] = {
	{"connections", v6_member_integer, CONFIG(relay_connections), 1, V6_RELAY_CONNECTIONS_MAX},
	{"memory_mb", v6_member_integer, CONFIG(relay_memory_mb), 1, V6_RELAY_MEMORY_MB_MAX},
};

static int read_relay(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault)
{
	const struct v6_json *relay = NULL;
	int ret = v6_json_object(object, member->key, &relay, fault->err);

	if (ret < 0)
		return ret;
	ret = v6_members_parse(relay, relay_members, V6_ARRAY_SIZE(relay_members), to, fault);
	return ret < 0 ? v6_fault_below(fault, ret, "\"relay\"") : 0;
}

static int read_allow(const struct v6_json *object, const struct v6_member *member, void *to,
		      struct v6_fault *fault)
{
	struct v6_config *config = to;
	const struct v6_json *list = NULL;
	int ret = v6_json_array(object, member->key, &list, fault->err);

	if (ret < 0)
		return ret;
	config->has_allow = true;
	return v6_rules_parse(list, member->key, &config->rules, &config->n_rules, fault);
}

/* parse_provide() - "off", or a prefix that our own layout of addresses fits in; see provide.h */
static int parse_provide(const char *text, void *to, struct v6_error *err)
{
	struct v6_config *config = to;
	struct v6_prefix prefix;

	config->provide_off = strcmp(text, "off") == 0;
	if (config->provide_off)
		return 0;
	/* RFC 4193 section 3.1 */
	if (v6_prefix_parse(text, &prefix) < 0 || prefix.length != 48 ||
	    (prefix.address.s6_addr[0] & 0xfe) != 0xfc)
		return v6_fail(err, -EINVAL, "\"%s\" is neither off nor a /48 inside fc00::/7",
			       V6_SHOWN(text));
	config->provide = prefix;
	return 0;
}

/* parse_pool() - a prefix that service addresses may come from, and wide enough for them */
static int parse_pool(const char *text, void *to, struct v6_error *err)
{
	struct v6_config *config = to;
	int ret = v6_member_prefix(text, &config->pool, err);

	if (ret < 0)
		return ret;
	if (!v6_address_is_global(&config->pool.address))
		return v6_fail(
			err, -EINVAL,
			"\"%s\" has no service addresses; use a prefix out of 2000::/3 or fc00::/7",
			V6_SHOWN(text));
	if (config->pool.length < V6_POOL_LENGTH_MIN || config->pool.length > V6_POOL_LENGTH_MAX)
		return v6_fail(err, -EINVAL,
			       "\"%s\": a pool is a /%d to a /%d; a /64 is a good choice",
			       V6_SHOWN(text), V6_POOL_LENGTH_MIN, V6_POOL_LENGTH_MAX);
	return 0;
}

/* read_announce() - the number of a table; those that a kernel looks addresses up in by itself have
 * no room for such a route: RT_TABLE_DEFAULT and RT_TABLE_LOCAL, linux/rtnetlink.h
 */
static int read_announce(const struct v6_json *object, const struct v6_member *member, void *to,
			 struct v6_fault *fault)
{
	struct v6_config *config = to;
	int ret = v6_member_integer(object, member, to, fault);

	if (ret == 0 && (config->announce == 253 || config->announce == 255))
		return v6_fail(
			fault->err, -EINVAL,
			"\"announce\": %d is the table of the host's own addresses, or its last one; 83 is a good choice",
			config->announce);
	return ret;
}

/* find_word() - Return: the index of a text in a list of words, or -EINVAL */
static int find_word(const char *text, const char *const *words, size_t n, struct v6_error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	return v6_fail(err, -EINVAL, "\"%s\" is not known; did you mean \"%s\"?", V6_SHOWN(text),
		       v6_text_nearest(text, words, n));
}

static int parse_config_attach(const char *text, void *to, struct v6_error *err)
{
	static const char *const words[] = {"address", "route"};
	int word = find_word(text, words, V6_ARRAY_SIZE(words), err);

	*(bool *)to = word == 1;
	return word < 0 ? word : 0;
}

static int parse_dad(const char *text, void *to, struct v6_error *err)
{
	static const char *const words[] = {"watch", "wait", "off"}; /* as in enum v6_dad */
	int word = find_word(text, words, V6_ARRAY_SIZE(words), err);

	*(enum v6_dad *)to = word < 0 ? V6_DAD_WATCH : (enum v6_dad)word;
	return word < 0 ? word : 0;
}

/* The keys of the file; oci-v6.json(5) says what they are for */
static const struct v6_member config_members[] = {
	{.key = "allow", .read = read_allow},
	{.key = "ports", .read = v6_member_text, .parse = parse_config_ports},
	{"interface", v6_member_text, CONFIG(interface), .parse = parse_config_interface},
	{.key = "resolve", .read = read_resolve},
	{.key = "provide", .read = v6_member_text, .parse = parse_provide},
	{.key = "pool", .read = v6_member_text, .parse = parse_pool},
	{.key = "publish", .read = read_publish},
	{"announce", read_announce, CONFIG(announce), 1, INT32_MAX},
	{"attach", v6_member_text, CONFIG(attach_route), .parse = parse_config_attach},
	{"routed", v6_member_list, CONFIG(routed), .offset_n = offsetof(struct v6_config, n_routed),
	 .item_size = sizeof(struct v6_prefix), .parse = v6_member_prefix},
	{"dad", v6_member_text, CONFIG(dad), .parse = parse_dad},
	{.key = "relay", .read = read_relay},
	{"quota", v6_member_integer, CONFIG(quota), 0, V6_QUOTA_MAX},
};

static void init_config(struct v6_config *config)
{
	*config = (struct v6_config){
		.resolve_timeout_ms = V6_RESOLVE_TIMEOUT_MS,
		.resolve_tries = V6_NAMES_TRIES,
		.known_days = V6_KNOWN_DAYS,
		.publish_dns.ttl_s = V6_DNS_TTL_S,
		.follow_min_s = V6_FOLLOW_MIN_S,
		.linger_s = V6_LINGER_S,
		.relay_connections = V6_RELAY_CONNECTIONS,
		.relay_memory_mb = V6_RELAY_MEMORY_MB,
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

	if (size >= strlen(BYTE_ORDER_MARK) &&
	    memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
		text += strlen(BYTE_ORDER_MARK);
		size -= strlen(BYTE_ORDER_MARK);
	}
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
	v6_rules_free(config->rules, config->n_rules);
	free(config->routed);
	v6_json_free(config->text);
	memset(config, 0, sizeof(*config));
}

static int read_config_file(int fd, struct v6_config *ret_config, struct v6_error *err)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read(fd, V6_CONFIG_SIZE_MAX, &text, &size);

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
	/* what is in there decides who may take which address */
	ret = v6_file_check_root(fd, 022, "others than root may write to it; chmod go-w it", err);
	if (ret == 0)
		ret = read_config_file(fd, ret_config, err);
	return ret < 0 ? v6_context(err, ret, "%s", path) : 0;
}

int v6_config_load_draft(const char *path, struct v6_config *ret_config, struct v6_error *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int ret;

	if (fd < 0)
		return v6_fail(err, -errno, "%s: cannot open it: %s", path, v6_strerror(errno));
	ret = read_config_file(fd, ret_config, err);
	return ret < 0 ? v6_context(err, ret, "%s", path) : 0;
}
