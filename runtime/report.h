/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, where engines and people look for it. */
#ifndef RUNTIME_REPORT_H
#define RUNTIME_REPORT_H

#include "command.h"

/**
 * report_failure() - Tell why the runtime is not even started
 * @command:	It
 * @text:	One line
 *
 * On stderr, in the system's log, and in the file where the engine looks for the runtime's own
 * errors, so that its user sees it. Kept for v6ctl.
 */
void report_failure(const struct command *command, const char *text);

/* report_refusal() - tell the engine alone why: the hook has told everybody else */
void report_refusal(const struct command *command, const char *text);

/* report_warning() - tell what went wrong though the container starts; kept for v6ctl, too */
void report_warning(const struct command *command, const char *text);

#endif
