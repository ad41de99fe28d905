/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rulesets that no kernel should tell of: they are read as far as they make sense. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "firewall/trace.h"

/* Messages by which requests of one type are answered */
static struct {
	union v6_nl_message tables, chains, rules;
} kernel;
static struct nlmsghdr *answer;
static struct v6_nl nl;

/* In place of libmnl's: the kernel's end of the socket */
ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *data, size_t size)
{
	const struct nlmsghdr *request = data;

	(void)socket;
	switch (request->nlmsg_type & 0xff) {
	case NFT_MSG_GETTABLE:
		answer = &kernel.tables.header;
		break;
	case NFT_MSG_GETCHAIN:
		answer = &kernel.chains.header;
		break;
	case NFT_MSG_GETRULE:
		answer = &kernel.rules.header;
		break;
	default:
		answer = NULL;
	}
	return (ssize_t)size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
	struct nlmsghdr done = {.nlmsg_len = sizeof(done) + 4, .nlmsg_type = NLMSG_DONE};
	size_t n = answer ? answer->nlmsg_len : 0;

	(void)socket;
	memset(buffer, 0, size);
	memcpy(buffer, n ? answer : &done, n ? n : sizeof(done));
	answer = NULL;
	return (ssize_t)(n ? n : done.nlmsg_len);
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

static struct nlmsghdr *begin_reply(union v6_nl_message *reply, uint16_t type)
{
	struct nfgenmsg *info;

	memset(reply, 0, sizeof(*reply));
	mnl_nlmsg_put_header(reply->bytes)->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | type;
	info = mnl_nlmsg_put_extra_header(&reply->header, sizeof(*info));
	info->nfgen_family = NFPROTO_INET;
	return &reply->header;
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(message, type, htonl(value));
}

/* begin_chain() - all of a chain at the forward hook but its nest of a hook, which is returned */
static struct nlattr *begin_chain(uint32_t policy)
{
	struct nlmsghdr *message = begin_reply(&kernel.chains, NFT_MSG_NEWCHAIN);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, "f");
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, "c");
	mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
	put_u32(message, NFTA_CHAIN_POLICY, policy);
	return mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
}

static void put_chain(uint32_t policy)
{
	struct nlattr *nest = begin_chain(policy);

	put_u32(&kernel.chains.header, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
	put_u32(&kernel.chains.header, NFTA_HOOK_PRIORITY, 0);
	mnl_attr_nest_end(&kernel.chains.header, nest);
}

/* begin_rule() - a rule with an expression of which only the attributes are missing */
static struct nlmsghdr *begin_rule(const char *expression, struct nlattr **nests)
{
	struct nlmsghdr *message = begin_reply(&kernel.rules, NFT_MSG_NEWRULE);

	mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(7));
	nests[0] = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	nests[1] = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(message, NFTA_EXPR_NAME, expression);
	nests[2] = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	return message;
}

