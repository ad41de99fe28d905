/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oci-v6-hook: an OCI hook. The stage comes from the command line, as the status in the container
 * state means something else with every runtime; the state comes on stdin.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/ipc.h>
#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/privileges.h"
#include "base/stack.h"
#include "base/text.h"
#include "log.h"

#define UID_MAP_SIZE_MAX 16384

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

const char log_name[] = "oci-v6-hook";

static const char usage[] =
	"usage: oci-v6-hook createRuntime | prestart [--late] [v6.KEY=VALUE...] < STATE\n"
	"       oci-v6-hook start | delete | poststop < STATE\n"
	"An OCI hook: runtimes run it with a container's state on stdin. See oci-v6-hook(8).\n";

/**
 * struct input - What came, and what it says
 * @text:	On stdin, @size bytes
 * @state:	What it says
 * @pairs:	Annotations on the command line, @n_pairs of them
 * @beside:	These are what counts
 * @late:	As in struct v6_state, from the command line
 */
struct input {
	char *text;
	size_t size;
	struct v6_state state;
	char **pairs;
	size_t n_pairs;
	bool beside;
	bool late;
};

static void release_input(struct input *input)
{
	v6_state_release(&input->state);
	free(input->text);
}

static void log_warning(const char *text, void *data)
{
	const struct input *input = data;

	log_line(LOG_WARNING, input->state.id, text);
}

static int read_input(struct input *input, struct v6_error *err)
{
	int ret = v6_file_read(STDIN_FILENO, V6_STATE_SIZE_MAX, &input->text, &input->size);

	if (ret == -E2BIG)
		return v6_fail(err, ret, "container state: over %d bytes", V6_STATE_SIZE_MAX);
	if (ret < 0)
		return v6_fail(err, ret, "container state: cannot read it: %s", v6_strerror(ret));
	return v6_state_parse(input->text, input->size, &input->state, err);
}

/* is_root() - whether we are user 0 of the host, too, and not of some user's namespace alone */
static bool is_root(void)
{
	auto_free char *map = NULL;
	unsigned int inside, outside;
	size_t size;

	if (geteuid() != 0 ||
	    v6_file_read_at(AT_FDCWD, "/proc/self/uid_map", UID_MAP_SIZE_MAX, &map, &size) < 0)
		return geteuid() == 0;
	return sscanf(map, "%u %u", &inside, &outside) == 2 && inside == 0 && outside == 0;
}

/* open_own_host() - Return: 1 (it is not ours to change, so v6d has to be asked), 0 or a negative
 * errno
 */
static int open_own_host(struct input *input, struct v6_host **ret_host, struct v6_error *err)
{
	int ret = v6_host_open(V6_RUN_DIR, log_warning, input, ret_host, err);

	return ret == -EACCES && !is_root() ? 1 : ret;
}

static int ask_v6d(enum v6_socket_verb verb, struct input *input, struct v6_error *err)
{
	return v6_socket_ask(V6_SOCKET_PATH, verb, input->text, input->size, log_warning, input,
			     err);
}

static int bind_request(struct input *input, const struct v6_request *request, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	int ret = open_own_host(input, &host, err);

	if (ret > 0 && input->beside)
		return v6_fail(err, -EOPNOTSUPP,
			       "%s: for users other than root it has to be an annotation",
			       V6_SHOWN(*input->pairs));
	if (ret > 0)
		return ask_v6d(V6_SOCKET_BIND, input, err);
	return ret < 0 ? ret : v6_bind(host, &input->state, request, err);
}

/* report_failure() - what went wrong, where it can be found */
static void report_failure(int priority, const struct input *input, const struct v6_error *err)
{
	log_line(priority, input->state.id, err->text);
	v6_failure_note(V6_RUN_DIR, &input->state, err->text);
}

/* report_none() - say that annotations are for another container: nobody acts on a misspelt name,
 * and the log is the only place that tells
 */
static void report_none(const struct v6_state *state)
{
	if (state->sandbox && state->n_annotations > 0)
		log_line(LOG_INFO, state->id,
			 "the sandbox of a pod: its annotations are for the pod's containers");
	else if (state->n_annotations > 0)
		log_line(
			LOG_INFO, state->id,
			v6_line("nothing is published: what the annotations ask for is for other containers of the pod than %s",
				state->name)
				.s);
}

