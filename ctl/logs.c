/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook, v6d and the others logged, all of it or about one container. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <libv6/ipc.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "claims.h"
#include "command.h"
#include "source.h"
#include "term.h"

enum { OPTION_FOLLOW, OPTION_LINES };

#define LINES_DEFAULT 200
#define LINES_MAX     100000

/* Containers that one word means, whose lines count; more have to be asked for by their ids */
#define IDS_MAX 64

/**
 * struct logs - One call of the command
 * @word:	What is looked for, or NULL: everything
 * @ids:	Containers that it means, @n_ids of them, as the log has them
 * @ring:	The last lines found, @n_found of them modulo @size; owned
 * @at_once:	They are printed, not kept
 */
struct logs {
	const char *word;
	char ids[IDS_MAX][V6_ID_SHORT + 1];
	size_t n_ids;
	char **ring;
	size_t size, n_found;
	bool at_once;
};

static void add_id(struct logs *logs, const char *id)
{
	if (logs->n_ids < IDS_MAX)
		snprintf(logs->ids[logs->n_ids++], sizeof(logs->ids[0]), "%.*s", V6_ID_SHORT, id);
}

static int add_record(const struct v6_record *record, bool alive, void *data)
{
	struct logs *logs = data;

	(void)alive;
	if (record_matches(record, logs->word))
		add_id(logs, record->id);
	return 0;
}

/* continues_word() - whether a character beside a name makes it another name: web3 in web3-test */
static bool continues_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* has_word() - whether a text has a word, in either case, that is not a part of a longer one */
static bool has_word(const char *text, const char *word)
{
	size_t size = strlen(word);
	const char *found = size ? strcasestr(text, word) : NULL;

	for (; found; found = strcasestr(found + 1, word)) {
		if (found > text && (continues_word(found[-1]) || found[-1] == '.'))
			continue;
		if (!continues_word(found[size]) &&
		    !(found[size] == '.' && continues_word(found[size + 1])))
			return true;
	}
	return false;
}

/* is_about() - whether a log's line, behind its program's name, is about what is looked for */
static bool is_about(const struct logs *logs, const char *text)
{
	char id[V6_ID_SHORT + 1];
	size_t i;

	if (!logs->word || has_word(text, logs->word))
		return true;
	for (i = 0; i < logs->n_ids; i++)
		if (has_word(text, logs->ids[i]))
			return true;
	/* of a container that is gone by now, whose id engines make of these */
	if (logs->word[strspn(logs->word, "0123456789abcdef")])
		return false;
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(text, ":"), text);
	return id_matches(id, logs->word);
}

static void keep_line(const char *line, const char *text, void *data)
{
	struct logs *logs = data;
	char **place = logs->ring ? &logs->ring[logs->n_found % logs->size] : NULL;

	if (!is_about(logs, text))
		return;
	logs->n_found++;
	if (logs->at_once || !place) {
		puts(line);
		fflush(stdout);
		return;
	}
	free(*place);
	*place = strdup(line);
}

static void put_kept_lines(const struct logs *logs)
{
	size_t n = logs->n_found < logs->size ? logs->n_found : logs->size;
	size_t i = logs->n_found - n;

	for (; i < logs->n_found; i++)
		puts(logs->ring[i % logs->size] ? logs->ring[i % logs->size] : "?");
	fflush(stdout);
}

static void release_logs(struct logs *logs)
{
	size_t i;

	for (i = 0; logs->ring && i < logs->size; i++)
		free(logs->ring[i]);
	free(logs->ring);
}

/* put_kept_failures() - those that are kept, which say more than the log where that is gone.
 * Return: how many
 */
static size_t put_kept_failures(struct v6_host *host, struct logs *logs)
{
	struct failures auto_call(failures_release) failures;
	struct term term = term_of(stdout);
	const struct v6_failure *failure;
	size_t n = 0;

	failures_read(host, &failures);
	for (failure = failures.list; failure < failures.list + failures.n; failure++) {
		if (logs->word && !failure_matches(failure, logs->word))
			continue;
		if (n++ == 0)
			puts("Last failures:");
		failure_put(failure, &term, stdout);
		add_id(logs, failure->id);
	}
	return n;
}

static int put_log(struct logs *logs, bool follow, size_t n_failures, struct v6_error *err)
{
	struct source source;
	int ret = source_find(&source, err);

	if (ret < 0)
		return ret;
	logs->ring = calloc(logs->size, sizeof(*logs->ring));
	if (!logs->ring)
		return v6_fail(err, -ENOMEM, "logs: %s", v6_strerror(ENOMEM));
	printf("%sLogged, by %s:\n", n_failures ? "\n" : "", source.name);
	ret = source_read(&source, false, keep_line, logs, err);
	if (ret < 0)
		return ret;
	put_kept_lines(logs);
	logs->at_once = true;
	if (follow)
		return source_read(&source, true, keep_line, logs, err);
	if (logs->n_found == 0 && logs->word && n_failures == 0)
		return v6_fail(
			err, -ENOENT,
			"%s: nothing is logged of it, and no failure is kept; v6ctl lists what is published",
			V6_SHOWN(logs->word));
	return 0;
}

static int parse_lines(const char *text, size_t *ret_lines)
{
	const char *cursor = text;
	unsigned int lines;

	if (v6_text_number(&cursor, 1, LINES_MAX, &lines) < 0 || *cursor)
		return -EINVAL;
	*ret_lines = lines;
	return 0;
}

static int run_logs(struct v6_host *host, const struct command_arguments *args)
{
	struct logs auto_call(release_logs) logs = {
		.word = args->n_operands ? args->operands[0] : NULL,
		.size = LINES_DEFAULT,
	};
	struct v6_error err;

	if (args->option[OPTION_LINES] && parse_lines(args->option[OPTION_LINES], &logs.size) < 0)
		return command_misused(&logs_command, "--lines: expected a number, 1 to 100000");
	/* what can't be read has no ids to look for; the log may have the name all the same */
	if (logs.word)
		v6_records_seen_each(host, add_record, &logs, NULL);
	if (put_log(&logs, args->option[OPTION_FOLLOW] != NULL, put_kept_failures(host, &logs),
		    &err) < 0)
		return command_fail(&err);
	return EXIT_DONE;
}

const struct command logs_command = {
	.name = "logs",
	.operands = "[NAME|ADDRESS|CONTAINER]",
	.operands_max = 1,
	.what = "show what the hook and v6d logged, and the last failures",
	.options =
		{
			[OPTION_FOLLOW] = {"follow", 'f', NULL,
					   "continue with new lines, until Ctrl-C"},
			[OPTION_LINES] = {"lines", 'n', "LINES",
					  "at most this many existing lines; default: 200"},
		},
	.looks = true,
	.run = run_logs,
};
