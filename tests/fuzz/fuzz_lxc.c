/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What LXC tells its hook: the first lines of an input are the type, the container's name, its
 * process and its file in the environment; what follows are the words of the command line, one a
 * line. The user is not root, so that all is read and nothing is published.
 */
#include "../../ctl/command.h"
#include "../../hook/log.h"
#include "fuzz.h"

#define ARGUMENTS_MAX 64

static const char *const names[] = {"LXC_HOOK_TYPE", "LXC_NAME", "LXC_PID", "LXC_CONFIG_FILE"};
static const char *values[V6_ARRAY_SIZE(names)];

/* In place of libc's, of hook/log.c, and of what writes to the machine's own state directory */
char *__wrap_getenv(const char *name);
uid_t __wrap_geteuid(void);
char *__real_getenv(const char *name);
void __wrap_v6_failure_note(const char *run_dir, const struct v6_state *state, const char *text);
void __wrap_v6_failure_forget(const char *run_dir, const struct v6_state *state);
void __wrap_log_line(int priority, const char *id, const char *text);

char *__wrap_getenv(const char *name)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return values[i] && *values[i] ? (char *)values[i] : NULL;
	return __real_getenv(name);
}

uid_t __wrap_geteuid(void)
{
	return 1000;
}

void __wrap_v6_failure_note(const char *run_dir, const struct v6_state *state, const char *text)
{
	must(*run_dir == '/' && *state->id && strlen(state->id) <= V6_ID_MAX);
	must(fuzz_is_harmless(text));
}

void __wrap_v6_failure_forget(const char *run_dir, const struct v6_state *state)
{
	must(!run_dir || !state); /* nothing is published */
}

void __wrap_log_line(int priority, const char *id, const char *text)
{
	must(priority == LOG_ERR || priority == LOG_WARNING);
	must(strlen(id) <= V6_ID_MAX && *text && fuzz_is_harmless(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	static char *argv[ARGUMENTS_MAX + 2];
	struct command_arguments args;
	struct v6_error err = {0};
	char *rest = text;
	int argc = 1, ret;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(names); i++)
		values[i] = strsep(&rest, "\n");
	argv[0] = (char *)lxc_hook_command.name;
	while (rest && argc <= ARGUMENTS_MAX)
		argv[argc++] = strsep(&rest, "\n");
	argv[argc] = NULL;
	ret = command_parse(&lxc_hook_command, argc, argv, &args, &err);
	fuzz_check(ret, &err);
	if (ret < 0)
		return 0;
	must(args.n_operands >= lxc_hook_command.operands_min &&
	     args.n_operands <= lxc_hook_command.operands_max);
	ret = lxc_hook_command.run(NULL, &args);
	must(ret == EXIT_DONE || ret == EXIT_FAILED || ret == EXIT_USAGE);
	return 0;
}
