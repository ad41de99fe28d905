/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find the real runtime and our hook. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "real.h"

#define PREFIX	     "oci-v6-"
#define OWN_NAME     "runtime"
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* How often one runtime after the other led to us; who comes back here does so more often */
#define DEPTH	  "OCI_V6_RUNTIME_DEPTH"
#define DEPTH_MAX 4

static const char *const usual[] = {"runc", "crun"};

/* note_depth() - a script that starts us again is no link that we could know */
static int note_depth(const char *called, struct v6_error *err)
{
	const char *before = getenv(DEPTH);
	unsigned int depth = 0;
	int ret = before ? v6_text_number(&before, 0, DEPTH_MAX - 1, &depth) : 0;
	char text[sizeof("4294967295")];

	if (ret == -ERANGE)
		return v6_fail(
			err, -ELOOP,
			"%s: the runtime that it starts has come back to it, and again; see what PATH has by that name",
			V6_SHOWN(called));
	/* what is not a number is not ours */
	snprintf(text, sizeof(text), "%u", before && *before ? 1 : depth + 1);
	return setenv(DEPTH, text, 1) < 0 ? v6_fail(err, -errno, "out of memory") : 0;
}

static bool is_program(const char *path, const struct stat *own)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0 &&
	       (st.st_dev != own->st_dev || st.st_ino != own->st_ino);
}

/* find_in_path() - in PATH, past ourselves. Returns whether it is there */
static bool find_in_path(const char *name, const struct stat *own, char *ret_path, size_t size)
{
	const char *dir = getenv("PATH"), *end;
	int length;

	for (dir = dir && *dir ? dir : DEFAULT_PATH; dir; dir = *end ? end + 1 : NULL) {
		end = strchrnul(dir, ':');
		length = snprintf(ret_path, size, "%.*s/%s", (int)(end - dir), dir, name);
		/* what is relative depends on where an engine happens to be */
		if (*dir == '/' && length > 0 && (size_t)length < size && is_program(ret_path, own))
			return true;
	}
	return false;
}

/* find_hook() - beside ourselves, wherever a link to us is */
static int find_hook(struct real *real, struct stat *ret_own, struct v6_error *err)
{
	ssize_t size = readlink("/proc/self/exe", real->hook, sizeof(real->hook));

	if (size < 0 || stat("/proc/self/exe", ret_own) < 0)
		return v6_fail(err, -errno, "/proc/self/exe: cannot read it: %s",
			       v6_strerror(errno));
	if ((size_t)size > sizeof(real->hook) - sizeof("/" HOOK_NAME))
		return v6_fail(err, -ENAMETOOLONG, "/proc/self/exe: its path is too long");
	real->hook[size] = '\0';
	strcpy(basename(real->hook), HOOK_NAME);
	return 0;
}

static int find_named(const char *name, const struct stat *own, struct real *real,
		      struct v6_error *err)
{
	size_t i;

	if (strcmp(name, OWN_NAME) != 0) {
		if (find_in_path(name, own, real->path, sizeof(real->path)))
			return 0;
		return v6_fail(err, -ENOENT, "there is no %s in PATH (%s); install it",
			       V6_SHOWN(name), getenv("PATH") ? V6_SHOWN(getenv("PATH")) : "");
	}
	for (i = 0; i < V6_ARRAY_SIZE(usual); i++)
		if (find_in_path(usual[i], own, real->path, sizeof(real->path)))
			return 0;
	return v6_fail(err, -ENOENT, "there is neither runc nor crun in PATH (%s); install one",
		       getenv("PATH") ? V6_SHOWN(getenv("PATH")) : "");
}

int real_find(const char *called, struct real *ret_real, struct v6_error *err)
{
	const char *name = basename(called);
	struct stat own;
	int ret = note_depth(called, err);

	if (ret == 0)
		ret = find_hook(ret_real, &own, err);
	if (ret < 0)
		return ret;
	if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
		name += strlen(PREFIX);
	return find_named(name, &own, ret_real, err);
}
