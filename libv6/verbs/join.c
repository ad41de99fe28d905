/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers that share claims change places. */
#include <errno.h>

#include <libv6/verbs.h>

#include "apply/down.h"
#include "apply/ending.h"
#include "apply/up.h"
#include "base/clock.h"
#include "store/record.h"

/* rank_record() - Have a record in its place, in which it is ready */
static int rank_record(struct v6_host *host, const struct v6_record *former, enum v6_rank rank,
		       struct v6_error *err)
{
	struct v6_record record = *former;
	int ret;

	if (rank == V6_RANK_JOINED && record.share.ready)
		return 0;
	record.share.ready = true;
	record.share.drained = rank == V6_RANK_DRAINED;
	if (rank == V6_RANK_FRONT)
		record.share.since = v6_now_ns();
	ret = v6_record_save(host, &record, err);
	if (ret == 0)
		ret = v6_record_up(host, &record, false, err);
	/* it has no turn any more: other hosts answer instead */
	if (ret >= 0 && record.share.drained)
		ret = v6_record_shed(host, former, &record, true, err);
	return ret < 0 ? ret : 0;
}

int v6_share_rank(struct v6_host *host, const char *id, enum v6_rank rank, struct v6_error *err)
{
	struct v6_record record;
	int ret = v6_host_lock(host, err);

	if (ret < 0)
		return ret;
	ret = v6_record_find(host, id, &record, err);
	if (ret == 0 && rank != V6_RANK_JOINED)
		ret = v6_fail(err, -ENOENT, "%.*s: no container that runs has services",
			      V6_ID_SHORT, id);
	else if (ret > 0 && record.share.mode != V6_SHARE_NONE)
		ret = rank_record(host, &record, rank, err);
	else if (ret > 0 && rank != V6_RANK_JOINED)
		ret = v6_fail(err, -EINVAL,
			      "%.*s: it does not share; start it with v6.share=newest", V6_ID_SHORT,
			      id);
	v6_ending_unlock(host);
	return ret < 0 ? ret : 0;
}
