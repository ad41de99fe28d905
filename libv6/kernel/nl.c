/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink: one request and its answer, a dump, or a batch of nf_tables. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <libnftnl/common.h>

#include "base/cleanup.h"
#include "kernel/nl.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* 5.14 */
#endif

#define DUMP_TRIES 10
/* What one recv() may bring; the kernel fills dumps up to 32 KiB (netlink_dump(), 4.9 and later).
 */
#define RECEIVE_SIZE 32768
/* And of a dump in pieces: a kernel that is not preemptible does nothing else meanwhile */
#define PIECE_SIZE 8192
/* Datagrams of a list that a container makes as long as it likes */
#define GLIMPSE_READS 3

int v6_nl_open(int protocol, struct v6_nl *ret_nl, struct v6_error *err)
{
	const char *module = protocol == NETLINK_NETFILTER   ? "nf_tables"
			     : protocol == NETLINK_SOCK_DIAG ? "inet_diag"
							     : "rtnetlink";
	struct mnl_socket *socket;
	int one = 1;

	socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!socket && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT))
		return v6_fail(err, -EPROTONOSUPPORT,
			       "netlink: this kernel has no %s; load it with modprobe %s", module,
			       module);
	if (!socket)
		return v6_fail(err, -errno, "netlink: cannot open a socket: %s",
			       v6_strerror(errno));

	/* dumps honour filters in their request only so (4.20); older kernels ignore both */
	if (protocol == NETLINK_ROUTE)
		mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &one, sizeof(one));

	ret_nl->socket = socket;
	ret_nl->seq = 1;
	ret_nl->frees = false;
	return 0;
}

uint64_t v6_nl_cookie(const struct v6_nl *nl)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);

	if (getsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) <
	    0)
		return 0;
	return cookie;
}

void v6_nl_close(struct v6_nl *nl)
{
	int saved = errno;

	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
	errno = saved;
}

/* discard_replies() - read away what a failed exchange left, so that the next one starts clean */
static void discard_replies(struct v6_nl *nl)
{
	char buffer[RECEIVE_SIZE];
	int saved = errno;

	/* that messages were lost comes before those that were not */
	while (recv(mnl_socket_get_fd(nl->socket), buffer, sizeof(buffer), MSG_DONTWAIT) > 0 ||
	       errno == ENOBUFS || errno == EINTR)
		;
	errno = saved;
}

/* make_negative() - an errno of either sign, where it is one: MAX_ERRNO, linux/include/linux/err.h
 */
static int make_negative(int code)
{
	unsigned int error = code < 0 ? 0U - (unsigned int)code : (unsigned int)code;

	return error > 0 && error <= 4095 ? -(int)error : -EBADMSG;
}

int v6_nl_check(const char *datagram, size_t size)
{
	struct nlmsghdr header;
	size_t step;

	for (; size >= sizeof(header); datagram += step, size -= step) {
		memcpy(&header, datagram, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > size)
			return -EBADMSG;
		step = MNL_ALIGN(header.nlmsg_len) < size ? MNL_ALIGN(header.nlmsg_len) : size;
	}
	return 0;
}

/* run_answer() - hand the messages of a datagram on. Return: MNL_CB_*, with errno set for an error
 */
static int run_answer(uint32_t seq, const char *buffer, size_t size, mnl_cb_t answer, void *data)
{
	int ret = v6_nl_check(buffer, size);

	if (ret < 0) {
		errno = -ret;
		return MNL_CB_ERROR;
	}
	return mnl_cb_run(buffer, size, seq, 0, answer, data);
}

static int ask_kernel(struct v6_nl *nl, struct nlmsghdr *request)
{
	request->nlmsg_seq = ++nl->seq;
	request->nlmsg_flags |= NLM_F_REQUEST;
	return mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0 ? -errno : 0;
}

/* hear_kernel() - the next datagram, for which the kernel takes no more than @size bytes; where it
 * can't be read, none is left. Return: MNL_CB_*, with errno set for an error
 */
static int hear_kernel(struct v6_nl *nl, char *buffer, size_t size, mnl_cb_t answer, void *data)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(nl->socket, buffer, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		discard_replies(nl);
	return n < 0 ? MNL_CB_ERROR : run_answer(nl->seq, buffer, (size_t)n, answer, data);
}

