/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What v6d says: to the journal or to syslog, or to a terminal. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "log.h"

/* For how long the same is no news: what goes on is looked at every minute at least */
#define STALE_MS 120000

/* struct said - a line, by its hash, and until when it is no news; a collision only forgets */
struct said {
	uint64_t hash;
	int64_t until;
};

static struct said all_said[1024];

void log_line(int priority, const char *text)
{
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", priority, text);
	else
		fprintf(stderr, "v6d: %s\n", text);
}

void log_news(int priority, const char *text)
{
	uint64_t hash = v6_text_hash(text, strlen(text));
	struct said *said = &all_said[hash % V6_ARRAY_SIZE(all_said)];
	int64_t now = v6_now_ms();
	bool stale = said->hash == hash && now < said->until;

	*said = (struct said){hash, now + STALE_MS};
	if (!stale)
		log_line(priority, text);
}
