/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a container state says of the pod: only what its engine itself wrote there counts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libv6/oci.h>

#include "base/address.h"
#include "base/cleanup.h"

static int parse(const char *text, struct v6_state *ret_state, struct v6_error *err)
{
	return v6_state_parse(text, strlen(text), ret_state, err);
}

#define CRIO                                  \
	"\"io.container.manager\":\"cri-o\"," \
	"\"io.kubernetes.cri-o.ContainerID\":\"x\""
#define CRIO_SAYS(name) CRIO ",\"io.kubernetes.cri-o.SandboxName\":\"" name "\""
#define CONTAINERD_SAYS \
	"\"io.kubernetes.cri.sandbox-id\":\"1\",\"io.kubernetes.cri.sandbox-namespace\":\"prod\""
#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* struct word - annotations, and what one text of the state is to be by them */
struct word {
	const char *annotations, *expected;
};

static void check_words(const struct word *rows, size_t n, size_t offset)
{
	struct v6_state parsed;
	char text[1024];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "{\"id\":\"x\",\"annotations\":{%s}}",
			 rows[i].annotations);
		assert_int_equal(parse(text, &parsed, NULL), 0);
		if (strcmp((const char *)&parsed + offset, rows[i].expected) != 0)
			fail_msg("%s: \"%s\"", rows[i].annotations, (const char *)&parsed + offset);
		v6_state_release(&parsed);
	}
}

/* A pod may bring annotations along; what it says of itself must never get it another's rights. */
static void namespaces_are_the_engines_word(void **state)
{
	static const struct word rows[] = {
		{CRIO_SAYS("k8s_web.x-1_prod_u-9_1"), "prod"},
		{CRIO_SAYS("k8s_web_" A63 "_u-9_1"), A63},
		{CRIO_SAYS("k8s_web_a" A63 "_u-9_1"), ""},
		{CRIO_SAYS("k8s_web"), ""},
		{CRIO_SAYS("x_web_prod_u_1"), ""},
		{CRIO_SAYS(""), ""},
		{CRIO_SAYS("k8s_web_dev_u_1") ",\"io.kubernetes.pod.namespace\":\"prod\"", ""},
		{CONTAINERD_SAYS, "prod"},
		{CONTAINERD_SAYS "," CRIO_SAYS("k8s_web_dev_u_1"), ""},
		{"\"io.kubernetes.cri.sandbox-namespace\":\"prod\"," CRIO_SAYS("k8s_web_dev_u_1"),
		 ""},
		/* podman's containers, and a bare runtime's, are in none */
		{"\"io.container.manager\":\"libpod\",\"io.kubernetes.cri.sandbox-namespace\":\"prod\"",
		 ""},
	};

	(void)state;
	check_words(rows, V6_ARRAY_SIZE(rows), offsetof(struct v6_state, pod_namespace));
}

#define A250 A63 A63 A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void pods_are_the_engines_word(void **state)
{
	static const struct word rows[] = {
		{CRIO_SAYS("k8s_web.x-1_prod_u-9_1"), "web.x-1"},
		{CRIO_SAYS("k8s_" A250 "aaa_prod_u-9_1"), A250 "aaa"},
		{CRIO_SAYS("k8s_" A250 "aaaa_prod_u-9_1"), ""},
		{CRIO_SAYS("k8s_web"), "web"},
		{CRIO_SAYS("x_web_prod_u_1"), ""},
		{CRIO_SAYS("k8s_web_dev_u_1") ",\"io.kubernetes.pod.name\":\"db\"", ""},
		{CRIO_SAYS("k8s_web_dev_u_1") ",\"io.kubernetes.cri.sandbox-name\":\"db\"", ""},
		{CONTAINERD_SAYS ",\"io.kubernetes.cri.sandbox-name\":\"db\"", "db"},
		{CONTAINERD_SAYS, ""},
		{CONTAINERD_SAYS "," CRIO_SAYS("k8s_web_dev_u_1"), ""},
		{"\"io.container.manager\":\"libpod\",\"io.kubernetes.cri.sandbox-name\":\"db\"",
		 ""},
	};

	(void)state;
	check_words(rows, V6_ARRAY_SIZE(rows), offsetof(struct v6_state, pod));
}

#define CRIO_IP(n, ip) ",\"io.kubernetes.cri-o.IP." #n "\":\"" ip "\""

static void the_address_is_the_first_one_of_ipv6(void **state)
{
	static const struct {
		const char *annotations, *expected;
	} rows[] = {
		{CRIO_IP(0, "fd00::1") CRIO_IP(1, "fd00::2"), "fd00::1"},
		{CRIO_IP(0, "10.0.0.1") CRIO_IP(1, "fd00::2"), "fd00::2"},
		{CRIO_IP(1, "fd00::2"), "fd00::2"},
		{CRIO_IP(0, "x") CRIO_IP(1, "fd00::2/64") CRIO_IP(3, "fd00::4"), "fd00::4"},
		{CRIO_IP(4, "fd00::5"), "::"},
		{CRIO_IP(0, ""), "::"},
		{"", "::"},
	};
	static const char *const engines[] = {CRIO, "\"io.container.manager\":\"libpod\""};
	struct v6_state parsed;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < 2 * V6_ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "{\"id\":\"x\",\"annotations\":{%s%s}}",
			 engines[i % 2], rows[i / 2].annotations);
		assert_int_equal(parse(text, &parsed, NULL), 0);
		assert_string_equal(V6_TEXT(&parsed.address), i % 2 ? "::" : rows[i / 2].expected);
		v6_state_release(&parsed);
	}
}

