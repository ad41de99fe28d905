/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our hooks in a config.json: where they go, and that every other byte stays. */
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

#include "../../runtime/splice.h"
#include "base/cleanup.h"
#include "base/json.h"

#define HOOK  "/usr/libexec/oci/hooks.d/oci-v6-hook"
#define ASKS  "\"annotations\":{\"v6.host\":\"web3\"}"
#define OURS  "{\"path\":\"/opt/oci-v6-hook\"}"
#define OTHER "{\"path\":\"/bin/other\"}"

/* splice() - as splice_config(), of a text without a NUL behind */
static int splice_text(const char *text, size_t size, char **ret_text, size_t *ret_size,
		       struct v6_error *err)
{
	auto_free char *exact = malloc(size ? size : 1);
	bool optional;

	assert_non_null(exact);
	memcpy(exact, text, size);
	return splice_config(exact, size, HOOK, false, ret_text, ret_size, &optional, err);
}

/* without() - what is left of a text when the entries of ours that were put in are cut out: they
 * alone are written over several lines
 */
static void cut_entries(char *text)
{
	char *begin, *end;

	while ((begin = strstr(text, "{\n"))) {
		end = strstr(begin, "\n}");
		assert_non_null(end);
		assert_non_null(memmem(begin, (size_t)(end - begin), HOOK, strlen(HOOK)));
		*begin = strstr(begin, "createRuntime") && strstr(begin, "createRuntime") < end
				 ? 'S'
				 : 'E';
		memmove(begin + 1, end + 2, strlen(end + 2) + 1);
	}
}

/* assert_plain() - others can read it, who know no comments */
static void assert_plain(const char *text, size_t size)
{
	auto_call(v6_json_cleanup) struct v6_json *root = NULL;

	assert_int_equal(v6_json_parse_plain(text, size, &root, NULL), 0);
}

/* S stands for our entry for the start, E for that for the end; NULL: nothing is done */
static void entries_go_where_they_belong(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"{" ASKS "}", "{" ASKS ",\"hooks\":{\"createRuntime\":[S],\"poststop\":[E]}}"},
		{" {" ASKS " }\n",
		 " {" ASKS " ,\"hooks\":{\"createRuntime\":[S],\"poststop\":[E]}}\n"},
		{"{\"hooks\":null," ASKS "}",
		 "{\"hooks\":{\"createRuntime\":[S],\"poststop\":[E]}," ASKS "}"},
		{"{\"hooks\": {}," ASKS "}",
		 "{\"hooks\": {\"createRuntime\":[S],\"poststop\":[E]}," ASKS "}"},
		{"{\"hooks\":{\"createRuntime\":[ ],\"poststop\":null}," ASKS "}",
		 "{\"hooks\":{\"createRuntime\":[ S],\"poststop\":[E]}," ASKS "}"},
		/* last before the start, first after the end, whichever comes first in the text */
		{"{\"hooks\":{\"poststop\":[" OTHER "," OTHER "],\"createRuntime\":[" OTHER
		 " ]}," ASKS "}",
		 "{\"hooks\":{\"poststop\":[E," OTHER "," OTHER "],\"createRuntime\":[" OTHER
		 " ,S]}," ASKS "}"},
		{"{\"hooks\":{\"prestart\":[" OTHER "]}," ASKS "}",
		 "{\"hooks\":{\"prestart\":[" OTHER
		 "],\"createRuntime\":[S],\"poststop\":[E]}," ASKS "}"},
		{"{\"hooks\":{\"poststop\":[" OTHER "]}," ASKS "}",
		 "{\"hooks\":{\"poststop\":[E," OTHER "],\"createRuntime\":[S]}," ASKS "}"},
		/* not twice, whoever put them there */
		{"{\"hooks\":{\"createRuntime\":[" OTHER "," OURS "],\"poststop\":[" OURS "]}," ASKS
		 "}",
		 NULL},
		{"{\"hooks\":{\"prestart\":[" OURS "],\"poststop\":[" OURS "]}," ASKS "}", NULL},
		{"{\"hooks\":{\"createRuntime\":[" OURS "]}," ASKS "}",
		 "{\"hooks\":{\"createRuntime\":[" OURS "],\"poststop\":[E]}," ASKS "}"},
		/* what is no hook of anybody is the runtime's affair */
		{"{\"hooks\":{\"createRuntime\":[1,{},{\"path\":1}]}," ASKS "}",
		 "{\"hooks\":{\"createRuntime\":[1,{},{\"path\":1},S],\"poststop\":[E]}," ASKS "}"},
		/* numbers, order, unknown keys, escapes and blanks stay */
		{"{\"z\":1.50e+01,\"a\": 18446744073709551615 ,\"\\u00e4\\/\":[-0,0.10],\n\t" ASKS
		 ",\"a2\":\"\\ud83d\\ude00\"}",
		 "{\"z\":1.50e+01,\"a\": 18446744073709551615 ,\"\\u00e4\\/\":[-0,0.10],\n\t" ASKS
		 ",\"a2\":\"\\ud83d\\ude00\",\"hooks\":{\"createRuntime\":[S],\"poststop\":[E]}}"},
		/* "hooks" elsewhere are others */
		{"{\"x\":{\"hooks\":{\"createRuntime\":[]}}," ASKS "}",
		 "{\"x\":{\"hooks\":{\"createRuntime\":[]}}," ASKS
		 ",\"hooks\":{\"createRuntime\":[S],\"poststop\":[E]}}"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		auto_free char *text = NULL;
		struct v6_error err = {0};
		size_t size = 0;
		int ret = splice_text(rows[i].text, strlen(rows[i].text), &text, &size, &err);

		if (ret < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_int_equal(ret, rows[i].expected != NULL);
		if (ret == 0)
			continue;
		assert_int_equal(strlen(text), size);
		assert_plain(text, size);
		cut_entries(text);
		assert_string_equal(text, rows[i].expected);
	}
}

