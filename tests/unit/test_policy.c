/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may claim what: each member of a rule refuses on its own; Kubernetes, and users other than
 * root, have to be named. */
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "policy/policy.h"

/* struct row - a configuration, a container, a claim, and the verdict */
struct row {
	const char *config;
	enum v6_engine engine;
	const char *namespace; /* and the pod's name behind a slash */
	uid_t uid;
	const char *name, *address, *ports;
	const char *refused; /* part of the message, or NULL: allowed */
};

static int check(const struct row *row, struct v6_error *err)
{
	struct v6_config auto_call(v6_config_release) config = {.has_allow = false};
	struct v6_port_map maps[V6_REQUEST_MAPS_MAX];
	struct v6_state state = {.engine = row->engine};
	const struct v6_subject subject = {.state = &state, .uid = row->uid};
	struct in6_addr address;
	size_t n;
	int ret;

	sscanf(row->namespace, "%63[^/]/%253s", state.pod_namespace, state.pod);
	assert_int_equal(v6_address_parse(row->address, &address), 0);
	assert_int_equal(v6_ports_parse(row->ports, maps, &n, NULL), 0);
	if (v6_config_parse(row->config, strlen(row->config), &config, err) < 0)
		fail_msg("%s: %s", row->config, err->text);
	/* as v6_bind() does: the container first, then each address */
	ret = v6_policy_check_container(&config, &subject, row->name, maps, n, err);
	if (ret == 0)
		ret = v6_policy_check_claims(&config, &subject, row->name, &address, maps, n, err);
	return ret;
}

/* check_offer() - the rule that a refusal offers lets in who was refused, and keeps root's own in
 */
static void check_offer(const struct row *refused, const char *text)
{
	const char *rule = strstr(text, ": {"), *list = strstr(text, ": \"allow\": [{");
	const struct row root = {"", V6_ENGINE_PODMAN, "", 0, "db", "2001:db8::9", "1", NULL};
	struct row row = *refused;
	char config[600];
	struct v6_error err;

	if (list)
		snprintf(config, sizeof(config), "{%s}", list + 2);
	else if (rule)
		snprintf(config, sizeof(config), "{\"allow\": [%s]}", rule + 2);
	else
		fail_msg("no rule is offered: %s", text);
	row.config = config;
	if (check(&row, &err) < 0)
		fail_msg("%s: not enough: %s", config, err.text);
	row = root;
	row.config = config;
	if (list && check(&row, &err) < 0)
		fail_msg("%s: shuts root's own out: %s", config, err.text);
}

static void check_rows(const struct row *rows, size_t n)
{
	struct v6_error err;
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		err = (struct v6_error){.code = 0};
		ret = check(&rows[i], &err);
		if (ret != (rows[i].refused ? -EPERM : 0) ||
		    (ret < 0 && !strstr(err.text, rows[i].refused)))
			fail_msg("row %zu, %s: %d \"%s\"", i, rows[i].config, ret, err.text);
		if (ret < 0)
			check_offer(&rows[i], err.text);
	}
}

#define PODMAN	   V6_ENGINE_PODMAN, "", 0
#define DOCKER	   V6_ENGINE_UNKNOWN, "", 0
#define CRIO(name) V6_ENGINE_CRIO, name, 0
#define CD(name)   V6_ENGINE_CONTAINERD, name, 0
#define USER(uid)  V6_ENGINE_PODMAN, "", uid
#define WEB3	   "web3", "2001:db8::203"

/* Pasted into a new file, it has to be all of it */
static void without_a_file_a_whole_one_is_offered(void **unused)
{
	const struct v6_config config = {.has_allow = false};
	const struct v6_state state = {.engine = V6_ENGINE_PODMAN};
	const struct v6_subject subject = {.state = &state, .uid = 1000};
	const struct v6_port_map map = {IPPROTO_TCP, 80, 80, 1};
	struct v6_error err;

	(void)unused;
	assert_int_equal(v6_policy_check_container(&config, &subject, "web3", &map, 1, &err),
			 -EPERM);
	assert_non_null(strstr(
		err.text,
		": {\"allow\": [{\"users\": [\"1000\"], \"names\": [\"web3\"], \"ports\": [\"80/tcp\"]}, {\"users\": [\"root\"]}]}"));
}

