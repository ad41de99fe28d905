/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of nf_tables and, behind an empty piece, of rtnetlink, as v6d hears them. */
#include "kernel/events.h"
#include "reply.h"

static void visit(const struct v6_event *event, void *data)
{
	size_t *n = data;

	must(event->kind <= V6_EVENT_LOST);
	must(event->prefix.length <= 128);
	must(strnlen(event->name, sizeof(event->name)) < sizeof(event->name));
	(*n)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_nl *nl = reply_begin((struct fuzz_input){data, size});
	struct v6_events events = {*nl, *nl};
	size_t n = 0;

	must(v6_events_read(&events, visit, &n) == 0);
	reply_end();
	return 0;
}
