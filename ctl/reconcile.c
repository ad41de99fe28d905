/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make the kernel agree with the records, and say what that takes. */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "command.h"

enum { OPTION_DRY_RUN };

/* struct told - a step that was told */
struct told {
	struct told *next;
	char text[];
};

/**
 * struct steps - What was told, once each, as in a dry run two containers may lack the same thing
 * @list:	To be freed
 * @tree:	To be searched, by tsearch()
 * @dry:	It is not really done
 */
struct steps {
	struct told *list;
	void *tree;
	bool dry;
};

static int compare(const void *left, const void *right)
{
	const struct told *a = left, *b = right;

	return strcmp(a->text, b->text);
}

/* is_new() - whether a step was not told before; out of memory, none was */
static bool is_new(struct steps *steps, const char *text)
{
	size_t size = strlen(text) + 1;
	struct told *told = malloc(sizeof(*told) + size), **found;

	if (!told)
		return true;
	memcpy(told->text, text, size);
	told->next = steps->list;
	steps->list = told;
	found = tsearch(told, &steps->tree, compare);
	return !found || *found == told;
}

static void put_step(const char *text, void *data)
{
	struct steps *steps = data;

	if (is_new(steps, text))
		printf("%s%s\n", steps->dry ? "would " : "", text);
}

static void keep(void *told)
{
	(void)told; /* the list frees it */
}

static void release(struct steps *steps)
{
	struct told *told;

	tdestroy(steps->tree, keep);
	while ((told = steps->list)) {
		steps->list = told->next;
		free(told);
	}
}

static int reconcile(struct v6_host *host, const struct command_arguments *args)
{
	struct steps auto_call(release) steps = {.dry = args->option[OPTION_DRY_RUN] != NULL};
	struct v6_reconciled done;
	struct v6_error err;
	int ret;

	v6_host_steps(host, steps.dry, put_step, &steps);
	ret = v6_reconcile(host, &done, &err);
	if (ret < 0)
		return command_fail(&err);
	printf("%u live, ", done.live);
	if (done.pending)
		printf("%u pending, ", done.pending);
	printf(steps.dry ? "%u to be mended; %u dead to be collected, %u orphans to be removed\n"
			 : "%u mended; %u dead collected, %u orphans removed\n",
	       done.mended, done.collected, done.orphans);
	return EXIT_DONE;
}

const struct command reconcile_command = {
	.name = "reconcile",
	.operands = "",
	.what = "make the kernel agree with the records, collect the dead",
	.options = {[OPTION_DRY_RUN] = {"dry-run", 'n', NULL, "only say what it would do"}},
	.run = reconcile,
};
