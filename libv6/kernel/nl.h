/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink plumbing: one socket, one request at a time, or one nf_tables batch. */
#ifndef V6_KERNEL_NL_H
#define V6_KERNEL_NL_H

#include <stdbool.h>

#include <libmnl/libmnl.h>

#include <libv6/base.h>

/* Room for one request; ours are under 1 KiB, rules the largest. */
#define V6_NL_MESSAGE_MAX 4096

/**
 * struct v6_nl - A netlink socket of the network namespace in which it was opened
 * @frees:	Elements were removed from nf_tables by it. The kernel frees that in the background,
 *		after 5 to 20 ms; whoever closes a NETLINK_NETFILTER socket before waits for it, and
 *		everybody else's transactions wait meanwhile
 *
 * Source: nft_rcv_nl_event() in linux/net/netfilter/nf_tables_api.c
 */
struct v6_nl {
	struct mnl_socket *socket;
	uint32_t seq;
	bool frees;
};

/* union v6_nl_message - a buffer for one request, aligned for its header; start with {{0}}, as the
 * padding between attributes is sent, too
 */
union v6_nl_message {
	char bytes[V6_NL_MESSAGE_MAX];
	struct nlmsghdr header;
};

/**
 * v6_nl_open() - Open a socket in the network namespace of the calling thread
 * @protocol:	NETLINK_ROUTE, NETLINK_NETFILTER or NETLINK_SOCK_DIAG
 * @ret_nl:	Set on success; release with v6_nl_close()
 * @err:	NULL, or filled in on failure only
 *
 * The kernel gives the socket its number with the first question; what listens to events has to
 * ask for one, by mnl_socket_bind().
 *
 * Return: 0 or a negative errno (-EPROTONOSUPPORT: not in this kernel)
 */
int v6_nl_open(int protocol, struct v6_nl *ret_nl, struct v6_error *err);

/* v6_nl_cookie() - what tells the network namespace of a socket from all others until a reboot: see
 * v6_netns_cookie(). Return: 0 if this kernel has none
 */
uint64_t v6_nl_cookie(const struct v6_nl *nl);

/* v6_nl_close() - close; a structure of zeroes is fine */
void v6_nl_close(struct v6_nl *nl);

/**
 * v6_nl_talk() - Send one request and read all that it answers
 * @nl:		Socket
 * @request:	Message: a dump, a question about one thing, or a change; NLM_F_REQUEST is added
 *		here
 * @answer:	Called for each message of the answer; MNL_CB_OK goes on, MNL_CB_ERROR with errno
 *		set makes this call fail. NULL for a change, which is acknowledged instead
 * @data:	Passed to @answer
 *
 * Return: 0 or the negative errno of the kernel's answer or of @answer. -EINTR: a dump was
 * disturbed by a change and may be incomplete, ask again. No text: only the caller knows the
 * object.
 */
int v6_nl_talk(struct v6_nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void *data);

/* Questions that are asked at once, and the bytes that each of them has at most */
#define V6_NL_QUESTIONS_MAX 4
#define V6_NL_QUESTION_SIZE 128

/**
 * struct v6_nl_question - One of several questions that do not depend on each other
 * @request:	A question about one thing, as of v6_nl_talk(); no dump, and no change
 * @answer:	Called for its answer, with @data
 * @ret:	What v6_nl_talk() would have returned
 *
 * v6_link_question() and the like fill it in; see there for whom they borrow.
 */
struct v6_nl_question {
	union {
		char bytes[V6_NL_QUESTION_SIZE];
		struct nlmsghdr header;
	} request;
	mnl_cb_t answer;
	void *data;
	int ret;
};

/**
 * v6_nl_ask_all() - Ask several questions in one message, and read all answers at once
 * @questions:	@n of them, V6_NL_QUESTIONS_MAX at most; each one's @ret is set
 *
 * The kernel answers one after the other, before the call that sends them returns.
 */
void v6_nl_ask_all(struct v6_nl *nl, struct v6_nl_question *questions, size_t n);

/**
 * v6_nl_glimpse() - Read the beginning of a dump whose length is a container's choice
 * @nl:		Socket; it is closed unless the dump was read whole
 * @answer:	As of v6_nl_talk()
 *
 * Reads three datagrams of 32 KiB at most, which takes a millisecond.
 *
 * Return: 0, 1 (there is more) or a negative errno (-EINTR: disturbed by a change)
 */
int v6_nl_glimpse(struct v6_nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void *data);

