/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration's text: every member lands where it belongs, every mistake is named by its
 * path. */
#include "base/address.h"
#include "policy/config.h"
#include "scratch.h"

#define PATH_SIZE (sizeof(SCRATCH) + sizeof("/config.json"))

static struct v6_config parse(const char *text)
{
	struct v6_config config;
	struct v6_error err;

	memset(&config, 0x5a, sizeof(config));
	if (v6_config_parse(text, strlen(text), &config, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return config;
}

/* refused() - the error's text, after a failure that must leave the output alone */
static const char *refused(const char *text)
{
	static struct v6_error err;
	struct v6_config config, before;

	memset(&config, 0x5a, sizeof(config));
	memcpy(&before, &config, sizeof(before));
	err = (struct v6_error){.code = 42};
	assert_int_equal(v6_config_parse(text, strlen(text), &config, &err), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_memory_equal(&config, &before, sizeof(config));
	assert_int_equal(v6_config_parse(text, strlen(text), &config, NULL), -EINVAL);
	return err.text;
}

static void nothing_is_the_defaults(void **state)
{
	static const char *const rows[] = {"{}", "  { }\n", "// nothing\n{/* at all */}"};
	struct v6_config config;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		config = parse(rows[i]);
		assert_false(config.has_allow);
		assert_int_equal(config.n_rules, 0);
		assert_int_equal(config.n_maps, 0);
		assert_string_equal(config.interface, "");
		assert_int_equal(config.resolve_timeout_ms, 2000);
		assert_int_equal(config.resolve_tries, 3);
		assert_int_equal(config.known_days, 7);
		assert_false(config.follow_off);
		assert_int_equal(config.follow_min_s, 30);
		assert_int_equal(config.linger_s, 600);
		assert_int_equal(config.quota, 64);
		assert_false(config.provide_off);
		assert_int_equal(config.provide.length, 0);
		assert_null(config.publish_dns.names);
		v6_config_release(&config);
	}
}

/* Notepad writes one; elsewhere it is no white space, and lines are counted as ever */
static void a_byte_order_mark_may_begin_it(void **state)
{
	struct v6_config config = parse("\xef\xbb\xbf{\"quota\": 9}");
	struct v6_error err;

	(void)state;
	assert_int_equal(config.quota, 9);
	v6_config_release(&config);
	assert_int_equal(v6_config_parse("\xef\xbb\xbf\n{]", 6, &config, &err), -EINVAL);
	assert_ptr_equal(strstr(err.text, "line 2, column 2"), err.text);
	assert_int_equal(v6_config_parse("\xef\xbb\xbf", 3, &config, &err), -EINVAL);
	assert_int_equal(v6_config_parse("\xef\xbb{}", 4, &config, &err), -EINVAL);
	assert_int_equal(v6_config_parse("{\xef\xbb\xbf}", 5, &config, &err), -EINVAL);
}

/* A value read into its neighbour, or two members swapped. */
static void members_have_their_names(void **state)
{
	struct v6_config config = parse(
		"{\"ports\": \"443:8443, 53/udp\", \"interface\": \"eth7\", // comment\n"
		" \"resolve\": {\"timeout_ms\": 750, \"tries\": 4, \"known_days\": 30,\n"
		" \"follow\": false, \"follow_min_s\": 5, \"linger_s\": 60}, \"quota\": 9, \"relay\": {\"connections\": 7}, \"provide\": \"fd12:3456:789a::/48\",\n"
		" \"allow\": [{\"prefixes\": [\"2001:db8::1/64\", \"2001:db8:1::7\"],\n"
		"   \"names\": [\"web*\", \"db?\"], \"ports\": [\"80\", \"5000-65535/udp\"],\n"
		"   \"engines\": [\"cri-o\", \"unknown\"], \"namespaces\": [\"prod-*\"], \"pods\": [\"web-*\"],\n"
		"   \"users\": [\"root\", \"65533\", \"0\"],\n"
		"   \"groups\": [\"65532\", \"root\"], \"shared\": true}, {\"share\": false}]}");
	const struct v6_rule *rule;

	(void)state;
	assert_int_equal(config.n_maps, 2);
	assert_int_equal(config.maps[0].service_port, 443);
	assert_int_equal(config.maps[0].target_port, 8443);
	assert_int_equal(config.maps[1].protocol, IPPROTO_UDP);
	assert_string_equal(config.interface, "eth7");
	assert_int_equal(config.resolve_timeout_ms, 750);
	assert_int_equal(config.resolve_tries, 4);
	assert_int_equal(config.known_days, 30);
	assert_true(config.follow_off);
	assert_int_equal(config.follow_min_s, 5);
	assert_int_equal(config.relay_connections, 7);
	assert_int_equal(config.relay_memory_mb, 64);
	assert_int_equal(config.linger_s, 60);
	assert_int_equal(config.quota, 9);
	assert_string_equal(V6_TEXT(&config.provide.address), "fd12:3456:789a::");
	assert_int_equal(config.provide.length, 48);

	assert_true(config.has_allow);
	assert_int_equal(config.n_rules, 2);
	rule = &config.rules[0];
	assert_int_equal(rule->n_prefixes, 2);
	assert_string_equal(V6_TEXT(&rule->prefixes[0].address), "2001:db8::");
	assert_int_equal(rule->prefixes[0].length, 64);
	assert_string_equal(V6_TEXT(&rule->prefixes[1].address), "2001:db8:1::7");
	assert_int_equal(rule->prefixes[1].length, 128);
	assert_string_equal(v6_json_text(v6_json_member(rule->names, 1)), "db?");
	assert_string_equal(v6_json_text(v6_json_member(rule->namespaces, 0)), "prod-*");
	assert_string_equal(v6_json_text(v6_json_member(rule->pods, 0)), "web-*");
	assert_int_equal(rule->n_ports, 2);
	assert_int_equal(rule->ports[0].protocol, IPPROTO_TCP);
	assert_int_equal(rule->ports[0].first, 80);
	assert_int_equal(rule->ports[0].last, 80);
	assert_int_equal(rule->ports[1].protocol, IPPROTO_UDP);
	assert_int_equal(rule->ports[1].first, 5000);
	assert_int_equal(rule->ports[1].last, 65535);
	assert_int_equal(rule->engines, 1U << V6_ENGINE_CRIO | 1U << V6_ENGINE_UNKNOWN);

	assert_int_equal(rule->n_users, 3);
	assert_int_equal(rule->users[0], 0);
	assert_int_equal(rule->users[1], 65533);
	assert_int_equal(rule->users[2], 0);
	assert_int_equal(rule->n_groups, 2);
	assert_int_equal(rule->groups[0], 65532);
	assert_int_equal(rule->groups[1], 0);
	assert_true(rule->shared);
	assert_false(config.rules[1].shared);
	assert_false(rule->alone);
	assert_true(config.rules[1].alone);

	rule = &config.rules[1];
	assert_int_equal(rule->n_prefixes + rule->n_ports + rule->engines + rule->n_users +
				 rule->n_groups,
			 0);
	assert_null(rule->names);
	assert_null(rule->namespaces);
	v6_config_release(&config);
}

static void ways_to_attach_are_read(void **state)
{
	struct v6_config config = parse("{\"attach\": \"route\", \"dad\": \"wait\","
					" \"routed\": [\"2001:db8:5::/48\", \"fd42::7\"]}");
	struct in6_addr in, out;

	(void)state;
	assert_true(config.attach_route);
	assert_int_equal(config.dad, V6_DAD_WAIT);
	v6_address_parse("2001:db8:5:ffff::1", &in);
	v6_address_parse("2001:db8:6::1", &out);
	assert_true(v6_config_is_routed(&config, &in));
	assert_false(v6_config_is_routed(&config, &out));
	v6_address_parse("fd42::7", &in);
	assert_true(v6_config_is_routed(&config, &in));
	v6_config_release(&config);

	config = parse("{\"attach\": \"address\", \"dad\": \"off\"}");
	assert_false(config.attach_route);
	assert_int_equal(config.dad, V6_DAD_OFF);
	assert_false(v6_config_is_routed(&config, &in));
	v6_config_release(&config);

	config = parse("{}");
	assert_false(config.attach_route);
	assert_int_equal(config.dad, V6_DAD_WATCH);
	v6_config_release(&config);
}

static void an_empty_list_of_rules_is_one(void **state)
{
	struct v6_config config = parse("{\"allow\": [], \"provide\": \"off\"}");

	(void)state;
	assert_true(config.has_allow);
	assert_int_equal(config.n_rules, 0);
	assert_true(config.provide_off);
	v6_config_release(&config);
}

/* struct mistake - a text, and the beginning of what is said of it */
struct mistake {
	const char *text, *error;
};

static void check_mistakes(const struct mistake *rows, size_t n)
{
	const char *error;
	size_t i;

	for (i = 0; i < n; i++) {
		error = refused(rows[i].text);
		if (strncmp(error, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", rows[i].text, error, rows[i].error);
	}
}

static void mistakes_about_publishing_are_named(void **state)
{
	static const struct mistake rows[] = {
		{"{\"publish\": [\"blog\"]}", "line 1: \"publish\": expected an object"},
		{"{\"publish\": {\"files\": []}}",
		 "line 1: \"publish\".\"files\": the list is empty"},
		{"{\"publish\": {\"files\": [7]}}",
		 "line 1: \"publish\".\"files\"[0]: expected a string"},
		{"{\"publish\": {\"file\": [\"blog\"]}}",
		 "line 1: \"publish\".\"file\": not known; did you mean \"files\"?"},
		{"{\"publish\": {\"dns\": {}}}", "line 1: \"publish\".\"dns\".\"names\": missing"},
		{"{\"publish\": {\"dns\": {\"names\": [\"*\"], \"server\": \"::1\", \"key\": \"/k\"}}}",
		 "line 1: \"publish\".\"dns\".\"zone\": missing"},
		{"{\"publish\": {\"dns\": {\"server\": \"ns.example.org\"}}}",
		 "line 1: \"publish\".\"dns\".\"server\": \"ns.example.org\" is no address of a server"},
		{"{\"publish\": {\"dns\": {\"server\": \"fe80::1\"}}}",
		 "line 1: \"publish\".\"dns\".\"server\": \"fe80::1\" is no address of a server"},
		{"{\"publish\": {\"dns\": {\"zone\": \"example org\"}}}",
		 "line 1: \"publish\".\"dns\".\"zone\": \"example org\": not a DNS name"},
		{"{\"publish\": {\"dns\": {\"key\": \"dns.key\"}}}",
		 "line 1: \"publish\".\"dns\".\"key\": \"dns.key\" is no path"},
		{"{\"publish\": {\"dns\": {\"ttl\": 0}}}",
		 "line 1: \"publish\".\"dns\".\"ttl\": expected an integer from 1 to 86400"},
		{"{\"publish\": {\"dns\": {\"reverse\": \"2001:db8::/63\"}}}",
		 "line 1: \"publish\".\"dns\".\"reverse\": \"2001:db8::/63\": reverse zones are those"},
	};

	(void)state;
	check_mistakes(rows, V6_ARRAY_SIZE(rows));
}

static void mistakes_are_named(void **state)
{
	static const struct mistake rows[] = {
		{"", "line 1, column 1: "},
		{"{\n \"allow\" []}", "line 2, column 10: "},
		{"[]", "line 1: expected an object"},
		{"{\"alow\": []}", "line 1: \"alow\": not known; did you mean \"allow\"?"},
		{"{\"provide\": \"off\", \"provide\": \"off\"}",
		 "line 1: \"provide\": there twice"},
		{"{\"allow\": [], \"allow\": []}", "line 1: \"allow\": there twice"},
		{"{\"attach\": \"rout\"}",
		 "line 1: \"attach\": \"rout\" is not known; did you mean \"route\"?"},
		{"{\"attach\": true}", "line 1: \"attach\": expected a string"},
		{"{\"dad\": \"on\"}", "line 1: \"dad\": \"on\" is not known; did you mean"},
		{"{\"dad\": 1}", "line 1: \"dad\": expected a string"},
		{"{\n\"routed\": [\n\"2001:db8::/64\",\n\"2001:db8::/129\"]}",
		 "line 4: \"routed\": \"2001:db8::/129\" is no IPv6 prefix"},
		{"{\"routed\": []}", "line 1: \"routed\": the list is empty"},
		{"{\"routed\": \"2001:db8::/64\"}", "line 1: \"routed\": expected an array"},
		{"{\"ports\": 80}", "line 1: \"ports\": expected a string"},
		{"{\"ports\": \"80-70\"}",
		 "line 1: \"ports\": \"80-70\": the range runs backwards"},
		{"{\"interface\": \"\"}",
		 "line 1: \"interface\": \"\": not the name of an interface"},
		{"{\"interface\": []}", "line 1: \"interface\": expected a string"},
		{"{\"resolve\": 1000}", "line 1: \"resolve\": expected an object"},
		{"{\"resolve\": {\"timeout\": 1}}",
		 "line 1: \"resolve\".\"timeout\": not known; did you mean \"timeout_ms\"?"},
		{"{\"resolve\": {\"timeout_ms\": 99}}",
		 "line 1: \"resolve\".\"timeout_ms\": expected an integer from 100 to 8000"},
		{"{\"resolve\": {\"timeout_ms\": 8001}}",
		 "line 1: \"resolve\".\"timeout_ms\": expected an integer from 100 to 8000"},
		{"{\"resolve\": {\"timeout_ms\": \"1\"}}",
		 "line 1: \"resolve\".\"timeout_ms\": expected an integer"},
		{"{\"resolve\": {\"tries\": 1}}",
		 "line 1: \"resolve\".\"tries\": expected an integer from 2 to 5"},
		{"{\"resolve\": {\"tries\": 6}}",
		 "line 1: \"resolve\".\"tries\": expected an integer from 2 to 5"},
		{"{\"quota\": -1}", "line 1: \"quota\": expected an integer from 0 to 65536"},
		{"{\"quota\": 65537}", "line 1: \"quota\": expected an integer from 0 to 65536"},
		{"{\"relay\": {\"connections\": 0}}",
		 "line 1: \"relay\".\"connections\": expected an integer from 1 to 100000"},
		{"{\"relay\": {\"memory\": 64}}",
		 "line 1: \"relay\".\"memory\": not known; did you mean \"memory_mb\"?"},
		{"{\"resolve\": {\"follow\": 1}}",
		 "line 1: \"resolve\".\"follow\": expected true or false"},
		{"{\"resolve\": {\"follow_min_s\": 0}}",
		 "line 1: \"resolve\".\"follow_min_s\": expected an integer from 1 to 3600"},
		{"{\"resolve\": {\"linger_s\": 86401}}",
		 "line 1: \"resolve\".\"linger_s\": expected an integer from 0 to 86400"},
		{"{\"resolve\": {\"known_days\": -1}}",
		 "line 1: \"resolve\".\"known_days\": expected an integer from 0 to 365"},
		{"{\"resolve\": {\"known_days\": 366}}",
		 "line 1: \"resolve\".\"known_days\": expected an integer from 0 to 365"},
		{"{\"resolve\": {\"known_days\": 0.5}}",
		 "line 1: \"resolve\".\"known_days\": expected an integer"},
		{"{\"pool\": 7}", "line 1: \"pool\": expected a string"},
		{"{\"pool\": \"blog\"}", "line 1: \"pool\": \"blog\" is no IPv6 prefix"},
		{"{\"pool\": \"fe80::/64\"}",
		 "line 1: \"pool\": \"fe80::/64\" has no service addresses"},
		{"{\"pool\": \"2001:db8::/97\"}",
		 "line 1: \"pool\": \"2001:db8::/97\": a pool is a /16 to a /96"},
		{"{\"announce\": 0}", "line 1: \"announce\": expected an integer from 1 to"},
		{"{\"announce\": \"83\"}", "line 1: \"announce\": expected an integer"},
		{"{\"announce\": 255}",
		 "line 1: \"announce\": 255 is the table of the host's own addresses"},
		{"{\"provide\": false}", "line 1: \"provide\": expected a string"},
		{"{\"provide\": \"on\"}", "line 1: \"provide\": \"on\" is neither off nor a /48"},
		{"{\"provide\": \"fd00::/64\"}", "line 1: \"provide\": \"fd00::/64\" is neither"},
		{"{\"provide\": \"2001:db8::/48\"}",
		 "line 1: \"provide\": \"2001:db8::/48\" is neither"},
	};

	(void)state;
	check_mistakes(rows, V6_ARRAY_SIZE(rows));
}

static void mistakes_in_rules_are_named(void **state)
{
	static const struct mistake rows[] = {
		{"{\"allow\": {}}", "line 1: \"allow\": expected an array"},
		{"{\"allow\": null}", "line 1: \"allow\": expected an array"},
		{"{\"allow\": [{}, 1]}", "line 1: \"allow\"[1]: expected an object"},
		{"{\"allow\": [{\"prefixs\": []}]}",
		 "line 1: \"allow\"[0].\"prefixs\": not known; did you mean \"prefixes\"?"},
		{"{\"allow\": [{\"names\": [\"a\"], \"names\": [\"b\"]}]}",
		 "line 1: \"allow\"[0].\"names\": there twice"},
		{"{\"allow\": [{\"prefixes\": [\"::/0\"], \"prefixes\": [\"::/0\"]}]}",
		 "line 1: \"allow\"[0].\"prefixes\": there twice"},
		{"{\"allow\": [{\"prefixes\": \"::/0\"}]}",
		 "line 1: \"allow\"[0].\"prefixes\": expected an array"},
		{"{\"allow\": [{\"prefixes\": []}]}",
		 "line 1: \"allow\"[0].\"prefixes\": the list is empty"},
		{"{\"allow\": [{\"prefixes\": [\"::/0\", 1]}]}",
		 "line 1: \"allow\"[0].\"prefixes\"[1]: expected a string"},
		{"{\"allow\": [{}, {\"prefixes\": [\"::/0\", \"2001:db8::/200\"]}]}",
		 "line 1: \"allow\"[1].\"prefixes\": \"2001:db8::/200\" is no IPv6 prefix"},
		{"{\"allow\": [{\"prefixes\": [\"192.0.2.0/24\"]}]}",
		 "line 1: \"allow\"[0].\"prefixes\": \"192.0.2.0/24\" is no IPv6 prefix"},
		{"{\"allow\": [{\"names\": []}]}",
		 "line 1: \"allow\"[0].\"names\": the list is empty"},
		{"{\"allow\": [{\"names\": [{}]}]}",
		 "line 1: \"allow\"[0].\"names\"[0]: expected a string"},
		{"{\"allow\": [{\"namespaces\": \"x\"}]}",
		 "line 1: \"allow\"[0].\"namespaces\": expected an array"},
		{"{\"allow\": [{\"ports\": [\"80\", \"x\"]}]}",
		 "line 1: \"allow\"[0].\"ports\": \"x\": expected ports such as"},
		{"{\"allow\": [{\"ports\": [80]}]}",
		 "line 1: \"allow\"[0].\"ports\"[0]: expected a string"},
		{"{\"allow\": [{\"engines\": [\"podman\", \"docker\"]}]}",
		 "line 1: \"allow\"[0].\"engines\": \"docker\" is no engine; write podman"},
		{"{\"allow\": [{\"users\": [\"root\", \"no-such-user\"]}]}",
		 "line 1: \"allow\"[0].\"users\": \"no-such-user\" is no user of this host"},
		{"{\"allow\": [{\"users\": [\"\"]}]}",
		 "line 1: \"allow\"[0].\"users\": \"\" is no user of this host"},
		{"{\"allow\": [{\"users\": [\"-1\"]}]}",
		 "line 1: \"allow\"[0].\"users\": \"-1\" is no"},
		/* (uid_t)-1 is nobody's, and 2^32 and 2^64 would be root's */
		{"{\"allow\": [{\"users\": [\"4294967295\"]}]}",
		 "line 1: \"allow\"[0].\"users\": \"42"},
		{"{\"allow\": [{\"users\": [\"4294967296\"]}]}",
		 "line 1: \"allow\"[0].\"users\": \"42"},
		{"{\"allow\": [{\"users\": [\"18446744073709551616\"]}]}",
		 "line 1: \"allow\"[0].\"users\": \"18446744073709551616\" is no"},
		{"{\"allow\": [{\"users\": [1000]}]}",
		 "line 1: \"allow\"[0].\"users\"[0]: expected a string"},
		{"{\"allow\": [{\"users\": []}]}",
		 "line 1: \"allow\"[0].\"users\": the list is empty"},
	};

	(void)state;
	check_mistakes(rows, V6_ARRAY_SIZE(rows));
}

static void mistakes_have_their_line(void **state)
{
	static const struct {
		const char *text, *error; /* its beginning */
	} rows[] = {
		{"\n\n[]", "line 3: expected an object"},
		{"{\n\"allow\": [\n{},\n1]}", "line 4: \"allow\"[1]: "},
		{"{\n\"allow\": [\n{\n\"prefixes\": [\n\"::/0\",\n\"x\"\n]}]}",
		 "line 6: \"allow\"[0].\"prefixes\": \"x\" is no IPv6 prefix"},
		{"{\n\"allow\": [\n{\n\"ports\": [\n\"80\",\n\"x\"\n]}]}",
		 "line 6: \"allow\"[0].\"ports\": \"x\": expected"},
		{"{\n\"allow\": [\n{\n\"engines\": [\n\"podman\",\n\"x\"\n]}]}",
		 "line 6: \"allow\"[0].\"engines\": \"x\" is no engine"},
		{"{\"allow\": [{\"shared\": \"yes\"}]}", "line 1: \"allow\"[0].\"shared\": "},
		{"{\"allow\": [{\"groups\": [\"root\", \"no-such-group\"]}]}",
		 "line 1: \"allow\"[0].\"groups\": \"no-such-group\" is no group of this host"},
		{"{\"allow\": [{\"groups\": [\"-1\"]}]}",
		 "line 1: \"allow\"[0].\"groups\": \"-1\" is no"},
		{"{\"allow\": [{\"groups\": [\"4294967295\"]}]}",
		 "line 1: \"allow\"[0].\"groups\": \"42"},
		{"{\"allow\": [{\"groups\": [0]}]}",
		 "line 1: \"allow\"[0].\"groups\"[0]: expected a string"},
		{"{\"allow\": [{\"groups\": []}]}",
		 "line 1: \"allow\"[0].\"groups\": the list is empty"},
		{"{\n\"allow\": [\n{\n\"users\": [\n\"root\",\n\"x y\"\n]}]}",
		 "line 6: \"allow\"[0].\"users\": \"x y\" is no user"},
		{"{\n\"allow\": [\n{\n\"names\": [\n\"a\",\n1\n]}]}",
		 "line 6: \"allow\"[0].\"names\"[1]: expected a string"},
		{"{\n\"allow\": [\n{\n\"names\":\n[\n]\n}]}",
		 "line 4: \"allow\"[0].\"names\": the list is empty"},
		{"{\n\"allow\": [\n{\n\"nams\":\n[]\n}]}",
		 "line 4: \"allow\"[0].\"nams\": not known"},
		{"{\n// \"x\": 1\n\"ports\": \"80\",\n\"ports\": \"81\"}",
		 "line 4: \"ports\": there"},
		{"{\"resolve\": {\n\"timeout_ms\":\n1}}", "line 2: \"resolve\".\"timeout_ms\": "},
		{"{/*\n\n*/\"provide\": \"x\"}", "line 3: \"provide\": \"x\" is neither"},
	};
	const char *error;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		error = refused(rows[i].text);
		if (strncmp(error, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", rows[i].text, error, rows[i].error);
	}
}

static void limits_are_accepted(void **state)
{
	static const char *const rows[] = {
		"{\"resolve\": {\"timeout_ms\": 100}}",
		"{\"resolve\": {\"timeout_ms\": 8000}}",
		"{\"resolve\": {}}",
		"{\"resolve\": {\"tries\": 2, \"known_days\": 0}}",
		"{\"resolve\": {\"tries\": 5, \"known_days\": 365}}",
		"{\"provide\": \"fc00::/48\"}",
		"{\"allow\": [{\"prefixes\": [\"::/0\"], \"ports\": [\"1-65535/sctp\"]}]}",
	};
	struct v6_config config;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		config = parse(rows[i]);
		v6_config_release(&config);
		v6_config_release(&config); /* as one of zeroes */
	}
}

static const char *config_path(void)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/config.json", dir_path);
	return path;
}

/* load_fails() - the error's text, without the path that must be in front */
static const char *load_fails(int code)
{
	static struct v6_error err;
	struct v6_config config;
	size_t length = strlen(config_path());

	assert_int_equal(v6_config_load(config_path(), &config, &err), code);
	assert_int_equal(strncmp(err.text, config_path(), length), 0);
	assert_int_equal(strncmp(err.text + length, ": ", 2), 0);
	return err.text + length + 2;
}

static void no_file_is_the_defaults(void **state)
{
	struct v6_config config;

	(void)state;
	memset(&config, 0x5a, sizeof(config));
	assert_int_equal(v6_config_load(config_path(), &config, NULL), 0);
	assert_int_equal(config.resolve_timeout_ms, 2000);
	assert_false(config.has_allow);
	v6_config_release(&config);
}

/* Whoever may write to it decides what containers may claim. */
static void only_a_file_of_roots_is_read(void **state)
{
	struct v6_config config;

	(void)state;
	if (geteuid() != 0)
		skip();
	must_not_block(5);
	write_text("config.json", "{\"interface\": \"eth7\"}");
	assert_int_equal(v6_config_load(config_path(), &config, NULL), 0);
	assert_string_equal(config.interface, "eth7");
	v6_config_release(&config);

	assert_int_equal(chmod(config_path(), 0620), 0);
	assert_non_null(strstr(load_fails(-EPERM), "chmod go-w"));
	assert_int_equal(chmod(config_path(), 0602), 0);
	assert_non_null(strstr(load_fails(-EPERM), "chmod go-w"));
	assert_int_equal(chmod(config_path(), 0644), 0);
	assert_int_equal(chown(config_path(), 1000, 0), 0);
	assert_non_null(strstr(load_fails(-EPERM), "chown root"));

	assert_int_equal(unlink(config_path()), 0);
	assert_int_equal(mkfifo(config_path(), 0600), 0);
	assert_string_equal(load_fails(-EINVAL), "not a regular file");
	assert_int_equal(unlink(config_path()), 0);
	make_dir("config.json");
	assert_string_equal(load_fails(-EINVAL), "not a regular file");
	must_not_block(0);
}

static void files_have_a_largest_size(void **state)
{
	static char text[V6_CONFIG_SIZE_MAX + 1];
	struct v6_config config;

	(void)state;
	if (geteuid() != 0)
		skip();
	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	write_bytes("config.json", text, V6_CONFIG_SIZE_MAX);
	assert_int_equal(v6_config_load(config_path(), &config, NULL), 0);
	v6_config_release(&config);
	write_bytes("config.json", text, V6_CONFIG_SIZE_MAX + 1);
	load_fails(-E2BIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_the_defaults),
		cmocka_unit_test(a_byte_order_mark_may_begin_it),
		cmocka_unit_test(members_have_their_names),
		cmocka_unit_test(ways_to_attach_are_read),
		cmocka_unit_test(an_empty_list_of_rules_is_one),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(mistakes_about_publishing_are_named),
		cmocka_unit_test(mistakes_in_rules_are_named),
		cmocka_unit_test(mistakes_have_their_line),
		cmocka_unit_test(limits_are_accepted),
		TEST(no_file_is_the_defaults),
		TEST(only_a_file_of_roots_is_read),
		TEST(files_have_a_largest_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
