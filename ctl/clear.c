/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Take everything away, as before the programs are removed. */
#include <libv6/verbs.h>

#include "command.h"
#include "progress.h"

enum { OPTION_SETTINGS, OPTION_DRY_RUN, OPTION_QUIET };

static void put_clear_step(const char *text, void *data)
{
	progress_clear();
	printf("%s%s\n", data ? "would " : "", text);
}

static void put_cleared(const struct v6_cleared *done, bool settings, bool dry)
{
	if (dry)
		printf("%u to be unpublished, %u orphans to be removed", done->containers,
		       done->orphans);
	else
		printf("%u unpublished, %u orphans removed, table ip6 oci-v6 deleted",
		       done->containers, done->orphans);
	if (settings)
		printf(dry ? "; %u settings to be put back, %u to be left"
			   : "; %u settings put back, %u left",
		       done->settings, done->settings_left);
	putchar('\n');
}

static int run_clear(struct v6_host *host, const struct command_arguments *args)
{
	bool settings = args->option[OPTION_SETTINGS] != NULL;
	bool dry = args->option[OPTION_DRY_RUN] != NULL;
	struct v6_cleared done;
	struct v6_error err;

	command_quiet(args->option[OPTION_QUIET]);
	if (settings || dry)
		v6_host_steps(host, dry, put_clear_step, dry ? &done : NULL);
	progress_begin(host, "taking down");
	if (v6_clear(host, settings, &done, &err) < 0)
		return command_fail(&err);
	put_cleared(&done, settings, dry);
	return EXIT_DONE;
}

const struct command clear_command = {
	.name = "clear",
	.operands = "",
	.what = "remove everything: all services, and the nf_tables table",
	.options =
		{
			[OPTION_SETTINGS] = {"settings", 's', NULL,
					     "also restore changed settings, such as forwarding"},
			[OPTION_DRY_RUN] = {"dry-run", 'n', NULL,
					    "print what it would do, and change nothing"},
			[OPTION_QUIET] = {"quiet", 'q', NULL, "print only errors"},
		},
	.run = run_clear,
};
