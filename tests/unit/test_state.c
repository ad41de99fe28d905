/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Container states: those that real engines sent, and those that nobody should send. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libv6/oci.h>

#include "base/address.h"
#include "base/cleanup.h"

#ifndef TEST_STATES_DIR
#define TEST_STATES_DIR "tests/states"
#endif

static const struct real {
	const char *name;
	const char *id; /* its first characters */
	pid_t pid;
	enum v6_engine engine;
	bool sandbox;
	size_t n_annotations;
	const char *host; /* v6.host, or NULL */
} reals[] = {
	{"containerd-cri-container-runc-creating.json", "e2dba7333b4f", 30641, V6_ENGINE_CONTAINERD,
	 false, 2, "web3"},
	{"containerd-cri-container-runc-stopped-nopid.json", "e2dba7333b4f", 0,
	 V6_ENGINE_CONTAINERD, false, 2, "web3"},
	{"containerd-cri-runc-creating.json", "t1", 31117, V6_ENGINE_UNKNOWN, false, 1, "web9"},
	{"containerd-cri-runc-stopped-nopid.json", "t1", 0, V6_ENGINE_UNKNOWN, false, 1, "web9"},
	{"containerd-cri-sandbox-runc-creating.json", "3c3da236f3d9", 30515, V6_ENGINE_CONTAINERD,
	 true, 1, "web3"},
	{"containerd-cri-sandbox-runc-stopped-nopid.json", "3c3da236f3d9", 0, V6_ENGINE_CONTAINERD,
	 true, 1, "web3"},
	{"crio-container-crun-created.json", "bf07f46651db", 26576, V6_ENGINE_CRIO, false, 1,
	 "onlyctr"},
	{"crio-container-crun-stopped.json", "bf07f46651db", 0, V6_ENGINE_CRIO, false, 1,
	 "onlyctr"},
	{"docker-20-runc-creating.json", "e86e2aac7a1d", 32264, V6_ENGINE_UNKNOWN, false, 0, NULL},
	{"docker-20-runc-stopped-nopid.json", "e86e2aac7a1d", 0, V6_ENGINE_UNKNOWN, false, 0, NULL},
	{"docker-26-runc-creating.json", "6c1a87c2f7c2", 28960, V6_ENGINE_UNKNOWN, false, 1,
	 "web3"},
	{"docker-26-runc-stopped-nopid.json", "6c1a87c2f7c2", 0, V6_ENGINE_UNKNOWN, false, 1,
	 "web3"},
	{"podman-4-crun-created.json", "753ee1d92549", 4337, V6_ENGINE_PODMAN, false, 1, "web3"},
	{"podman-4-crun-running.json", "753ee1d92549", 4337, V6_ENGINE_PODMAN, false, 1, "web3"},
	{"podman-4-libpod-stopped-nopid.json", "753ee1d92549", 0, V6_ENGINE_PODMAN, false, 1,
	 "web3"},
	{"podman-4-runc-creating.json", "e8dcd4260689", 3709, V6_ENGINE_PODMAN, false, 1, "web3"},
	{"podman-5-crun-created.json", "895f43717149", 20851, V6_ENGINE_PODMAN, false, 1, "web3"},
	{"podman-5-crun-running.json", "895f43717149", 20851, V6_ENGINE_PODMAN, false, 1, "web3"},
	/* only the bundle is left that tells the engine */
	{"podman-5-libpod-stopped-nopid.json", "895f43717149", 0, V6_ENGINE_PODMAN, false, 1,
	 "web3"},
	{"containerd-2.1-cri-container-crun-created.json", "3f95035db0fd", 397,
	 V6_ENGINE_CONTAINERD, false, 1, "web3"},
	{"containerd-2.1-cri-container-crun-stopped.json", "3f95035db0fd", 0, V6_ENGINE_CONTAINERD,
	 false, 1, "web3"},
	{"containerd-2.1-cri-container-runc-creating.json", "abcbfa7b5ae7", 420,
	 V6_ENGINE_CONTAINERD, false, 1, "web3"},
	{"containerd-2.1-cri-container-runc-stopped-nopid.json", "abcbfa7b5ae7", 0,
	 V6_ENGINE_CONTAINERD, false, 1, "web3"},
	{"containerd-2.1-cri-sandbox-crun-created.json", "69e28cc8b4c5", 386, V6_ENGINE_CONTAINERD,
	 true, 1, "web3"},
	{"containerd-2.1-cri-sandbox-crun-stopped.json", "69e28cc8b4c5", 0, V6_ENGINE_CONTAINERD,
	 true, 1, "web3"},
	{"containerd-2.1-cri-sandbox-runc-creating.json", "6bbf328ffe47", 387, V6_ENGINE_CONTAINERD,
	 true, 1, "web3"},
	{"containerd-2.1-cri-sandbox-runc-stopped-nopid.json", "6bbf328ffe47", 0,
	 V6_ENGINE_CONTAINERD, true, 1, "web3"},
	{"docker-28-crun-created.json", "e6e1d2ab454e", 1013, V6_ENGINE_UNKNOWN, false, 1, "web3"},
	{"docker-28-crun-stopped.json", "e6e1d2ab454e", 0, V6_ENGINE_UNKNOWN, false, 1, "web3"},
	{"docker-28-runc-creating.json", "a135c472ce46", 468, V6_ENGINE_UNKNOWN, false, 1, "web3"},
	{"docker-28-runc-stopped-nopid.json", "a135c472ce46", 0, V6_ENGINE_UNKNOWN, false, 1,
	 "web3"},
	{"podman-5.8-crun-created.json", "7020197e01bb", 1145, V6_ENGINE_PODMAN, false, 1, "web3"},
	{"podman-5.8-libpod-stopped-nopid.json", "7020197e01bb", 0, V6_ENGINE_PODMAN, false, 1,
	 "web3"},
	{"podman-5.8-runc-creating.json", "2429c273a6e9", 659, V6_ENGINE_PODMAN, false, 1, "web3"},
};