/* end_rule() - add an expression that drops */
static void end_rule(struct nlattr **nests)
{
	struct nlmsghdr *message = &kernel.rules.header;
	struct nlattr *data, *verdict;

	mnl_attr_nest_end(message, nests[2]);
	mnl_attr_nest_end(message, nests[1]);
	nests[1] = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(message, NFTA_EXPR_NAME, "immediate");
	nests[2] = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
	put_u32(message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(message, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
	put_u32(message, NFTA_VERDICT_CODE, NF_DROP);
	mnl_attr_nest_end(message, verdict);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, nests[2]);
	mnl_attr_nest_end(message, nests[1]);
	mnl_attr_nest_end(message, nests[0]);
}

/* trace_request() - what stands in the way of a service's first packet there. Return: how many */
static size_t trace_request(struct v6_obstacle *ret_first)
{
	static const struct v6_flow flow = {
		.client.s6_addr = {0x20, [15] = 1},
		.service.s6_addr = {0x20, [15] = 2},
		.target.s6_addr = {0xfd, [15] = 3},
		.protocol = IPPROTO_TCP,
		.service_port = 80,
		.target_port = 80,
		.outside = {2, "eth0"},
		.inside = {3, "cni0"},
	};
	struct v6_ruleset auto_call(v6_ruleset_release) ruleset = {.n = 0};
	struct v6_obstacles found = {.n = 0};

	assert_int_equal(v6_ruleset_read(&nl, &ruleset, NULL), 0);
	assert_int_equal(v6_trace(&ruleset, &flow, &found), 0);
	*ret_first = found.list[0];
	return found.n;
}

static int reset(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

static void a_whole_one_is_read(void **state)
{
	struct v6_obstacle first;
	struct nlattr *nests[3];

	(void)state;
	put_chain(NF_ACCEPT);
	begin_rule("counter", nests);
	end_rule(nests);
	assert_int_equal(trace_request(&first), 2);
	assert_true(first.certain && first.handle == 7);
}

static void numbers_of_another_size_are_none(void **state)
{
	struct v6_obstacle first;
	struct nlattr *nests[3];
	struct nlmsghdr *rule;

	(void)state;
	put_chain(NF_ACCEPT);
	rule = begin_rule("cmp", nests);
	mnl_attr_put_u8(rule, NFTA_CMP_SREG, 1);
	mnl_attr_put_u64(rule, NFTA_CMP_OP, 0);
	end_rule(nests);
	assert_int_equal(trace_request(&first), 2);
	assert_false(first.certain);
}

static void a_hook_of_another_size_is_none(void **state)
{
	struct v6_obstacle first;
	struct nlattr *nest;

	(void)state;
	nest = begin_chain(NF_DROP);
	mnl_attr_put_u16(&kernel.chains.header, NFTA_HOOK_HOOKNUM, 2);
	mnl_attr_put(&kernel.chains.header, NFTA_HOOK_DEV, 3, "eth");
	mnl_attr_nest_end(&kernel.chains.header, nest);
	assert_int_equal(trace_request(&first), 0);
}

static void a_value_longer_than_all_registers_is_none(void **state)
{
	static const char value[200];
	struct v6_obstacle first;
	struct nlattr *nests[3], *nest;
	struct nlmsghdr *rule;

	(void)state;
	put_chain(NF_ACCEPT);
	rule = begin_rule("immediate", nests);
	put_u32(rule, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	nest = mnl_attr_nest_start(rule, NFTA_IMMEDIATE_DATA);
	mnl_attr_put(rule, NFTA_DATA_VALUE, sizeof(value), value);
	mnl_attr_nest_end(rule, nest);
	end_rule(nests);
	assert_int_equal(trace_request(&first), 2);
	assert_true(first.certain);
}

/* It would look at the packet, which elements of a set have none of */
static void a_dynamic_set_has_limits_only(void **state)
{
	struct v6_obstacle first;
	struct nlattr *nests[3], *inner, *data;
	struct nlmsghdr *rule;

	(void)state;
	put_chain(NF_ACCEPT);
	rule = begin_rule("dynset", nests);
	inner = mnl_attr_nest_start(rule, NFTA_DYNSET_EXPR);
	mnl_attr_put_strz(rule, NFTA_EXPR_NAME, "meta");
	data = mnl_attr_nest_start(rule, NFTA_EXPR_DATA);
	put_u32(rule, NFTA_META_KEY, NFT_META_MARK);
	put_u32(rule, NFTA_META_DREG, NFT_REG_1);
	mnl_attr_nest_end(rule, data);
	mnl_attr_nest_end(rule, inner);
	end_rule(nests);
	assert_int_equal(trace_request(&first), 2);
	assert_true(first.certain);
}

/* A kernel is newer than this program some day */
static void an_expression_without_a_known_name_leaves_doubt(void **state)
{
	struct v6_obstacle first;
	struct nlattr *nests[3];

	(void)state;
	put_chain(NF_DROP);
	begin_rule("of tomorrow", nests);
	end_rule(nests);
	assert_int_equal(trace_request(&first), 2);
	assert_false(first.certain);
	assert_int_equal(first.handle, 0);
}

#define case_of(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		case_of(a_whole_one_is_read),
		case_of(numbers_of_another_size_are_none),
		case_of(a_hook_of_another_size_is_none),
		case_of(a_value_longer_than_all_registers_is_none),
		case_of(a_dynamic_set_has_limits_only),
		case_of(an_expression_without_a_known_name_leaves_doubt),
	};

	return cmocka_run_group_tests(tests, make_socket, close_socket);
}
