/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Send updates of DNS, and wait for the answers that can be believed, without blocking. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "names/dns_exchange.h"

#define DNS_PORT 53
/* RFC 1035 section 4.2.1: more goes by TCP */
#define UDP_SIZE_MAX 512
/* RFC 1035 section 4.2.2: a message by TCP has its length in front */
#define LENGTH_SIZE 2
/* Datagrams that are read at a time: a flood of them is no reason to do nothing else */
#define DATAGRAMS_MAX 16

bool v6_dns_place_equal(const struct v6_dns_place *a, const struct v6_dns_place *b)
{
	return v6_address_equal(&a->server, &b->server) && strcmp(a->zone, b->zone) == 0 &&
	       strcmp(a->key, b->key) == 0;
}

static void close_socket(struct v6_dns_exchange *x)
{
	v6_cleanup_fd(&x->fd);
	x->fd = -1;
}

void v6_dns_end(struct v6_dns_exchange *x)
{
	close_socket(x);
	explicit_bzero(&x->key, sizeof(x->key));
}

static int open_exchange(struct v6_dns_exchange *x)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT)};
	struct epoll_event event = {.events = x->stream ? EPOLLOUT : EPOLLIN};
	const int v6only = 0;
	int type = x->stream ? SOCK_STREAM : SOCK_DGRAM;

	address.sin6_addr = x->place->server;
	x->fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (x->fd < 0 || setsockopt(x->fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) < 0)
		return -errno;
	if (connect(x->fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	event.data.fd = x->fd;
	return epoll_ctl(x->epoll, EPOLL_CTL_ADD, x->fd, &event) < 0 ? -errno : 0;
}

/* make_message() - each attempt has an id and a time of its own */
static int make_message(struct v6_dns_exchange *x)
{
	uint16_t id;

	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
		return -EAGAIN;
	return v6_dns_message_make(&x->update, &x->key, id, time(NULL), &x->message);
}

static int send_datagram(struct v6_dns_exchange *x)
{
	return send(x->fd, x->message.bytes, x->message.size, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* begin_attempt() - Return: 0 or a negative errno */
static int begin_attempt(struct v6_dns_exchange *x, int64_t now)
{
	int ret = make_message(x);

	close_socket(x);
	x->done = 0;
	x->stream = x->stream || x->attempt + 1 == V6_DNS_ATTEMPTS ||
		    x->message.size > UDP_SIZE_MAX;
	x->deadline = now + (x->stream ? V6_DNS_TCP_MS : V6_DNS_UDP_MS << x->attempt);
	if (ret == 0)
		ret = open_exchange(x);
	return ret < 0 || x->stream ? ret : send_datagram(x);
}

/* fail_exchange() - with the best reason that is known; @code: of the last attempt */
static int fail_exchange(struct v6_dns_exchange *x, int code, struct v6_error *err)
{
	struct v6_text server = v6_address_text(&x->place->server);
	const char *key = x->place->key;

	v6_dns_end(x);
	if (x->hinted && (x->hint.code == V6_DNS_BADKEY || x->hint.code == V6_DNS_BADSIG))
		return v6_fail(
			err, -EACCES,
			"DNS server %s does not take the key in %s (%s); give it the same one",
			server.s, key, v6_dns_code_name(x->hint.code));
	if (x->hinted && x->hint.verdict == V6_DNS_FORGED)
		return v6_fail(
			err, -EBADMSG,
			"DNS server %s: its answer is not signed with the key in %s, or by a clock that is wrong; find out which machine answers",
			server.s, key);
	if (x->hinted && (x->hint.code == V6_DNS_NOTAUTH || x->hint.code == V6_DNS_NOTZONE))
		return v6_fail(err, -EBADMSG, "DNS server %s: zone %s: %s: %s", server.s,
			       x->place->zone, v6_dns_code_name(x->hint.code),
			       v6_dns_code_advice(x->hint.code));
	if (x->hinted)
		return v6_fail(
			err, -EBADMSG,
			"DNS server %s: its answer %s is not signed; have it know the key in %s",
			server.s, v6_dns_code_name(x->hint.code), key);
	if (code == -EBADMSG || code == -EMSGSIZE)
		return v6_fail(err, code,
			       "DNS server %s: it does not answer updates as a DNS server does",
			       server.s);
	if (code == -ETIMEDOUT)
		return v6_fail(err, code, "DNS server %s does not answer", server.s);
	return v6_fail(err, code, "DNS server %s: cannot reach it: %s", server.s,
		       v6_strerror(code));
}

/* try_again() - after an attempt that brought nothing, for the reason @code. A closed port has the
 * other protocol asked at once
 */
static int try_again(struct v6_dns_exchange *x, int code, int64_t now, struct v6_error *err)
{
	while (x->attempt + 1 < V6_DNS_ATTEMPTS && !x->stream) {
		x->attempt++;
		if (code == -ECONNREFUSED)
			x->attempt = V6_DNS_ATTEMPTS - 1;
		code = begin_attempt(x, now);
		if (code == 0)
			return 0;
	}
	return fail_exchange(x, code, err);
}

int v6_dns_begin(struct v6_dns_exchange *x, const struct v6_dns_place *place,
		 const struct v6_dns_update *update, int epoll, int64_t now, struct v6_error *err)
{
	int ret;

	*x = (struct v6_dns_exchange){.place = place, .update = *update, .epoll = epoll, .fd = -1};
	x->update.zone = place->zone;
	ret = v6_dns_key_load(place->key, &x->key, err);
	if (ret < 0)
		return ret;
	ret = begin_attempt(x, now);
	return ret < 0 ? try_again(x, ret, now, err) : 0;
}

/* take_answer() - Return: 1 (believed; set @ret_code), 0 (not of use), or -EFBIG: by TCP, please */
static int take_answer(struct v6_dns_exchange *x, const uint8_t *data, size_t size,
		       unsigned int *ret_code)
{
	struct v6_dns_answer answer =
		v6_dns_answer_read(&x->message, &x->key, data, size, time(NULL));

	if (answer.verdict == V6_DNS_STRANGE)
		return 0;
	if (answer.truncated && !x->stream)
		return -EFBIG;
	if (answer.verdict != V6_DNS_SIGNED) {
		x->hinted = true;
		x->hint = answer;
		return 0;
	}
	*ret_code = answer.code;
	return 1;
}

/* read_datagrams() - Return: 1, 0 (nothing of use yet) or a negative errno */
static int read_datagrams(struct v6_dns_exchange *x, unsigned int *ret_code)
{
	ssize_t n;
	int i, ret = 0;

	for (i = 0; i < DATAGRAMS_MAX && ret == 0; i++) {
		n = recv(x->fd, x->answer, sizeof(x->answer), MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		ret = take_answer(x, x->answer, (size_t)n, ret_code);
	}
	return ret;
}

/* write_stream() - Return: 1 (all of it), 0 or a negative errno */
static int write_stream(struct v6_dns_exchange *x)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = x->fd};
	uint8_t bytes[LENGTH_SIZE + V6_DNS_MESSAGE_MAX];
	size_t size = LENGTH_SIZE + x->message.size;
	ssize_t n;

	bytes[0] = (uint8_t)(x->message.size >> 8);
	bytes[1] = (uint8_t)x->message.size;
	memcpy(bytes + LENGTH_SIZE, x->message.bytes, x->message.size);
	n = send(x->fd, bytes + x->done, size - x->done, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	x->done += (size_t)n;
	if (x->done < size)
		return 0;
	return epoll_ctl(x->epoll, EPOLL_CTL_MOD, x->fd, &event) < 0 ? -errno : 1;
}

/* read_stream() - one answer, as there is one message. Return: as read_datagrams() */
static int read_stream(struct v6_dns_exchange *x, unsigned int *ret_code)
{
	size_t have = x->done - LENGTH_SIZE - x->message.size, size = LENGTH_SIZE;
	ssize_t n;
	int ret;

	if (have >= LENGTH_SIZE)
		size += x->answer[0] * 256U + x->answer[1];
	if (size > sizeof(x->answer))
		return -EMSGSIZE;
	n = recv(x->fd, x->answer + have, size - have, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	x->done += (size_t)n;
	have += (size_t)n;
	if (have < size || size == LENGTH_SIZE)
		return 0;
	ret = take_answer(x, x->answer + LENGTH_SIZE, size - LENGTH_SIZE, ret_code);
	return ret == 0 ? -EBADMSG : ret;
}

static int exchange_more(struct v6_dns_exchange *x, unsigned int *ret_code)
{
	int ret = 1;

	if (!x->stream)
		return read_datagrams(x, ret_code);
	if (x->done < LENGTH_SIZE + x->message.size)
		ret = write_stream(x);
	return ret == 1 ? read_stream(x, ret_code) : ret;
}

int v6_dns_continue(struct v6_dns_exchange *x, int64_t now, unsigned int *ret_code,
		    struct v6_error *err)
{
	int ret = exchange_more(x, ret_code);

	if (ret == 0 && now < x->deadline)
		return 0;
	if (ret > 0) {
		v6_dns_end(x);
		return 1;
	}
	if (ret == -EFBIG) {
		x->attempt = V6_DNS_ATTEMPTS - 2;
		ret = -ETIMEDOUT;
	}
	return try_again(x, ret == 0 ? -ETIMEDOUT : ret, now, err);
}

int v6_dns_ask(const struct v6_dns_place *place, const struct v6_dns_update *update,
	       unsigned int *ret_code, struct v6_error *err)
{
	auto_fd int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct v6_dns_exchange x;
	struct epoll_event event;
	int64_t now = v6_now_ms();
	int ret = v6_dns_begin(&x, place, update, epoll, now, err);

	while (ret == 0) {
		if (epoll_wait(epoll, &event, 1, (int)(x.deadline - now)) < 0 && errno != EINTR)
			break;
		now = v6_now_ms();
		ret = v6_dns_continue(&x, now, ret_code, err);
	}
	v6_dns_end(&x);
	return ret == 0 ? v6_fail(err, -errno, "epoll: %s", v6_strerror(errno)) : ret;
}
