/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of engines, and those in their directories of hooks. The first byte of an input says which
 * programs are there; what follows are files between lines of "----", in the order in which they
 * are asked for, and a file's first line is its name where it is in a directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/checker.h"
#include "check/engines.h"
#include "fuzz.h"

#define BETWEEN	  "----\n"
#define FILES_MAX 8

static const char *const programs[] = {
	"/podman", "/crio", "/dockerd", "/containerd", "/lxc-start", "/incusd",
};
static uint8_t installed;
static char *files[FILES_MAX + 1];
static size_t n_files, opened;

/* In place of libc's, by which the machine's own files would be read */
int __wrap_open64(const char *name, int flags, ...);
int __wrap_access(const char *name, int mode);
int __wrap_scandir64(const char *dir, struct dirent ***ret_entries,
		     int (*filter)(const struct dirent *entry),
		     int (*compare)(const struct dirent **a, const struct dirent **b));
int __real_open64(const char *name, int flags, ...);

int __wrap_open64(const char *name, int flags, ...)
{
	const char *text;
	int fd;

	/* not below a check, but of a sanitizer's or libFuzzer's own */
	if (!(flags & O_NONBLOCK))
		return __real_open64(name, flags, 0600);
	if (opened >= n_files) {
		errno = opened % 2 ? EACCES : ENOENT;
		return -1;
	}
	text = files[opened++];
	fd = memfd_create("file", MFD_CLOEXEC);
	must(fd >= 0 && write(fd, text, strlen(text)) >= 0 && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

int __wrap_access(const char *name, int mode)
{
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(programs); i++)
		if (strncmp(name, "/usr/bin/", 9) == 0 && strcmp(name + 8, programs[i]) == 0 &&
		    installed & 1U << i)
			return 0;
	/* programs of hooks: some are there, and some of these can be run */
	if (*name && name[strlen(name) - 1] == 'k')
		return 0;
	errno = ENOENT;
	return mode == F_OK && *name && name[strlen(name) - 1] == 'f' ? 0 : -1;
}

static bool add_entry(struct dirent ***entries, int n, const char *name, size_t size,
		      int (*filter)(const struct dirent *entry))
{
	struct dirent *entry = calloc(1, sizeof(*entry));

	must(entry);
	memcpy(entry->d_name, name,
	       size < sizeof(entry->d_name) ? size : sizeof(entry->d_name) - 1);
	if (!*entry->d_name || !filter(entry)) {
		free(entry);
		return false;
	}
	*entries = reallocarray(*entries, (size_t)n + 1, sizeof(**entries));
	must(*entries);
	(*entries)[n] = entry;
	return true;
}

/* A directory has the files that have not been asked for */
int __wrap_scandir64(const char *dir, struct dirent ***ret_entries,
		     int (*filter)(const struct dirent *entry),
		     int (*compare)(const struct dirent **a, const struct dirent **b))
{
	size_t i;
	int n = 0;

	must(*dir && compare);
	if (opened >= n_files) {
		errno = strchr(dir, '.') ? ENOENT : EACCES;
		return -1;
	}
	*ret_entries = NULL;
	for (i = opened; i < n_files; i++)
		n += add_entry(ret_entries, n, files[i], strcspn(files[i], "\n"), filter);
	return n;
}

static void note_finding(const struct v6_finding *finding, void *data)
{
	(void)data;
	must(finding->result < V6_RESULTS);
	must(fuzz_is_harmless(finding->text));
	fuzz_check_command(finding->command);
	must(!strchr(finding->command, '&'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_checker checker = {.host = fuzz_host(), .found = note_finding};
	struct fuzz_input input = {data, size};
	auto_free char *text = NULL;
	char *rest;

	installed = fuzz_byte(&input);
	text = rest = fuzz_text(input.data, input.size);
	for (n_files = opened = 0; rest && n_files < FILES_MAX; n_files++) {
		files[n_files] = rest;
		rest = strstr(rest, BETWEEN);
		if (rest) {
			*rest = '\0';
			rest += strlen(BETWEEN);
		}
	}
	v6_checker_begin(&checker);
	v6_check_engines(&checker);
	v6_checker_begin(&checker);
	return 0;
}
