/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oci-v6-hook: an OCI hook. The stage comes from the command line, as the status in the container
 * state means something else with every runtime; the state comes on stdin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/core.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/privileges.h"
#include "log.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static const char usage[] =
	"usage: oci-v6-hook createRuntime | prestart | poststop < STATE\n"
	"An OCI hook: runtimes run it with a container's state on stdin. See oci-v6-hook(8).\n";

static void warn(const char *text, void *data)
{
	const struct v6_state *state = data;

	log_line(LOG_WARNING, state->id, text);
}

static int read_state(struct v6_state *ret_state, struct v6_error *err)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read(STDIN_FILENO, V6_STATE_SIZE_MAX, &text, &size);

	if (ret == -E2BIG)
		return v6_fail(err, ret, "container state: over %d bytes", V6_STATE_SIZE_MAX);
	if (ret < 0)
		return v6_fail(err, ret, "container state: cannot read it: %s", v6_strerror(ret));
	return v6_state_parse(text, size, ret_state, err);
}

static void close_host(struct v6_host **host)
{
	v6_host_close(*host);
}

static int bind_request(struct v6_state *state, const struct v6_request *request,
			struct v6_error *err)
{
	struct v6_host auto_call(close_host) *host = NULL;
	int ret = v6_host_open(V6_RUN_DIR, warn, state, &host, err);

	return ret < 0 ? ret : v6_bind(host, state, request, err);
}

/* start() - the stage before the container's program runs */
static int start(struct v6_state *state, struct v6_error *err)
{
	struct v6_request request = {.required = true};
	int ret = v6_request_from_state(state, &request, err);

	if (ret == 0 && request.n_hosts == 0)
		return EXIT_DONE;
	if (ret == 0)
		ret = bind_request(state, &request, err);
	if (ret == 0) {
		v6_failure_forget(V6_RUN_DIR, state->id);
		return EXIT_DONE;
	}
	log_line(LOG_ERR, state->id, err->text);
	v6_failure_note(V6_RUN_DIR, state->id, err->text);
	return request.required ? EXIT_FAILED : EXIT_DONE;
}

/* stop() - the stage after it has ended; runc stops at the first hook that fails, so never fail */
static int stop(struct v6_state *state, struct v6_error *err)
{
	struct v6_host auto_call(close_host) *host = NULL;
	int ret = v6_host_open(V6_RUN_DIR, warn, state, &host, err);

	if (ret == 0)
		ret = v6_unbind(host, state->id, err);
	if (ret < 0)
		log_line(LOG_ERR, state->id, err->text);
	return EXIT_DONE;
}

static const struct stage {
	const char *name;
	int (*run)(struct v6_state *state, struct v6_error *err);
	int unreadable; /* exit status where there is no readable state */
} stages[] = {
	{"createRuntime", start, EXIT_FAILED},
	{"prestart", start, EXIT_FAILED}, /* its old name */
	{"poststop", stop, EXIT_DONE},
};

static const struct stage *find_stage(const char *name)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(stages); i++)
		if (strcmp(stages[i].name, name) == 0)
			return &stages[i];
	return NULL;
}

int main(int argc, char *argv[])
{
	struct v6_state auto_call(v6_state_release) state = {.pid = 0};
	const struct stage *stage = argc == 2 ? find_stage(argv[1]) : NULL;
	struct v6_error err = {0};

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("oci-v6-hook " V6_VERSION);
		return EXIT_DONE;
	}
	if (!stage) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (v6_privileges_drop(&err) < 0)
		log_line(LOG_WARNING, "", err.text);
	if (read_state(&state, &err) < 0) {
		log_line(LOG_ERR, "", err.text);
		return stage->unreadable;
	}
	return stage->run(&state, &err);
}
