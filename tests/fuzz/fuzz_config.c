/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration, and what its rules say of a few containers. */
#include <grp.h>
#include <pwd.h>

#include "base/address.h"
#include "policy/policy.h"
#include "fuzz.h"

static const struct v6_port_map maps[] = {
	{IPPROTO_TCP, 80, 80, 1},
	{IPPROTO_UDP, 5000, 5000, 2000},
	{V6_PROTOCOL_ALL, 0, 0, 1},
};

/* In place of libc's: a user whose groups become more while they are counted */
struct passwd *__wrap_getpwuid(uid_t uid);
struct passwd *__wrap_getpwnam(const char *name);
struct group *__wrap_getgrnam(const char *name);
int __wrap_getgrouplist(const char *name, gid_t group, gid_t *groups, int *n);

struct passwd *__wrap_getpwuid(uid_t uid)
{
	static struct passwd alice = {.pw_name = (char *)"alice", .pw_gid = 1000};

	alice.pw_uid = uid;
	return uid == 1000 ? &alice : NULL;
}

struct passwd *__wrap_getpwnam(const char *name)
{
	return strcmp(name, "alice") == 0 ? __wrap_getpwuid(1000) : NULL;
}

struct group *__wrap_getgrnam(const char *name)
{
	static struct group staff = {.gr_name = (char *)"staff", .gr_gid = 50};

	return strcmp(name, "staff") == 0 ? &staff : NULL;
}

int __wrap_getgrouplist(const char *name, gid_t group, gid_t *groups, int *n)
{
	static const gid_t all[] = {1000, 50, 27};
	int room = *n, i;

	must(strcmp(name, "alice") == 0 && group == 1000);
	for (i = 0; groups && i < room && i < 3; i++)
		groups[i] = all[i];
	*n = groups ? 3 : 2;
	return room < *n ? -1 : *n;
}

static void ask(const struct v6_config *config, const struct v6_subject *subject)
{
	static const char *const names[] = {"web3", "web3.example.org.", "2001:db8::203"};
	struct in6_addr address;
	struct v6_error err = {0};
	size_t i;

	must(v6_address_parse("2001:db8::203", &address) == 0);
	fuzz_check(v6_policy_check_container(config, subject, names[0], maps, V6_ARRAY_SIZE(maps),
					     &err),
		   &err);
	for (i = 0; i < V6_ARRAY_SIZE(names); i++)
		fuzz_check(v6_policy_check_claims(config, subject, names[i], &address, maps,
						  V6_ARRAY_SIZE(maps), &err),
			   &err);
	v6_config_is_routed(config, &address);
}

static void check_config(const struct v6_config *config)
{
	const struct v6_state states[] = {
		{.id = "a", .engine = V6_ENGINE_PODMAN},
		{.id = "b", .engine = V6_ENGINE_CRIO, .pod_namespace = "shop", .name = "web"},
		{.id = "c", .engine = V6_ENGINE_CONTAINERD},
	};
	struct v6_subject subject = {.uid = 0};
	struct v6_error err;
	size_t i;

	must(config->n_maps <= V6_REQUEST_MAPS_MAX);
	must(config->provide.length == 0 || config->provide.length == 48);
	for (i = 0; i < 2 * V6_ARRAY_SIZE(states); i++) {
		subject.state = &states[i / 2];
		subject.uid = i % 2 ? 1000 : 0;
		ask(config, &subject);
		/* without a rule, nobody but root's own engines */
		if (!config->has_allow && i > 0)
			must(v6_policy_check_container(config, &subject, "", maps,
						       V6_ARRAY_SIZE(maps), &err) < 0);
		if (config->has_allow && config->n_rules == 0)
			must(v6_policy_check_container(config, &subject, "", maps,
						       V6_ARRAY_SIZE(maps), &err) < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_config auto_call(v6_config_release) config = {.has_allow = false};
	struct v6_error err = {0};
	int ret = v6_config_parse((const char *)data, size, &config, &err);

	fuzz_check(ret, &err);
	if (ret == 0)
		check_config(&config);
	return 0;
}
