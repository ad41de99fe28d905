/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engine tells the shim: the first lines of an input are the command line with its words
 * between blanks, the name that the shim is called by, PATH, and how often it was come back to;
 * what follows is a config.json.
 */
#include <errno.h>

#include "../../runtime/bundle.h"
#include "../../runtime/command.h"
#include "../../runtime/real.h"
#include "fuzz.h"

#define ARGUMENTS_MAX 32

static const char *path, *depth;

/* In place of libc's, where a variable would stay for good */
char *__wrap_getenv(const char *name);
int __wrap_setenv(const char *name, const char *value, int overwrite);
char *__real_getenv(const char *name);
int __real_setenv(const char *name, const char *value, int overwrite);

char *__wrap_getenv(const char *name)
{
	if (strcmp(name, "PATH") == 0)
		return (char *)path;
	if (strcmp(name, "OCI_V6_RUNTIME_DEPTH") == 0)
		return depth && *depth ? (char *)depth : NULL;
	return __real_getenv(name);
}

int __wrap_setenv(const char *name, const char *value, int overwrite)
{
	if (strcmp(name, "OCI_V6_RUNTIME_DEPTH") != 0)
		return __real_setenv(name, value, overwrite);
	/* it ends, whatever was there */
	must(strlen(value) == 1 && *value >= '1' && *value <= '4');
	return 0;
}

static bool is_argument(char *const *argv, const char *text)
{
	size_t size;

	for (; *argv; argv++) {
		size = strlen(*argv);
		if (text >= *argv && text <= *argv + size)
			return true;
	}
	return false;
}

/* In place of base/file.c's: a file is too large where it says so */
int __wrap_v6_file_read(int fd, size_t max, char **ret_text, size_t *ret_size);
int __real_v6_file_read(int fd, size_t max, char **ret_text, size_t *ret_size);

int __wrap_v6_file_read(int fd, size_t max, char **ret_text, size_t *ret_size)
{
	int ret = __real_v6_file_read(fd, max, ret_text, ret_size);

	if (ret < 0 || strncmp(*ret_text, "large", 5) != 0)
		return ret;
	free(*ret_text);
	*ret_text = NULL;
	return -E2BIG;
}

static void check_command(char *line, struct command *ret_command)
{
	static char *argv[ARGUMENTS_MAX + 1];
	size_t n = 0;

	while (n < ARGUMENTS_MAX && line)
		argv[n++] = strsep(&line, " ");
	argv[n] = NULL;
	command_parse(argv, ret_command);
	must(ret_command->verb <= COMMAND_DELETE && (n == 0 || ret_command->at < n));
	must(ret_command->bundle);
	must(!ret_command->id || is_argument(argv, ret_command->id));
	must(!ret_command->config || is_argument(argv, ret_command->config));
	must(!ret_command->log || is_argument(argv, ret_command->log));
	must(!ret_command->log_format || is_argument(argv, ret_command->log_format));
}

static void check_real(const char *called)
{
	static struct real real;
	struct v6_error err = {0};
	int ret = real_find(called, &real, &err);

	fuzz_check(ret, &err);
	if (ret == 0)
		must(*real.path == '/' && *real.hook == '/');
}

static void check_bundle(const struct command *command, const char *config)
{
	char bundle[64];
	struct command prepared = *command;
	struct v6_error err = {0};
	int ret;

	fuzz_write("bundle/config.json", config, strlen(config));
	snprintf(bundle, sizeof(bundle), "%s/bundle", fuzz_dir());
	prepared.bundle = bundle;
	prepared.config = *config ? NULL : fuzz_dir(); /* which is no file */
	ret = bundle_prepare(&prepared, "/usr/libexec/oci/hooks.d/oci-v6-hook", &err);
	/* it failed, and the container may start without */
	if (ret == 1)
		ret = err.code;
	fuzz_check(ret, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = fuzz_text(data, size);
	char *rest = text, *line = strsep(&rest, "\n"), *called;
	struct command command;

	check_command(line, &command);
	called = strsep(&rest, "\n");
	path = strsep(&rest, "\n");
	depth = strsep(&rest, "\n");
	if (called)
		check_real(called);
	if (rest)
		check_bundle(&command, rest);
	return 0;
}