/* Once more does nothing */
static void twice_is_once(void **state)
{
	auto_free char *once = NULL, *again = NULL;
	size_t size = 0, size_again = 0;

	(void)state;
	assert_int_equal(splice_text("{" ASKS "}", strlen("{" ASKS "}"), &once, &size, NULL), 1);
	assert_int_equal(splice_text(once, size, &again, &size_again, NULL), 0);
	assert_null(again);
}

static const struct v6_json *hook_of(const struct v6_json *root, const char *stage)
{
	const struct v6_json *hooks, *list;

	assert_int_equal(v6_json_object(root, "hooks", &hooks, NULL), 0);
	assert_int_equal(v6_json_array(hooks, stage, &list, NULL), 0);
	return v6_json_member(list, 0);
}

/* args_of() - the arguments of our hook, with blanks between */
static void args_of(const struct v6_json *root, const char *stage, char *ret_text, size_t size)
{
	const struct v6_json *args;
	size_t i;

	*ret_text = '\0';
	assert_int_equal(v6_json_array(hook_of(root, stage), "args", &args, NULL), 0);
	for (i = 0; i < v6_json_size(args); i++)
		snprintf(ret_text + strlen(ret_text), size - strlen(ret_text), "%s%s", i ? " " : "",
			 v6_json_text(v6_json_member(args, i)));
}