/* run_create() - the stage before the container's program runs */
static int run_create(struct input *input, struct v6_error *err)
{
	struct v6_request request = {.required = true};
	int ret = v6_state_annotate(&input->state, input->pairs, input->n_pairs, err);

	input->beside = ret > 0;
	v6_state_name(&input->state);
	input->state.late = input->late;
	if (ret >= 0)
		ret = v6_request_from_state(&input->state, &request, err);
	if (ret == 0 && request.n_hosts == 0) {
		report_none(&input->state);
		return EXIT_DONE;
	}
	if (ret == 0)
		ret = bind_request(input, &request, err);
	if (ret == 0) {
		v6_failure_forget(V6_RUN_DIR, &input->state);
		return EXIT_DONE;
	}
	report_failure(LOG_ERR, input, err);
	return request.required ? EXIT_FAILED : EXIT_DONE;
}

/* run_start() - its program is about to run, and its network is there now, if ever */
static int run_start(struct input *input, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	int ret = open_own_host(input, &host, err);

	/* v6d does it by itself */
	if (ret > 0)
		return EXIT_DONE;
	if (ret == 0)
		ret = v6_complete(host, input->state.id, err);
	if (ret != 0)
		report_failure(ret < 0 ? LOG_ERR : LOG_WARNING, input, err);
	return ret < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* run_delete() - its runtime is about to forget it; crun runs no hook then where it failed to start
 */
static int run_delete(struct input *input, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	struct v6_reconciled done;
	int ret = open_own_host(input, &host, err);

	if (ret == 0)
		ret = v6_reconcile_container(host, input->state.id, &done, err);
	if (ret < 0)
		log_line(LOG_ERR, input->state.id, err->text);
	return EXIT_DONE;
}

/* run_poststop() - the stage after it has ended; runc stops at the first hook that fails, so never
 * fail
 */
static int run_poststop(struct input *input, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	int ret = open_own_host(input, &host, err);

	if (ret > 0)
		ret = ask_v6d(V6_SOCKET_UNBIND, input, err);
	else if (ret == 0)
		ret = v6_unbind_stopped(host, &input->state, err);
	if (ret < 0)
		log_line(LOG_ERR, input->state.id, err->text);
	return EXIT_DONE;
}

/**
 * struct stage - What a runtime may run us for
 * @unreadable:	Exit status where there is no readable state
 * @annotated:	Annotations may come beside the state, and that its network is late
 */
static const struct stage {
	const char *name;
	int (*run)(struct input *input, struct v6_error *err);
	int unreadable;
	bool annotated;
} stages[] = {
	{"createRuntime", run_create, EXIT_FAILED, true},
	{"prestart", run_create, EXIT_FAILED, true}, /* its old name */
	{"poststop", run_poststop, EXIT_DONE, false},
	/* of runtimes, not of hooks: for who stands in for one */
	{"start", run_start, EXIT_FAILED, false},
	{"delete", run_delete, EXIT_DONE, false},
};

/* find_stage() - of a command line, from the stage's name on; NULL: wrong usage */
static const struct stage *find_stage(char **argv)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(stages); i++)
		if (strcmp(stages[i].name, *argv) == 0)
			return stages[i].annotated || !argv[1] ? &stages[i] : NULL;
	return NULL;
}

static int run_hook(int argc, char **argv)
{
	struct input auto_call(release_input) input = {.text = NULL};
	const struct stage *stage = argc >= 2 ? find_stage(argv + 1) : NULL;
	struct v6_error err = {0};

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("oci-v6-hook " V6_VERSION);
		return EXIT_DONE;
	}
	if (!stage) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	input.late = argc > 2 && strcmp(argv[2], "--late") == 0;
	input.pairs = argv + 2 + input.late;
	input.n_pairs = (size_t)argc - 2 - input.late;
	if (v6_privileges_drop(0, &err) < 0)
		log_line(LOG_WARNING, "", err.text);
	if (read_input(&input, &err) < 0) {
		log_line(LOG_ERR, "", err.text);
		return stage->unreadable;
	}
	return stage->run(&input, &err);
}

/* keep_memory() - what is freed is not given back, nor taken anew in small pieces: a hook that has
 * a long list to read is soon over
 */
static void keep_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 25);
	mallopt(M_MMAP_THRESHOLD, 1 << 25);
#endif
}

int main(int argc, char *argv[])
{
	keep_memory();
	return v6_stack_run(run_hook, argc, argv);
}
