/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbour solicitations and advertisements, and the neighbour entries of the kernel. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "kernel/neigh.h"

/* RFC 4861 section 7.1.2: anything less was forwarded by a router and is dropped */
#define HOP_LIMIT 255

/* More than a socket's buffer holds: what has come by now is among them, and who goes on sending
 * does not keep us
 */
#define MESSAGES_MAX 1024

/* struct advertisement - RFC 4861 section 4.4, with the target link-layer address option (4.6.1) */
struct advertisement {
	struct nd_neighbor_advert header;
	struct nd_opt_hdr option;
	uint8_t mac[V6_MAC_SIZE];
};

/* struct solicitation - RFC 4861 section 4.3, with the source link-layer address option (4.6.1) */
struct solicitation {
	struct nd_neighbor_solicit header;
	struct nd_opt_hdr option;
	uint8_t mac[V6_MAC_SIZE];
};

/* open_icmp() - a socket that hears messages of one type only, or none */
static int open_icmp(int type, int *ret_fd)
{
	int off = 0;
	struct icmp6_filter filter;
	auto_fd int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);

	ICMP6_FILTER_SETBLOCKALL(&filter);
	if (type)
		ICMP6_FILTER_SETPASS(type, &filter);
	if (fd < 0 || setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off)))
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

/* append_control() - one more header of a message, which has room for it */
static void append_control(struct msghdr *message, int type, const void *value, size_t size)
{
	struct cmsghdr *part = (void *)((char *)message->msg_control + message->msg_controllen);

	part->cmsg_level = IPPROTO_IPV6;
	part->cmsg_type = type;
	part->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(part), value, size);
	message->msg_controllen += CMSG_SPACE(size);
}

/* send_by() - one message to a multicast address of a link, from @source or, where that is NULL, an
 * address that the kernel chooses; it fills in the checksum of ICMPv6 (RFC 3542 section 3.1)
 */
static int send_by(int fd, const struct v6_link *link, struct in6_addr group,
		   const struct in6_addr *source, void *message, size_t size)
{
	const int hops = HOP_LIMIT;
	struct in6_pktinfo info = {.ipi6_ifindex = (unsigned int)link->index};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = group};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(info)) + CMSG_SPACE(sizeof(hops))];
	} control = {.align = {0}};
	struct iovec data = {message, size};
	struct msghdr all = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
	};

	if (source)
		info.ipi6_addr = *source;
	append_control(&all, IPV6_PKTINFO, &info, sizeof(info));
	append_control(&all, IPV6_HOPLIMIT, &hops, sizeof(hops));
	return sendmsg(fd, &all, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int v6_neigh_advertise(int fd, const struct v6_link *link, const struct in6_addr *address)
{
	static const struct in6_addr all_nodes = {.s6_addr = {0xff, 0x02, [15] = 0x01}};
	struct advertisement message = {
		.header.nd_na_type = ND_NEIGHBOR_ADVERT,
		.header.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE,
		.header.nd_na_target = *address,
		.option = {ND_OPT_TARGET_LINKADDR, 1},
	};
	auto_fd int own = -1;
	int ret;

	if (link->mac_size != V6_MAC_SIZE)
		return 0;
	memcpy(message.mac, link->mac, V6_MAC_SIZE);

	ret = fd < 0 ? open_icmp(0, &own) : 0;
	if (ret < 0)
		return ret;
	if (fd < 0)
		fd = own;
	/* a source saves the kernel a walk through all addresses of the link; where the address is
	 * routed here instead of being on the link, it chooses one
	 */
	ret = send_by(fd, link, all_nodes, address, &message, sizeof(message));
	if (ret == -EINVAL)
		ret = send_by(fd, link, all_nodes, NULL, &message, sizeof(message));
	return ret;
}

int v6_neigh_listen(int *ret_fd)
{
	auto_fd int fd = -1;
	int on = 1, ret = open_icmp(ND_NEIGHBOR_ADVERT, &fd);

	if (ret < 0)
		return ret;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)))
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

