/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows that clients began before their claims were there. */
#include <netinet/in.h>

#include "apply/claims.h"
#include "apply/elements.h"
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

void v6_claims_free_flows(struct v6_host *host, const struct v6_record *record)
{
	auto_free struct v6_claim *stuck = calloc(v6_claims_count(record), sizeof(*stuck));
	struct v6_error err;
	struct v6_nat_op op;
	size_t i, n = 0;

	for (i = 0; stuck && i < v6_claims_count(record); i++) {
		op = v6_claim_element(record, i);
		if (is_stuck(&op))
			stuck[n++] = op.claim;
	}
	if (n > 0 && v6_flows_end(&host->netfilter, stuck, n, &in6addr_any, &n, &err) < 0)
		v6_host_warn(host, "%s", err.text);
}

void v6_claims_end_flows(struct v6_host *host, const struct v6_record *record)
{
	auto_free struct v6_claim *claims = calloc(v6_claims_count(record) + 1, sizeof(*claims));
	struct v6_error err;
	size_t i, n = 0;

	for (i = 0; claims && i < v6_claims_count(record); i++)
		claims[n++] = v6_claim_element(record, i).claim;
	if (n > 0 &&
	    v6_flows_end(&host->netfilter, claims, n, &record->destination.address, &n, &err) < 0)
		v6_host_warn(host, "%s", err.text);
}