static size_t read_state(const char *name, char *text, size_t size)
{
	char path[sizeof(TEST_STATES_DIR) + 256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), TEST_STATES_DIR "/%s", name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	n = fread(text, 1, size, file);
	fclose(file);
	assert_true(n >= 1 && n < size);
	return n;
}

static int parse(const char *text, struct v6_state *ret_state, struct v6_error *err)
{
	return v6_state_parse(text, strlen(text), ret_state, err);
}

static const char *find_host(const struct v6_state *state)
{
	size_t i;

	for (i = 0; i < state->n_annotations; i++)
		if (strcmp(state->annotations[i].key, "v6.host") == 0)
			return state->annotations[i].value;
	return NULL;
}

static void assert_real(const struct real *real)
{
	struct v6_state state;
	struct v6_error err;
	char text[8192];
	bool in_pod;
	size_t size = read_state(real->name, text, sizeof(text));

	if (v6_state_parse(text, size, &state, &err) < 0)
		fail_msg("%s: %s", real->name, err.text);
	assert_memory_equal(state.id, real->id, strlen(real->id));
	assert_int_equal(state.pid, real->pid);
	assert_string_equal(v6_engine_name(state.engine), v6_engine_name(real->engine));
	assert_int_equal(state.sandbox, real->sandbox);
	assert_int_equal(state.contradiction.code, 0);
	assert_int_equal(state.n_annotations, real->n_annotations);
	/* all pods were captured in this one, and all their containers were called so */
	in_pod = real->engine == V6_ENGINE_CRIO || real->engine == V6_ENGINE_CONTAINERD;
	assert_string_equal(state.pod_namespace, in_pod ? "default" : "");
	assert_string_equal(state.pod, in_pod ? "web" : "");
	assert_string_equal(V6_TEXT(&state.address),
			    real->engine == V6_ENGINE_CRIO ? "fd00:c410::3" : "::");
	assert_string_equal(state.name, in_pod && !real->sandbox ? "c1" : "");
	if (real->host)
		assert_string_equal(find_host(&state), real->host);
	v6_state_release(&state);
}

