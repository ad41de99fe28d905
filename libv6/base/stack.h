/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room for a program's stack, however little the caller's limit (ulimit -s) leaves. */
#ifndef V6_BASE_STACK_H
#define V6_BASE_STACK_H

/* What a program of ours may need, times five: records and requests are values on the stack,
 * and so is what netlink answers
 */
#define V6_STACK_SIZE (1024 * 1024)

/**
 * v6_stack_run() - Run a program's main function with at least V6_STACK_SIZE of stack
 * @run:	It
 * @argc:	Passed to @run
 * @argv:	Passed to @run
 *
 * To be called from main() alone. Where the limit is large enough, this is a call like any other;
 * otherwise @run gets memory of its own for a stack, in the same thread.
 *
 * Return: what @run returned
 */
int v6_stack_run(int (*run)(int argc, char **argv), int argc, char **argv);

#endif
