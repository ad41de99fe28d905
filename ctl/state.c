/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make a container state of command line options. */
#include <stdio.h>

#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "state.h"

int state_make(const char *id, unsigned int pid, const struct state_annotation *annotations,
	       size_t n, struct v6_state *ret_state, struct v6_error *err)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	const char *text;
	size_t size, i;
	int ret = v6_json_writer_new(&w, err);

	if (ret < 0)
		return ret;
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "id", id);
	v6_json_put_integer(w, "pid", pid);
	v6_json_begin_object(w, "annotations");
	for (i = 0; i < n; i++)
		if (annotations[i].value)
			v6_json_put_string(w, annotations[i].key, annotations[i].value);
	v6_json_end_object(w);
	v6_json_end_object(w);
	ret = v6_json_finish(w, &text, &size, err);
	return ret < 0 ? ret : v6_state_parse(text, size, ret_state, err);
}

int state_bind(struct v6_host *host, const struct v6_state *state, struct v6_error *err)
{
	struct v6_request request = {.required = true};
	int ret = v6_request_from_state(state, &request, err);

	return ret < 0 ? ret : v6_bind(host, state, &request, err);
}

void state_keep(const char *id, const struct v6_state *state, int ret, const struct v6_error *err)
{
	struct v6_state bare = {.pid = 0};

	if (ret == 0) {
		v6_failure_forget(V6_RUN_DIR, state);
	} else if (*state->id) {
		v6_failure_note(V6_RUN_DIR, state, err->text);
	} else {
		snprintf(bare.id, sizeof(bare.id), "%s", id);
		v6_failure_note(V6_RUN_DIR, &bare, err->text);
	}
}
