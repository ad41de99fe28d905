/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet that nobody sent: what rules of nf_tables would see of it at one hook. */
#ifndef V6_FIREWALL_PACKET_H
#define V6_FIREWALL_PACKET_H

#include <net/if.h>
#include <stdbool.h>

#include <libv6/base.h>

/* Bits of "ct state": NF_CT_STATE_BIT() of linux/netfilter/nf_conntrack_common.h */
enum {
	V6_STATE_INVALID = 1 << 0,
	V6_STATE_ESTABLISHED = 1 << 1,
	V6_STATE_NEW = 1 << 3,
	V6_STATE_UNTRACKED = 1 << 6,
};

/* enum v6_tracking - what conntrack knows of a packet */
enum v6_tracking {
	V6_TRACKING_NOT_YET, /* the hook is before conntrack */
	V6_TRACKING_NEVER,   /* neighbour discovery, or a rule said notrack */
	V6_TRACKING_ON,
	V6_TRACKING_UNKNOWN, /* bridges may have a conntrack of their own */
};

/* struct v6_ends - source and destination; ports in host order */
struct v6_ends {
	struct in6_addr saddr, daddr;
	uint16_t sport, dport;
};

/**
 * struct v6_side - A link that a packet passes
 * @index:	0: none at this hook; negative: some link, nobody knows which
 * @name:	Its name, "" where there is none
 */
struct v6_side {
	int index;
	char name[IF_NAMESIZE];
};

/* struct v6_setting - a mark, which rules may change to something that can't be foreseen */
struct v6_setting {
	uint32_t value;
	bool known;
};

/**
 * struct v6_socket - The socket of this host that a packet belongs to, as a hook finds it
 * @known:	Else it is not foreseen, and nothing below matters
 * @there:	There is one
 * @half_open:	It may be of a connection that is being made, which has neither owner nor address
 * @wildcard:	It is bound to all addresses
 * @uid:	Of the user whose it is
 */
struct v6_socket {
	bool known, there, half_open, wildcard;
	uint32_t uid;
};

/**
 * struct v6_packet - A packet at a hook
 * @ends:	As the headers have it there; ports of TCP, UDP and SCTP only
 * @protocol:	IPPROTO_*
 * @icmp_type:	Where it is ICMPv6; its target, for neighbour discovery, is @icmp_target
 * @tcp_flags:	Where it is TCP: TH_* of netinet/tcp.h
 * @hop_limit:	As the headers have it
 * @in:		Link that it came by
 * @out:	Link that it goes by
 * @sender:	Socket that has sent it, which it bears
 * @receiver:	Socket that a look-up by its ends finds
 * @tracking:	The members below matter where it is V6_TRACKING_ON
 * @state:	One of V6_STATE_*
 * @status:	IPS_*
 * @is_reply:	It goes from the service to the client
 * @original:	Its connection as the client began it
 * @reply:	As the server answers it
 * @mark:	Of the packet
 * @ct_mark:	Of the connection
 * @service:	Its service address, which is the host's own
 * @target:	Of the container, or @service
 * @outside:	Link that leads to the client
 * @inside:	Link that leads to the container; index 0: the host itself is meant
 *
 * Plain values, copied by assignment.
 */
struct v6_packet {
	struct v6_ends ends;
	uint8_t protocol;
	uint8_t icmp_type;
	struct in6_addr icmp_target;
	uint8_t tcp_flags;
	uint8_t hop_limit;
	struct v6_side in, out;
	struct v6_socket sender, receiver;
	enum v6_tracking tracking;
	uint32_t state, status;
	bool is_reply;
	struct v6_ends original, reply;
	struct v6_setting mark, ct_mark;
	struct in6_addr service, target;
	struct v6_side outside, inside;
};

/* Bytes of a header that are made up at most; what follows is never known. */
#define V6_HEADER_MAX 40

/**
 * struct v6_header - Bytes of one header
 * @bytes:	In network order
 * @known:	Whether the byte at that place is the one that every such packet has
 */
struct v6_header {
	uint8_t bytes[V6_HEADER_MAX];
	bool known[V6_HEADER_MAX];
};

/*
 * v6_packet_network() - the IPv6 header, RFC 8200 section 3
 * v6_packet_transport() - what follows it: TCP, UDP, SCTP or ICMPv6
 * v6_packet_ethernet() - what goes before it; only the type is known
 */
void v6_packet_network(const struct v6_packet *packet, struct v6_header *ret_header);
void v6_packet_transport(const struct v6_packet *packet, struct v6_header *ret_header);
void v6_packet_ethernet(struct v6_header *ret_header);

/* v6_packet_way_to() - the link that leads to one of its addresses; NULL: none, it is local */
const struct v6_side *v6_packet_way_to(const struct v6_packet *packet,
				       const struct in6_addr *address);

/* v6_packet_type() - RTN_* of one of its addresses */
uint32_t v6_packet_type(const struct v6_packet *packet, const struct in6_addr *address);

/* v6_packet_casting() - PACKET_* of linux/if_packet.h; what this host sends is PACKET_HOST, too */
uint8_t v6_packet_casting(const struct v6_packet *packet);

/* v6_packet_state() - the bit of "ct state" */
uint32_t v6_packet_state(const struct v6_packet *packet);

#endif
