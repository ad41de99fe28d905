/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a relay says, in the log of v6d. */
#include <stdarg.h>
#include <stdio.h>

#include "../daemon/log.h"
#include "base/text.h"
#include "say.h"

void relay_say(const struct relay *relay, const char *fmt, ...)
{
	struct v6_error line;
	va_list args;
	int n;

	n = snprintf(line.text, sizeof(line.text), "%s: relay: ", relay->id);
	va_start(args, fmt);
	if (n > 0 && (size_t)n < sizeof(line.text))
		vsnprintf(line.text + n, sizeof(line.text) - (size_t)n, fmt, args);
	va_end(args);
	v6_text_printable(line.text);
	log_line(LOG_WARNING, line.text);
}
