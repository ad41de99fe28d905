/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which engine a container is of: what pods, images and users write proves nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libv6/oci.h>

#include "base/cleanup.h"

#define UNKNOWN	   V6_ENGINE_UNKNOWN
#define PODMAN	   V6_ENGINE_PODMAN
#define CRIO	   V6_ENGINE_CRIO
#define CONTAINERD V6_ENGINE_CONTAINERD

/* Bundles of a container "x" */
#define STORAGE "/var/lib/containers/storage/overlay-containers/x/userdata"
#define CRI	"/run/containerd/io.containerd.runtime.v2.task/k8s.io/x"
#define DOCKER	"/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/x"

#define CRIO_SAYS                              \
	"\"io.container.manager\":\"cri-o\","  \
	"\"io.kubernetes.cri-o.ContainerID\":" \
	"\"x\""
#define CRI_SAYS                                              \
	"\"io.kubernetes.cri.container-type\":\"container\"," \
	"\"io.kubernetes.cri.sandbox-id\":\"y\""
#define LIBPOD_SAYS "\"io.container.manager\":\"libpod\""

static void parse_as(const char *bundle, const char *annotations, struct v6_state *ret_state)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"id\":\"x\",\"bundle\":\"%s\",\"annotations\":{%s}}",
		 bundle, annotations);
	assert_int_equal(v6_state_parse(text, strlen(text), ret_state, NULL), 0);
}

/* struct told - an engine by a bundle and annotations that agree */
struct told {
	const char *bundle, *annotations;
	enum v6_engine engine;
	bool sandbox;
};

static void check_told(const struct told *rows, size_t n)
{
	struct v6_state parsed;
	size_t i;

	for (i = 0; i < n; i++) {
		parse_as(rows[i].bundle, rows[i].annotations, &parsed);
		if (parsed.engine != rows[i].engine || parsed.sandbox != rows[i].sandbox ||
		    parsed.contradiction.code)
			fail_msg("%s {%s}: %s %s", rows[i].bundle, rows[i].annotations,
				 v6_engine_name(parsed.engine), parsed.contradiction.text);
		v6_state_release(&parsed);
	}
}

