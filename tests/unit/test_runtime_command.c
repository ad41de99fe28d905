/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a runtime, as engines write it and as runc and crun read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/command.h"
#include "base/cleanup.h"

#define ARGUMENTS_MAX 32

static const char *const verbs[] = {"other", "create", "run", "start", "delete"};

/* describe() - what is made of a command line, its words between blanks */
static void describe(const char *line, char *ret_text, size_t size)
{
	char *argv[ARGUMENTS_MAX + 1] = {NULL}, *word, *rest = NULL;
	auto_free char *copy = strdup(line);
	struct command c;
	size_t n = 0;

	assert_non_null(copy);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(n < ARGUMENTS_MAX);
		argv[n++] = word;
	}
	command_parse(argv, &c);
	snprintf(ret_text, size, "%s %s %s %s %s %s", verbs[c.verb], c.id ? c.id : "-", c.bundle,
		 c.config ? c.config : "-", c.log ? c.log : "-", c.log_format ? c.log_format : "-");
}

/* verb, id, bundle, config, log, log's format */
static void command_lines_are_read(void **state)
{
	static const struct {
		const char *line, *expected;
	} rows[] = {
		/* what containerd's shim does, of Docker and by itself */
		{"runc --root /run/r --log /b/log.json --log-format json create --bundle /b "
		 "--pid-file /b/init.pid --console-socket /tmp/pty ID",
		 "create ID /b - /b/log.json json"},
		{"runc --root /run/r --log /b/log.json --log-format json --systemd-cgroup start ID",
		 "start ID . - /b/log.json json"},
		{"runc --root /run/r --log /b/log.json --log-format json delete --force ID",
		 "delete ID . - /b/log.json json"},
		{"crun --root /run/r delete -f ID", "delete ID . - - -"},
		{"crun delete ID --force", "delete ID . - - -"},
		{"crun start -b ID", "start ID . - - -"},
		{"runc --root /run/r state ID", "other - . - - -"},
		{"runc --debug --log=/b/l --log-format=text run --detach --bundle=/b ID",
		 "run ID /b - /b/l text"},
		/* conmon, of podman */
		{"crun --cgroup-manager=cgroupfs create --bundle /b --pid-file /b/pid ID",
		 "create ID /b - - -"},
		{"crun --cgroup-manager cgroupfs create -b /b ID", "create ID /b - - -"},
		{"crun create -b/b ID", "create ID /b - - -"},
		{"crun create ID -b /b -f /c", "create ID /b /c - -"},
		{"crun create --config=/c ID", "create ID . /c - -"},
		/* Go takes one dash as well */
		{"runc -root /r create -bundle /b ID", "create ID /b - - -"},
		{"runc -root=/r create -b=/b ID", "create ID /b - - -"},
		/* values are no subcommands and no ids */
		{"runc --root create --log run start ID", "start ID . - run -"},
		{"runc create --pid-file p --preserve-fds 3 --console-socket c --pidfd-socket s ID",
		 "create ID . - - -"},
		{"runc --rootless true --criu c --log-level debug run ID", "run ID . - - -"},
		/* the last one counts */
		{"runc create --bundle /a --bundle /b ID other", "create ID /b - - -"},
		/* what follows -- is an id */
		{"runc create -- --bundle", "create --bundle . - - -"},
		/* unknown options have no value */
		{"runc --new create --newer ID", "create ID . - - -"},
		{"runc --log-level=debug --version", "other - . - - -"},
		/* cut short */
		{"", "other - . - - -"},
		{"runc", "other - . - - -"},
		{"runc -", "other - . - - -"},
		{"runc --root", "other - . - - -"},
		{"runc --log", "other - . - - -"},
		{"runc create", "create - . - - -"},
		{"runc create --bundle", "create - . - - -"},
		{"runc create -b", "create - . - - -"},
		{"runc create - ", "create - . - - -"},
		{"runc create --bundle= ID", "create ID  - - -"},
		{"runc created ID", "other - . - - -"},
		{"runc --bundle create", "create - . - - -"},
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		describe(rows[i].line, text, sizeof(text));
		if (strcmp(text, rows[i].expected) != 0)
			fail_msg("%s: %s, expected %s", rows[i].line, text, rows[i].expected);
	}
}

static void no_arguments_at_all(void **state)
{
	char *argv[] = {NULL};
	struct command command;

	(void)state;
	command_parse(argv, &command);
	assert_int_equal(command.verb, COMMAND_OTHER);
	assert_null(command.id);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines_are_read),
		cmocka_unit_test(no_arguments_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
