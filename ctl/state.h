/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A container state made of options, so that what people type is checked by the one parser of what
 * engines write.
 */
#ifndef CTL_STATE_H
#define CTL_STATE_H

#include <libv6/store.h>

#define STATE_PID_MAX 4194304 /* PID_MAX_LIMIT, linux/include/linux/threads.h */

/* struct state_annotation - NULL as a value: it was not given */
struct state_annotation {
	const char *key;
	const char *value;
};

/**
 * state_make() - Make a state
 * @id:		Of the container
 * @pid:	Its process, or 0
 * @annotations: @n of them
 * @ret_state:	Set on success; release with v6_state_release()
 * @err:	Filled in on failure only
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int state_make(const char *id, unsigned int pid, const struct state_annotation *annotations,
	       size_t n, struct v6_state *ret_state, struct v6_error *err);

/* state_bind() - give it what its annotations ask for. Return: as v6_bind(), and -EINVAL */
int state_bind(struct v6_host *host, const struct v6_state *state, struct v6_error *err);

/**
 * state_keep() - Keep the failure of a bind, or end those that a bind ends which went well
 * @id:		Of the container, as the state may have failed to be made
 * @state:	What was made of it, or zeroes
 * @ret:	What the bind returned, and its @err
 */
void state_keep(const char *id, const struct v6_state *state, int ret, const struct v6_error *err);

#endif
