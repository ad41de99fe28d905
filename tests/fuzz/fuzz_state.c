/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container state on a hook's stdin, and the request in it. */
#include "fuzz.h"
#include "request.h"

static void check_state(const struct v6_state *state)
{
	size_t i, size = strlen(state->id);

	/* it names a file */
	must(size >= 1 && size <= V6_ID_MAX && *state->id != '.' && !strchr(state->id, '/'));
	must(fuzz_is_harmless(state->id));
	must(state->pid >= 0 && !*state->netns);
	must(strlen(state->pod_namespace) <= V6_POD_NAMESPACE_MAX);
	must(fuzz_is_harmless(state->contradiction.text));
	must(!state->contradiction.code || !state->sandbox);
	must(!*state->name || v6_container_name_is_valid(state->name));
	for (i = 0; i < state->n_annotations; i++)
		must(strncasecmp(state->annotations[i].key, "v6.", 3) == 0 &&
		     state->annotations[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_state auto_call(v6_state_release) state = {.pid = 0};
	struct v6_error err = {0};
	int ret = v6_state_parse((const char *)data, size, &state, &err);

	fuzz_check(ret, &err);
	if (ret < 0)
		return 0;
	check_state(&state);
	request_check(&state);
	return 0;
}
