/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands of v6ctl: one file each, all in the table of main.c. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <libv6/core.h>

/* Exit status: 0 done, 1 failed, 2 wrong usage. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

/**
 * struct command - A subcommand
 * @name:	As typed
 * @arguments:	For the usage line, or ""
 * @what:	One line for people
 * @run:	Gets this host opened and the arguments behind the name; returns the exit status and
 *		prints its own failures with command_fail()
 */
struct command {
	const char *name;
	const char *arguments;
	const char *what;
	int (*run)(struct v6_host *host, int argc, char *argv[]);
};

/* command_fail() - print "v6ctl: text". Return: EXIT_FAILED */
int command_fail(const struct v6_error *err);

int list_command(struct v6_host *host, int argc, char *argv[]);
int reconcile_command(struct v6_host *host, int argc, char *argv[]);

#endif
