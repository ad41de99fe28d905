/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink: replies that no kernel should send do no harm. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "kernel/link.h"
#include "table/nat.h"
#include "table/rules_whole.h"

/* What the next request is answered with, and no more */
static union v6_nl_message reply;
static size_t reply_size;
static struct v6_nl nl;

/* In place of libmnl's: the kernel's end of the socket */
ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t size)
{
	(void)socket;
	(void)data;
	return (ssize_t)size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
	struct nlmsghdr done = {.nlmsg_len = sizeof(done) + 4, .nlmsg_type = NLMSG_DONE};
	size_t n = reply_size;

	(void)socket;
	memset(buffer, 0xa5, size); /* what is left of something else */
	if (n == 0) {
		memset((char *)buffer + sizeof(done), 0, 4);
		memcpy(buffer, &done, sizeof(done));
		return sizeof(done) + 4;
	}
	memcpy(buffer, reply.bytes, n);
	reply_size = 0;
	return (ssize_t)n;
}

static int make_socket(void **state)
{
	int ends[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	close(ends[1]);
	nl.socket = mnl_socket_fdopen(ends[0]);
	return nl.socket ? 0 : -1;
}

static int close_socket(void **state)
{
	(void)state;
	v6_nl_close(&nl);
	return 0;
}

/* begin() - a reply with @extra bytes of zero behind its header; they are returned */
static void *begin(uint16_t type, size_t extra)
{
	memset(&reply, 0, sizeof(reply));
	mnl_nlmsg_put_header(reply.bytes);
	reply.header.nlmsg_type = type;
	return extra ? mnl_nlmsg_put_extra_header(&reply.header, extra) : NULL;
}

static int get_link(struct v6_link *ret_link)
{
	if (reply_size == 0)
		reply_size = reply.header.nlmsg_len;
	return v6_link_get(&nl, 2, NULL, ret_link);
}

static void a_length_over_int_max_is_no_message(void **state)
{
	struct v6_link link;

	(void)state;
	begin(RTM_NEWLINK, sizeof(struct ifinfomsg));
	reply_size = reply.header.nlmsg_len;
	reply.header.nlmsg_len = 0xfffffff0;
	assert_int_equal(get_link(&link), -EBADMSG);
}

static void a_length_over_the_datagram_s_is_no_message(void **state)
{
	struct v6_link link;

	(void)state;
	begin(RTM_NEWLINK, sizeof(struct ifinfomsg));
	reply_size = reply.header.nlmsg_len;
	reply.header.nlmsg_len += 4;
	assert_int_equal(get_link(&link), -EBADMSG);
}

static void an_error_that_is_no_errno_is_one_afterwards(void **state)
{
	const int errors[] = {INT_MIN, INT_MAX, -4096};
	struct nlmsgerr *error;
	struct v6_link link;
	size_t i;

	(void)state;
	for (i = 0; i < V6_ARRAY_SIZE(errors); i++) {
		error = begin(NLMSG_ERROR, sizeof(*error));
		error->error = errors[i];
		assert_int_equal(get_link(&link), -EBADMSG);
	}
	error = begin(NLMSG_ERROR, sizeof(*error));
	error->error = -ENODEV;
	assert_int_equal(get_link(&link), -ENODEV);
}

static void a_message_without_its_fixed_part_sets_nothing(void **state)
{
	struct v6_link link;

	(void)state;
	begin(RTM_NEWLINK, 4);
	assert_int_equal(get_link(&link), 0);
	assert_int_equal(link.index, 0);
	assert_string_equal(link.name, "");
}

static void an_attribute_that_is_too_short_sets_nothing(void **state)
{
	struct v6_link link;

	(void)state;
	((struct ifinfomsg *)begin(RTM_NEWLINK, sizeof(struct ifinfomsg)))->ifi_index = 2;
	mnl_attr_put(&reply.header, IFLA_MASTER, 1, "x");
	mnl_attr_put(&reply.header, IFLA_LINK, 0, "");
	assert_int_equal(get_link(&link), 0);
	assert_int_equal(link.index, 2);
	assert_int_equal(link.master, 0);
	assert_int_equal(link.peer, 0);
}

static void a_name_without_an_end_is_cut(void **state)
{
	struct v6_link link;

	(void)state;
	begin(RTM_NEWLINK, sizeof(struct ifinfomsg));
	mnl_attr_put(&reply.header, IFLA_IFNAME, 20, "abcdefghijklmnopqrst");
	assert_int_equal(get_link(&link), 0);
	assert_string_equal(link.name, "abcdefghijklmno");

	begin(RTM_NEWLINK, sizeof(struct ifinfomsg));
	mnl_attr_put(&reply.header, IFLA_IFNAME, 4, "eth0");
	assert_int_equal(get_link(&link), 0);
	assert_string_equal(link.name, "eth0");
}

/* An element as libnftnl's parser would take it for granted: a counter has a name */
static void begin_element(struct nlattr **list, struct nlattr **element)
{
	const struct in6_addr address = IN6ADDR_LOOPBACK_INIT;
	struct nlattr *nest;
	int i;

	begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM, sizeof(struct nfgenmsg));
	*list = mnl_attr_nest_start(&reply.header, NFTA_SET_ELEM_LIST_ELEMENTS);
	*element = mnl_attr_nest_start(&reply.header, NFTA_LIST_ELEM);
	for (i = 0; i < 2; i++) {
		nest = mnl_attr_nest_start(&reply.header,
					   i ? NFTA_SET_ELEM_DATA : NFTA_SET_ELEM_KEY);
		mnl_attr_put(&reply.header, NFTA_DATA_VALUE, sizeof(address), &address);
		mnl_attr_nest_end(&reply.header, nest);
	}
}