static void entries_are_as_in_hooks_d(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root = NULL;
	auto_free char *text = NULL;
	const struct v6_json *env;
	long long timeout = 0;
	const char *path;
	char args[256];
	size_t size = 0;

	(void)state;
	assert_int_equal(splice_text("{" ASKS "}", strlen("{" ASKS "}"), &text, &size, NULL), 1);
	assert_int_equal(v6_json_parse(text, size, &root, NULL), 0);
	assert_int_equal(v6_json_string(hook_of(root, "poststop"), "path", &path, NULL), 0);
	assert_string_equal(path, HOOK);
	assert_int_equal(
		v6_json_integer(hook_of(root, "createRuntime"), "timeout", 10, 10, &timeout, NULL),
		0);
	assert_int_equal(v6_json_array(hook_of(root, "createRuntime"), "env", &env, NULL), 0);
	assert_int_equal(v6_json_size(env), 1);
	assert_string_equal(v6_json_text(v6_json_member(env, 0)),
			    "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	args_of(root, "createRuntime", args, sizeof(args));
	assert_string_equal(args, "oci-v6-hook createRuntime");
	args_of(root, "poststop", args, sizeof(args));
	assert_string_equal(args, "oci-v6-hook poststop");
}

static void a_late_network_is_told_of(void **state)
{
	auto_call(v6_json_cleanup) struct v6_json *root = NULL;
	static const char config[] = "{\"process\":{\"env\":[\"V6_HOST=web3\"]}}";
	auto_free char *text = NULL;
	bool optional;
	char args[256];
	size_t size;

	(void)state;
	assert_int_equal(
		splice_config(config, strlen(config), HOOK, true, &text, &size, &optional, NULL),
		1);
	assert_int_equal(v6_json_parse(text, size, &root, NULL), 0);
	args_of(root, "createRuntime", args, sizeof(args));
	assert_string_equal(args, "oci-v6-hook createRuntime --late v6.host=web3");
	args_of(root, "poststop", args, sizeof(args));
	assert_string_equal(args, "oci-v6-hook poststop");
}

#define ENV(entries) "\"process\":{\"env\":[" entries "]}"
#define NOTE(pair)   "\"annotations\":{" pair "}"

/* What the hook is told besides; NULL: nothing is done */
static void the_environment_asks_too(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{"{" ENV("\"PATH=/bin\",\"V6_HOST=web3\"") "}", " v6.host=web3"},
		{"{" ENV("\"V6_PORTS=80 443:8443\",\"V6_HOST=a,b\",\"V6_REQUIRED=false\","
			 "\"V6_INTERFACE=eth1\",\"V6_FOLLOW=off\",\"V6_FROM=2001:db8::/32\",\"V6_PORT=tcp://x\",\"V6_X=1\"") "}",
		 " v6.host=a,b v6.ports=80 443:8443 v6.interface=eth1 "
		 "v6.from=2001:db8::/32 v6.follow=off v6.required=false"},
		{"{" ENV("\"V6_HOST=\\\"\\\\\\n\\u00e4\"") "}", " v6.host=\"\\\n\xc3\xa4"},
		/* the last one counts, and an empty one is none */
		{"{" ENV("\"V6_HOST=web2\",\"V6_HOST=web3\"") "}", " v6.host=web3"},
		{"{" ENV("\"V6_HOST=web2\",\"V6_HOST=\"") "}", NULL},
		{"{" ENV("\"V6_HOST=web2\",\"V6_PORTS=\"") "}", " v6.host=web2"},
		{"{" ENV("\"V6_HOST\"") "}", NULL},
		{"{" ENV("\"V6_HOSTS=web3\",\"AV6_HOST=web3\",\"v6_host=web3\"") "}", NULL},
		{"{" ENV("\"V6_PORTS=80\"") "}", NULL},
		/* annotations win, each and all */
		{"{" ENV("\"V6_HOST=web3\",\"V6_PORTS=22\"") "," ASKS "}", ""},
		{"{" ENV("\"V6_HOST=web3\"") "," NOTE("\"v6.ports\":\"80\"") "}", ""},
		{"{" ENV("\"V6_HOST=web3\"") "," NOTE("\"other\":\"80\"") "}", " v6.host=web3"},
		/* whether it is a sandbox, the hook finds out: anybody may write that */
		{"{" NOTE(
			 "\"v6.host\":\"web3\",\"io.kubernetes.cri.container-type\":\"sandbox\"") "}",
		 ""},
		/* a pod's environment is nobody's to ask by */
		{"{" ENV("\"V6_HOST=web3\"") "," NOTE("\"io.kubernetes.cri.sandbox-id\":\"1\"") "}",
		 NULL},
		{"{" ENV("\"V6_HOST=web3\"") "," NOTE("\"io.kubernetes.cri-o.Name\":\"1\"") "}",
		 NULL},
		/* of other types */
		{"{\"process\":null}", NULL},
		{"{\"process\":{\"env\":\"V6_HOST=web3\"}}", NULL},
		{"{\"process\":{\"env\":[1,null,[\"V6_HOST=web3\"]]}}", NULL},
		{"{\"env\":[\"V6_HOST=web3\"]}", NULL},
	};
	char args[512];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		auto_call(v6_json_cleanup) struct v6_json *root = NULL;
		auto_free char *text = NULL;
		size_t size = 0;
		int ret = splice_text(rows[i].text, strlen(rows[i].text), &text, &size, NULL);

		if (ret != (rows[i].told != NULL))
			fail_msg("%s: %d", rows[i].text, ret);
		if (ret == 0)
			continue;
		assert_int_equal(v6_json_parse(text, size, &root, NULL), 0);
		args_of(root, "createRuntime", args, sizeof(args));
		assert_string_equal(args + strlen("oci-v6-hook createRuntime"), rows[i].told);
		args_of(root, "poststop", args, sizeof(args));
		assert_string_equal(args, "oci-v6-hook poststop");
	}
}

