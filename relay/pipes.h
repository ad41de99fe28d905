/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pipes through which splice(2) moves bytes; one that is empty serves whoever comes next. */
#ifndef RELAY_PIPES_H
#define RELAY_PIPES_H

#include <stddef.h>

/* What one holds at most, as the kernel makes it: pipe(7). Of the user nobody, who has many
 * processes, it may get as little as one page
 */
#define PIPE_SIZE 65536

/* What each of the first ones holds, so that a long transfer takes half the processor time */
#define PIPE_LARGE  524288
#define PIPES_LARGE 2

/* At most so many at a time are kept by readers that are too slow for what is in there */
#define PIPES_MAX 256

/* struct two_ends - of a pipe, [0] to read from. @size: what it holds, in bytes */
struct two_ends {
	int fd[2];
	size_t size;
};

/**
 * struct pipes - All pipes of a relay
 * @list:	Those that were made, @n of them, at most @max
 * @idle:	Of these, the numbers of those that nobody has, @n_idle of them
 */
struct pipes {
	struct two_ends list[PIPES_MAX];
	int idle[PIPES_MAX];
	int n, n_idle, max;
};

/* pipes_prepare() - make the large ones, while rights are there to make them so: then they are not
 * counted as nobody's. Return: 0 or a negative errno
 */
int pipes_prepare(struct pipes *pipes);

/* pipes_take() - Return: the number of an empty pipe, or -1: there is none */
int pipes_take(struct pipes *pipes);

/* pipes_give() - give back an empty one */
void pipes_give(struct pipes *pipes, int number);

/* pipes_replace() - give back one that may hold something: an empty one takes its place */
void pipes_replace(struct pipes *pipes, int number);

#endif