static void real_states_are_read(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(reals); i++)
		assert_real(&reals[i]);
}

static void every_real_state_is_in_the_table(void **state)
{
	auto_dir DIR *dir = opendir(TEST_STATES_DIR);
	struct dirent *entry;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strstr(entry->d_name, ".json") != NULL;
	assert_int_equal(n, V6_ARRAY_SIZE(reals));
}

/* A pipe that breaks at any byte must not make a container of less. */
static void truncated_states_are_refused(void **state)
{
	struct v6_state parsed;
	struct v6_error err;
	char text[8192];
	size_t i, size, end;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(reals); i++) {
		end = read_state(reals[i].name, text, sizeof(text));
		while (text[end - 1] != '}')
			end--;
		for (size = 0; size < end; size++) {
			assert_int_equal(v6_state_parse(text, size, &parsed, &err), -EINVAL);
			/* crun 1.28 sends several lines */
			assert_memory_equal(err.text, "container state: line ", 22);
		}
	}
}

static void bad_states_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} rows[] = {
		{"[]", "expected an object"},
		{"null", "expected an object"},
		{"{}", "\"id\": missing"},
		{"{\"id\":7}", "\"id\": expected a string"},
		{"{\"id\":null}", "\"id\": expected a string"},
		{"{\"id\":\"a\",\"pid\":\"7\"}", "\"pid\": expected an integer"},
		{"{\"id\":\"a\",\"pid\":1.5}", "\"pid\": expected an integer"},
		{"{\"id\":\"a\",\"pid\":null}", "\"pid\": expected an integer"},
		{"{\"id\":\"a\",\"pid\":-1}", "\"pid\": expected an integer from 0 to 2147483647"},
		{"{\"id\":\"a\",\"pid\":4294967297}",
		 "\"pid\": expected an integer from 0 to 2147483647"},
		{"{\"id\":\"a\",\"annotations\":[]}", "\"annotations\": expected an object"},
		{"{\"id\":\"a\",\"annotations\":\"v6.host\"}",
		 "\"annotations\": expected an object"},
		{"{\"id\":\"a\",\"annotations\":{\"v6.host\":\"web3\",\"v6.ports\":80}}",
		 "annotations.\"v6.ports\": expected a string"},
		{"{\"id\":\"a\",\"annotations\":{\"other\":{}}}",
		 "annotations.\"other\": expected a string"},
	};
	struct v6_state parsed = {.pid = 42};
	struct v6_error err;
	char expected[sizeof(err.text)];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i].text, &parsed, &err), -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		snprintf(expected, sizeof(expected), "container state: %s", rows[i].error);
		assert_string_equal(err.text, expected);
		assert_int_equal(parsed.pid, 42);
	}
}

static void ids_are_checked(void **state)
{
	static const struct {
		const char *id; /* as JSON has it */
		bool good;
	} rows[] = {
		{"a", true},	      {"web_1.x-y+z", true}, {"a:b@c", true},
		{"...", false},	      {".a", false},	     {"", false},
		{".", false},	      {"..", false},	     {"../x", false},
		{"a/b", false},	      {"/", false},	     {"a b", false},
		{"a\\tb", false},     {"a\\nb", false},	     {"a\\u001bb", false},
		{"a\\u007fb", false}, {"a\\u0085b", false},  {"a\xc3\xb6", false},
		{"a\\\"b", false},
	};
	struct v6_state parsed;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "{\"id\":\"%s\"}", rows[i].id);
		if ((parse(text, &parsed, NULL) == 0) != rows[i].good)
			fail_msg("%s: expected %d", text, rows[i].good);
	}
}

