/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands of v6ctl: one file each, all in the table of main.c. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include <libv6/store.h>

#include "base/json.h"

/* Exit status: 0 done, 1 failed, 2 wrong usage. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

/* Options of one command, at most. */
#define COMMAND_OPTIONS_MAX 8

/**
 * struct command_option - An option of a subcommand
 * @name:	"json" for --json
 * @letter:	'w' for -w, or 0
 * @value:	What usage calls its value, or NULL: it has none
 * @what:	One line for people
 */
struct command_option {
	const char *name;
	char letter;
	const char *value;
	const char *what;
};

/**
 * struct command_arguments - What was typed behind the subcommand's name
 * @option:	Values, in the order of the command's options; "" for one without a value, NULL for
 *		one that was not given
 * @operands:	The others, @n_operands of them, as many as the command takes
 */
struct command_arguments {
	const char *option[COMMAND_OPTIONS_MAX];
	char *const *operands;
	int n_operands;
};

/**
 * struct command - A subcommand
 * @name:	As typed
 * @operands:	For the usage line, or ""
 * @operands_min: How many it needs, and
 * @operands_max: takes
 * @what:	One line for people
 * @options:	COMMAND_OPTIONS_MAX of them at most
 * @looks:	It changes nothing, and gets the host by v6_host_look()
 * @alone:	It gets no host, but opens it itself, as it has its own way to tell of a failure
 * @run:	Gets this host opened, and its arguments; returns the exit status, prints its own
 *		failures with command_fail()
 */
struct command {
	const char *name;
	const char *operands;
	int operands_min, operands_max;
	const char *what;
	struct command_option options[COMMAND_OPTIONS_MAX];
	bool looks, alone;
	int (*run)(struct v6_host *host, const struct command_arguments *args);
};

extern const struct command list_command;
extern const struct command show_command;
extern const struct command check_command;
extern const struct command path_command;
extern const struct command metrics_command;
extern const struct command resolve_command;
extern const struct command bind_command;
extern const struct command unbind_command;
extern const struct command share_command;
extern const struct command lxc_hook_command;
extern const struct command reconcile_command;
extern const struct command clear_command;
extern const struct command config_command;
extern const struct command logs_command;

/* command_look() - v6_host_look(), with warnings to standard error. Return: 0 or errno */
int command_look(struct v6_host **ret_host, struct v6_error *err);

/* command_warn() - print a warning; for v6_host_open() */
void command_warn(const char *text, void *data);

/* command_fail() - print "v6ctl: text". Return: EXIT_FAILED */
int command_fail(const struct v6_error *err);

/* command_misused() - the same, of arguments that are no good together. Return: EXIT_USAGE */
int command_misused(const struct command *command, const char *text);

/* command_quiet() - print nothing from now on but errors, and no progress, if @option was given */
void command_quiet(const char *option);

/**
 * command_write_json() - Print an object that begins with the command's name, or print why not
 * @write:	Writes the other members; negative: it failed, for the reason @err
 *
 * Return: exit status
 */
int command_write_json(const struct command *command,
		       int (*write)(struct v6_json_writer *w, void *data, struct v6_error *err),
		       void *data);

/**
 * command_parse() - Read the arguments of a subcommand
 * @command:	It
 * @argc:	Of @argv, its name included, which comes first
 * @argv:	Reordered: operands last
 * @ret_args:	Set on success; borrows from @argv
 * @err:	Filled in on failure only
 *
 * Return: 0, or -EINVAL: wrong usage
 */
int command_parse(const struct command *command, int argc, char *argv[],
		  struct command_arguments *ret_args, struct v6_error *err);

/* command_usage() - how a subcommand is called, with its options */
void command_usage(const struct command *command, FILE *out);

#endif
