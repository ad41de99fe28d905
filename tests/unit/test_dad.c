/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Duplicate address detection: what machines of the link say of an address, and how much of it. */
#include <limits.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>

#include "base/address.h"
#include "plan/dad.h"
#include "scratch.h"

/* Any; recvmsg() is ours */
#define FD 7

/* What recvmsg() brings: the same for @times times, and then nothing */
static struct {
	struct nd_neighbor_advert header;
	uint8_t option[8];
	int hops, link;
	unsigned long times, received;
} packet;

static void put_control(struct msghdr *message, struct cmsghdr **part, int type, const void *data,
			size_t size)
{
	struct cmsghdr *at = *part;

	at->cmsg_level = IPPROTO_IPV6;
	at->cmsg_type = type;
	at->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(at), data, size);
	*part = CMSG_NXTHDR(message, at);
}

/* In place of libc's: the link's end of the socket */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct in6_pktinfo info = {.ipi6_ifindex = (unsigned int)packet.link};
	size_t size = sizeof(packet.header) + sizeof(packet.option);
	struct cmsghdr *part;

	assert_int_equal(fd, FD);
	assert_true(flags & MSG_DONTWAIT);
	if (packet.received == packet.times) {
		errno = EAGAIN;
		return -1;
	}
	packet.received++;
	memset(message->msg_control, 0, message->msg_controllen);
	part = CMSG_FIRSTHDR(message);
	put_control(message, &part, IPV6_PKTINFO, &info, sizeof(info));
	put_control(message, &part, IPV6_HOPLIMIT, &packet.hops, sizeof(packet.hops));
	memcpy(message->msg_iov->iov_base, &packet, size);
	return (ssize_t)size;
}

static struct in6_addr address(const char *text)
{
	struct in6_addr value;

	assert_int_equal(v6_address_parse(text, &value), 0);
	return value;
}

/* ask() - as if interface 2 had been asked for 2001:db8::203 */
static void ask(void)
{
	static const uint8_t ours[] = {2, 0, 0, 0, 0, 1};

	host.dad.fd = FD;
	host.dad.n = 1;
	host.dad.asked[0] = (struct v6_asked){.of = {2, address("2001:db8::203"), {0}}};
	memcpy(host.dad.asked[0].of.mac, ours, sizeof(ours));
	strcpy(host.dad.asked[0].link_name, "eth0");
}

/* advertise() - by another machine */
static void advertise(const char *target, unsigned long times)
{
	static const uint8_t theirs[] = {ND_OPT_TARGET_LINKADDR, 1, 2, 0, 0, 0, 0, 9};

	memset(&packet, 0, sizeof(packet));
	packet.header.nd_na_type = ND_NEIGHBOR_ADVERT;
	packet.header.nd_na_target = address(target);
	memcpy(packet.option, theirs, sizeof(theirs));
	packet.hops = 255;
	packet.link = 2;
	packet.times = times;
}

static int check(void)
{
	const struct in6_addr service = address("2001:db8::203");
	struct v6_error err;
	int ret = v6_dad_check(&host, &service, &err);

	if (ret < 0)
		assert_non_null(strstr(err.text, "in use by another machine on eth0 "
						 "(02:00:00:00:00:09)"));
	return ret;
}

static void an_answer_counts(void **state)
{
	(void)state;
	ask();
	advertise("2001:db8::203", 1);
	assert_int_equal(check(), -EADDRINUSE);
	assert_int_equal(check(), -EADDRINUSE);
}

static void what_is_no_answer_does_not(void **state)
{
	(void)state;
	ask();
	advertise("2001:db8::204", 1);
	assert_int_equal(check(), 0);
	advertise("2001:db8::203", 1);
	packet.hops = 254; /* from beyond a router */
	assert_int_equal(check(), 0);
	advertise("2001:db8::203", 1);
	packet.link = 3;
	assert_int_equal(check(), 0);
	advertise("2001:db8::203", 1);
	packet.header.nd_na_code = 1;
	assert_int_equal(check(), 0);
	advertise("2001:db8::203", 1);
	packet.option[1] = 0; /* a length that never ends */
	assert_int_equal(check(), 0);
	advertise("2001:db8::203", 1);
	packet.option[7] = 1; /* our own, come back */
	assert_int_equal(check(), 0);
}

/* A machine that sends as fast as we read kept us for ever, under the lock. */
static void a_flood_of_advertisements_is_left_behind(void **state)
{
	(void)state;
	ask();
	must_not_block(10);
	advertise("2001:db8::204", ULONG_MAX);
	assert_int_equal(check(), 0);
	packet.hops = 64;
	assert_int_equal(check(), 0);
	must_not_block(0);
	/* one that waits behind as many as a socket holds is heard all the same */
	advertise("2001:db8::204", 300);
	assert_int_equal(check(), 0);
	assert_int_equal(packet.received, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_counts),
		TEST(what_is_no_answer_does_not),
		TEST(a_flood_of_advertisements_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
