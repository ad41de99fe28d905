/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether somebody has halted a process: its sockets are there, and nobody serves them. */
#ifndef V6_KERNEL_HALTED_H
#define V6_KERNEL_HALTED_H

#include <stdbool.h>
#include <sys/types.h>

/* v6_process_is_stopped() - by a signal, or by a debugger */
bool v6_process_is_stopped(pid_t pid);

/* v6_process_is_frozen() - by the freezer of its control group, of either version, as engines pause
 * containers
 */
bool v6_process_is_frozen(pid_t pid);

#endif
