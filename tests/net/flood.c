/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood: many conntrack entries at once, for tests.
 *
 *	flood COUNT tcp|udp|sctp SERVICE PORT TARGET [FIRST]
 *
 * Flows of as many clients to a service, which TARGET answers from the same port. The clients are
 * 2001:db8:c::1 and on, or from another number on, one flow each; nothing is sent. Made by the
 *kernel's own interface for that, some hundreds a call: 100,000 take less than a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S     3600
#define BATCH_BYTES   (32 * 1024)
#define MESSAGE_BYTES 512

struct end {
	struct in6_addr address;
	uint16_t port;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct end end_of(const char *address, uint16_t port)
{
	struct end end = {.port = port};

	if (inet_pton(AF_INET6, address, &end.address) != 1) {
		fprintf(stderr, "flood: no IPv6 address: %s\n", address);
		exit(2);
	}
	return end;
}

static uint8_t protocol_of(const char *name)
{
	if (strcmp(name, "sctp") == 0)
		return IPPROTO_SCTP;
	return strcmp(name, "udp") == 0 ? IPPROTO_UDP : IPPROTO_TCP;
}

static void put_tuple(struct nlmsghdr *message, uint16_t type, uint8_t protocol,
		      const struct end *from, const struct end *to)
{
	struct nlattr *tuple = mnl_attr_nest_start(message, type), *part;

	part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	mnl_attr_put(message, CTA_IP_V6_SRC, sizeof(from->address), &from->address);
	mnl_attr_put(message, CTA_IP_V6_DST, sizeof(to->address), &to->address);
	mnl_attr_nest_end(message, part);
	part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, protocol);
	mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(from->port));
	mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(to->port));
	mnl_attr_nest_end(message, part);
	mnl_attr_nest_end(message, tuple);
}

static void put_tcp_state(struct nlmsghdr *message)
{
	struct nlattr *info = mnl_attr_nest_start(message, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_nest_end(message, tcp);
	mnl_attr_nest_end(message, info);
}

/* put_target() - the kernel makes what comes back of it, and marks the flow as one of NAT */
static void put_target(struct nlmsghdr *message, const struct end *target)
{
	struct nlattr *nat = mnl_attr_nest_start(message, CTA_NAT_DST);

	mnl_attr_put(message, CTA_NAT_V6_MINIP, sizeof(target->address), &target->address);
	mnl_attr_put(message, CTA_NAT_V6_MAXIP, sizeof(target->address), &target->address);
	mnl_attr_nest_end(message, nat);
}

static size_t write_flow(void *at, uint8_t protocol, const struct end *client,
			 const struct end *service, const struct end *target)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(at);
	struct nfgenmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));

	message->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
	info->nfgen_family = AF_INET6;
	put_tuple(message, CTA_TUPLE_ORIG, protocol, client, service);
	put_tuple(message, CTA_TUPLE_REPLY, protocol, service, client);
	if (memcmp(&service->address, &target->address, sizeof(target->address)) != 0)
		put_target(message, target);
	mnl_attr_put_u32(message, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(TIMEOUT_S));
	if (protocol == IPPROTO_TCP)
		put_tcp_state(message);
	return message->nlmsg_len;
}

/* the kernel answers a message only where it failed */
static void check(struct mnl_socket *socket)
{
	char answer[8192];
	ssize_t n;

	while ((n = recv(mnl_socket_get_fd(socket), answer, sizeof(answer), MSG_DONTWAIT)) > 0)
		if (mnl_cb_run(answer, (size_t)n, 0, 0, NULL, NULL) < 0)
			die("flood: cannot add a flow");
}

static void flood(struct mnl_socket *socket, uint32_t first, uint32_t count, uint8_t protocol,
		  const struct end *service, const struct end *target)
{
	static char batch[BATCH_BYTES];
	struct end client = end_of("2001:db8:c::", 40000);
	size_t size = 0;
	uint32_t i, number;

	for (i = 1; i <= count; i++) {
		number = htonl(first + i - 1);
		memcpy(&client.address.s6_addr[12], &number, sizeof(number));
		memset(batch + size, 0, MESSAGE_BYTES);
		size += write_flow(batch + size, protocol, &client, service, target);
		if (i < count && size + MESSAGE_BYTES <= sizeof(batch))
			continue;
		if (mnl_socket_sendto(socket, batch, size) < 0)
			die("flood: cannot send");
		check(socket);
		size = 0;
	}
}

int main(int argc, char *argv[])
{
	struct mnl_socket *socket;
	struct end service, target;
	uint16_t port;

	if (argc != 6 && argc != 7) {
		fprintf(stderr, "usage: flood COUNT tcp|udp|sctp SERVICE PORT TARGET [FIRST]\n");
		return 2;
	}
	port = (uint16_t)atoi(argv[4]);
	service = end_of(argv[3], port);
	target = end_of(argv[5], port);
	socket = mnl_socket_open(NETLINK_NETFILTER);
	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		die("flood: netlink");
	flood(socket, argc == 7 ? (uint32_t)atoi(argv[6]) : 1, (uint32_t)atoi(argv[1]),
	      protocol_of(argv[2]), &service, &target);
	mnl_socket_close(socket);
	return 0;
}
