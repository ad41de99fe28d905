/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line per event, where somebody can find it. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <syslog.h>

/**
 * log_line() - Write a line to stderr
 * @priority:	LOG_ERR, LOG_WARNING or LOG_INFO; where the journal is behind stderr, it is told
 * @text:	One line
 *
 * Source: JOURNAL_STREAM and the <N> in front of a line are those of systemd.exec(5), sd-daemon(3)
 */
void log_line(int priority, const char *text);

/* log_news() - the same, but not what was said within the last two minutes: what can't be done is
 * tried again, some of it every 5 s
 */
void log_news(int priority, const char *text);

#endif
