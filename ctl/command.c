/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What subcommands have in common: their arguments, read by the command's own table, and their last
 * words.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "command.h"
#include "progress.h"

/* struct reader - a command's options as getopt_long() wants them; of a long one it returns the
 * index in the table
 */
struct reader {
	struct option longs[COMMAND_OPTIONS_MAX + 1];
	char letters[2 * COMMAND_OPTIONS_MAX + 2];
};

static size_t count_options(const struct command *command)
{
	size_t n = 0;

	while (n < COMMAND_OPTIONS_MAX && command->options[n].name)
		n++;
	return n;
}

static void make_reader(const struct command *command, struct reader *reader)
{
	const struct command_option *option;
	size_t i, n = count_options(command);
	char *letter = reader->letters;

	memset(reader, 0, sizeof(*reader));
	*letter++ = ':'; /* a missing value is told from an unknown option */
	for (i = 0; i < n; i++) {
		option = &command->options[i];
		reader->longs[i] = (struct option){
			.name = option->name,
			.has_arg = option->value ? required_argument : no_argument,
			.val = (int)i,
		};
		if (option->letter)
			*letter++ = option->letter;
		if (option->letter && option->value)
			*letter++ = ':';
	}
}

/* find_option() - index of what getopt_long() returned: an index, or a letter */
static int find_option(const struct command *command, int found)
{
	int i;

	if (found < COMMAND_OPTIONS_MAX)
		return found;
	for (i = 0; i < COMMAND_OPTIONS_MAX; i++)
		if (command->options[i].letter == found)
			return i;
	return -1;
}

static int fail_usage(const struct command *command, const char *what, const char *word,
		      struct v6_error *err)
{
	return v6_fail(err, -EINVAL, "%s: %s \"%s\"; see v6ctl %s --help", command->name, what,
		       V6_SHOWN(word), command->name);
}

static int take_option(const struct command *command, int found, const char *word,
		       struct command_arguments *args, struct v6_error *err)
{
	int i = find_option(command, found);

	if (found == ':')
		return fail_usage(command, "a value is missing behind", word, err);
	if (i < 0)
		return fail_usage(command, "no option", word, err);
	if (args->option[i])
		return fail_usage(command, "given twice:", word, err);
	args->option[i] = optarg ? optarg : "";
	return 0;
}

int command_parse(const struct command *command, int argc, char *argv[],
		  struct command_arguments *ret_args, struct v6_error *err)
{
	struct command_arguments args = {.n_operands = 0};
	struct reader reader;
	int found, ret = 0;

	make_reader(command, &reader);
	opterr = 0;
	optind = 0;
	while (ret == 0 &&
	       (found = getopt_long(argc, argv, reader.letters, reader.longs, NULL)) != -1)
		ret = take_option(command, found, argv[optind - 1], &args, err);
	if (ret < 0)
		return ret;

	args.operands = argv + optind;
	args.n_operands = argc - optind;
	if (args.n_operands < command->operands_min)
		return v6_fail(err, -EINVAL, "%s: expected %s; see v6ctl %s --help", command->name,
			       command->operands, command->name);
	if (args.n_operands > command->operands_max)
		return fail_usage(command,
				  "one argument too many:", args.operands[command->operands_max],
				  err);
	*ret_args = args;
	return 0;
}

void command_usage(const struct command *command, FILE *out)
{
	size_t i, n = count_options(command);
	const struct command_option *option;
	char name[64];

	fprintf(out, "usage: v6ctl %s%s%s%s\n%s\n", command->name, n ? " [OPTION...]" : "",
		*command->operands ? " " : "", command->operands, command->what);
	for (i = 0; i < n; i++) {
		option = &command->options[i];
		snprintf(name, sizeof(name), "%c%c%s--%s%s%s", option->letter ? '-' : ' ',
			 option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
			 option->name, option->value ? " " : "",
			 option->value ? option->value : "");
		fprintf(out, "%s  %-24s %s\n", i ? "" : "\n", name, option->what);
	}
}

int command_fail(const struct v6_error *err)
{
	progress_clear();
	fprintf(stderr, "v6ctl: %s\n", err->text);
	return EXIT_FAILED;
}

int command_misused(const struct command *command, const char *text)
{
	fprintf(stderr, "v6ctl: %s: %s; see v6ctl %s --help\n", command->name, text, command->name);
	return EXIT_USAGE;
}

void command_quiet(const char *option)
{
	if (!option)
		return;
	progress_silence();
	if (!freopen("/dev/null", "w", stdout))
		command_warn("/dev/null: cannot open it; going on aloud", NULL);
}

int command_write_json(const struct command *command,
		       int (*write)(struct v6_json_writer *w, void *data, struct v6_error *err),
		       void *data)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	struct v6_error err;
	const char *text;
	size_t size;

	if (v6_json_writer_new(&w, &err) < 0)
		return command_fail(&err);
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "command", command->name);
	if (write(w, data, &err) < 0)
		return command_fail(&err);
	v6_json_end_object(w);
	if (v6_json_finish(w, &text, &size, &err) < 0)
		return command_fail(&err);
	fwrite(text, 1, size, stdout);
	return EXIT_DONE;
}

void command_warn(const char *text, void *data)
{
	(void)data;
	progress_clear();
	fprintf(stderr, "v6ctl: %s\n", text);
}

int command_look(struct v6_host **ret_host, struct v6_error *err)
{
	return v6_host_look(V6_RUN_DIR, command_warn, NULL, ret_host, err);
}
