/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Validate the administrator's configuration, and say what each of its rules lets in. */
#include <string.h>

#include <libv6/policy.h>

#include "base/cleanup.h"
#include "command.h"
#include "term.h"

enum { OPTION_JSON, OPTION_QUIET };

static const char *const root_left_out =
	"no rule is for root's own containers, which get nothing; let them in by {\"users\": [\"root\"]} behind the others";

/* struct validated - a file, and what it lets in or, with @err, why it does not do */
struct validated {
	const char *file;
	const struct v6_config_words *words;
	const struct v6_error *err;
};

static void put_rules(const struct validated *of)
{
	const struct v6_config_words *words = of->words;
	struct term term = term_of(stdout);
	struct v6_line number;
	size_t i;

	if (!words->present)
		printf("%s: there is none; without it, these may claim:\n", of->file);
	else if (words->is_default)
		printf("%s: valid; it has no rules (\"allow\"), so these may claim:\n", of->file);
	else
		printf("%s: valid; a claim is allowed by the first rule that matches:\n", of->file);
	for (i = 0; i < words->n_rules; i++) {
		number = v6_line("%3zu ", i + 1);
		fputs(words->is_default ? "    " : number.s, stdout);
		term_put_wrapped(&term, stdout, words->rules[i].who, 4, 4);
		fputs("      ", stdout);
		term_put_wrapped(&term, stdout, words->rules[i].what, 6, 6);
	}
	if (!words->is_default)
		puts("    all others: nothing");
	if (words->root_left_out) {
		fputs("  ? ", stdout);
		term_put_wrapped(&term, stdout, root_left_out, 4, 4);
	}
}

static int write_validated(struct v6_json_writer *w, void *data, struct v6_error *err)
{
	const struct validated *of = data;
	size_t i;

	(void)err;
	v6_json_put_string(w, "file", of->file);
	v6_json_put_bool(w, "valid", !of->err);
	if (of->err) {
		v6_json_put_string(w, "error", of->err->text);
		return 0;
	}
	v6_json_put_bool(w, "present", of->words->present);
	v6_json_put_bool(w, "default", of->words->is_default);
	v6_json_begin_array(w, "rules");
	for (i = 0; i < of->words->n_rules; i++) {
		v6_json_begin_object(w, NULL);
		v6_json_put_string(w, "who", of->words->rules[i].who);
		v6_json_put_string(w, "what", of->words->rules[i].what);
		v6_json_end_object(w);
	}
	v6_json_end_array(w);
	v6_json_begin_array(w, "notes");
	if (of->words->root_left_out)
		v6_json_put_string(w, NULL, root_left_out);
	v6_json_end_array(w);
	return 0;
}

static int run_config(struct v6_host *host, const struct command_arguments *args)
{
	const char *draft = args->n_operands ? args->operands[0] : NULL;
	struct v6_config_words auto_call(v6_config_words_release) words = {.present = false};
	struct validated of = {draft ? draft : V6_CONFIG_FILE, &words, NULL};
	struct v6_error err;
	int status;

	(void)host;
	if (v6_config_explain(draft, &words, &err) < 0)
		of.err = &err;
	if (args->option[OPTION_JSON]) {
		status = command_write_json(&config_command, write_validated, &of);
		return of.err ? EXIT_FAILED : status;
	}
	if (of.err)
		return command_fail(&err);
	command_quiet(args->option[OPTION_QUIET]);
	put_rules(&of);
	return EXIT_DONE;
}

const struct command config_command = {
	.name = "config",
	.operands = "[FILE]",
	.operands_max = 1,
	.what = "check the configuration, and print what each rule allows",
	.options =
		{
			[OPTION_JSON] = {"json", 0, NULL, "print JSON; v6ctl(8) lists the keys"},
			[OPTION_QUIET] = {"quiet", 'q', NULL, "print only errors"},
		},
	.alone = true,
	.run = run_config,
};
