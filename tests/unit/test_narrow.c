/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KEY/NAME: annotations of a pod that are for one of its containers. */
#include "request.h"

static void a_key_may_be_for_one_container(void **state)
{
	struct v6_request r;

	(void)state;
	/* it wins, whatever the order */
	assert_int_equal(request_of("web", &r, NULL, "v6.host/web", "web3", "v6.host", "web2",
				    "v6.ports", "80", "v6.ports/web", "443", "v6.interface/web",
				    "eth7", "v6.required/web", "false", NULL),
			 0);
	assert_int_equal(r.n_hosts, 1);
	assert_string_equal(r.hosts[0], "web3");
	assert_int_equal(r.n_maps, 1);
	assert_int_equal(r.maps[0].service_port, 443);
	assert_string_equal(r.interface, "eth7");
	assert_false(r.required);

	/* others have what is for all, and look at nothing else */
	assert_int_equal(request_of("db", &r, NULL, "v6.host/web", "-bad-", "v6.host", "web2",
				    "v6.ports", "81", "v6.ports/web", "x", "v6.interface/web", "",
				    "v6.required/web", "x", NULL),
			 0);
	assert_int_equal(r.n_hosts, 1);
	assert_string_equal(r.hosts[0], "web2");
	assert_int_equal(r.maps[0].service_port, 81);
	assert_string_equal(r.interface, "");
	assert_true(r.required);

	/* names are compared whole, and as they are */
	assert_int_equal(request_of("we", &r, NULL, "v6.host/web", "web3", NULL), 0);
	assert_int_equal(r.n_hosts, 0);
	assert_int_equal(request_of("web2", &r, NULL, "v6.host/web", "web3", NULL), 0);
	assert_int_equal(r.n_hosts, 0);
	assert_int_equal(request_of("Web", &r, NULL, "v6.host/web", "web3", NULL), 0);
	assert_int_equal(r.n_hosts, 0);
}

/* Ports for all of a pod are no mistake of those that have no address of their own. */
static void a_host_elsewhere_in_the_pod_is_one(void **state)
{
	struct v6_request r;
	struct v6_error err;

	(void)state;
	assert_int_equal(request_of("db", &r, NULL, "v6.ports", "443", "v6.host/web", "web3", NULL),
			 0);
	assert_int_equal(r.n_hosts, 0);
	assert_int_equal(
		request_of("db", &r, &err, "v6.ports/db", "443", "v6.host/web", "web3", NULL),
		-EINVAL);
	assert_string_equal(err.text, "v6.ports/db: there is no v6.host beside it; add v6.host");
	assert_int_equal(request_of("db", &r, &err, "v6.ports", "443", "v6.ports/web", "80", NULL),
			 -EINVAL);
	assert_string_equal(err.text, "v6.ports: there is no v6.host beside it; add v6.host");
	assert_int_equal(request_of("db", &r, &err, "v6.ports/web", "80", NULL), 0);
	assert_int_equal(r.n_hosts, 0);
}

static void mistakes_with_a_container_are_named(void **state)
{
	static const struct {
		const char *name, *key, *value, *error;
	} rows[] = {
		{"web", "v6.host/web", "-", "v6.host/web: \"-\": a label begins or ends with '-'"},
		{"web", "v6.hosts/web", "a",
		 "annotation v6.hosts/web is not known; did you mean v6.host/web?"},
		{"db", "v6.hosts/web", "a",
		 "annotation v6.hosts/web is not known; did you mean v6.host/web?"},
		{"", "v6.port/web", "a",
		 "annotation v6.port/web is not known; did you mean v6.ports/web?"},
		{"web", "v6.web/host", "a",
		 "annotation v6.web/host is not known; did you mean v6.host/host?"},
		{"web", "v6./web", "a",
		 "annotation v6./web is not known; did you mean v6.host/web?"},
		{"web", "v6.host.web", "a",
		 "annotation v6.host.web is not known; did you mean v6.host?"},
		{"web", "v6.host/", "a",
		 "annotation v6.host/: \"\" is not the name of a container in its pod"},
		{"web", "v6.host/web/", "a",
		 "annotation v6.host/web/: \"web/\" is not the name of a container in its pod"},
		{"web", "v6.host//web", "a",
		 "annotation v6.host//web: \"/web\" is not the name of a container in its pod"},
		{"web", "v6.host/*", "a",
		 "annotation v6.host/*: \"*\" is not the name of a container in its pod"},
		{"", "v6.host/web", "a",
		 "annotation v6.host/web: this engine (unknown) does not say which container of its pod "
		 "this is; give v6.host to the one container"},
	};
	struct v6_request r;
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		if (request_of(rows[i].name, &r, &err, rows[i].key, rows[i].value, NULL) != -EINVAL)
			fail_msg("%s=\"%s\" is accepted", rows[i].key, rows[i].value);
		assert_string_equal(err.text, rows[i].error);
	}
}

static void required_may_be_for_one_container(void **state)
{
	struct v6_request r;

	(void)state;
	assert_int_equal(request_of("web", &r, NULL, "v6.host", "", "v6.required/web", "false",
				    "v6.required", "true", NULL),
			 -EINVAL);
	assert_false(r.required);
	assert_int_equal(
		request_of("db", &r, NULL, "v6.host", "", "v6.required/web", "false", NULL),
		-EINVAL);
	assert_true(r.required);
	assert_int_equal(request(&r, NULL, "v6.host", "", "v6.required/web", "false", NULL),
			 -EINVAL);
	assert_true(r.required);
	/* what makes the engine one that says no names stops nothing that need not be */
	assert_int_equal(request(&r, NULL, "v6.host/web", "a", "v6.required", "false", NULL),
			 -EINVAL);
	assert_false(r.required);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_may_be_for_one_container),
		cmocka_unit_test(a_host_elsewhere_in_the_pod_is_one),
		cmocka_unit_test(mistakes_with_a_container_are_named),
		cmocka_unit_test(required_may_be_for_one_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
