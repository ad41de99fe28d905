/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A config.json that asks for services: our hooks go in, everything else stays, once is enough. */
#include <errno.h>

#include "../../runtime/splice.h"
#include "base/json.h"
#include "fuzz.h"

#define HOOK "/usr/libexec/oci/hooks.d/oci-v6-hook"

/* is_within() - whether one text is another with some bytes left out */
static bool is_within(const char *part, size_t part_size, const char *text, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < size && n < part_size; i++)
		n += text[i] == part[n];
	return n == part_size;
}

static bool has_ours(const struct v6_json *root, const char *stage)
{
	const struct v6_json *hooks, *list;
	const char *path;
	size_t i, n = 0;

	must(v6_json_object(root, "hooks", &hooks, NULL) == 0);
	if (v6_json_array(hooks, stage, &list, NULL) < 0)
		return false;
	for (i = 0; i < v6_json_size(list); i++)
		n += v6_json_string(v6_json_member(list, i), "path", &path, NULL) == 0 &&
		     strcmp(path, HOOK) == 0;
	return n > 0;
}

static void check_result(const char *text, size_t size, const char *result, size_t result_size)
{
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	struct v6_error err = {0};
	size_t again_size;
	char *again;
	bool optional;

	must(v6_json_parse_plain(result, result_size, &root, &err) == 0);
	must(has_ours(root, "createRuntime") || has_ours(root, "poststop"));
	/* a null gives way to what is put there */
	must(memmem(text, size, "null", 4) || is_within(text, size, result, result_size));
	must(splice_config(result, result_size, HOOK, true, &again, &again_size, &optional, &err) ==
	     0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data; /* without a NUL behind */
	auto_free char *result = NULL;
	struct v6_error err = {0};
	size_t result_size;
	bool optional;
	int ret = splice_config(text, size, HOOK, true, &result, &result_size, &optional, &err);

	if (ret > 0)
		check_result(text, size, result, result_size);
	else
		fuzz_check(ret, &err);
	return 0;
}
