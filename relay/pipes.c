/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keep a stock of pipes. */
#include <fcntl.h>
#include <unistd.h>

#include "pipes.h"

int pipes_take(struct pipes *pipes)
{
	if (pipes->n_idle > 0)
		return pipes->idle[--pipes->n_idle];
	if (pipes->n == pipes->max || pipe2(pipes->list[pipes->n].fd, O_NONBLOCK | O_CLOEXEC) < 0)
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
	if (pipe2(ends->fd, O_NONBLOCK | O_CLOEXEC) < 0)
		_exit(1);
	pipes_give(pipes, number);
}