static int look_up_whole(struct nlattr *list, struct nlattr *element, struct v6_holder *holder)
{
	const struct v6_claim claim = {.address = IN6ADDR_LOOPBACK_INIT};

	mnl_attr_nest_end(&reply.header, element);
	mnl_attr_nest_end(&reply.header, list);
	reply_size = reply.header.nlmsg_len;
	memset(holder, 0xa5, sizeof(*holder));
	return v6_nat_holder(&nl, V6_NAT_WHOLE, &claim, holder);
}

static void an_expression_without_a_name_counts_nothing(void **state)
{
	struct nlattr *list, *element, *nest;
	struct v6_holder holder;

	(void)state;
	begin_element(&list, &element);
	nest = mnl_attr_nest_start(&reply.header, NFTA_SET_ELEM_EXPR);
	mnl_attr_nest_end(&reply.header, nest);
	assert_int_equal(look_up_whole(list, element, &holder), 0);
	assert_int_equal(holder.counter.packets, 0);
	assert_string_equal(holder.owner, "");
}

static void a_comment_over_the_end_of_its_field_is_none(void **state)
{
	const uint8_t over[] = {0, 255, 'w', 'e', 'b', ' ', 'x'}, cut[] = {0};
	const uint8_t good[] = {9, 1, 'x', 0, 6, 'w', 'e', 'b', ' ', 'x', 0, 7};
	struct nlattr *list, *element;
	struct v6_holder holder;

	(void)state;
	begin_element(&list, &element);
	mnl_attr_put(&reply.header, NFTA_SET_ELEM_USERDATA, sizeof(over), over);
	assert_int_equal(look_up_whole(list, element, &holder), 0);
	assert_string_equal(holder.owner, "");

	begin_element(&list, &element);
	mnl_attr_put(&reply.header, NFTA_SET_ELEM_USERDATA, sizeof(cut), cut);
	assert_int_equal(look_up_whole(list, element, &holder), 0);
	assert_string_equal(holder.owner, "");

	begin_element(&list, &element);
	mnl_attr_put(&reply.header, NFTA_SET_ELEM_USERDATA, sizeof(good), good);
	assert_int_equal(look_up_whole(list, element, &holder), 0);
	assert_string_equal(holder.owner, "x");
}

static void a_rule_with_an_expression_without_a_name_is_one(void **state)
{
	struct nlattr *list, *nest;

	(void)state;
	begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, sizeof(struct nfgenmsg));
	mnl_attr_put_strz(&reply.header, NFTA_RULE_TABLE, V6_NAT_TABLE);
	list = mnl_attr_nest_start(&reply.header, NFTA_RULE_EXPRESSIONS);
	nest = mnl_attr_nest_start(&reply.header, NFTA_LIST_ELEM);
	mnl_attr_nest_end(&reply.header, nest);
	mnl_attr_nest_end(&reply.header, list);
	reply_size = reply.header.nlmsg_len;
	assert_int_equal(v6_rules_whole(&nl), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_length_over_int_max_is_no_message),
		cmocka_unit_test(a_length_over_the_datagram_s_is_no_message),
		cmocka_unit_test(an_error_that_is_no_errno_is_one_afterwards),
		cmocka_unit_test(a_message_without_its_fixed_part_sets_nothing),
		cmocka_unit_test(an_attribute_that_is_too_short_sets_nothing),
		cmocka_unit_test(a_name_without_an_end_is_cut),
		cmocka_unit_test(an_expression_without_a_name_counts_nothing),
		cmocka_unit_test(a_comment_over_the_end_of_its_field_is_none),
		cmocka_unit_test(a_rule_with_an_expression_without_a_name_is_one),
	};

	return cmocka_run_group_tests(tests, make_socket, close_socket);
}