int v6_nl_talk(struct v6_nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void *data)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	char buffer[RECEIVE_SIZE];
	int ret, more = MNL_CB_OK;

	if (!dump && !answer)
		request->nlmsg_flags |= NLM_F_ACK;
	ret = ask_kernel(nl, request);
	if (ret < 0)
		return ret;

	while (more > MNL_CB_STOP) {
		more = hear_kernel(nl, buffer, sizeof(buffer), answer, data);
		/* a question about one thing is answered by one message, be it an error */
		if (!dump && answer)
			break;
	}
	if (more < 0 && dump)
		discard_replies(nl);
	return more < 0 ? make_negative(errno) : 0;
}

static int send_questions(struct v6_nl *nl, struct v6_nl_question *questions, size_t n)
{
	char all[V6_NL_QUESTIONS_MAX * V6_NL_QUESTION_SIZE];
	struct nlmsghdr *request;
	size_t i, size = 0;

	for (i = 0; i < n; i++) {
		request = &questions[i].request.header;
		request->nlmsg_seq = ++nl->seq;
		request->nlmsg_flags |= NLM_F_REQUEST;
		memcpy(all + size, request, MNL_ALIGN(request->nlmsg_len));
		size += MNL_ALIGN(request->nlmsg_len);
	}
	return mnl_socket_sendto(nl->socket, all, size) < 0 ? -errno : 0;
}

/* hear_question() - one datagram: the answer to one of them. Return: whether it was */
static bool hear_question(struct v6_nl_question *questions, size_t n, const char *datagram,
			  size_t size)
{
	const struct nlmsghdr *header = (const void *)datagram;
	uint32_t first = questions[0].request.header.nlmsg_seq;
	struct v6_nl_question *question;

	if (size < sizeof(*header) || header->nlmsg_seq - first >= n)
		return false;
	question = &questions[header->nlmsg_seq - first];
	question->ret =
		run_answer(header->nlmsg_seq, datagram, size, question->answer, question->data) < 0
			? make_negative(errno)
			: 0;
	return true;
}

/* hear_questions() - all answers that are there. Return: how many of them are whole */
static size_t hear_questions(struct v6_nl *nl, struct v6_nl_question *questions, size_t n)
{
	char buffers[V6_NL_QUESTIONS_MAX][RECEIVE_SIZE / V6_NL_QUESTIONS_MAX];
	struct mmsghdr datagrams[V6_NL_QUESTIONS_MAX] = {0};
	struct iovec parts[V6_NL_QUESTIONS_MAX];
	size_t i, heard = 0;
	int got;

	for (i = 0; i < n; i++) {
		parts[i] = (struct iovec){&buffers[i], sizeof(buffers[i])};
		datagrams[i].msg_hdr.msg_iov = &parts[i];
		datagrams[i].msg_hdr.msg_iovlen = 1;
	}
	got = recvmmsg(mnl_socket_get_fd(nl->socket), datagrams, (unsigned int)n, MSG_DONTWAIT,
		       NULL);
	for (i = 0; got > 0 && i < (size_t)got; i++)
		if (!(datagrams[i].msg_hdr.msg_flags & MSG_TRUNC) &&
		    hear_question(questions, n, buffers[i], datagrams[i].msg_len))
			heard++;
	return heard;
}

void v6_nl_ask_all(struct v6_nl *nl, struct v6_nl_question *questions, size_t n)
{
	struct v6_nl_question *q;

	if (send_questions(nl, questions, n) == 0 && hear_questions(nl, questions, n) == n)
		return;
	/* one by one: an answer was longer than its room, or got lost */
	discard_replies(nl);
	for (q = questions; q < questions + n; q++)
		q->ret = v6_nl_talk(nl, &q->request.header, q->answer, q->data);
}

int v6_nl_ask(struct v6_nl *nl, struct nlmsghdr *request)
{
	return ask_kernel(nl, request);
}

int v6_nl_hear(struct v6_nl *nl, mnl_cb_t answer, void *data)
{
	char buffer[PIECE_SIZE];
	int more = hear_kernel(nl, buffer, sizeof(buffer), answer, data);

	return more < 0 ? make_negative(errno) : more > MNL_CB_STOP;
}

int v6_nl_glimpse(struct v6_nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void *data)
{
	char buffer[RECEIVE_SIZE];
	int i, more = MNL_CB_OK, ret = ask_kernel(nl, request);

	for (i = 0; i < GLIMPSE_READS && ret == 0 && more > MNL_CB_STOP; i++)
		more = hear_kernel(nl, buffer, sizeof(buffer), answer, data);
	if (more < 0)
		ret = make_negative(errno);
	if (more != MNL_CB_STOP)
		v6_nl_close(nl);
	return ret < 0 ? ret : more > MNL_CB_STOP;
}

