/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Take everything away, as before the programs are removed. */
#include <libv6/verbs.h>

#include "command.h"

static int run_clear(struct v6_host *host, const struct command_arguments *args)
{
	struct v6_cleared done;
	struct v6_error err;

	(void)args;
	if (v6_clear(host, &done, &err) < 0)
		return command_fail(&err);
	printf("%u taken down, %u orphans removed, table ip6 oci-v6 deleted\n", done.containers,
	       done.orphans);
	return EXIT_DONE;
}

const struct command clear_command = {
	.name = "clear",
	.operands = "",
	.what = "take everything away: the services of all containers, and the table",
	.run = run_clear,
};
