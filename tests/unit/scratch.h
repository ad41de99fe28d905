/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for each test, and a host that has it as its state; no kernel behind it. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "store/host.h"

#define SCRATCH "/tmp/v6-unit.XXXXXX"

static char dir_path[sizeof(SCRATCH)];
static struct v6_host host;

static inline int make_host(void **state)
{
	(void)state;
	strcpy(dir_path, SCRATCH);
	memset(&host, 0, sizeof(host));
	host.lock = -1;
	host.netns = 4026531840;
	strcpy(host.boot_id, "11111111-2222-3333-4444-555555555555");
	if (!mkdtemp(dir_path))
		return -1;
	host.dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return host.dir < 0 ? -1 : 0;
}

static inline int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline int remove_host(void **state)
{
	(void)state;
	close(host.dir);
	return nftw(dir_path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* TEST() - a test with a directory of its own */
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_host, remove_host)

/* make_dir() - a directory in there; one that is there already is fine */
static inline void make_dir(const char *path)
{
	assert_true(mkdirat(host.dir, path, 0700) == 0 || errno == EEXIST);
}

static inline void write_bytes(const char *path, const char *text, size_t size)
{
	int fd = openat(host.dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static inline void write_text(const char *path, const char *text)
{
	write_bytes(path, text, strlen(text));
}

static inline bool exists(const char *path)
{
	return faccessat(host.dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void too_late(int signal)
{
	(void)signal;
	fail_msg("it blocks");
}

/* must_not_block() - fail the test where it takes seconds; 0 ends that */
static inline void must_not_block(unsigned int seconds)
{
	signal(SIGALRM, too_late);
	alarm(seconds);
}

/* fill() - a text of @size - 1 times @c */
static inline void fill(char *text, size_t size, char c)
{
	memset(text, c, size - 1);
	text[size - 1] = '\0';
}

#endif
