/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "kernel/neigh.h"

#define ETHER_SIZE 6
/* RFC 4861 section 7.1.2: anything less was forwarded by a router and is dropped */
#define HOP_LIMIT 255

/* struct advertisement - RFC 4861 section 4.4, with the target link-layer address option (4.6.1) */
struct advertisement {
	struct nd_neighbor_advert header;
	struct nd_opt_hdr option;
	uint8_t mac[ETHER_SIZE];
};

static int open_icmp(const struct v6_link *link, int *ret_fd)
{
	int hops = HOP_LIMIT, off = 0;
	auto_fd int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &link->index, sizeof(link->index)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off)))
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int v6_neigh_advertise(const struct v6_link *link, const struct in6_addr *address)
{
	struct sockaddr_in6 all_nodes = {
		.sin6_family = AF_INET6,
		.sin6_addr.s6_addr = {0xff, 0x02, [15] = 0x01},
		.sin6_scope_id = (uint32_t)link->index,
	};
	struct sockaddr_in6 source = {.sin6_family = AF_INET6, .sin6_addr = *address};
	struct advertisement message = {
		.header.nd_na_type = ND_NEIGHBOR_ADVERT,
		.header.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.header.nd_na_target = *address,
		.option = {ND_OPT_TARGET_LINKADDR, 1},
	};
	auto_fd int fd = -1;
	int ret;

	if (link->mac_size != ETHER_SIZE)
		return 0;
	memcpy(message.mac, link->mac, ETHER_SIZE);

	ret = open_icmp(link, &fd);
	if (ret < 0)
		return ret;
	/* a source saves the kernel a walk through all addresses of the link; where the address is
	 * routed here instead of being on the link, it chooses one
	 */
	(void)bind(fd, (struct sockaddr *)&source, sizeof(source));
	/* the kernel fills in the checksum of ICMPv6 (RFC 3542 section 3.1) */
	if (sendto(fd, &message, sizeof(message), MSG_DONTWAIT, (struct sockaddr *)&all_nodes,
		   sizeof(all_nodes)) < 0)
		return -errno;
	return 0;
}
