/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who answers where a claim leads. */
#ifndef CTL_LISTENING_H
#define CTL_LISTENING_H

#include <libv6/kernel.h>

#include "claims.h"

/**
 * struct listening - Who listens on a claim's target
 * @known:	It could be found out
 * @ports:	How many of the claim's ports somebody listens on, over IPv6
 * @other:	How many of them somebody listens on, but where the claim does not lead: IPv4 alone,
 *		or another address; @listener is the first of these where @ports is 0
 * @listener:	The first one
 * @process:	Its; a pid of 0: not to be seen
 * @why:	Where it is not known
 */
struct listening {
	bool known;
	unsigned int ports, other;
	struct v6_listener listener;
	struct v6_process process;
	struct v6_error why;
};

/* listening_find() - look into the container's network namespace; not known of a whole address */
void listening_find(const struct claim *claim, struct listening *ret_listening);

/* listening_text() - one line for people */
struct v6_line listening_text(const struct claim *claim, const struct listening *listening);

/* listening_write_json() - as the member "listener" of an object; nothing where nobody listens */
void listening_write_json(struct v6_json_writer *w, const struct listening *listening);

#endif
