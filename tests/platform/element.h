/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table and its elements, for the programs about nf_tables. */
#ifndef TESTS_PLATFORM_ELEMENT_H
#define TESTS_PLATFORM_ELEMENT_H

#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/common.h>
#include <libnftnl/set.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "table/nat.h"
#include "table/table.h"
#include "netns.h"

/* table_new() - the table without elements; also where it is there already */
static inline void table_new(struct v6_nl *nl)
{
	struct v6_prefix provided = {address("fd00::"), 48};

	need(v6_nat_create(nl, &provided, NULL, NULL, NULL, NULL) == 0, "table");
}

/* service() - the element that leads port @port of the service to @target_port of the container */
static inline struct v6_nat_op service(uint16_t port, uint16_t target_port)
{
	return (struct v6_nat_op){
		.set = V6_NAT_SERVICES,
		.exclusive = true,
		.claim = {address("2001:db8::203"), port, IPPROTO_TCP, 0, 0},
		.target = {address("fd42::11"), target_port},
		.name = "web3",
		.owner = "3f2a91c04b77",
	};
}

static inline struct v6_nat_op removal(struct v6_nat_op op)
{
	op.remove = true;
	return op;
}

static inline struct v6_nat_op shared(struct v6_nat_op op)
{
	op.exclusive = false;
	return op;
}

/* commit() - one operation as a transaction */
static inline int commit(struct v6_nl *nl, struct v6_nat_op op)
{
	return v6_nat_commit(nl, &op, 1, NULL);
}

/* target_port() - where the service's port leads, or a negative errno */
static inline int target_port(struct v6_nl *nl, uint16_t port)
{
	struct v6_nat_op op = service(port, 0);
	struct v6_holder holder;
	int ret = v6_nat_holder(nl, V6_NAT_SERVICES, &op.claim, &holder);

	return ret < 0 ? ret : holder.target.port;
}

/* batch_put() - an element as the next message of a batch, data included whatever its type */
static inline void batch_put(struct v6_batch *batch, uint16_t type, uint16_t flags,
			     struct v6_nat_op op)
{
	struct nlmsghdr *message = v6_batch_next(batch, type, flags);

	need(message != NULL, "memory");
	v6_element_write(message, &op);
	v6_batch_add(batch, message);
}

/* batch_end() - the end mark, which v6_batch_commit() would write */
static inline void batch_end(struct v6_batch *batch)
{
	batch->size += MNL_ALIGN(
		nftnl_batch_end(batch->buffer + batch->size, batch->first_seq + batch->n_messages)
			->nlmsg_len);
}

/* batch_send() - the batch as it is */
static inline void batch_send(struct v6_batch *batch, struct v6_nl *nl)
{
	need(mnl_socket_sendto(nl->socket, batch->buffer, batch->size) >= 0, "send");
	nl->seq = batch->first_seq + batch->n_messages;
}

/**
 * batch_replies() - Read what is queued, without waiting
 * @code:	Which to count: 0 for acknowledgements, or a negative errno
 * @ret_last:	NULL, or set to what ended it: -EAGAIN or -ENOBUFS
 *
 * Return: number of replies with @code, or -1 where there was another
 */
static inline int batch_replies(struct v6_nl *nl, int code, int *ret_last)
{
	char buffer[32768];
	const struct nlmsghdr *reply = (const void *)buffer;
	const struct nlmsgerr *error;
	bool other = false;
	int n = 0;

	while (recv(mnl_socket_get_fd(nl->socket), buffer, sizeof(buffer), MSG_DONTWAIT) > 0) {
		error = mnl_nlmsg_get_payload(reply);
		other |= reply->nlmsg_type != NLMSG_ERROR || error->error != code;
		n++;
	}
	if (ret_last)
		*ret_last = -errno;
	return other ? -1 : n;
}

#endif