static void ids_have_a_limit(void **state)
{
	char id[V6_ID_MAX + 2], text[sizeof(id) + 16];
	struct v6_state parsed;

	(void)state;
	memset(id, 'f', sizeof(id));
	id[V6_ID_MAX] = '\0';
	snprintf(text, sizeof(text), "{\"id\":\"%s\"}", id);
	assert_int_equal(parse(text, &parsed, NULL), 0);
	assert_string_equal(parsed.id, id);

	id[V6_ID_MAX] = 'f';
	id[V6_ID_MAX + 1] = '\0';
	snprintf(text, sizeof(text), "{\"id\":\"%s\"}", id);
	assert_int_equal(parse(text, &parsed, NULL), -EINVAL);
}

/* A look for the first and one for the last disagreed on what an annotation is. */
static void keys_are_there_once(void **state)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
		{"{\"id\":\"a\",\"pid\":1,\"id\":\"b\"}", "\"id\" is there twice"},
		{"{\"id\":\"a\",\"annotations\":{},\"annotations\":{\"v6.host\":\"a\"}}",
		 "\"annotations\" is there twice"},
		{"{\"id\":\"a\",\"annotations\":{\"v6.host\":\"a\",\"x\":\"\",\"v6.host\":\"b\"}}",
		 "annotations: \"v6.host\" is there twice"},
		{"{\"id\":\"a\",\"annotations\":{\"v6.host\":\"a\",\"v6.\\u0068ost\":\"a\"}}",
		 "annotations: \"v6.host\" is there twice"},
		{"{\"id\":\"a\",\"annotations\":{\"io.container.manager\":\"cri-o\","
		 "\"io.container.manager\":\"libpod\"}}",
		 "annotations: \"io.container.manager\" is there twice"},
	};
	struct v6_state parsed;
	struct v6_error err;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i].text, &parsed, &err), -EINVAL);
		assert_non_null(strstr(err.text, rows[i].key));
	}
}

/* The cause stays readable however long the bad value is. */
static void long_values_leave_room_for_the_cause(void **state)
{
	char text[2048] = "{\"id\":\"a\",\"annotations\":{\"";
	struct v6_state parsed;
	struct v6_error err;

	(void)state;
	memset(text + strlen(text), 'k', 1500);
	strcat(text, "\":1}}");
	assert_int_equal(parse(text, &parsed, &err), -EINVAL);
	assert_non_null(strstr(err.text, "kkk...\": expected a string"));
}

static void annotations_may_be_absent(void **state)
{
	static const char *const rows[] = {
		"{\"id\":\"a\"}",
		"{\"id\":\"a\",\"annotations\":null}",
		"{\"id\":\"a\",\"annotations\":{}}",
		"{\"id\":\"a\",\"annotations\":{\"w6.host\":\"x\",\"v6host\":\"x\",\"v6\":\"x\"}}",
	};
	struct v6_error err = {.text = "before"};
	struct v6_state parsed;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i], &parsed, &err), 0);
		assert_int_equal(parsed.n_annotations, 0);
		assert_string_equal(err.text, "before");
		v6_state_release(&parsed);
	}
}

static void own_annotations_keep_their_order(void **state)
{
	struct v6_state parsed;

	(void)state;
	assert_int_equal(parse("{\"annotations\":{\"v6.z\":\"1\",\"b\":\"2\",\"v6.a\":\"3\"},"
			       "\"id\":\"a\"}",
			       &parsed, NULL),
			 0);
	assert_int_equal(parsed.n_annotations, 2);
	assert_string_equal(parsed.annotations[0].key, "v6.z");
	assert_string_equal(parsed.annotations[0].value, "1");
	assert_string_equal(parsed.annotations[1].key, "v6.a");
	assert_string_equal(parsed.annotations[1].value, "3");
	v6_state_release(&parsed);
	assert_int_equal(parsed.n_annotations, 0);
	v6_state_release(&parsed); /* a second time is harmless */
}

