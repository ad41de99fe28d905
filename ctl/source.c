/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read what our programs logged, by the programs that every host has for that. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "source.h"

/* Lines that are looked at, at most; the journal then has ours only */
#define LINES_READ   "100000"
#define LINES_OPTION "--lines=100000"

/* What the hook writes is shorter (hook/log.c) */
#define LINE_SIZE 4096

/* With exec's own words for a program that is missing */
#define EXIT_NO_PROGRAM 127

#define IDENTIFIERS "-toci-v6-hook", "-toci-v6-runtime", "-tv6ctl", "-tv6d"
#define JOURNALCTL  "journalctl", "--quiet", "--no-pager", "--output=short-iso", IDENTIFIERS

static const char *const journal_all[] = {JOURNALCTL, LINES_OPTION, NULL};
static const char *const journal_new[] = {JOURNALCTL, "--lines=0", "--follow", NULL};

/* Programs of ours, as they call themselves in a log */
static const char *const programs[] = {"oci-v6-hook", "oci-v6-runtime", "v6ctl", "v6d"};

int source_find(struct source *ret_source, struct v6_error *err)
{
	/* where journald keeps what it has, for this boot or for longer */
	static const char *const journals[] = {"/run/log/journal", "/var/log/journal"};
	/* Debian's and Fedora's */
	static const char *const files[] = {"/var/log/syslog", "/var/log/messages"};
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(journals); i++) {
		*ret_source = (struct source){"the journal", NULL};
		if (access(journals[i], F_OK) == 0)
			return 0;
	}
	for (i = 0; i < V6_ARRAY_SIZE(files); i++) {
		*ret_source = (struct source){files[i], files[i]};
		if (eaccess(files[i], R_OK) == 0)
			return 0;
	}
	return v6_fail(
		err, -ENOENT,
		"log: this host has no journal, and no /var/log/syslog or /var/log/messages that you may read; look where its syslog writes, or run as root");
}

/* behind_program() - what follows "v6d: " or "v6d[4711]: ", or NULL: @word is no program of ours */
static const char *behind_program(const char *word)
{
	size_t i, size;

	for (i = 0; i < V6_ARRAY_SIZE(programs); i++) {
		size = strlen(programs[i]);
		if (strncmp(word, programs[i], size) == 0 && strchr("[:", word[size]))
			break;
	}
	if (i == V6_ARRAY_SIZE(programs))
		return NULL;
	word += size;
	if (*word == '[')
		word += 1 + strspn(word + 1, "0123456789");
	word += *word == ']';
	return strncmp(word, ": ", 2) == 0 ? word + 2 : NULL;
}

/* log_text() - what a line says behind its program's name, or NULL: it is of none of ours. Before
 * that stand a time and a host, whose names have no end that all forms share
 */
static const char *log_text(const char *line)
{
	const char *blank = strchr(line, ' '), *text = NULL;

	for (; blank && !text; blank = strchr(blank + 1, ' '))
		text = behind_program(blank + 1);
	return text;
}

static void exec_source(const struct source *source, bool follow, int out, pid_t parent)
{
	const char *const tail_all[] = {"tail", "-n", LINES_READ, source->file, NULL};
	const char *const tail_new[] = {"tail", "-n", "0", "-F", source->file, NULL};
	const char *const *args = follow ? journal_new : journal_all;

	if (source->file)
		args = follow ? tail_new : tail_all;
	/* not to stay behind, following */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent && dup2(out, STDOUT_FILENO) >= 0)
		execvp(args[0], (char *const *)args);
	_exit(EXIT_NO_PROGRAM);
}

static void read_lines(FILE *in, void (*visit)(const char *line, const char *text, void *data),
		       void *data)
{
	char line[LINE_SIZE];
	const char *text;
	bool whole = true, begins;

	while (fgets(line, sizeof(line), in)) {
		begins = whole;
		whole = strchr(line, '\n') != NULL;
		line[strcspn(line, "\n")] = '\0';
		v6_text_printable(line);
		text = begins ? log_text(line) : NULL;
		if (text)
			visit(line, text, data);
	}
}

static int await_source(pid_t child, const char *program, struct v6_error *err)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return v6_fail(err, -errno, "%s: cannot wait for it: %s", program,
				       v6_strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM)
		return v6_fail(err, -ENOENT, "%s: cannot run it; is it installed?", program);
	/* journalctl fails where it finds nothing, which it says itself where that is a fault */
	return 0;
}

int source_read(const struct source *source, bool follow,
		void (*visit)(const char *line, const char *text, void *data), void *data,
		struct v6_error *err)
{
	const char *program = source->file ? "tail" : "journalctl";
	pid_t parent = getpid(), child;
	int fds[2];
	FILE *in;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return v6_fail(err, -errno, "%s: no pipe: %s", program, v6_strerror(errno));
	child = fork();
	if (child == 0)
		exec_source(source, follow, fds[1], parent);
	close(fds[1]);
	in = child < 0 ? NULL : fdopen(fds[0], "r");
	if (!in) {
		v6_fail(err, -errno, "%s: cannot run it: %s", program, v6_strerror(errno));
		close(fds[0]);
		return err ? err->code : -ENOMEM;
	}
	read_lines(in, visit, data);
	fclose(in);
	return await_source(child, program, err);
}