#define CRIO_CALLS(name) CRIO ",\"io.kubernetes.cri-o.Name\":\"" name "\""
#define CONTAINERD_CALLS(name)                    \
	"\"io.kubernetes.cri.sandbox-id\":\"1\"," \
	"\"io.kubernetes.cri.container-name\":\"" name "\""

/* Likewise: it decides which annotations of a pod are meant for this container. */
static void names_are_the_engines_word(void **state)
{
	static const struct word rows[] = {
		{CRIO_CALLS("k8s_web_pod_prod_u-9_1"), "web"},
		{CRIO_CALLS("k8s_" A63 "_pod_prod_u-9_1"), A63},
		{CRIO_CALLS("k8s_a" A63 "_pod_prod_u-9_1"), ""},
		{CRIO_CALLS("k8s_"), ""},
		{CRIO_CALLS("k8s__pod_prod_u_1"), ""},
		{CRIO_CALLS("k8s_-web_pod"), ""},
		{CRIO_CALLS("k8s_w\\u001b[2Jb_pod"), ""},
		{CRIO_CALLS("k8s_../x_pod"), ""},
		{CRIO_CALLS("x_web_pod_prod_u_1"), ""},
		{CRIO_CALLS(""), ""},
		/* CRI-O gives only sandboxes a ContainerName */
		{CRIO_CALLS(
			 "k8s_web_pod_prod_u-9_1") ",\"io.kubernetes.cri-o.ContainerName\":\"db\"",
		 "web"},
		{CRIO ",\"io.kubernetes.cri-o.ContainerName\":\"db\"", ""},
		{CONTAINERD_CALLS("web"), "web"},
		{CONTAINERD_CALLS(A63), A63},
		{CONTAINERD_CALLS("a" A63), ""},
		{CONTAINERD_CALLS(""), ""},
		{CONTAINERD_CALLS("w\\nb"), ""},
		{CONTAINERD_CALLS("w/b"), ""},
		{CONTAINERD_CALLS("gr\xc3\xb6n"), ""},
		{CONTAINERD_CALLS("web") "," CRIO_CALLS("k8s_db_pod_prod_u_1"), ""},
		/* a pod that would be of both */
		{CONTAINERD_CALLS("web") "," CRIO_SAYS("k8s_pod_dev_u_1"), ""},
		{CRIO_CALLS(
			 "k8s_web_pod_prod_u_1") ",\"io.kubernetes.cri.sandbox-namespace\":\"x\"",
		 ""},
		/* podman's containers, and a bare runtime's, are in none */
		{"\"io.container.manager\":\"libpod\",\"io.kubernetes.cri-o.Name\":\"k8s_a_b_c_d_1\"",
		 ""},
		{"\"io.kubernetes.cri-o.Name\":\"k8s_web_pod_prod_u_1\"", ""},
	};

	(void)state;
	check_words(rows, V6_ARRAY_SIZE(rows), offsetof(struct v6_state, name));
}

#define CRIO_POD \
	CRIO_SAYS("k8s_pod_prod_u_1") ",\"io.kubernetes.cri-o.Name\":\"k8s_web_pod_prod_u_1\""

/* Kubelet's labels are written last, so that they hold where a checkpoint's annotations are written
 * over CRI-O's */
static void labels_have_to_agree(void **state)
{
	static const struct {
		const char *label, *text;
	} rows[] = {
		{"\"io.kubernetes.pod.namespace\":\"prod\",\"io.kubernetes.pod.name\":\"pod\","
		 "\"io.kubernetes.container.name\":\"web\"",
		 ""},
		{"\"io.kubernetes.pod.namespace\":\"dev\"",
		 "annotation io.kubernetes.pod.namespace says dev, io.kubernetes.cri-o.SandboxName prod; "},
		{"\"io.kubernetes.pod.namespace\":\"\"",
		 "annotation io.kubernetes.pod.namespace says , io.kubernetes.cri-o.SandboxName prod; "},
		{"\"io.kubernetes.pod.name\":\"db\"",
		 "annotation io.kubernetes.pod.name says db, io.kubernetes.cri-o.SandboxName pod; "},
		{"\"io.kubernetes.container.name\":\"db\"",
		 "annotation io.kubernetes.container.name says db, io.kubernetes.cri-o.Name web; "},
	};
	struct v6_state parsed;
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "{\"id\":\"x\",\"annotations\":{" CRIO_POD ",%s}}",
			 rows[i].label);
		assert_int_equal(parse(text, &parsed, NULL), 0);
		assert_int_equal(parsed.contradiction.code, *rows[i].text ? -EPERM : 0);
		if (*rows[i].text)
			assert_memory_equal(parsed.contradiction.text, rows[i].text,
					    strlen(rows[i].text));
		assert_string_equal(parsed.pod_namespace, *rows[i].text ? "" : "prod");
		assert_string_equal(parsed.name, *rows[i].text ? "" : "web");
		v6_state_release(&parsed);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces_are_the_engines_word),
		cmocka_unit_test(pods_are_the_engines_word),
		cmocka_unit_test(the_address_is_the_first_one_of_ipv6),
		cmocka_unit_test(names_are_the_engines_word),
		cmocka_unit_test(labels_have_to_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
