/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line per event, where somebody can find it. */
#ifndef HOOK_LOG_H
#define HOOK_LOG_H

#include <syslog.h>

/* log_name - the program's, which has to say it */
extern const char log_name[];

/**
 * log_line() - Write to stderr and to the system's log
 * @priority:	LOG_ERR, LOG_WARNING or LOG_INFO
 * @id:		Container id, shown by its first 12 characters, or ""
 * @text:	One line
 *
 * Both, because crun sends a hook's stderr to /dev/null and a bare runtime's user looks there only.
 */
void log_line(int priority, const char *id, const char *text);

#endif
