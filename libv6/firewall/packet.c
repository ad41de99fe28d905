/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the headers of a packet, and the routes for its addresses, would look like. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/address.h"
#include "firewall/packet.h"

#define ETHER_TYPE_OFFSET 12
#define ETHER_TYPE_IPV6	  0x86dd
#define TCP_FLAGS_OFFSET  13
/* Of an ICMPv6 message, after type, code, checksum and 4 bytes: RFC 4861 section 4.3 */
#define ND_TARGET_OFFSET 8

static void put_header_field(struct v6_header *header, size_t offset, const void *data, size_t size)
{
	memcpy(header->bytes + offset, data, size);
	memset(header->known + offset, true, size);
}

static void put_header_number8(struct v6_header *header, size_t offset, uint8_t value)
{
	put_header_field(header, offset, &value, sizeof(value));
}

static void put_header_number16(struct v6_header *header, size_t offset, uint16_t value)
{
	uint16_t value_be = htons(value);

	put_header_field(header, offset, &value_be, sizeof(value_be));
}

void v6_packet_network(const struct v6_packet *packet, struct v6_header *ret_header)
{
	memset(ret_header, 0, sizeof(*ret_header));
	/* version and traffic class; of the flow label, only what shares their bytes */
	put_header_number16(ret_header, 0, 0x6000);
	put_header_number8(ret_header, 6, packet->protocol);
	put_header_number8(ret_header, 7, packet->hop_limit);
	put_header_field(ret_header, 8, &packet->ends.saddr, sizeof(packet->ends.saddr));
	put_header_field(ret_header, 24, &packet->ends.daddr, sizeof(packet->ends.daddr));
}

void v6_packet_transport(const struct v6_packet *packet, struct v6_header *ret_header)
{
	memset(ret_header, 0, sizeof(*ret_header));
	if (packet->protocol == IPPROTO_ICMPV6) {
		put_header_number8(ret_header, 0, packet->icmp_type);
		put_header_number8(ret_header, 1, 0);
		put_header_field(ret_header, ND_TARGET_OFFSET, &packet->icmp_target,
				 sizeof(packet->icmp_target));
		return;
	}
	put_header_number16(ret_header, 0, packet->ends.sport);
	put_header_number16(ret_header, 2, packet->ends.dport);
	if (packet->protocol == IPPROTO_TCP)
		put_header_number8(ret_header, TCP_FLAGS_OFFSET, packet->tcp_flags);
}

void v6_packet_ethernet(struct v6_header *ret_header)
{
	memset(ret_header, 0, sizeof(*ret_header));
	put_header_number16(ret_header, ETHER_TYPE_OFFSET, ETHER_TYPE_IPV6);
}

/* packet_is_local() - whether an address of the packet is the host's own at this hook */
static bool packet_is_local(const struct v6_packet *packet, const struct in6_addr *address)
{
	/* the service address is on the host; so is the target where there is no way in */
	return v6_address_equal(address, &packet->service) ||
	       (packet->inside.index == 0 && v6_address_equal(address, &packet->target));
}

const struct v6_side *v6_packet_way_to(const struct v6_packet *packet,
				       const struct in6_addr *address)
{
	if (packet_is_local(packet, address))
		return NULL;
	return v6_address_equal(address, &packet->target) ? &packet->inside : &packet->outside;
}

uint8_t v6_packet_casting(const struct v6_packet *packet)
{
	return packet->in.index && IN6_IS_ADDR_MULTICAST(&packet->ends.daddr) ? PACKET_MULTICAST
									      : PACKET_HOST;
}

uint32_t v6_packet_state(const struct v6_packet *packet)
{
	switch (packet->tracking) {
	case V6_TRACKING_ON:
		return packet->state;
	case V6_TRACKING_NEVER:
		return V6_STATE_UNTRACKED;
	default:
		return V6_STATE_INVALID;
	}
}

uint32_t v6_packet_type(const struct v6_packet *packet, const struct in6_addr *address)
{
	if (IN6_IS_ADDR_MULTICAST(address))
		return RTN_MULTICAST;
	return packet_is_local(packet, address) ? RTN_LOCAL : RTN_UNICAST;
}
