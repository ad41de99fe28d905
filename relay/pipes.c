/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keep a stock of pipes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "pipes.h"

/* open_pipe() - Return: 0 or a negative errno */
static int open_pipe(struct two_ends *ends)
{
	int size;

	if (pipe2(ends->fd, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	size = fcntl(ends->fd[0], F_GETPIPE_SZ);
	ends->size = size > 0 ? (size_t)size : PIPE_BUF;
	return 0;
}

int pipes_prepare(struct pipes *pipes)
{
	int size, ret;

	while (pipes->n < PIPES_LARGE && (pipes->n + 1) * PIPE_LARGE <= pipes->max * PIPE_SIZE) {
		ret = open_pipe(&pipes->list[pipes->n]);
		if (ret < 0)
			return ret;
		size = fcntl(pipes->list[pipes->n].fd[0], F_SETPIPE_SZ, PIPE_LARGE);
		if (size > 0)
			pipes->list[pipes->n].size = (size_t)size;
		pipes_give(pipes, pipes->n++);
	}
	return 0;
}

int pipes_take(struct pipes *pipes)
{
	if (pipes->n_idle > 0)
		return pipes->idle[--pipes->n_idle];
	if (pipes->n == pipes->max || open_pipe(&pipes->list[pipes->n]) < 0)
		return -1;
	return pipes->n++;
}

void pipes_give(struct pipes *pipes, int number)
{
	pipes->idle[pipes->n_idle++] = number;
}

/* Without memory for another one there is no going on: v6d starts a relay again */
void pipes_replace(struct pipes *pipes, int number)
{
	struct two_ends *ends = &pipes->list[number];

	close(ends->fd[0]);
	close(ends->fd[1]);
	if (open_pipe(ends) < 0)
		_exit(1);
	pipes_give(pipes, number);
}
