/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make the kernel agree with the records, and say what that takes. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "command.h"
#include "progress.h"

enum { OPTION_DRY_RUN, OPTION_QUIET };

/* struct steps - what was printed, once each, as in a dry run two containers may lack the same
 * thing: a tree by tsearch(); in a dry run nothing is really done
 */
struct steps {
	void *tree;
	bool dry;
};

static int compare_steps(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* is_new_step() - Check whether a step was not printed before; out of memory, none was. The tree
 * keeps the copy, which gcc does not know of tsearch()
 */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static bool is_new_step(struct steps *steps, const char *text)
{
	char *copy = strdup(text);
	char **found = copy ? tsearch(copy, &steps->tree, compare_steps) : NULL;

	if (found && *found == copy)
		return true;
	free(copy);
	return !found;
}

static void put_step(const char *text, void *data)
{
	struct steps *steps = data;

	progress_clear();
	if (is_new_step(steps, text))
		printf("%s%s\n", steps->dry ? "would " : "", text);
}

static void release_steps(struct steps *steps)
{
	tdestroy(steps->tree, free);
}

static int run_reconcile(struct v6_host *host, const struct command_arguments *args)
{
	struct steps auto_call(release_steps) steps = {.dry = args->option[OPTION_DRY_RUN] != NULL};
	struct v6_reconciled done;
	struct v6_error err;
	int ret;

	command_quiet(args->option[OPTION_QUIET]);
	v6_host_steps(host, steps.dry, put_step, &steps);
	progress_begin(host, steps.dry ? "looking" : "repairing");
	ret = v6_reconcile(host, &done, &err);
	if (ret < 0)
		return command_fail(&err);
	printf("%u live, ", done.live);
	if (done.pending)
		printf("%u pending, ", done.pending);
	if (done.unreachable)
		printf("%u unreachable, ", done.unreachable);
	printf(steps.dry ? "%u to be repaired; %u dead to be collected, %u orphans to be removed\n"
			 : "%u repaired; %u dead collected, %u orphans removed\n",
	       done.repaired, done.collected, done.orphans);
	return EXIT_DONE;
}

const struct command reconcile_command = {
	.name = "reconcile",
	.operands = "",
	.what = "repair what is missing, and clean up after dead containers",
	.options =
		{
			[OPTION_DRY_RUN] = {"dry-run", 'n', NULL,
					    "print what it would do, and change nothing"},
			[OPTION_QUIET] = {"quiet", 'q', NULL, "print only errors"},
		},
	.run = run_reconcile,
};
