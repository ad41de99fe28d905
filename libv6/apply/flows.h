/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections of a record's claims that the kernel still sends elsewhere. To fail is a warning. */
#ifndef V6_APPLY_FLOWS_H
#define V6_APPLY_FLOWS_H

#include "store/host.h"

/**
 * v6_flows_free() - Let clients that sent before a record's claims were there start anew
 * @host:	This host, locked
 * @record:	Its claims are taken
 *
 * What came for an address while nobody had it, as between a stop and a start, was forwarded or
 * delivered as it was, and the kernel goes on so with the flow: for good where UDP renews it. Costs
 * a walk through all flows, so it is done where a claim is not of TCP.
 */
void v6_flows_free(struct v6_host *host, const struct v6_record *record);

/* v6_flows_leave() - make the kernel forget connections that a record's claims were forwarded by,
 * to the destination that it had; they are forwarded elsewhere now
 */
void v6_flows_leave(struct v6_host *host, const struct v6_record *former);

#endif