static void who_asks_for_nothing_gets_nothing(void **state)
{
	static const char *const rows[] = {
		"{}",
		"{\"annotations\":null}",
		"{\"annotations\":{}}",
		"{\"annotations\":{\"v6\":\"web3\",\"xv6.host\":\"web3\",\"w6.host\":\"web3\"}}",
		"{\"annotations\":[\"v6.host\"]}",
		"{\"x\":{\"annotations\":{\"v6.host\":\"web3\"}}}",
		/* where nothing is to be done, nothing is said of hooks either */
		"{\"hooks\":1}",
	};
	auto_free char *text = NULL;
	size_t i, size;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		if (splice_text(rows[i], strlen(rows[i]), &text, &size, NULL) != 0)
			fail_msg("%s", rows[i]);
	assert_null(text);
}

static void hostile_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "line 1, column 1: the text ends too early"},
		{"[" ASKS "]", "line 1, column 15: "},
		{"[\"v6.host\"]", "expected an object"},
		{"{" ASKS, "line 1, column 34: the text ends too early"},
		{"{" ASKS "} x", "line 1, column 36: trailing garbage"},
		{"{" ASKS "/**/}", "line 1, column 33: probable comment found"},
		{"{" ASKS ",\"x\":\"\xff\"}", "line 1, column 40: invalid bytes in UTF8 string"},
		{"{" ASKS ",\"x\":\"\\u0000\"}", "line 1, column 46: a string holds a NUL"},
		{"{" ASKS "," ASKS "}", "\"annotations\" is there twice"},
		{"{" ASKS ",\"process\":{},\"process\":{}}", "\"process\" is there twice"},
		{"{" ASKS ",\"hooks\":{},\"hooks\":null}", "\"hooks\" is there twice"},
		{"{" ASKS ",\"hooks\":{\"poststop\":[],\"poststop\":[]}}",
		 "\"poststop\" is there twice"},
		{"{" ASKS ",\"hooks\":{\"prestart\":[],\"prestart\":[]}}",
		 "\"prestart\" is there twice"},
		{"{" ASKS ",\"hooks\":[]}", "\"hooks\": expected an object"},
		{"{" ASKS ",\"hooks\":1}", "\"hooks\": expected an object"},
		{"{" ASKS ",\"hooks\":{\"createRuntime\":{}}}",
		 "\"createRuntime\": expected an array"},
		{"{" ASKS ",\"hooks\":{\"poststop\":\"x\"}}", "\"poststop\": expected an array"},
	};
	auto_free char *text = NULL;
	struct v6_error err;
	size_t i, size;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		assert_int_equal(
			splice_text(rows[i].text, strlen(rows[i].text), &text, &size, &err),
			-EINVAL);
		if (strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(text);
	}
}

/* Each beginning of a text is refused: nothing is made of half a file */
static void truncated_texts_are_refused(void **state)
{
	static const char text[] = "{\"hooks\":{\"poststop\":[" OTHER "]}," ASKS
				   "," ENV("\"A=b\"") "}";
	auto_free char *result = NULL;
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(splice_text(text, i, &result, &size, NULL), -EINVAL);
	assert_null(result);
	assert_int_equal(splice_text(text, i, &result, &size, NULL), 1);
}

static void depth_is_limited(void **state)
{
	char text[256] = "{" ASKS ",\"x\":";
	auto_free char *result = NULL;
	size_t size, i;

	(void)state;
	for (i = 0; i < V6_JSON_DEPTH_MAX; i++)
		strcat(text, "[");
	assert_int_equal(splice_text(text, strlen(text), &result, &size, NULL), -EINVAL);
}

