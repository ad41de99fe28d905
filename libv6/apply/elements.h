/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record asks for, as elements of our table: operations that add them. Looks at nothing.
 */
#ifndef V6_APPLY_ELEMENTS_H
#define V6_APPLY_ELEMENTS_H

#include "store/host.h"
#include "table/nat.h"

/* Tries at a transaction, each of which settles all that the one before found in the way; more than
 * a few mean that somebody works against us.
 */
#define V6_ROUNDS_MAX 5

/* v6_claim_element() - the i-th claim; borrows the record's strings. Exclusive */
struct v6_nat_op v6_claim_element(const struct v6_record *record, size_t i);

/* v6_guard_element(), v6_hairpin_element() - what stands beside the claims, shared between records
 */
struct v6_nat_op v6_guard_element(const struct in6_addr *address);

/* v6_answer_element() - what marks the answers of a service that has a table */
struct v6_nat_op v6_answer_element(const struct v6_service *service);

/* v6_egress_service() - the service by which a record's container leaves through this host; none
 * that is not here. A container on the service's own link has other ways. Return: it, or NULL
 */
const struct v6_service *v6_egress_service(const struct v6_record *record);

/* v6_egress_element() - of a container that leaves by a service, in V6_NAT_EGRESS or
 * V6_NAT_OUTGOING
 */
struct v6_nat_op v6_egress_element(enum v6_nat_set set, const struct v6_destination *d,
				   const struct v6_service *service);

/* v6_departure_element() - what marks that where the service has a table */
struct v6_nat_op v6_departure_element(const struct v6_destination *d,
				      const struct v6_service *service);

struct v6_nat_op v6_hairpin_element(const struct v6_prefix *subnet);

/* v6_provided_element(), v6_sender_element(), v6_source_element() - of a container with an assigned
 * address
 */
struct v6_nat_op v6_provided_element(const struct v6_destination *d);
struct v6_nat_op v6_sender_element(const struct v6_destination *d);
struct v6_nat_op v6_source_element(const struct v6_destination *d);

/* v6_port_element() - a UDP port of the host itself that services are forwarded to
 * v6_is_answering() - whether a record has one for ports of a protocol
 */
struct v6_nat_op v6_port_element(uint16_t port);
bool v6_is_answering(const struct v6_record *record, uint8_t protocol);

/* v6_several_element(), v6_sibling_element() - of a container with more addresses than one */
struct v6_nat_op v6_several_element(const struct v6_destination *d);
struct v6_nat_op v6_sibling_element(const struct v6_destination *d,
				    const struct v6_sibling *sibling);

/* v6_limited_element() - that only some clients may reach a claim
 * v6_client_element() - one of them, for the ports of a mapping on a service address
 */
struct v6_nat_op v6_limited_element(const struct v6_nat_op *claim);
struct v6_nat_op v6_client_element(const struct v6_record *record, size_t service, size_t map,
				   size_t client);

/**
 * v6_companion_element() - What stands beside a claim, and goes with it
 * @claim:	A claim
 * @ret_op:	Set where true is returned
 *
 * Of a single port, an element of "traffic"; where it leads to itself, one of "local" instead: its
 * binding changes nothing, so the guard can't tell it from a stranger's packet.
 *
 * Return: false: there is none, as for ranges and whole addresses
 */
bool v6_companion_element(const struct v6_nat_op *claim, struct v6_nat_op *ret_op);

/* v6_leads_to_itself() - whether a claim's target is its own address and port */
bool v6_leads_to_itself(const struct v6_nat_op *claim);

/* v6_holder_fits() - whether what holds a claim is just that claim, and leads to its target */
bool v6_holder_fits(const struct v6_holder *holder, const struct v6_nat_op *claim);

/* v6_claims_have() - whether a claim is one of a record's, wherever it leads to */
bool v6_claims_have(const struct v6_record *record, const struct v6_claim *claim);

/* v6_claims_find() - a record's element of a claim. Return: whether it has that claim */
bool v6_claims_find(const struct v6_record *record, const struct v6_claim *claim,
		    struct v6_nat_op *ret_op);

/* v6_claims_want() - whether an element of the map is just what a record asks for
 * v6_claims_want_limit() - whether one of V6_NAT_LIMITED, _LIMITED_RANGES or _FROM is
 * v6_claims_want_beside() - whether an element of "traffic" or "local" stands beside one of these
 */
bool v6_claims_want_limit(const struct v6_record *record, const struct v6_nat_op *element);
bool v6_claims_want(const struct v6_record *record, const struct v6_nat_op *element);
bool v6_claims_want_beside(const struct v6_record *record, const struct v6_nat_op *element);

#endif
