/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dead containers left on the addresses of a record that comes up. */
#ifndef V6_APPLY_DEAD_H
#define V6_APPLY_DEAD_H

#include "apply/take.h"

/* v6_dead_may_share() - whether others may hold an address of a record that is not held yet */
bool v6_dead_may_share(struct v6_host *host, const struct v6_record *record);

/**
 * v6_dead_collect() - Take down the containers that died in a record's way
 * @host:	This host, locked
 * @record:	It has its claims
 * @dead:	Whose claims were taken over
 * @shared:	As v6_dead_may_share() said: look for those that died on the same addresses, too,
 *		without a claim, as a start that was killed leaves them; else what they hold stayed
 *		there when the record goes
 *
 * To fail is a warning.
 */
void v6_dead_collect(struct v6_host *host, const struct v6_record *record,
		     const struct v6_taken_over *dead, bool shared);

#endif