/* first_failure() - of a datagram of replies; 0: none, or all are pardoned */
static int first_failure(const char *replies, size_t size, bool (*is_pardoned)(int code))
{
	const struct nlmsghdr *reply = (const void *)replies;
	const struct nlmsgerr *error;
	int left = (int)size;

	for (; mnl_nlmsg_ok(reply, left); reply = mnl_nlmsg_next(reply, &left)) {
		error = v6_nl_header(reply, sizeof(*error));
		if (reply->nlmsg_type == NLMSG_ERROR && error && error->error != 0 &&
		    !is_pardoned(make_negative(error->error)))
			return make_negative(error->error);
	}
	return 0;
}

int v6_nl_post(struct v6_nl *nl, const void *messages, size_t size, bool (*is_pardoned)(int code))
{
	char buffer[RECEIVE_SIZE];
	int first = 0;
	ssize_t n;

	if (mnl_socket_sendto(nl->socket, messages, size) < 0)
		return -errno;
	for (;;) {
		n = recv(mnl_socket_get_fd(nl->socket), buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return first;
		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			return -errno;
		if (n >= 0 && v6_nl_check(buffer, (size_t)n) < 0)
			return -EBADMSG;
		if (n >= 0 && first == 0)
			first = first_failure(buffer, (size_t)n, is_pardoned);
	}
}

int v6_nl_dump(struct v6_nl *nl, struct nlmsghdr *request, mnl_cb_t answer, void (*reset)(void *),
	       void *data)
{
	int try, ret = -EINTR;

	for (try = 0; try < DUMP_TRIES && ret == -EINTR; try++) {
		if (reset)
			reset(data);
		ret = v6_nl_talk(nl, request, answer, data);
	}
	return ret;
}

int v6_nl_answer(int code)
{
	if (code >= 0)
		return MNL_CB_OK;
	errno = -code;
	return MNL_CB_ERROR;
}

const void *v6_nl_header(const struct nlmsghdr *message, size_t size)
{
	return mnl_nlmsg_get_payload_len(message) < size ? NULL : mnl_nlmsg_get_payload(message);
}

void v6_nl_value(const struct nlattr *attr, void *ret_value, size_t size)
{
	if (mnl_attr_get_payload_len(attr) == size)
		memcpy(ret_value, mnl_attr_get_payload(attr), size);
}

void v6_nl_string(const struct nlattr *attr, char *ret_text, size_t size)
{
	size_t length = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (length >= size)
		length = size - 1;
	memcpy(ret_text, mnl_attr_get_payload(attr), length);
	ret_text[length] = '\0';
}

void v6_batch_begin(struct v6_batch *batch, struct v6_nl *nl)
{
	struct nlmsghdr *begin;

	memset(batch, 0, sizeof(*batch));
	batch->capacity = 4 * V6_NL_MESSAGE_MAX;
	batch->buffer = calloc(1, batch->capacity);
	if (!batch->buffer) {
		batch->status = -ENOMEM;
		return;
	}
	batch->first_seq = nl->seq + 2; /* after the begin mark's */
	begin = nftnl_batch_begin(batch->buffer, nl->seq + 1);
	batch->size = MNL_ALIGN(begin->nlmsg_len);
}

void v6_batch_release(struct v6_batch *batch)
{
	v6_cleanup_free(&batch->buffer);
	batch->buffer = NULL;
}

/**
 * reserve_message() - Make room for one more message and the end mark
 *
 * Without its end mark a batch is acknowledged and then dropped, so its room is always kept.
 */
static int reserve_message(struct v6_batch *batch)
{
	size_t capacity = batch->capacity, step = 4 * V6_NL_MESSAGE_MAX;
	char *larger;

	if (batch->status < 0)
		return batch->status;
	if (capacity - batch->size >= 2 * V6_NL_MESSAGE_MAX)
		return 0;
	/* not twice as much: a batch with all elements may have tens of megabytes */
	capacity += capacity / 8 > step ? capacity / 8 : step;

	larger = realloc(batch->buffer, capacity);
	if (!larger)
		return batch->status = -ENOMEM;
	memset(larger + batch->capacity, 0, capacity - batch->capacity);
	batch->buffer = larger;
	batch->capacity = capacity;
	return 0;
}

struct nlmsghdr *v6_batch_next(struct v6_batch *batch, uint16_t type, uint16_t flags)
{
	if (reserve_message(batch) < 0)
		return NULL;
	return nftnl_nlmsg_build_hdr(batch->buffer + batch->size, type, NFPROTO_IPV6, flags,
				     batch->first_seq + batch->n_messages);
}

void v6_batch_add(struct v6_batch *batch, const struct nlmsghdr *message)
{
	if (!message)
		return;
	batch->last = batch->size;
	batch->size += MNL_ALIGN(message->nlmsg_len);
	batch->n_messages++;
}

const char *v6_nl_explain(int code)
{
	switch (code) {
	case -EPERM:
		return "not allowed; run as root with CAP_NET_ADMIN over the host's network namespace";
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		return "this kernel has no nf_tables; load it with modprobe nf_tables";
	case -EEXIST:
		return "there already";
	default:
		return v6_strerror(code);
	}
}

struct commit {
	const struct v6_batch *batch;
	void (*failed)(unsigned int index, int code, void *data);
	void *data;
	int first_code;
	bool answered, complete;
};

static void note_reply(struct commit *commit, const struct nlmsghdr *reply)
{
	const struct nlmsgerr *error = v6_nl_header(reply, sizeof(*error));
	uint32_t index = reply->nlmsg_seq - commit->batch->first_seq;

	if (reply->nlmsg_type != NLMSG_ERROR || !error)
		return;
	commit->answered = true;
	if (index == commit->batch->n_messages - 1)
		commit->complete = true;
	if (error->error == 0)
		return;
	if (commit->first_code == 0)
		commit->first_code = make_negative(error->error);
	if (commit->failed && index < commit->batch->n_messages)
		commit->failed(index, make_negative(error->error), commit->data);
}

/* drain_replies() - read what the kernel queued before send() returned. The end is the reply to the
 * last message, or -EAGAIN, as a batch refused whole has no such reply. Where replies were dropped
 * for want of room (hundreds of elements refused), those that came say enough; no reply at all is
 * not success.
 */
static int drain_replies(struct v6_nl *nl, struct commit *commit)
{
	char buffer[RECEIVE_SIZE];
	const struct nlmsghdr *reply;
	ssize_t n;
	int left, lost = 0;

	while (!commit->complete) {
		n = recv(mnl_socket_get_fd(nl->socket), buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS)
			lost = -ENOBUFS;
		if (n < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (n < 0 && errno == EAGAIN)
			return commit->first_code ? 0 : lost ? lost : commit->answered ? 0 : -EIO;
		if (n < 0)
			return -errno;

		if (v6_nl_check(buffer, (size_t)n) < 0)
			return -EBADMSG;
		left = (int)n;
		for (reply = (const void *)buffer; mnl_nlmsg_ok(reply, left);
		     reply = mnl_nlmsg_next(reply, &left))
			note_reply(commit, reply);
	}
	return commit->first_code ? 0 : lost;
}

static int send_whole(struct v6_nl *nl, const struct v6_batch *batch)
{
	int size = (int)batch->size * 2;

	/* a batch is one message to the socket layer, which refuses those over its buffer */
	if (batch->size > 65536 && setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET,
					      SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		return -errno;
	if (mnl_socket_sendto(nl->socket, batch->buffer, batch->size) < 0)
		return -errno;
	return 0;
}

static struct nlmsghdr *last_message(struct v6_batch *batch)
{
	return (struct nlmsghdr *)(void *)(batch->buffer + batch->last);
}

int v6_batch_commit(struct v6_batch *batch, struct v6_nl *nl,
		    void (*failed)(unsigned int index, int code, void *data), void *data,
		    struct v6_error *err)
{
	struct commit commit = {
		.batch = batch,
		.failed = failed,
		.data = data,
		.answered = batch->n_messages == 0,
	};
	struct nlmsghdr *end;
	int ret;

	if (batch->status < 0)
		return v6_fail(err, batch->status, "nf_tables: %s", v6_strerror(-batch->status));

	/* of one that is refused whole we hear anyway; so that we hear of any */
	if (batch->n_messages > 0)
		last_message(batch)->nlmsg_flags |= NLM_F_ACK;
	end = nftnl_batch_end(batch->buffer + batch->size, batch->first_seq + batch->n_messages);
	batch->size += MNL_ALIGN(end->nlmsg_len);
	nl->seq = batch->first_seq + batch->n_messages;

	ret = send_whole(nl, batch);
	if (ret == 0)
		ret = drain_replies(nl, &commit);
	if (ret < 0)
		discard_replies(nl);
	if (ret == 0)
		ret = commit.first_code;
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: %s", v6_nl_explain(ret));
	nl->frees |= batch->removes;
	return 0;
}
