/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remove what bind, or the hook, published for an id. */
#include <libv6/verbs.h>

#include "command.h"

static int run_unbind(struct v6_host *host, const struct command_arguments *args)
{
	struct v6_error err;

	return v6_unbind(host, args->operands[0], &err) < 0 ? command_fail(&err) : EXIT_DONE;
}

const struct command unbind_command = {
	.name = "unbind",
	.operands = "ID",
	.operands_min = 1,
	.operands_max = 1,
	.what = "remove what was published under an id",
	.run = run_unbind,
};