static void without_rules_roots_engines_may(void **state)
{
	static const struct row rows[] = {
		{"{}", PODMAN, WEB3, "80", NULL},
		{"{}", DOCKER, WEB3, "1-1000/udp", NULL},
		{"{}", CRIO("default"), WEB3, "80", "pods of Kubernetes (cri-o) may not claim"},
		{"{}", CD("x"), WEB3, "80",
		 "would let this one (x): \"allow\": [{\"namespaces\": [\"x\"], \"names\": [\"web3\"]"},
		{"{}", CD(""), WEB3, "80", "pods of Kubernetes (containerd) may not claim"},
		{"{}", USER(1000), WEB3, "80",
		 "would let them: \"allow\": [{\"users\": [\"1000\"], \"names\": [\"web3\"], \"ports\": [\"80/tcp\"]}, "
		 "{\"users\": [\"root\"]}]"},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

#define RULE(text) "{\"allow\": [{" text "}]}"
#define NO	   "no rule of \"allow\" in /etc/oci-v6/config.json"

static void each_member_refuses(void **state)
{
	static const struct row rows[] = {
		{"{\"allow\": []}", PODMAN, WEB3, "80", NO},
		{RULE(""), PODMAN, WEB3, "80", NULL},
		{RULE("\"prefixes\": [\"2001:db8:1::/64\", \"2001:db8::/64\"]"), PODMAN, WEB3, "80",
		 NULL},
		{RULE("\"prefixes\": [\"2001:db8:1::/64\"]"), PODMAN, WEB3, "80",
		 "2001:db8::203 port 80/tcp: " NO},
		{RULE("\"names\": [\"db*\", \"WEB?\"]"), PODMAN, WEB3, "80", NULL},
		{RULE("\"names\": [\"web\", \"db*\"]"), PODMAN, WEB3, "80", NO},
		{RULE("\"names\": [\"web3\"]"), PODMAN, "web3.", "2001:db8::203", "80", NO},
		{RULE("\"names\": [\"web3.\"]"), PODMAN, "web3.", "2001:db8::203", "80", NULL},
		{RULE("\"names\": [\"web3.\"]"), PODMAN, WEB3, "80", NO},
		{RULE("\"engines\": [\"podman\"]"), PODMAN, WEB3, "80", NULL},
		{RULE("\"engines\": [\"podman\"]"), DOCKER, WEB3, "80",
		 NO " is for containers of this engine (unknown)"},
		{RULE("\"engines\": [\"unknown\"]"), DOCKER, WEB3, "80", NULL},
		{RULE("\"namespaces\": [\"*\"]"), PODMAN, WEB3, "80", NO},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

#define NAMES(glob) RULE("\"names\": [\"" glob "\"]")
#define A203	    "2001:db8::203", "80"

/* Whoever runs a container chooses its name; a glob is for whole names, and no more than it says.
 */
static void names_that_only_look_alike_are_refused(void **state)
{
	static const struct row rows[] = {
		{NAMES("*.example.test"), PODMAN, "web3.example.test", A203, NULL},
		{NAMES("*.example.test"), PODMAN, "a.b.example.test", A203, NULL},
		{NAMES("*.example.test"), PODMAN, "web3.example.test.evil.test", A203, NO},
		{NAMES("*.example.test"), PODMAN, "web3.example.test.", A203, NO},
		{NAMES("*.example.test"), PODMAN, "evilexample.test", A203, NO},
		{NAMES("*.example.test"), PODMAN, "example.test", A203, NO},
		{NAMES("*.example.test."), PODMAN, "web3.example.test.", A203, NULL},
		{NAMES("*.example.test."), PODMAN, "web3.example.test", A203, NO},
		{NAMES("web3"), PODMAN, "web33", A203, NO},
		{NAMES("web3"), PODMAN, "web", A203, NO},
		{NAMES("web3"), PODMAN, "web3.evil.test", A203, NO},
		{NAMES("web?"), PODMAN, "web", A203, NO},
		{NAMES("web?"), PODMAN, "web3.", A203, NO},
		{NAMES("web[0-9]"), PODMAN, "webx", A203, NO},
		{NAMES("web[!3]"), PODMAN, "web3", A203, NO},
		{NAMES("web\\\\*"), PODMAN, "web3", A203, NO}, /* a star that is meant */
		{NAMES("web["), PODMAN, "web3", A203, NO},
		{NAMES(""), PODMAN, "web3", A203, NO},
		/* an address given literally is its own name */
		{NAMES("web*"), PODMAN, "2001:db8::203", A203, NO},
		{NAMES("2001:db8::2??"), PODMAN, "2001:db8::203", A203, NULL},
		{NAMES("2001:db8::2??"), PODMAN, "web3", A203, NO},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

#define PREFIX(text)  RULE("\"prefixes\": [\"" text "\"]")
#define LITERAL(text) text, text, "80"

static void prefixes_end_where_they_say(void **state)
{
	static const struct row rows[] = {
		{PREFIX("2001:db8::200/121"), PODMAN, LITERAL("2001:db8::200"), NULL},
		{PREFIX("2001:db8::200/121"), PODMAN, LITERAL("2001:db8::27f"), NULL},
		{PREFIX("2001:db8::200/121"), PODMAN, LITERAL("2001:db8::280"), NO},
		{PREFIX("2001:db8::200/121"), PODMAN, LITERAL("2001:db8::1ff"), NO},
		{PREFIX("2001:db8::200/121"), PODMAN, LITERAL("2001:db9::200"), NO},
		{PREFIX("2001:db8::200/121"), PODMAN, LITERAL("fd01:db8::200"), NO},
		{PREFIX("2001:db8::203"), PODMAN, LITERAL("2001:db8::203"), NULL},
		{PREFIX("2001:db8::203"), PODMAN, LITERAL("2001:db8::202"), NO},
		{PREFIX("2001:db8::203/128"), PODMAN, LITERAL("2001:db8::8000:203"), NO},
		/* bits behind the length mean nothing */
		{PREFIX("2001:db8::ffff/64"), PODMAN, LITERAL("2001:db8::1"), NULL},
		{PREFIX("2001:db8::ffff/64"), PODMAN, LITERAL("2001:db8:0:1::1"), NO},
		{PREFIX("8000::/1"), PODMAN, LITERAL("2001:db8::1"), NO},
		{PREFIX("::/0"), PODMAN, LITERAL("2001:db8::1"), NULL},
		/* IPv4 within IPv6 is not IPv4 */
		{PREFIX("::ffff:192.0.2.0/120"), PODMAN, LITERAL("2001:db8::c000:201"), NO},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

/* A range is as many claims as it has ports: its first being allowed says nothing of its last. */
static void each_port_is_a_claim(void **state)
{
	static const struct row rows[] = {
		{RULE("\"ports\": [\"80\"]"), PODMAN, WEB3, "80:8080", NULL},
		{RULE("\"ports\": [\"80\"]"), PODMAN, WEB3, "8080:80", "port 8080/tcp"},
		{RULE("\"ports\": [\"80\"]"), PODMAN, WEB3, "80/udp", "port 80/udp"},
		{RULE("\"ports\": [\"80\"]"), PODMAN, WEB3, "80,443", "port 443/tcp"},
		{RULE("\"ports\": [\"80-89\"]"), PODMAN, WEB3, "80-89", NULL},
		{RULE("\"ports\": [\"80-89\"]"), PODMAN, WEB3, "79-89", "port 79/tcp"},
		{RULE("\"ports\": [\"80-89\"]"), PODMAN, WEB3, "80-90", "port 90/tcp"},
		{RULE("\"ports\": [\"85-89\", \"80-84\"]"), PODMAN, WEB3, "80-89", NULL},
		{RULE("\"ports\": [\"80-84\", \"86-89\"]"), PODMAN, WEB3, "80-89", "port 85/tcp"},
		{RULE("\"ports\": [\"1-65535\"]"), PODMAN, WEB3, "65000-65535", NULL},
		{RULE(""), PODMAN, WEB3, "65000-65535", NULL},
		{RULE(""), PODMAN, WEB3, "1-65535", NULL},
		{RULE("\"ports\": [\"1-65534\"]"), PODMAN, WEB3, "1-65535", "port 65535/tcp"},
		/* a whole address is more than all ports of one protocol, or of each */
		{RULE(""), PODMAN, WEB3, "all", NULL},
		{RULE("\"ports\": [\"1-65535\", \"1-65535/udp\", \"1-65535/sctp\"]"), PODMAN, WEB3,
		 "all", "all of 2001:db8::203: " NO},
		{RULE("\"names\": [\"db*\"]"), PODMAN, WEB3, "all", "all of 2001:db8::203: " NO},
		{"{\"allow\": [{\"ports\": [\"80\"], \"names\": [\"web*\"]},"
		 " {\"ports\": [\"443\"], \"prefixes\": [\"2001:db8::/64\"]}]}",
		 PODMAN, WEB3, "80,443", NULL},
		{"{\"allow\": [{\"ports\": [\"80\"], \"names\": [\"db*\"]},"
		 " {\"ports\": [\"443\"], \"prefixes\": [\"2001:db8::/64\"]}]}",
		 PODMAN, WEB3, "80,443", "port 80/tcp"},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

static void kubernetes_has_to_be_named(void **state)
{
	static const struct row rows[] = {
		{RULE(""), CRIO("default"), WEB3, "80", "pods of Kubernetes (cri-o)"},
		{RULE("\"names\": [\"*\"], \"prefixes\": [\"::/0\"]"), CD("default"), WEB3, "80",
		 "pods of Kubernetes (containerd)"},
		{RULE("\"engines\": [\"cri-o\"]"), CRIO("default"), WEB3, "80", NULL},
		{RULE("\"engines\": [\"cri-o\"]"), CD("default"), WEB3, "80", "pods of Kubernetes"},
		{RULE("\"namespaces\": [\"prod-*\"]"), CRIO("prod-web"), WEB3, "80", NULL},
		{RULE("\"namespaces\": [\"prod-*\"]"), CD("prod-web"), WEB3, "80", NULL},
		{RULE("\"namespaces\": [\"prod-*\"]"), CD("default"), WEB3, "80",
		 "pods of Kubernetes"},
		/* of a pod whose annotations contradict each other */
		{RULE("\"namespaces\": [\"*\"]"), CRIO(""), WEB3, "80", "(unknown)"},
		{RULE("\"namespaces\": [\"prod\"], \"pods\": [\"web-*\"]"), CRIO("prod/web-0"),
		 WEB3, "80", NULL},
		{RULE("\"namespaces\": [\"prod\"], \"pods\": [\"web-*\"]"), CD("prod/web-0"), WEB3,
		 "80", NULL},
		{RULE("\"engines\": [\"cri-o\"], \"pods\": [\"WEB-?\"]"), CRIO("prod/web-0"), WEB3,
		 "80", NULL},
		{RULE("\"namespaces\": [\"prod\"], \"pods\": [\"web-*\"]"), CRIO("prod/db-0"), WEB3,
		 "80", "(prod, pod db-0)"},
		{RULE("\"namespaces\": [\"prod\"], \"pods\": [\"*\"]"), CRIO("prod"), WEB3, "80",
		 "(prod)"},
		{RULE("\"namespaces\": [\"prod\"], \"pods\": [\"*\"]"), CRIO("dev/web-0"), WEB3,
		 "80", "(dev, pod web-0)"},
		/* whoever makes pods gives them their names, so that these narrow a rule only */
		{RULE("\"pods\": [\"*\"]"), CRIO("prod/web-0"), WEB3, "80",
		 "would let this one (prod, pod web-0): {\"namespaces\": [\"prod\"], "},
		{RULE("\"pods\": [\"*\"]"), PODMAN, WEB3, "80", NO},
		{RULE("\"namespaces\": [\"prod\"], \"engines\": [\"containerd\"]"), CRIO("prod"),
		 WEB3, "80", "pods of Kubernetes"},
		{RULE("\"namespaces\": [\"prod\"], \"ports\": [\"443\"]"), CRIO("prod"), WEB3, "80",
		 "(cri-o, namespace prod)"},
		/* a rule for everybody must not help out where their own refuses */
		{"{\"allow\": [{}, {\"namespaces\": [\"prod\"], \"ports\": [\"443\"]}]}",
		 CRIO("prod"), WEB3, "80", NO},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

static void users_have_to_be_named(void **state)
{
	static const struct row rows[] = {
		/* root, named or not */
		{RULE("\"users\": [\"root\"]"), PODMAN, WEB3, "80", NULL},
		{RULE("\"users\": [\"0\"]"), DOCKER, WEB3, "80", NULL},
		{RULE("\"users\": [\"1000\"]"), PODMAN, WEB3, "80",
		 NO " is for containers of this engine (podman) run by root"},
		/* others, and those whose numbers look alike in fewer digits or bits */
		{RULE("\"users\": [\"nobody\", \"1000\"]"), USER(1000), WEB3, "80", NULL},
		{RULE("\"users\": [\"4294967294\"]"), USER(4294967294), WEB3, "80", NULL},
		{RULE("\"users\": [\"1000\"]"), USER(1001), WEB3, "80", "user 1001 may not"},
		{RULE("\"users\": [\"1000\"]"), USER(100), WEB3, "80", "user 100 may not"},
		{RULE("\"users\": [\"1000\"]"), USER(66536), WEB3, "80", "user 66536 may not"},
		{RULE("\"users\": [\"root\"]"), USER(1000), WEB3, "80", "user 1000 may not"},
		/* a rule that says nothing of users is not for them */
		{"{\"allow\": []}", USER(1000), WEB3, "80", "user 1000 may not"},
		{RULE(""), USER(1000), WEB3, "80", "user 1000 may not"},
		{RULE("\"names\": [\"*\"], \"prefixes\": [\"::/0\"]"), USER(1), WEB3, "80",
		 "user 1 may not"},
		/* what else the rule says holds for them, too */
		{RULE("\"users\": [\"1000\"], \"ports\": [\"443\"]"), USER(1000), WEB3, "443",
		 NULL},
		{RULE("\"users\": [\"1000\"], \"ports\": [\"443\"]"), USER(1000), WEB3, "80",
		 "2001:db8::203 port 80/tcp: " NO " lets this container (podman, user 1000) claim"},
		{RULE("\"users\": [\"1000\"], \"engines\": [\"cri-o\"]"), USER(1000), WEB3, "80",
		 "user 1000 may not"},
		/* one's own rule, not another's */
		{"{\"allow\": [{\"users\": [\"1000\"], \"names\": [\"db*\"]},"
		 " {\"users\": [\"1001\"]}, {}]}",
		 USER(1000), WEB3, "80", "2001:db8::203 port 80/tcp: " NO},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

/* Those that every Debian and Fedora has: daemon is in its own, nobody in none else's */
static void groups_have_to_be_named(void **state)
{
	uid_t daemon = getpwnam("daemon")->pw_uid, nobody = getpwnam("nobody")->pw_uid;
	const struct row rows[] = {
		{RULE("\"groups\": [\"daemon\"]"), USER(daemon), WEB3, "80", NULL},
		{RULE("\"groups\": [\"root\", \"daemon\"]"), USER(daemon), WEB3, "80", NULL},
		{RULE("\"groups\": [\"daemon\"]"), USER(nobody), WEB3, "80", "may not"},
		{RULE("\"groups\": [\"daemon\"], \"ports\": [\"443\"]"), USER(daemon), WEB3, "80",
		 "2001:db8::203 port 80/tcp: " NO},
		/* a number that no user has, but a group */
		{RULE("\"groups\": [\"4294967000\"]"), USER(4294967000), WEB3, "80", "may not"},
		/* either is enough */
		{RULE("\"users\": [\"1000\"], \"groups\": [\"daemon\"]"), USER(1000), WEB3, "80",
		 NULL},
		{RULE("\"users\": [\"1000\"], \"groups\": [\"daemon\"]"), USER(daemon), WEB3, "80",
		 NULL},
		{RULE("\"users\": [\"1000\"], \"groups\": [\"daemon\"]"), USER(nobody), WEB3, "80",
		 "may not"},
		/* root is not there where only others are meant */
		{RULE("\"groups\": [\"daemon\"]"), PODMAN, WEB3, "80", NO},
		{RULE("\"groups\": [\"root\"]"), PODMAN, WEB3, "80", NULL},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

/* A user's runtime writes any state it likes: that of a pod, for instance. */
static void users_get_nothing_by_looking_like_a_pod(void **state)
{
	static const struct row rows[] = {
		{RULE("\"namespaces\": [\"prod\"]"), V6_ENGINE_CRIO, "prod", 1000, WEB3, "80",
		 "user 1000 may not"},
		{RULE("\"engines\": [\"cri-o\"]"), V6_ENGINE_CRIO, "", 1000, WEB3, "80",
		 "user 1000 may not"},
		{"{}", V6_ENGINE_CONTAINERD, "prod", 1000, WEB3, "80", "user 1000 may not"},
		/* nor does naming root let pods in, which root's engine starts */
		{RULE("\"users\": [\"root\"]"), CRIO("prod"), WEB3, "80", "pods of Kubernetes"},
		{RULE("\"users\": [\"root\"], \"namespaces\": [\"prod\"]"), CRIO("prod"), WEB3,
		 "80", NULL},
		{RULE("\"users\": [\"1000\"], \"namespaces\": [\"prod\"]"), CRIO("prod"), WEB3,
		 "80", "pods of Kubernetes"},
	};

	(void)state;
	check_rows(rows, V6_ARRAY_SIZE(rows));
}

/* may_leave() - whether a container that may claim the address may leave by it */
static bool may_leave(const char *text, enum v6_engine engine, const char *address)
{
	struct v6_config auto_call(v6_config_release) config = {.has_allow = false};
	struct v6_state state = {.engine = engine, .pod_namespace = "mail"};
	const struct v6_subject subject = {.state = &state};
	struct in6_addr parsed;
	struct v6_error err;
	int ret;

	assert_int_equal(v6_address_parse(address, &parsed), 0);
	assert_int_equal(v6_config_parse(text, strlen(text), &config, &err), 0);
	ret = v6_policy_check_egress(&config, &subject, "mx", &parsed, &err);
	if (ret < 0)
		assert_non_null(strstr(err.text, "add \"egress\": true"));
	return ret == 0;
}

static void pods_leave_by_a_rule_alone(void **state)
{
	static const char rules[] =
		"{\"allow\": [{\"namespaces\": [\"*\"]}, {\"users\": [\"root\"]},"
		" {\"namespaces\": [\"mail\"], \"prefixes\": [\"2001:db8::25\"], \"egress\": true}]}";

	(void)state;
	assert_true(may_leave("{}", V6_ENGINE_PODMAN, "2001:db8::9"));
	assert_true(may_leave("{}", V6_ENGINE_UNKNOWN, "2001:db8::9"));
	assert_true(may_leave(rules, V6_ENGINE_PODMAN, "2001:db8::9"));
	assert_false(may_leave("{}", V6_ENGINE_CRIO, "2001:db8::25"));
	assert_false(may_leave(rules, V6_ENGINE_CONTAINERD, "2001:db8::9"));
	assert_true(may_leave(rules, V6_ENGINE_CONTAINERD, "2001:db8::25"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_roots_engines_may),
		cmocka_unit_test(without_a_file_a_whole_one_is_offered),
		cmocka_unit_test(each_member_refuses),
		cmocka_unit_test(names_that_only_look_alike_are_refused),
		cmocka_unit_test(prefixes_end_where_they_say),
		cmocka_unit_test(each_port_is_a_claim),
		cmocka_unit_test(kubernetes_has_to_be_named),
		cmocka_unit_test(users_have_to_be_named),
		cmocka_unit_test(groups_have_to_be_named),
		cmocka_unit_test(users_get_nothing_by_looking_like_a_pod),
		cmocka_unit_test(pods_leave_by_a_rule_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
