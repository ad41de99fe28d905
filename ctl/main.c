/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v6ctl: for people. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "command.h"

static const struct command commands[] = {
	{"list", "", "what is published, and what failed last; the default", list_command},
	{"reconcile", "", "make the kernel agree with the records, collect the dead",
	 reconcile_command},
};

static int usage(FILE *out)
{
	size_t i;

	fputs("usage: v6ctl [COMMAND]\n\n", out);
	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s %s\n", commands[i].name, commands[i].arguments,
			commands[i].what);
	fputs("\nSee v6ctl(8).\n", out);
	return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

int command_fail(const struct v6_error *err)
{
	fprintf(stderr, "v6ctl: %s\n", err->text);
	return EXIT_FAILED;
}

static void warn(const char *text, void *data)
{
	(void)data;
	fprintf(stderr, "v6ctl: %s\n", text);
}

static int run(const struct command *command, int argc, char *argv[])
{
	struct v6_host *host;
	struct v6_error err;
	int status;

	if (v6_host_open(V6_RUN_DIR, warn, NULL, &host, &err) < 0)
		return command_fail(&err);
	status = command->run(host, argc, argv);
	v6_host_close(host);
	return status;
}

int main(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "list";
	int skip = argc > 1 ? 2 : 1;
	size_t i;

	if (strcmp(name, "--help") == 0)
		return usage(stdout);
	if (strcmp(name, "--version") == 0) {
		puts("v6ctl " V6_VERSION);
		return EXIT_DONE;
	}
	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return argc > skip ? usage(stderr)
					   : run(&commands[i], argc - skip, argv + skip);
	fprintf(stderr, "v6ctl: no command \"%s\"\n", name);
	return usage(stderr);
}
