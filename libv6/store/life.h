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

/**
 * v6_record_is_same_life() - Check whether the lives of two records hang on the same thing
 *
 * Two processes are the same if their number and start are. A file of a network namespace is an
 * administrator's choice and may be exchanged for another one. A process and a file go together if
 * the process was in that namespace.
 */
bool v6_record_is_same_life(const struct v6_record *record, const struct v6_record *other);

/**
 * v6_record_outlives_stop() - Check whether a stop that an engine reports is of another container
 * @record:	That of the id which @state names
 * @state:	As the engine sent it at the stop
 *
 * Engines report a stop after the container's init has exited, most of them without a pid. So while
 * the record's init runs, the stop is of another container with the same id, unless @state names
 * that init.
 *
 * Return: whether the record has to stay. Where that can't be known, and of a record whose life
 * hangs on a file, it does not
 */
bool v6_record_outlives_stop(const struct v6_record *record, const struct v6_state *state);

#endif