/**
 * v6_nl_dump() - v6_nl_talk() for dumps, repeated while changes disturb it
 * @reset:	NULL, or called before each try to forget what @answer gathered
 *
 * Reads all there is, also where @answer fails: so it is for lists whose length is not a
 * container's choice, and its callers' headers say whose it is.
 *
 * Return: as v6_nl_talk(); -EINTR only after 10 disturbed tries
 */
int v6_nl_dump(struct v6_nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void (*reset)(void *),
	       void *data);

/**
 * v6_nl_ask(), v6_nl_hear() - A dump in pieces: send its request, then read datagram by datagram
 * @nl:		A socket that nothing else is done with meanwhile; to stop early, close it
 * @answer:	As of v6_nl_talk(), for each message of one datagram
 *
 * The kernel makes one datagram after the other, as they are read.
 *
 * Return: of v6_nl_hear() 1 (there is more), 0 (that was all) or a negative errno
 */
int v6_nl_ask(struct v6_nl *nl, struct nlmsghdr *request);
int v6_nl_hear(struct v6_nl *nl, mnl_cb_t answer, void *data);

/**
 * v6_nl_post() - Send changes of which the kernel answers only those that fail
 * @messages:	One after the other, without NLM_F_ACK
 * @is_pardoned:	Whether a negative errno of one of them is no failure
 *
 * Each is done or refused by itself.
 *
 * Return: 0 or the first failure
 */
int v6_nl_post(struct v6_nl *nl, const void *messages, size_t size, bool (*is_pardoned)(int code));

/* v6_nl_check() - that a datagram is made of whole messages, as libmnl takes a length of over
 * INT_MAX for one that fits. Return: 0 or -EBADMSG
 */
int v6_nl_check(const char *datagram, size_t size);

/* v6_nl_answer() - what an @answer returns: MNL_CB_OK, or for a negative errno MNL_CB_ERROR, and
 * errno is set to it
 */
int v6_nl_answer(int code);

/* v6_nl_header() - the fixed part of a message; NULL where the message is too short to have it */
const void *v6_nl_header(const struct nlmsghdr *message, size_t size);

/* v6_nl_value() - what an attribute holds, as it is; where that is not of @size, nothing is set */
void v6_nl_value(const struct nlattr *attr, void *ret_value, size_t size);
#define V6_NL_VALUE(attr, ret_value) v6_nl_value(attr, ret_value, sizeof(*(ret_value)))

/* v6_nl_string() - the text that an attribute holds, cut to @size bytes with its NUL */
void v6_nl_string(const struct nlattr *attr, char *ret_text, size_t size);

/**
 * struct v6_batch - An nf_tables transaction being written
 *
 * A failed allocation is sticky: later calls do nothing, v6_batch_commit() reports it. So call
 * sites need no checks between operations. Whoever appends the removal of something sets @removes.
 */
struct v6_batch {
	char *buffer;
	size_t size, capacity, last;
	uint32_t first_seq;
	unsigned int n_messages;
	bool removes;
	int status;
};

/* v6_batch_begin() - start; release with v6_batch_release() whatever happens */
void v6_batch_begin(struct v6_batch *batch, struct v6_nl *nl);
void v6_batch_release(struct v6_batch *batch);

/**
 * v6_batch_next() - Header of the transaction's next message
 * @batch:	Transaction
 * @type:	NFT_MSG_*
 * @flags:	NLM_F_CREATE, NLM_F_EXCL, NLM_F_APPEND
 *
 * Append the payload to it, then call v6_batch_add(). V6_NL_MESSAGE_MAX bytes are there.
 *
 * Return: header, or NULL after a failure
 */
struct nlmsghdr *v6_batch_next(struct v6_batch *batch, uint16_t type, uint16_t flags);
void v6_batch_add(struct v6_batch *batch, const struct nlmsghdr *message);

/**
 * v6_batch_commit() - Send the transaction; the kernel does all of it or nothing
 * @batch:	Transaction, ended by this call
 * @nl:		NETLINK_NETFILTER socket
 * @failed:	NULL, or called for each message refused, with its index (0 is the first
 *		v6_batch_next()) and the negative errno
 * @data:	Passed to @failed
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, or the first negative errno; nothing is changed then
 *
 * Source: nfnetlink_rcv_batch() in linux/net/netfilter/nfnetlink.c: every refused message gets a
 * reply of its own, a batch refused whole gets one, and all are queued before send() returns.
 */
int v6_batch_commit(struct v6_batch *batch, struct v6_nl *nl,
		    void (*failed)(unsigned int index, int code, void *data), void *data,
		    struct v6_error *err);

/* v6_nl_explain() - words for an errno of nf_tables, with what to do about it where that is known
 */
const char *v6_nl_explain(int code);

#endif
