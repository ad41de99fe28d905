/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong, and what to type: a line for each step of the way, and one for the command. */
#include <errno.h>
#include <string.h>

#include <libv6/check.h>

#include <libv6/ipc.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "claims.h"
#include "command.h"
#include "progress.h"
#include "term.h"

enum { OPTION_JSON, OPTION_QUIET, OPTION_FROM };

/**
 * struct checking - One call of the command
 * @host:	This host
 * @checker:	Open
 * @word:	What is checked, or NULL: this host
 * @w:		NULL, or JSON is written
 * @quiet:	What is right is left out, except of JSON
 * @term:	Else there
 * @containers:	Checked so far
 * @faults:	Found so far
 */
struct checking {
	struct v6_host *host;
	struct v6_checker *checker;
	const char *word;
	struct v6_json_writer *w;
	bool quiet;
	struct term term;
	unsigned int containers;
	unsigned int faults;
};

/* struct mark - how a result looks */
static const struct mark {
	const char *utf8;
	const char *ascii;
	const char *colour;
} marks[V6_RESULTS] = {
	[V6_RESULT_GOOD] = {"✓", "ok", TERM_GREEN},
	[V6_RESULT_FAULT] = {"✗", "!!", TERM_RED},
	[V6_RESULT_DOUBT] = {"?", "??", TERM_YELLOW},
	[V6_RESULT_UNSEEN] = {"–", "--", TERM_YELLOW},
};

static void write_finding(struct v6_json_writer *w, const struct v6_finding *finding)
{
	v6_json_begin_object(w, NULL);
	v6_json_put_string(w, "step", finding->step);
	v6_json_put_string(w, "result", v6_result_name(finding->result));
	v6_json_put_string(w, "text", finding->text);
	if (*finding->command)
		v6_json_put_string(w, "command", finding->command);
	v6_json_end_object(w);
}

static void put_finding(const struct v6_finding *finding, void *data)
{
	struct checking *checking = data;
	const struct mark *mark = &marks[finding->result];
	int indent = checking->term.utf8 ? 15 : 16;

	progress_clear();
	if (checking->w) {
		write_finding(checking->w, finding);
		return;
	}
	if (checking->quiet && finding->result == V6_RESULT_GOOD)
		return;
	printf("  ");
	term_put(&checking->term, stdout, mark->colour,
		 checking->term.utf8 ? mark->utf8 : mark->ascii);
	printf(" %-10s ", finding->step);
	term_put_wrapped(&checking->term, stdout, finding->text, indent, indent);
	if (*finding->command) {
		printf("%*srun: ", indent, "");
		term_put(&checking->term, stdout, TERM_BOLD, finding->command);
		putchar('\n');
	}
}

/* begin_checked() - of a container, or of what was asked for */
static void begin_checked(struct checking *checking, const char *title,
			  const struct v6_record *record)
{
	struct container_name name;

	if (checking->w) {
		v6_json_begin_object(checking->w, NULL);
		if (record)
			v6_json_put_string(checking->w, "container", record->id);
		v6_json_begin_array(checking->w, "findings");
		return;
	}
	printf("%s", checking->containers ? "\n" : "");
	term_put(&checking->term, stdout, TERM_BOLD, title);
	if (record)
		name = container_name(record);
	if (record)
		printf(", container %.*s%s%s", V6_ID_SHORT, record->id, *name.s ? " " : "", name.s);
	putchar('\n');
}

static void end_checked(struct checking *checking, unsigned int faults)
{
	if (checking->w) {
		v6_json_end_array(checking->w);
		v6_json_end_object(checking->w);
	}
	checking->faults += faults;
	checking->containers++;
}

static int check_record(const struct v6_record *record, bool alive, void *data)
{
	struct checking *checking = data;

	if (!record_matches(record, checking->word))
		return 0;
	begin_checked(checking, record->services[0].name, record);
	end_checked(checking, v6_check_record(checking->checker, record, alive));
	return 0;
}

/* check_word() - all containers that a word means, or why there are none */
static void check_word(struct checking *checking)
{
	struct v6_error err;

	/* where records can't be read, v6_check_absent() says so */
	v6_records_seen_each(checking->host, check_record, checking, &err);
	if (checking->containers > 0)
		return;
	begin_checked(checking, V6_SHOWN(checking->word), NULL);
	end_checked(checking, v6_check_absent(checking->checker, checking->word));
}

static void check_all(struct checking *checking)
{
	if (checking->word) {
		check_word(checking);
		return;
	}
	begin_checked(checking, "this host", NULL);
	end_checked(checking, v6_check_host(checking->checker));
}

static int write_checked(struct v6_json_writer *w, void *data, struct v6_error *err)
{
	struct checking *checking = data;

	(void)err;
	checking->w = w;
	v6_json_begin_array(w, "checked");
	check_all(checking);
	v6_json_end_array(w);
	v6_json_put_integer(w, "faults", checking->faults);
	return 0;
}

static void release_checking(struct checking *checking)
{
	v6_checker_close(checking->checker);
}

static int run_check(struct v6_host *host, const struct command_arguments *args)
{
	struct checking auto_call(release_checking) checking = {
		.host = host,
		.word = args->n_operands ? args->operands[0] : NULL,
		.quiet = args->option[OPTION_QUIET] != NULL,
		.term = term_of(stdout),
	};
	const char *from = args->option[OPTION_FROM];
	struct in6_addr client;
	struct v6_error err;
	int status = EXIT_DONE, ret;

	if (from && !checking.word)
		return command_misused(&check_command, "--from: say of which service, too");
	if (from && v6_address_parse(from, &client) < 0)
		return command_misused(&check_command, "--from: expected a client's IPv6 address");
	ret = v6_checker_open(host, put_finding, &checking, &checking.checker);

	if (ret < 0) {
		v6_fail(&err, ret, "%s", v6_strerror(ret));
		return command_fail(&err);
	}
	if (from)
		v6_checker_from(checking.checker, &client);
	progress_begin(host, "checking");
	if (args->option[OPTION_JSON])
		status = command_write_json(&check_command, write_checked, &checking);
	else
		check_all(&checking);
	return checking.faults ? EXIT_FAILED : status;
}

const struct command check_command = {
	.name = "check",
	.operands = "[NAME|ADDRESS|CONTAINER]",
	.operands_max = 1,
	.what = "find what is wrong, and the command that repairs it",
	.options =
		{
			[OPTION_JSON] = {"json", 0, NULL, "print JSON; v6ctl(8) lists the keys"},
			[OPTION_QUIET] = {"quiet", 'q', NULL, "print only faults and doubts"},
			[OPTION_FROM] = {"from", 0, "ADDRESS",
					 "test the way of this client's packets, and of answers"},
		},
	.looks = true,
	.run = run_check,
};
