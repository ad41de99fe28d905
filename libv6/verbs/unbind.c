/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbind: take a container's record down, by hand or when its engine reports a stop. */
#include <errno.h>

#include <libv6/verbs.h>

#include "apply/down.h"
#include "apply/ending.h"
#include "kernel/netns.h"
#include "store/life.h"
#include "store/record.h"

/* How long an init that was killed may take to exit when its stop is reported already */
#define EXIT_WAIT_MS 1000

/* lower_stopped() - Take a record down; @stop: NULL, or the state by which an engine reports a
 * stop, which may be that of another container with the same id
 */
static int lower_stopped(struct v6_host *host, const struct v6_state *stop,
			 const struct v6_record *record, struct v6_error *err)
{
	if (stop && v6_record_outlives_stop(record, stop))
		return v6_fail(
			err, -EBUSY,
			"the container's process %d still runs: not unpublished; v6d or v6ctl reconcile does so when it has exited",
			record->pid);
	return v6_record_down(host, record, err);
}

/* unbind_locked() - Take down the record of an id; -EBUSY: @ret_record stays */
static int unbind_locked(struct v6_host *host, const char *id, const struct v6_state *stop,
			 struct v6_record *ret_record, struct v6_error *err)
{
	int ret = stop ? v6_host_lock_in_time(host, err) : v6_host_lock(host, err);

	if (ret < 0)
		return ret;
	ret = v6_record_load(host, id, ret_record, err);
	if (ret == 0)
		ret = lower_stopped(host, stop, ret_record, err);
	else if (ret == -ENOENT)
		ret = v6_record_remove(host, id, err);
	else if (ret == -EXDEV)
		ret = 0;
	v6_ending_unlock(host);
	return ret;
}

int v6_unbind(struct v6_host *host, const char *id, struct v6_error *err)
{
	struct v6_record record;

	return unbind_locked(host, id, NULL, &record, err);
}

int v6_unbind_stopped(struct v6_host *host, const struct v6_state *state, struct v6_error *err)
{
	struct v6_record record;
	int ret = unbind_locked(host, state->id, state, &record, err);

	/* an engine that does not wait for what it killed is a moment too early */
	if (ret == -EBUSY && v6_process_wait(record.pid, EXIT_WAIT_MS))
		ret = unbind_locked(host, state->id, state, &record, err);
	return ret;
}
