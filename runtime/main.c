/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oci-v6-runtime: stands in for runc or crun where an engine reads no hooks.d. It puts our hooks
 * into the config.json of containers that ask for something, and becomes the real runtime, so that
 * arguments, descriptors, signals and the exit status are nobody's business.
 */
#include <errno.h>
#include <unistd.h>

#include "bundle.h"
#include "call.h"
#include "command.h"
#include "../hook/log.h"
#include "real.h"
#include "report.h"

#define EXIT_FAILED 1

const char log_name[] = "oci-v6-runtime";

/* prepare_create() - the container's config.json is read by the runtime next. Return: 0 or a
 * negative errno
 */
static int prepare_create(const struct command *command, const struct real *real,
			  struct v6_error *err)
{
	int ret = bundle_prepare(command, real->hook, err);

	if (ret > 0)
		report_warning(command, err->text);
	else if (ret < 0)
		report_failure(command, err->text);
	return ret < 0 ? ret : 0;
}

/* prepare_start() - engines may have set the network up since. Return: the same */
static int prepare_start(const struct command *command, const struct real *real, char *const *argv,
			 struct v6_error *err)
{
	int ret = command->id ? call_hook(real->hook, "start", command->id, err) : 0;

	if (ret == 0)
		return 0;
	/* Docker 20.10 never has it deleted */
	call_kill(real->path, argv, command);
	call_hook(real->hook, "poststop", command->id, NULL);
	report_refusal(command, err->text);
	return ret;
}

/* prepare_command() - what has to be done before the runtime gets to work. Return: the same */
static int prepare_command(const struct command *command, const struct real *real,
			   char *const *argv, struct v6_error *err)
{
	switch (command->verb) {
	case COMMAND_CREATE:
	case COMMAND_RUN:
		return prepare_create(command, real, err);
	case COMMAND_START:
		return prepare_start(command, real, argv, err);
	case COMMAND_DELETE:
		/* crun runs no hook for one that it failed to make */
		if (command->id)
			call_hook(real->hook, "delete", command->id, NULL);
		return 0;
	case COMMAND_OTHER:
		break;
	}
	return 0;
}

int main(int argc, char *argv[])
{
	struct command command;
	struct v6_error err = {0};
	struct real real;
	int ret;

	command_parse(argv, &command);
	ret = real_find(argc > 0 ? argv[0] : "", &real, &err);
	if (ret == 0) {
		if (prepare_command(&command, &real, argv, &err) < 0)
			return EXIT_FAILED;
		argv[0] = real.path;
		execv(real.path, argv);
		v6_fail(&err, -errno, "%s: cannot start it: %s", real.path, v6_strerror(errno));
	}
	report_failure(&command, err.text);
	return EXIT_FAILED;
}
