/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets and maps of our table, and the layout of their keys. */
#ifndef V6_TABLE_SETS_H
#define V6_TABLE_SETS_H

#include <net/if.h>
#include <stdbool.h>

#include <libv6/base.h>

#include "kernel/nl.h"

#define V6_NAT_TABLE "oci-v6"

/* A bit of the mark of each forwarded packet of a service, on an address that we brought to this
 * host: by it, filters of others tell these packets. Kubernetes, Calico, Cilium, Tailscale and
 * CNI's portmap use other bits
 */
#define V6_SERVICE_MARK	     0x1000U
#define V6_SERVICE_MARK_TEXT "0x1000/0x1000"

/* In the order of the table's text. The first four are maps: a claim to a target, with the
 * service's name and the owner in the comment.
 */
enum v6_nat_set {
	V6_NAT_SERVICES,  /* single ports, one look-up whatever their number */
	V6_NAT_SHARED,	  /* the same for each sixteenth of the clients, of containers that share */
	V6_NAT_RANGES,	  /* ranges too long for an element a port */
	V6_NAT_WHOLE,	  /* whole addresses */
	V6_NAT_TRAFFIC,	  /* claims: what passes for them, both ways, is counted */
	V6_NAT_ADDRESSES, /* addresses brought to this host by us, so guarded */
	V6_NAT_LOCAL,	  /* claims: ports of the host itself that the guard lets through */
	V6_NAT_HAIRPIN,	  /* prefixes of containers behind one bridge */
	V6_NAT_SENDERS,	  /* containers with an assigned address: what they send is looked at */
	V6_NAT_SOURCES,	  /* and the addresses that they may send from */
	V6_NAT_PORTS,	  /* UDP ports of the host itself that services are forwarded to */
	V6_NAT_SEVERAL,	  /* targets of containers that may answer from other addresses, too */
	V6_NAT_SIBLINGS,  /* a map: their interfaces, as of V6_NAT_SENDERS, to the target */
	V6_NAT_OPENED,	  /* interfaces that forward for services, and for nothing else */
	V6_NAT_BRIDGED,	  /* bridges among them, whose ports talk to each other */
	V6_NAT_LIMITED,	  /* single ports that only some clients may reach */
	V6_NAT_LIMITED_RANGES, /* ranges, too */
	V6_NAT_FROM,	       /* ports of a service address, and a prefix of clients that may */
	V6_NAT_ANSWERS,	 /* a map: service addresses whose answers leave by a table of their own, to
			    the mark that says by which */
	V6_NAT_EGRESS,	 /* a map: interfaces, each with a container's address, to the service
			    address by which its connections leave there */
	V6_NAT_OUTGOING, /* its keys: what may leave so */
	V6_NAT_DEPARTURES, /* a map: addresses of containers that leave by such a service address,
			      to the mark */
	V6_NAT_PROVIDED,   /* prefixes of assigned addresses */
};

/* nft's type numbers (datatype.h in nftables), six bits each in a concatenation */
enum {
	TYPE_IPV6_ADDR = 8,
	TYPE_ETHER_ADDR = 9,
	TYPE_INET_PROTOCOL = 12,
	TYPE_INET_SERVICE = 13,
	TYPE_MARK = 19,
	TYPE_IFNAME = 41,
};

#define TYPE_CONCAT2(a, b)	 ((uint32_t)(a) << 6 | (b))
#define TYPE_CONCAT3(a, b, c)	 ((uint32_t)(a) << 12 | (uint32_t)(b) << 6 | (c))
#define TYPE_CONCAT4(a, b, c, d) (TYPE_CONCAT3(a, b, c) << 6 | (d))

/* Fields of a concatenation are padded to 4 bytes (NFT_REG32_SIZE). */
struct key_claim {
	uint8_t protocol, pad[3];
	struct in6_addr address;
	uint16_t port_be, pad2;
};

struct key_slot {
	uint16_t slot_be, pad;
	struct key_claim claim;
};

struct key_port {
	struct in6_addr address;
	uint16_t port_be, pad;
};

/* struct key_question - whom a UDP packet came from, and where it went; of "askers", the port alone
 */
struct key_question {
	struct key_port from, to;
};

struct key_asker {
	struct key_port from;
	uint16_t port_be, pad;
};

struct key_ports {
	uint16_t from_be, pad, to_be, pad2;
};

/* struct key_client - of a port of a service address, and of a client */
struct key_client {
	struct key_port to;
	struct in6_addr from;
};

/* A range's data, and a whole address's key and data, are an address alone. */

struct key_pair {
	struct in6_addr from, to;
};

struct key_sender {
	char link[IF_NAMESIZE];
	uint8_t mac[V6_MAC_SIZE], pad[2];
};

struct key_within {
	char from[IF_NAMESIZE], to[IF_NAMESIZE];
};

struct key_source {
	uint8_t mac[V6_MAC_SIZE], pad[2];
	struct in6_addr address;
};

struct key_leaving {
	char link[IF_NAMESIZE];
	struct in6_addr address;
};

/* v6_sets_add() - the sets and maps of the skeleton, and the element of "provided", as messages */
void v6_sets_add(struct v6_batch *batch, const struct v6_prefix *provided);

/* v6_sets_add_provided() - that element alone
 * v6_sets_put_prefix() - a prefix as an element of "provided" has it, within a list of elements:
 * where it starts and where it @ends, or the first alone
 */
void v6_sets_add_provided(struct v6_batch *batch, const struct v6_prefix *provided);
void v6_sets_put_prefix(struct nlmsghdr *message, const struct v6_prefix *prefix, bool ends);

/* V6_NAT_RANGES is a map for each of the protocols that have ports, and so are
 * V6_NAT_LIMITED_RANGES and V6_NAT_FROM sets: in the key of an interval, nft 1.0.6 writes an
 * expression for the protocol that Linux 6.12 refuses.
 */
extern const uint8_t v6_sets_protocols[3];

/* v6_sets_each_protocol() - whether it is a set for each of these
 * v6_sets_name() - the set's name in the table; @protocol matters to such a one only
 */
bool v6_sets_each_protocol(enum v6_nat_set set);
const char *v6_sets_name(enum v6_nat_set set, uint8_t protocol);

/* v6_sets_is_map() - whether its elements have data
 * v6_sets_is_claims() - a map of claims to where they lead
 * v6_sets_is_counted() - whether its elements are those of a map that counts, and go on where they
 * were
 * v6_sets_has_address() - whether the key of a set tells what it is about
 */
bool v6_sets_is_map(enum v6_nat_set set);
bool v6_sets_is_claims(enum v6_nat_set set);
bool v6_sets_is_counted(enum v6_nat_set set);
bool v6_sets_has_address(enum v6_nat_set set);

/* v6_sets_find() - which set has a name. Return: 0, or -ENOENT, as of "provided" and of those that
 * packets fill
 */
int v6_sets_find(const char *name, enum v6_nat_set *ret_set);

/* v6_sets_put_name() - append the attributes that name a set of our table to a message
 * v6_sets_put_value() - append a key or data; @type is NFTA_SET_ELEM_*
 */
void v6_sets_put_name(struct nlmsghdr *message, const char *name);
void v6_sets_put_value(struct nlmsghdr *message, uint16_t type, const void *value, size_t size);

#endif
