/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Take everything away, as before the programs are removed. */
#include <libv6/verbs.h>

#include "command.h"

enum { OPTION_SETTINGS };

static void put_clear_step(const char *text, void *data)
{
	(void)data;
	puts(text);
}

static int run_clear(struct v6_host *host, const struct command_arguments *args)
{
	bool settings = args->option[OPTION_SETTINGS] != NULL;
	struct v6_cleared done;
	struct v6_error err;

	if (settings)
		v6_host_steps(host, false, put_clear_step, NULL);
	if (v6_clear(host, settings, &done, &err) < 0)
		return command_fail(&err);
	printf("%u taken down, %u orphans removed, table ip6 oci-v6 deleted", done.containers,
	       done.orphans);
	if (settings)
		printf("; %u settings put back, %u left", done.settings, done.settings_left);
	putchar('\n');
	return EXIT_DONE;
}

const struct command clear_command = {
	.name = "clear",
	.operands = "",
	.what = "take everything away: the services of all containers, and the table",
	.options = {[OPTION_SETTINGS] = {"settings", 's', NULL,
					 "put settings back that were changed, forwarding too"}},
	.run = run_clear,
};
