/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's own connections, from ports that a container is about to have. */
#ifndef V6_APPLY_OWN_FLOWS_H
#define V6_APPLY_OWN_FLOWS_H

#include "store/host.h"

/**
 * v6_own_flows_keep() - Keep UDP connections of the host that a record's claims would cut
 * @host:	This host
 * @record:	Whose claims are about to be taken
 *
 * Of TCP, rules of the table tell a client's first packet from others. Of UDP, the other end's next
 * packet would pass for a client's: so conntrack is told of connections that are older than it.
 * Only of connected sockets, as a port with any other is refused to the container, and of the first
 * thousand of these. A failure is a warning. Costs nothing unless the record has UDP ports of an
 * address that the host had before.
 */
void v6_own_flows_keep(struct v6_host *host, const struct v6_record *record);

#endif