/* Megabytes of environment, as big as engines pass on */
static void large_texts_are_spliced(void **state)
{
	const size_t room = 4 << 20;
	auto_free char *text = malloc(room + 256), *result = NULL;
	size_t size, at;

	(void)state;
	assert_non_null(text);
	at = (size_t)sprintf(text, "{" ASKS ",\"process\":{\"env\":[\"A=");
	memset(text + at, 'x', room);
	strcpy(text + at + room, "\"]},\"hooks\":{\"poststop\":[]}}");
	assert_int_equal(splice_text(text, strlen(text), &result, &size, NULL), 1);
	assert_memory_equal(result, text, at + room);
	assert_plain(result, size);
}

static void what_is_optional_is_known(void **state)
{
	static const struct {
		const char *text;
		bool optional;
	} rows[] = {
		{"{" ASKS "}", false},
		{"{" NOTE("\"v6.host\":\"web3\",\"v6.required\":\"false\"") "}", true},
		{"{" NOTE("\"v6.host\":\"web3\",\"v6.required\":\"true\"") "}", false},
		{"{" NOTE("\"v6.host\":\"web3\",\"v6.required\":\"false\\n\"") "}", true},
		{"{" NOTE("\"v6.host\":\"web3\",\"v6.required\":\"no\"") "}", false},
		{"{" NOTE("\"v6.host\":\"web3\",\"v6.required\":false") "}", false},
		{"{" ENV("\"V6_HOST=web3\",\"V6_REQUIRED=false\"") "}", true},
		{"{" ENV("\"V6_HOST=web3\",\"V6_REQUIRED=no\"") "}", false},
		{"{" ENV("\"V6_REQUIRED=false\"") "," ASKS "}", false},
		/* also where it fails later */
		{"{" NOTE("\"v6.host\":\"web3\",\"v6.required\":\"false\"") ",\"hooks\":1}", true},
	};
	struct v6_error err;
	size_t i, size;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		auto_free char *text = NULL;
		bool optional = !rows[i].optional;

		splice_config(rows[i].text, strlen(rows[i].text), HOOK, false, &text, &size,
			      &optional, &err);
		if (optional != rows[i].optional)
			fail_msg("%s", rows[i].text);
	}
}

static void a_quick_look_misses_nobody(void **state)
{
	static const struct {
		const char *text;
		bool mentioned;
	} rows[] = {
		{"{" ASKS "}", true},
		{"{" ENV("\"V6_HOST=web3\"") "}", true},
		{"{" NOTE("\"v6.ports\":\"80\"") "}", true},
		{"{" NOTE("\"V6.Host\":\"web3\"") "}", true}, /* the hook says how to write it */
		{"{" NOTE("\"\\u00766.host\":\"web3\"") "}", true},
		{"{" NOTE("\"v\\u0036.host\":\"web3\"") "}", true},
		{"{" NOTE("\"v6\\u002Ehost\":\"web3\"") "}", true},
		{"{" NOTE("\"\\u00566\\u002eHost\":\"web3\"") "}", true},
		{"{" ENV("\"V6_\\u0048OST=web3\"") "}", true},
		{"{" ENV("\"V6\\u005fHOST=web3\"") "}", true},
		{"{" ENV("\"V6_HOST\\u003dweb3\"") "}", true},
		{"{" ENV("\"A=\\u003cb\\u0026\"") "}", false}, /* as Go writes < and & */
		{"{" ENV("\"PATH=/bin\",\"V6_PORTS=80\"") "}", false},
		{"{\"hooks\":{}}", false},
		{"", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++)
		assert_int_equal(wishes_mentioned(rows[i].text, strlen(rows[i].text)),
				 rows[i].mentioned);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_go_where_they_belong),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(entries_are_as_in_hooks_d),
		cmocka_unit_test(a_late_network_is_told_of),
		cmocka_unit_test(the_environment_asks_too),
		cmocka_unit_test(who_asks_for_nothing_gets_nothing),
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(truncated_texts_are_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(large_texts_are_spliced),
		cmocka_unit_test(what_is_optional_is_known),
		cmocka_unit_test(a_quick_look_misses_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
