/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a record's life hangs on: the container's init or, where somebody binds a network namespace
 * by hand, the file that stands for it.
 */
#ifndef V6_STORE_LIFE_H
#define V6_STORE_LIFE_H

#include "store/host.h"

/**
 * v6_life_begin() - Note what a record's life hangs on
 * @state:	With a pid, or the file of a network namespace
 * @record:	Its members for process and namespace are set
 * @ret_netns:	The container's network namespace; the caller closes it
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -ESRCH (the process has ended), -EINVAL (neither is given, or the file is something
 * else) or another negative errno; @record is undefined then
 */
int v6_life_begin(const struct v6_state *state, struct v6_record *record, int *ret_netns,
		  struct v6_error *err);

/**
 * v6_record_alive() - Whether the container's init still runs, and is no later process of its
 * number; without one, whether the file still stands for the same network namespace
 *
 * Return: 1, 0, or a negative errno where that can't be known now
 */
int v6_record_alive(const struct v6_record *record);

#endif
