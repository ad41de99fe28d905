/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run our hook ourselves, with the state that the runtime tells. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libv6/store.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "call.h"
#include "real.h"

/* has_record() - users other than root can't look there, and v6d does for them what is to be done
 */
static bool has_record(const char *id)
{
	char path[sizeof(V6_RECORDS_DIR "/" V6_RECORD_SUFFIX) + V6_ID_MAX];
	int size = snprintf(path, sizeof(path), V6_RECORDS_DIR "/%s" V6_RECORD_SUFFIX, id);

	return !strchr(id, '/') && size > 0 && (size_t)size < sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* open_state() - the container's state as the hook wants it, to be read; a pipe has room for it */
static int open_state(const char *id, int *ret_fd, struct v6_error *err)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	auto_fd int out = -1, in = -1;
	const char *text;
	size_t size;
	int fds[2], ret = v6_json_writer_new(&w, err);

	if (ret < 0)
		return ret;
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "id", id);
	v6_json_end_object(w);
	ret = v6_json_finish(w, &text, &size, err);
	if (ret < 0)
		return ret;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return v6_fail(err, -errno, "cannot make a pipe: %s", v6_strerror(errno));
	out = fds[0];
	in = fds[1];
	if (write(in, text, size) != (ssize_t)size)
		return v6_fail(err, -EIO, "cannot write to a pipe");
	*ret_fd = v6_steal_fd(&out);
	return 0;
}

/* spawn_hook() - with nothing of our own environment, and no more output than the runtime would
 * have */
static int spawn_hook(const char *hook, const char *stage, int state, pid_t *ret_pid)
{
	char *argv[] = {(char *)HOOK_NAME, (char *)stage, NULL};
	char *environment[] = {(char *)HOOK_ENVIRONMENT, NULL};
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return -code;
	code = posix_spawn_file_actions_adddup2(&actions, state, STDIN_FILENO);
	if (code == 0)
		code = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (code == 0)
		code = posix_spawn(ret_pid, hook, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return -code;
}

/* struct said - what the hook has kept of its failure */
struct said {
	const char *id;
	struct v6_error *err;
};

static int find_said(const struct v6_failure *failure, void *data)
{
	struct said *said = data;

	if (strcmp(failure->id, said->id) == 0)
		v6_fail(said->err, -ECHILD, "%s", failure->text);
	return 0;
}

static int fail_stage(const char *stage, const char *id, struct v6_error *err)
{
	struct said said = {id, err};

	v6_fail(err, -ECHILD, "oci-v6-hook %s: it failed; see v6ctl", stage);
	v6_failures_each(V6_RUN_DIR, find_said, &said);
	return -ECHILD;
}

/* wait_for_hook() - Return: its status, or a negative errno */
static int wait_for_hook(pid_t pid)
{
	int status = 0;
	pid_t ended;

	do
		ended = waitpid(pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	return ended < 0 ? -errno : status;
}

int call_hook(const char *hook, const char *stage, const char *id, struct v6_error *err)
{
	auto_fd int state = -1;
	int status, ret;
	pid_t pid;

	if (!has_record(id))
		return 0;
	ret = open_state(id, &state, err);
	if (ret < 0)
		return ret;
	ret = spawn_hook(hook, stage, state, &pid);
	if (ret < 0)
		return v6_fail(err, ret, "%s: cannot start it: %s", hook, v6_strerror(ret));
	status = wait_for_hook(pid);
	if (status < 0)
		return v6_fail(err, status, "%s: cannot wait for it: %s", hook,
			       v6_strerror(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : fail_stage(stage, id, err);
}

void call_kill(const char *runtime, char *const *argv, const struct command *command)
{
	auto_free char **args = calloc(command->at + 4, sizeof(*args));
	pid_t pid;

	if (!args)
		return;
	memcpy(args, argv, command->at * sizeof(*args));
	args[0] = (char *)runtime;
	args[command->at] = (char *)"kill";
	args[command->at + 1] = (char *)command->id;
	args[command->at + 2] = (char *)"KILL";
	if (posix_spawn(&pid, runtime, NULL, NULL, args, environ) == 0)
		wait_for_hook(pid);
}
