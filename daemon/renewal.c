/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look up the names of one container at a time, in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "renewal.h"

/* Far more than all names of a container may take */
#define PATIENCE_S 120

/* When to try again where nothing is known */
#define AGAIN_S 60

#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif

/* struct outcome - what the process says at its end, in one piece (PIPE_BUF, pipe(7)) */
struct outcome {
	int after_s;
	struct v6_error err;
};

/* renew_names() - what is not fatal is not told of, or it would be every time */
static struct outcome renew_names(const char *id)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	struct outcome outcome = {.after_s = AGAIN_S};
	int ret = v6_host_open(V6_RUN_DIR, NULL, NULL, &host, &outcome.err);

	if (ret == 0)
		ret = v6_renew(host, id, &outcome.after_s, &outcome.err);
	outcome.err.code = ret;
	return outcome;
}

/* look_up_names() - in a process of its own, which has neither v6d's lock nor its sockets (from 5.9
 * on) */
static _Noreturn void look_up_names(int fd, const char *id)
{
	struct outcome outcome;

	alarm(PATIENCE_S);
	if (dup2(fd, STDERR_FILENO + 1) < 0)
		_exit(1);
	syscall(SYS_close_range, STDERR_FILENO + 2, UINT_MAX, 0);
	outcome = renew_names(id);
	_exit(write(STDERR_FILENO + 1, &outcome, sizeof(outcome)) < 0);
}

static void start_renewal(struct renewal *renewal, struct v6_watch *watch)
{
	const struct v6_error none = {0};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		v6_watch_renewed(watch, renewal->id, AGAIN_S, &none);
		return;
	}
	renewal->pid = fork();
	if (renewal->pid == 0)
		look_up_names(ends[1], renewal->id);
	v6_cleanup_fd(&ends[1]);
	renewal->fd = ends[0];
	if (renewal->pid < 0) {
		v6_cleanup_fd(&renewal->fd);
		renewal->fd = -1;
		v6_watch_renewed(watch, renewal->id, AGAIN_S, &none);
	}
}

static bool has_ended(const struct renewal *renewal)
{
	struct pollfd fd = {renewal->fd, POLLIN, 0};

	return poll(&fd, 1, 0) > 0;
}

/* finish_renewal() - it has said what there is, or died */
static void finish_renewal(struct renewal *renewal, struct v6_watch *watch)
{
	struct outcome outcome = {.after_s = AGAIN_S};

	if (read(renewal->fd, &outcome, sizeof(outcome)) != sizeof(outcome)) {
		outcome.after_s = AGAIN_S;
		v6_fail(&outcome.err, -EIO, "its names are not looked up: that process died");
	}
	renewal_end(renewal);
	v6_watch_renewed(watch, renewal->id, outcome.after_s, &outcome.err);
}

void renewal_step(struct renewal *renewal, struct v6_watch *watch)
{
	if (renewal->fd >= 0 && !has_ended(renewal))
		return;
	if (renewal->fd >= 0)
		finish_renewal(renewal, watch);
	if (v6_watch_renewal(watch, renewal->id))
		start_renewal(renewal, watch);
}

void renewal_end(struct renewal *renewal)
{
	if (renewal->fd < 0)
		return;
	/* the number of one that has ended may be another process's: see reap_children() */
	if (!has_ended(renewal))
		kill(renewal->pid, SIGKILL);
	v6_cleanup_fd(&renewal->fd);
	renewal->fd = -1;
}
