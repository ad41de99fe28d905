/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all fuzz targets share. libFuzzer has main(); each target is one file that defines
 * LLVMFuzzerTestOneInput(). The sanitizers see what must not happen to memory; must() says what
 * else has to hold.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/host.h"

/* The target: libFuzzer calls it with each input. Return: 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* must() - end the process, which libFuzzer takes for a find, where something does not hold */
#define must(condition)                                                                       \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			fprintf(stderr, "%s:%d: must(%s)\n", __FILE__, __LINE__, #condition); \
			abort();                                                              \
		}                                                                             \
	} while (0)

/* fuzz_text() - the input as a string of just its size, so that reading past it is seen; free() */
char *fuzz_text(const uint8_t *data, size_t size);

/* fuzz_is_harmless() - whether a text may go to a terminal: UTF-8 without control characters */
bool fuzz_is_harmless(const char *text);

/* fuzz_check() - that a failure has its own code in @err and a line for people; and 0 has neither
 * been lied about
 */
void fuzz_check(int ret, const struct v6_error *err);

/* fuzz_check_command() - that a command for a shell has no character of a stranger's that means
 * something to one
 */
void fuzz_check_command(const char *command);

/**
 * fuzz_host() - A host with a state directory of its own, and no kernel behind it
 *
 * The same for all inputs of a process; the directory goes with it.
 */
struct v6_host *fuzz_host(void);

/* fuzz_dir() - path of that directory */
const char *fuzz_dir(void);

/* fuzz_write() - write a file in there, making the one directory above it where there is a '/' */
void fuzz_write(const char *path, const void *data, size_t size);

/* struct fuzz_input - an input that is taken to pieces */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* fuzz_byte() - the next byte, 0 at the end */
uint8_t fuzz_byte(struct fuzz_input *input);

/* fuzz_piece() - the next piece: a length in two bytes, big end first, then as many bytes as are
 * there
 */
struct fuzz_input fuzz_piece(struct fuzz_input *input);

#endif
