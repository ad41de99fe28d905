/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v6ctl: for people. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/privileges.h"
#include "base/stack.h"
#include "base/text.h"
#include "command.h"

/* The first one is what v6ctl does when no other is named. */
static const struct command *const commands[] = {
	&list_command,	    &show_command,  &check_command,  &path_command,   &metrics_command,
	&resolve_command,   &bind_command,  &unbind_command, &share_command,  &lxc_hook_command,
	&reconcile_command, &clear_command, &logs_command,   &config_command,
};

static int put_usage(void)
{
	size_t i;

	puts("usage: v6ctl [COMMAND [OPTION...] [ARGUMENT...]]\n");
	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->what);
	printf("  %-10s %s\n", "help", "show this text, or the usage of a command");
	puts("\nv6ctl COMMAND --help lists the options of a command. See v6ctl(8).");
	return EXIT_DONE;
}

/* put_commands() - all commands and options, for shell completion and for the check of the man
 * page; fields between tabs, "-" for what is not there
 */
static int put_commands(void)
{
	const struct command_option *option;
	size_t i, j;

	for (i = 0; i < V6_ARRAY_SIZE(commands); i++) {
		printf("command\t%s\t%s\t%s\n", commands[i]->name,
		       *commands[i]->operands ? commands[i]->operands : "-", commands[i]->what);
		for (j = 0; j < COMMAND_OPTIONS_MAX && commands[i]->options[j].name; j++) {
			option = &commands[i]->options[j];
			printf("option\t%s\t--%s\t%c\t%s\t%s\n", commands[i]->name, option->name,
			       option->letter ? option->letter : '-',
			       option->value ? option->value : "-", option->what);
		}
	}
	return EXIT_DONE;
}

static int run_command(const struct command *command, const struct command_arguments *args)
{
	struct v6_host *host = NULL;
	struct v6_error err;
	int status, ret = 0;

	if (command->looks)
		ret = command_look(&host, &err);
	else if (!command->alone)
		ret = v6_host_open(V6_RUN_DIR, command_warn, NULL, &host, &err);
	if (ret < 0)
		return command_fail(&err);
	status = command->run(host, args);
	v6_host_close(host);
	return status;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int fail_command(const char *name)
{
	const char *names[V6_ARRAY_SIZE(commands)];
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(commands); i++)
		names[i] = commands[i]->name;
	fprintf(stderr, "v6ctl: no command \"%s\"; did you mean %s? See v6ctl help\n",
		V6_SHOWN(name), v6_text_nearest(name, names, V6_ARRAY_SIZE(names)));
	return EXIT_USAGE;
}

/* put_help() - of all commands, or of one */
static int put_help(const char *name)
{
	const struct command *command = name ? find_command(name) : NULL;

	if (!name)
		return put_usage();
	if (!command)
		return fail_command(name);
	command_usage(command, stdout);
	return EXIT_DONE;
}

static int parse_and_run(const struct command *command, int argc, char *argv[])
{
	struct command_arguments args;
	struct v6_error err;

	if (argc > 1 && is_help(argv[1])) {
		command_usage(command, stdout);
		return EXIT_DONE;
	}
	if (command_parse(command, argc, argv, &args, &err) < 0) {
		command_fail(&err);
		return EXIT_USAGE;
	}
	return run_command(command, &args);
}

static int run_arguments(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find_command(name);
	struct v6_error err;

	if (v6_privileges_drop(0, &err) < 0)
		command_warn(err.text, NULL);
	if (is_help(name))
		return put_usage();
	if (strcmp(name, "help") == 0)
		return put_help(argc > 2 ? argv[2] : NULL);
	if (strcmp(name, "--version") == 0) {
		puts("v6ctl " V6_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(name, "--complete-table") == 0)
		return put_commands();
	if (*name == '-' || argc < 2)
		return parse_and_run(commands[0], argc, argv);
	return command ? parse_and_run(command, argc - 1, argv + 1) : fail_command(name);
}

/* flush_output() - what could not be written, as to a full disk, is a failure whatever was done */
static int flush_output(int status)
{
	struct v6_error err;

	errno = EIO;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	v6_fail(&err, -errno, "standard output: cannot write all of it: %s", v6_strerror(errno));
	return command_fail(&err);
}

int main(int argc, char *argv[])
{
	return flush_output(v6_stack_run(run_arguments, argc, argv));
}