static void annotations_tell_where_the_bundle_does_not(void **state)
{
	static const struct told rows[] = {
		{"", "", UNKNOWN, false},
		{"/", LIBPOD_SAYS, PODMAN, false},
		{"/", CRIO_SAYS, CRIO, false},
		{"", "\"io.container.manager\":\"other\"", UNKNOWN, false},
		{"", "\"io.podman.annotations.init\":\"FALSE\"", PODMAN, false},
		{"", "\"io.podman.annotationsx\":\"\"", UNKNOWN, false},
		/* podman's own, which say nothing about CRI-O */
		{"", "\"io.kubernetes.cri-o.TTY\":\"false\",\"io.kubernetes.cri-o.Created\":\"\"",
		 UNKNOWN, false},
		{"", "\"io.kubernetes.cri-o.SandboxID\":\"y\"", CRIO, false},
		{"", "\"io.kubernetes.cri-o.SandboxIDx\":\"y\"", UNKNOWN, false},
		{"", "\"io.kubernetes.cri-o.ContainerType\":\"container\"", CRIO, false},
		/* a container in a pod of podman's */
		{"",
		 "\"io.kubernetes.cri-o.SandboxID\":\"y\","
		 "\"io.kubernetes.cri-o.ContainerType\":\"container\"," LIBPOD_SAYS,
		 PODMAN, false},
		{"/", CRI_SAYS, CONTAINERD, false},
		{"", "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"", CONTAINERD, false},
		/* for containerd's eyes, in pods of any engine */
		{STORAGE, CRIO_SAYS ",\"io.kubernetes.cri.untrusted-workload\":\"true\"", CRIO,
		 false},
	};

	(void)state;
	check_told(rows, V6_ARRAY_SIZE(rows));
}

static void the_bundle_tells_where_annotations_do_not(void **state)
{
	static const struct told rows[] = {
		{STORAGE, "", PODMAN, false},
		{STORAGE, "\"io.container.manager\":\"other\"", PODMAN, false},
		{STORAGE, "\"io.kubernetes.cri-o.SandboxID\":\"y\"", PODMAN, false},
		{STORAGE, CRIO_SAYS, CRIO, false},
		{"/home/u/.local/share/containers/storage/vfs-containers/x/userdata", "", PODMAN,
		 false},
		{CRI, "", UNKNOWN, false},
		{CRI, CRI_SAYS, CONTAINERD, false},
		{CRI, "\"io.podman.annotations.init\":\"FALSE\"", UNKNOWN, false},
		{DOCKER, "", UNKNOWN, false},
		{DOCKER, "\"io.podman.annotations.init\":\"FALSE\"", UNKNOWN, false},
		{DOCKER, "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"", UNKNOWN, false},
		/* of another container, or in no such place */
		{"/overlay-containers/y/userdata", "", UNKNOWN, false},
		{"/overlay-containers/x/userdata/", "", UNKNOWN, false},
		{"/overlay-containersx/x/userdata", "", UNKNOWN, false},
		{"containers/x/userdata", "", UNKNOWN, false},
		{"x/userdata", "", UNKNOWN, false},
		{"userdata", "", UNKNOWN, false},
		{"/io.containerd.runtime.v2.task/x", CRI_SAYS, CONTAINERD, false},
		{"/io.containerd.runtime/moby/x", CRI_SAYS, CONTAINERD, false},
		{"/moby/x", CRI_SAYS, CONTAINERD, false},
		{"x", CRI_SAYS, CONTAINERD, false},
	};

	(void)state;
	check_told(rows, V6_ARRAY_SIZE(rows));
}

static void sandboxes_have_the_sandboxs_id(void **state)
{
	static const struct told rows[] = {
		{CRI,
		 "\"io.kubernetes.cri.container-type\":\"sandbox\","
		 "\"io.kubernetes.cri.sandbox-id\":\"x\"",
		 CONTAINERD, true},
		{CRI,
		 "\"io.kubernetes.cri.container-type\":\"sandbox\","
		 "\"io.kubernetes.cri.sandbox-id\":\"y\"",
		 CONTAINERD, false},
		{"", "\"io.kubernetes.cri.container-type\":\"sandbox\"", CONTAINERD, false},
		{STORAGE,
		 CRIO_SAYS ",\"io.kubernetes.cri-o.ContainerType\":\"sandbox\","
			   "\"io.kubernetes.cri-o.SandboxID\":\"x\"",
		 CRIO, true},
		{STORAGE, CRIO_SAYS ",\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"", CRIO,
		 false},
		{STORAGE, "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"", PODMAN, false},
		{"", "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"", CRIO, false},
	};

	(void)state;
	check_told(rows, V6_ARRAY_SIZE(rows));
}

static void contradictions_name_both(void **state)
{
	static const struct {
		const char *bundle, *annotations, *text;
	} rows[] = {
		{"", CRI_SAYS "," LIBPOD_SAYS,
		 "annotation io.kubernetes.cri.container-type is containerd's, io.container.manager is podman's; "},
		{STORAGE, CRIO_SAYS ",\"io.kubernetes.cri.sandbox-name\":\"\"",
		 "annotation io.kubernetes.cri.sandbox-name is containerd's, io.container.manager is cri-o's; "},
		{CRI, CRI_SAYS "," CRIO_SAYS,
		 "annotation io.kubernetes.cri.container-type is containerd's, io.container.manager is cri-o's; "},
		{STORAGE, CRI_SAYS,
		 "annotation io.kubernetes.cri.container-type is containerd's, but the container's bundle is podman's or cri-o's; "},
		{DOCKER, CRI_SAYS,
		 "annotation io.kubernetes.cri.container-type is containerd's, but the container's bundle is another client's of containerd; "},
		{DOCKER, CRIO_SAYS,
		 "annotation io.container.manager is cri-o's, but the container's bundle is another client's of containerd; "},
		{CRI, LIBPOD_SAYS,
		 "annotation io.container.manager is podman's, but the container's bundle is containerd's; "},
		{STORAGE, "\"io.container.manager\":\"cri-o\"",
		 "annotation io.container.manager is cri-o's, but io.kubernetes.cri-o.ContainerID is not this container; "},
		{"", "\"io.container.manager\":\"cri-o\",\"io.kubernetes.cri-o.ContainerID\":\"y\"",
		 "annotation io.container.manager is cri-o's, but io.kubernetes.cri-o.ContainerID is not this container; "},
		/* a pod of CRI-O that is restored from a checkpoint, whose annotations are written
		   last */
		{STORAGE, LIBPOD_SAYS ",\"io.kubernetes.cri-o.ContainerID\":\"x\"",
		 "annotation io.kubernetes.cri-o.ContainerID is cri-o's, but no io.container.manager is; "},
		{STORAGE, "\"io.container.manager\":\"\",\"io.kubernetes.cri-o.ContainerID\":\"x\"",
		 "annotation io.kubernetes.cri-o.ContainerID is cri-o's, but no io.container.manager is; "},
		{STORAGE, LIBPOD_SAYS ",\"io.kubernetes.pod.namespace\":\"prod\"",
		 "annotation io.kubernetes.pod.namespace is cri-o's, but no io.container.manager is; "},
	};
	struct v6_state parsed;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		parse_as(rows[i].bundle, rows[i].annotations, &parsed);
		if (strncmp(parsed.contradiction.text, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s {%s}: %s", rows[i].bundle, rows[i].annotations,
				 parsed.contradiction.text);
		assert_false(parsed.sandbox);
		assert_string_equal(parsed.pod_namespace, "");
		v6_state_release(&parsed);
	}
}

static void contradictions_may_ask_for_nothing(void **state)
{
	struct v6_request request;
	struct v6_state parsed;
	struct v6_error err;

	(void)state;
	parse_as(DOCKER, CRI_SAYS, &parsed);
	assert_int_equal(v6_request_from_state(&parsed, &request, &err), 0);
	v6_state_release(&parsed);
	parse_as(DOCKER, CRI_SAYS ",\"v6.host\":\"web3\",\"v6.required\":\"false\"", &parsed);
	assert_int_equal(v6_request_from_state(&parsed, &request, &err), -EPERM);
	assert_string_equal(err.text, parsed.contradiction.text);
	assert_false(request.required);
	v6_state_release(&parsed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(annotations_tell_where_the_bundle_does_not),
		cmocka_unit_test(the_bundle_tells_where_annotations_do_not),
		cmocka_unit_test(sandboxes_have_the_sandboxs_id),
		cmocka_unit_test(contradictions_name_both),
		cmocka_unit_test(contradictions_may_ask_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