int v6_neigh_overhear(int *ret_fd)
{
	/* nd_na_flags_reserved begins with R, S (solicited) and O: RFC 4861 section 4.4 */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 offsetof(struct nd_neighbor_advert, nd_na_flags_reserved)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x40, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {V6_ARRAY_SIZE(code), code};
	auto_fd int fd = -1;
	int ret = v6_neigh_listen(&fd);

	if (ret < 0)
		return ret;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

struct in6_addr v6_neigh_solicited_node(const struct in6_addr *address)
{
	struct in6_addr group = {.s6_addr = {0xff, 0x02, [11] = 0x01, [12] = 0xff}};

	memcpy(&group.s6_addr[13], &address->s6_addr[13], 3);
	return group;
}

int v6_neigh_ask(int fd, const struct v6_link *link, const struct in6_addr *address)
{
	struct solicitation message = {
		.header.nd_ns_type = ND_NEIGHBOR_SOLICIT,
		.header.nd_ns_target = *address,
		.option = {ND_OPT_SOURCE_LINKADDR, 1},
	};

	if (link->mac_size != V6_MAC_SIZE)
		return 0;
	memcpy(message.mac, link->mac, V6_MAC_SIZE);
	return send_by(fd, link, v6_neigh_solicited_node(address), NULL, &message, sizeof(message));
}

/* read_control() - the link that a message came by, and its hop limit */
static void read_control(struct msghdr *message, int *ret_link, int *ret_hops)
{
	struct in6_pktinfo info;
	struct cmsghdr *part;

	*ret_link = *ret_hops = 0;
	for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != IPPROTO_IPV6)
			continue;
		if (part->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info, CMSG_DATA(part), sizeof(info));
			*ret_link = (int)info.ipi6_ifindex;
		} else if (part->cmsg_type == IPV6_HOPLIMIT) {
			memcpy(ret_hops, CMSG_DATA(part), sizeof(*ret_hops));
		}
	}
}

/* read_options() - the link-layer address that an advertisement tells; false where it has none */
static bool read_options(const uint8_t *option, size_t size, uint8_t *ret_mac)
{
	size_t length;

	for (; size >= 8; option += length, size -= length) {
		length = option[1] * 8U;
		if (length == 0 || length > size)
			return false;
		if (option[0] == ND_OPT_TARGET_LINKADDR && length == 8) {
			memcpy(ret_mac, option + 2, V6_MAC_SIZE);
			return true;
		}
	}
	return false;
}

/* hear_message() - the next message. Return: 1, 0 (none for now), -EBADMSG (none that counts) or
 * another negative errno
 */
static int hear_message(int fd, struct v6_neighbour *ret_neighbour)
{
	union {
		struct nd_neighbor_advert header;
		uint8_t bytes[1500];
	} packet;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {&packet, sizeof(packet)};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
	int hops;

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return errno == EINTR ? -EBADMSG : -errno;
	read_control(&message, &ret_neighbour->link, &hops);
	if (n < (ssize_t)sizeof(packet.header) || hops != HOP_LIMIT ||
	    packet.header.nd_na_code != 0)
		return -EBADMSG;
	ret_neighbour->address = packet.header.nd_na_target;
	return read_options(packet.bytes + sizeof(packet.header), (size_t)n - sizeof(packet.header),
			    ret_neighbour->mac)
		       ? 1
		       : -EBADMSG;
}

int v6_neigh_each(int fd, void (*visit)(const struct v6_neighbour *answer, void *data), void *data)
{
	struct v6_neighbour answer;
	int i, ret = 1;

	for (i = 0; i < MESSAGES_MAX && (ret > 0 || ret == -EBADMSG); i++) {
		ret = hear_message(fd, &answer);
		if (ret > 0)
			visit(&answer, data);
	}
	return ret > 0 || ret == -EBADMSG ? 0 : ret;
}