static void annotations_may_come_beside(void **state)
{
	char *pairs[] = {(char[]){"v6.host=web3"}, (char[]){"v6.ports=80 443:8443"},
			 (char[]){"v6.interface="}, (char[]){"v6.x/y==\"\n="}};
	struct v6_state parsed;

	(void)state;
	assert_int_equal(parse("{\"id\":\"x\",\"annotations\":{\"a\":\"b\"}}", &parsed, NULL), 0);
	assert_int_equal(v6_state_annotate(&parsed, pairs, 0, NULL), 0);
	assert_int_equal(parsed.n_annotations, 0);
	assert_int_equal(v6_state_annotate(&parsed, pairs, 4, NULL), 1);
	assert_int_equal(parsed.n_annotations, 4);
	assert_string_equal(parsed.annotations[0].key, "v6.host");
	assert_string_equal(parsed.annotations[0].value, "web3");
	assert_string_equal(parsed.annotations[1].value, "80 443:8443");
	assert_string_equal(parsed.annotations[2].value, "");
	assert_string_equal(parsed.annotations[3].key, "v6.x/y");
	assert_string_equal(parsed.annotations[3].value, "=\"\n=");
	assert_string_equal(pairs[0], "v6.host=web3");
	v6_state_release(&parsed);
}

static void the_states_own_annotations_win(void **state)
{
	char *pairs[] = {(char[]){"v6.ports=22"}};
	struct v6_state parsed;

	(void)state;
	assert_int_equal(
		parse("{\"id\":\"x\",\"annotations\":{\"v6.host\":\"web2\"}}", &parsed, NULL), 0);
	assert_int_equal(v6_state_annotate(&parsed, pairs, 1, NULL), 0);
	assert_int_equal(parsed.n_annotations, 1);
	assert_string_equal(parsed.annotations[0].value, "web2");
	v6_state_release(&parsed);
}

static void what_comes_beside_is_checked(void **state)
{
	static const char *const rows[] = {"",	     "v6", "v6.host", "v6host=web3",
					   "io.x=1", "=",  "--x"};
	struct v6_state parsed;
	struct v6_error err;
	char text[32];
	size_t i;

	(void)state;
	assert_int_equal(parse("{\"id\":\"x\"}", &parsed, NULL), 0);
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		char *pairs[] = {(char[]){"v6.host=web3"}, text};

		snprintf(text, sizeof(text), "%s", rows[i]);
		assert_int_equal(v6_state_annotate(&parsed, pairs, 2, &err), -EINVAL);
		assert_non_null(strstr(err.text, "expected v6.KEY=VALUE"));
		assert_int_equal(parsed.n_annotations, 0);
	}
}

static void size_is_limited(void **state)
{
	static const char head[] = "{\"id\":\"a\"}";
	auto_free char *text = malloc(V6_STATE_SIZE_MAX + 1);
	struct v6_state parsed;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', V6_STATE_SIZE_MAX + 1);
	memcpy(text, head, sizeof(head) - 1);
	assert_int_equal(v6_state_parse(text, V6_STATE_SIZE_MAX, &parsed, NULL), 0);
	assert_int_equal(v6_state_parse(text, V6_STATE_SIZE_MAX + 1, &parsed, NULL), -E2BIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_states_are_read),
		cmocka_unit_test(keys_are_there_once),
		cmocka_unit_test(every_real_state_is_in_the_table),
		cmocka_unit_test(truncated_states_are_refused),
		cmocka_unit_test(bad_states_are_refused),
		cmocka_unit_test(ids_are_checked),
		cmocka_unit_test(ids_have_a_limit),
		cmocka_unit_test(long_values_leave_room_for_the_cause),
		cmocka_unit_test(annotations_may_be_absent),
		cmocka_unit_test(own_annotations_keep_their_order),
		cmocka_unit_test(annotations_may_come_beside),
		cmocka_unit_test(the_states_own_annotations_win),
		cmocka_unit_test(what_comes_beside_is_checked),
		cmocka_unit_test(size_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
