/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "command.h"

int reconcile_command(struct v6_host *host, int argc, char *argv[])
{
	struct v6_reconciled done;
	struct v6_error err;

	(void)argc;
	(void)argv;
	if (v6_reconcile(host, &done, &err) < 0)
		return command_fail(&err);
	printf("%u live, %u mended; %u dead collected, %u orphans removed\n", done.live,
	       done.mended, done.collected, done.orphans);
	return EXIT_DONE;
}
