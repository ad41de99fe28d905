/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read a runtime's command line as far as we need it. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "command.h"

/**
 * struct option - One that has a value, which must not be taken for a subcommand or an id
 * @name:	In full
 * @letter:	In short, or 0
 * @at:		Offset in struct command of where the value goes, or 0: it is of no concern
 */
struct option {
	const char *name;
	char letter;
	size_t at;
};

#define AT(member) offsetof(struct command, member)

/* In front of the subcommand; both end with one without a name */
static const struct option of_all[] = {
	{.name = "root"},
	{.name = "log", .at = AT(log)},
	{.name = "log-format", .at = AT(log_format)},
	{.name = "log-level"},
	{.name = "criu"},
	{.name = "rootless"},
	{.name = "cgroup-manager"},
	{.name = NULL},
};

/* Behind it, where a container is made; of start and delete none has a value */
static const struct option of_makers[] = {
	{.name = "bundle", .letter = 'b', .at = AT(bundle)},
	{.name = "config", .letter = 'f', .at = AT(config)},
	{.name = "console-socket"},
	{.name = "pidfd-socket"},
	{.name = "pid-file"},
	{.name = "preserve-fds"},
	{.name = NULL},
};

static const struct {
	const char *name;
	enum command_verb verb;
} verbs[] = {
	{"create", COMMAND_CREATE},
	{"run", COMMAND_RUN},
	{"start", COMMAND_START},
	{"delete", COMMAND_DELETE},
};

/* value_in() - the value that is part of the argument itself. Go takes one dash for two */
static bool value_in(const char *arg, const struct option *option, const char **ret_value)
{
	size_t size = strlen(option->name);
	const char *name = arg + (arg[1] == '-' ? 2 : 1);

	*ret_value = NULL;
	if (strncmp(name, option->name, size) == 0 && (!name[size] || name[size] == '=')) {
		*ret_value = name[size] ? name + size + 1 : NULL;
		return true;
	}
	if (!option->letter || arg[1] != option->letter)
		return false;
	if (arg[2])
		*ret_value = arg + 2 + (arg[2] == '=');
	return true;
}

/* keep_option() - note what an option says; @cursor goes to its value where that is the next
 * argument */
static void keep_option(struct command *command, const struct option *options, char *const **cursor)
{
	const char *value;

	for (; options->name; options++) {
		if (!value_in(**cursor, options, &value))
			continue;
		if (!value && (*cursor)[1])
			value = *++*cursor;
		if (value && options->at)
			*(const char **)((char *)command + options->at) = value;
		return;
	}
}

static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1];
}

static enum command_verb verb_of(const char *word)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, word) == 0)
			return verbs[i].verb;
	return COMMAND_OTHER;
}

/* take_rest() - what is behind the subcommand: crun takes options behind the id, too */
static void take_rest(struct command *command, char *const *cursor)
{
	bool makes = command->verb == COMMAND_CREATE || command->verb == COMMAND_RUN;
	bool ended = false;

	for (; *cursor; cursor++) {
		if (!ended && strcmp(*cursor, "--") == 0) {
			ended = true;
		} else if (!ended && is_option(*cursor)) {
			if (makes)
				keep_option(command, of_makers, &cursor);
		} else if (!command->id) {
			command->id = *cursor;
		}
	}
}

void command_parse(char *const *argv, struct command *ret_command)
{
	char *const *cursor = argv + (*argv != NULL);

	*ret_command = (struct command){.bundle = "."};
	for (; *cursor && is_option(*cursor); cursor++)
		keep_option(ret_command, of_all, &cursor);
	if (!*cursor)
		return;
	ret_command->verb = verb_of(*cursor);
	ret_command->at = (size_t)(cursor - argv);
	if (ret_command->verb != COMMAND_OTHER)
		take_rest(ret_command, cursor + 1);
}
