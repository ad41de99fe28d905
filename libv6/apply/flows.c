/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows that clients began before their claims were there. */
#include <netinet/in.h>

#include "apply/elements.h"
#include "apply/flows.h"
#include "base/cleanup.h"
#include "store/claims.h"
#include "table/flows.h"

/* is_stuck() - whether clients of a claim can be stuck: each packet of UDP keeps a flow alive,
 * while a connection that fails is followed by a new one
 */
static bool is_stuck(const struct v6_nat_op *claim)
{
	return claim->claim.protocol != IPPROTO_TCP && !v6_leads_to_itself(claim);
}

static bool is_any(const struct v6_nat_op *claim)
{
	(void)claim;
	return true;
}

/* end_record_flows() - those that some of a record's claims forwarded to a target; ::, to
 * themselves */
static void end_record_flows(struct v6_host *host, const struct v6_record *record,
			     bool (*is_meant)(const struct v6_nat_op *claim),
			     const struct in6_addr *target)
{
	size_t i, n = 0, n_claims = v6_claims_count(record);
	auto_free struct v6_claim *claims = calloc(n_claims + 1, sizeof(*claims));
	struct v6_error err;
	struct v6_nat_op op;

	for (i = 0; claims && i < n_claims; i++) {
		op = v6_claim_element(record, i);
		if (is_meant(&op))
			claims[n++] = op.claim;
	}
	if (n > 0 && v6_flows_end(&host->netfilter, claims, n, target, &n, &err) < 0)
		v6_host_warn(host, "%s", err.text);
}

void v6_flows_free(struct v6_host *host, const struct v6_record *record)
{
	end_record_flows(host, record, is_stuck, &in6addr_any);
}

void v6_flows_leave(struct v6_host *host, const struct v6_record *former)
{
	end_record_flows(host, former, is_any, &former->destination.address);
}
