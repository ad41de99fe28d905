/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oci-v6-runtime: stands in for runc or crun where an engine reads no hooks.d. It puts our hooks
 * into the config.json of containers that ask for something, and becomes the real runtime, so that
 * arguments, descriptors, signals and the exit status are nobody's business.
 */
#include <errno.h>
#include <unistd.h>

#include "bundle.h"
#include "command.h"
#include "../hook/log.h"
#include "real.h"
#include "report.h"

#define EXIT_FAILED 1

const char log_name[] = "oci-v6-runtime";

/* prepare() - what has to be done before the runtime gets to work. Return: 0 or a negative errno */
static int prepare(const struct command *command, const struct real *real, struct v6_error *err)
{
	int ret = 0;

	if (command->verb == COMMAND_CREATE || command->verb == COMMAND_RUN)
		ret = bundle_prepare(command, real->hook, err);
	if (ret <= 0)
		return ret;
	report_warning(command, err->text);
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
	if (ret == 0)
		ret = prepare(&command, &real, &err);
	if (ret == 0) {
		argv[0] = real.path;
		execv(real.path, argv);
		v6_fail(&err, -errno, "%s: cannot start it: %s", real.path, v6_strerror(errno));
	}
	report_failure(&command, err.text);
	return EXIT_FAILED;
}
