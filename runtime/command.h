/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a runtime, as far as the shim has to understand it. */
#ifndef RUNTIME_COMMAND_H
#define RUNTIME_COMMAND_H

#include <stddef.h>

enum command_verb {
	COMMAND_OTHER, /* none of our concern */
	COMMAND_CREATE,
	COMMAND_RUN,
	COMMAND_START,
	COMMAND_DELETE,
};

/**
 * struct command - What is to be done
 * @verb:	The subcommand, the first member
 * @at:		Its index among the arguments
 * @id:		The container's id, as it was given, or NULL
 * @bundle:	Directory of its config.json, "." by default
 * @config:	Another file in its place (crun), or NULL
 * @log:	File where the engine looks for errors, or NULL
 * @log_format:	What it reads there, or NULL
 *
 * Strings are those of the command line.
 */
struct command {
	enum command_verb verb;
	size_t at;
	const char *id;
	const char *bundle;
	const char *config;
	const char *log;
	const char *log_format;
};

/**
 * command_parse() - Read a command line as runc and crun do
 * @argv:	Up to a NULL; the program's name is the first one
 * @ret_command: Set
 *
 * Options that are not known are passed over as such without a value.
 *
 * Source: main.go, create.go and run.go of runc 1.1, crun.c, create.c and run.c of crun 1.21
 */
void command_parse(char *const *argv, struct command *ret_command);

#endif
