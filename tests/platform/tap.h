/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results in TAP, as prove(1) reads them.
 *
 * Each program here shows one behaviour of the kernel that the library relies on, in namespaces of
 * its own, which end with it. When a kernel changes, these say so before anything else fails.
 *
 * Their comments name the release that brought a behaviour where it is newer than 5.6, the oldest
 * that takes our table.
 */
#ifndef TESTS_PLATFORM_TAP_H
#define TESTS_PLATFORM_TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static int tap_number, tap_failed;

static inline void plan(int n)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%d\n", n);
}

static inline void ok(bool pass, const char *what)
{
	tap_failed += !pass;
	printf("%sok %d - %s\n", pass ? "" : "not ", ++tap_number, what);
}

/* is() - ok() for numbers, and for results, which are 0 or a negative errno */
static inline void is(long long got, long long want, const char *what)
{
	ok(got == want, what);
	if (got != want)
		printf("# got %lld, wanted %lld\n", got, want);
}

static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_number, what, why);
}

/* ok_since() - ok() for what kernels before MAJOR.MINOR may lack */
static inline void ok_since(int major, int minor, bool pass, const char *what)
{
	struct utsname name;
	int has_major = 0, has_minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &has_major, &has_minor);
	if (!pass && (has_major < major || (has_major == major && has_minor < minor)))
		skip(what, name.release);
	else
		ok(pass, what);
}

/* need() - end the program where its scene can't be set */
static inline void need(bool pass, const char *what)
{
	if (pass)
		return;
	printf("not ok %d - scene: %s: %s\n", ++tap_number, what, strerror(errno));
	exit(1);
}

/* done() - exit status */
static inline int done(void)
{
	return tap_failed != 0;
}

#endif
