/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include <libv6/base.h>

#include "log.h"

void log_line(int priority, const char *id, const char *text)
{
	const char *colon = *id ? ": " : "";

	fprintf(stderr, "oci-v6-hook: %.*s%s%s\n", V6_ID_SHORT, id, colon, text);
	openlog("oci-v6-hook", LOG_PID, LOG_DAEMON);
	syslog(priority, "%.*s%s%s", V6_ID_SHORT, id, colon, text);
	closelog();
}
