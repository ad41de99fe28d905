/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line on a terminal that says how far long work is. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "progress.h"

/* What is done sooner needs no line, and nobody reads faster */
#define PATIENCE_MS 1000
#define PERIOD_MS   200

/* Back to the beginning of the line, and what is there is erased (ECMA-48, EL) */
#define LINE_CLEAR "\r\033[K"

/* There is one terminal, and one line */
static struct {
	const char *doing;
	int64_t next_ms;
	bool shown, silent;
} line;

void progress_silence(void)
{
	line.silent = true;
}

void progress_clear(void)
{
	if (line.shown)
		fputs(LINE_CLEAR, stderr);
	line.shown = false;
}

static void show_progress(unsigned int done, unsigned int total, void *data)
{
	int64_t now = v6_now_ms();

	(void)data;
	if (done >= total) {
		progress_clear();
		return;
	}
	if (now < line.next_ms)
		return;
	fprintf(stderr, LINE_CLEAR "%s: %u of %u containers", line.doing, done, total);
	fflush(stderr);
	line.shown = true;
	line.next_ms = now + PERIOD_MS;
}

void progress_begin(struct v6_host *host, const char *doing)
{
	if (line.silent || !isatty(STDERR_FILENO))
		return;
	line.doing = doing;
	line.next_ms = v6_now_ms() + PATIENCE_MS;
	v6_host_progress(host, show_progress, NULL);
}
