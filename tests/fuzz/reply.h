/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's end of a netlink socket: what the library asks for goes nowhere, and what it gets is
 * the pieces of the input, one datagram each. When they are used up, an exchange ends as a dump
 * does. libmnl's functions and libc's recv() are replaced for that; see the Makefile.
 */
#ifndef TESTS_FUZZ_REPLY_H
#define TESTS_FUZZ_REPLY_H

#include "fuzz.h"
#include "kernel/nl.h"

/**
 * reply_begin() - Have a socket that answers with an input
 * @input:	Borrowed until the next call
 *
 * Return: the same socket until it is closed
 */
struct v6_nl *reply_begin(struct fuzz_input input);

/* reply_end() - after each call of the library, before its stack is used for anything else: what a
 * datagram did not fill of its buffer was not to be read
 */
void reply_end(void);

#endif
