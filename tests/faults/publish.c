/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * publish: what v6d does about DNS from its start on, and nothing else, until there is nothing more
 * to do. Pauses pass at once, so that each step may fail and be done again soon.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "store/record.h"
#include "watch/publishing.h"

/* More than any fault takes */
#define ROUNDS_MAX 10000

static void warn(const char *text, void *data)
{
	(void)data;
	fprintf(stderr, "publish: %s\n", text);
}

static int add_record(const char *id, void *data)
{
	struct v6_publishing *pub = data;
	struct v6_record record;
	int ret = v6_record_load(pub->host, id, &record, NULL);

	if (ret == 0)
		v6_publishing_add(pub, &record);
	return ret;
}

static bool is_busy(const struct v6_publishing *pub)
{
	const struct v6_lane *lane;

	for (lane = pub->lanes; lane; lane = lane->next)
		if (lane->busy)
			return true;
	return false;
}

/* wait_for_more() - Return: by how much later it is than the clock says */
static int64_t wait_for_more(struct v6_publishing *pub, int64_t now)
{
	struct epoll_event event;

	if (!is_busy(pub))
		return pub->due > now ? pub->due - now : 0;
	if (epoll_wait(pub->epoll, &event, 1, pub->due > now ? (int)(pub->due - now) : 0) > 0)
		v6_publishing_stir(pub, event.data.fd);
	return 0;
}

int main(void)
{
	auto_fd int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct v6_publishing pub = {.epoll = epoll};
	struct v6_host *host;
	struct v6_error err;
	int64_t later = 0;
	int i, ret = v6_host_open(V6_RUN_DIR, warn, NULL, &host, &err);

	if (ret < 0) {
		fprintf(stderr, "publish: %s\n", err.text);
		return 1;
	}
	v6_publishing_open(&pub, host, epoll, true);
	ret = v6_record_ids(host, add_record, &pub, NULL);
	for (i = 0; i < ROUNDS_MAX && pub.due != INT64_MAX; i++) {
		v6_publishing_step(&pub, v6_now_ms() + later);
		later += wait_for_more(&pub, v6_now_ms() + later);
	}
	v6_publishing_release(&pub);
	v6_host_close(host);
	return ret < 0 || i == ROUNDS_MAX;
}
