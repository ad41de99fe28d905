/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make the kernel agree with the records, and say what that took. */
#include <stdio.h>

#include "command.h"

static int reconcile(struct v6_host *host, const struct command_arguments *args)
{
	struct v6_reconciled done;
	struct v6_error err;

	(void)args;
	if (v6_reconcile(host, &done, &err) < 0)
		return command_fail(&err);
	printf("%u live, %u mended; %u dead collected, %u orphans removed\n", done.live,
	       done.mended, done.collected, done.orphans);
	return EXIT_DONE;
}

const struct command reconcile_command = {
	.name = "reconcile",
	.operands = "",
	.what = "make the kernel agree with the records, collect the dead",
	.run = reconcile,
};
