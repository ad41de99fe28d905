/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink: batches of any size, failures that stick, sockets that stay clean after them. */
#include <sys/socket.h>

#include <libnftnl/common.h>
#include <libnftnl/set.h>

#include "nat.h"

#define MANY 10000

/* Below, an allocation is to fail, not the program. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* put() - an operation as the next message */
static void put(struct v6_batch *batch, struct v6_nat_op op)
{
	struct nlmsghdr *message =
		v6_batch_next(batch, op.remove ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM,
			      op.exclusive ? NLM_F_CREATE | NLM_F_EXCL
			      : op.remove  ? 0
					   : NLM_F_CREATE);

	if (message)
		v6_element_write(message, &op);
	v6_batch_add(batch, message);
}

static void batches_grow(void **state)
{
	struct v6_batch batch;
	struct v6_error err;
	unsigned int i;
	size_t at;

	(void)state;
	make_table();
	v6_batch_begin(&batch, &nl);
	for (i = 0; i < MANY; i++) {
		assert_true(batch.capacity - batch.size >= V6_NL_MESSAGE_MAX);
		put(&batch, claim((uint16_t)(i + 1)));
	}
	assert_int_equal(batch.n_messages, MANY);
	for (at = batch.size; at < batch.capacity; at++) /* goes out as padding */
		if (batch.buffer[at])
			fail_msg("byte %zu of %zu is not zero", at, batch.capacity);
	if (v6_batch_commit(&batch, &nl, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	v6_batch_release(&batch);
	expect_elements(V6_NAT_SERVICES, MANY);
}

/* A batch whose end mark does not fit is acknowledged, and nothing is done. */
static void any_number_of_operations_is_done(void **state)
{
	struct v6_batch batch;
	struct v6_error err;
	unsigned int i, n;

	(void)state;
	for (n = 1; n <= 150; n += 3) { /* over several capacities */
		make_table();
		v6_batch_begin(&batch, &nl);
		for (i = 0; i < n; i++)
			put(&batch, claim((uint16_t)(i + 1)));
		if (v6_batch_commit(&batch, &nl, NULL, NULL, &err) < 0)
			fail_msg("%s", err.text);
		v6_batch_release(&batch);
		expect_elements(V6_NAT_SERVICES, n);
	}
}

struct failures {
	unsigned int indexes[8];
	int codes[8];
	size_t n;
};

static void note(unsigned int index, int code, void *data)
{
	struct failures *failures = data;

	assert_true(failures->n < V6_ARRAY_SIZE(failures->indexes));
	failures->indexes[failures->n] = index;
	failures->codes[failures->n++] = code;
}

static void refused_messages_are_counted_from_zero(void **state)
{
	struct failures failures = {.n = 0};
	struct v6_batch batch;
	struct v6_error err;

	(void)state;
	make_table();
	v6_batch_begin(&batch, &nl);
	put(&batch, removal(claim(80)));
	put(&batch, claim(81));
	put(&batch, claim(82));
	put(&batch, claim(81));
	assert_int_equal(v6_batch_commit(&batch, &nl, note, &failures, &err), -ENOENT);
	v6_batch_release(&batch);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "nf_tables: not there");
	assert_int_equal(failures.n, 2);
	assert_int_equal(failures.indexes[0], 0);
	assert_int_equal(failures.codes[0], -ENOENT);
	assert_int_equal(failures.indexes[1], 3);
	assert_int_equal(failures.codes[1], -EEXIST);
}

static void batch_without_messages_is_success(void **state)
{
	struct v6_batch batch;

	(void)state;
	make_table();
	v6_batch_begin(&batch, &nl);
	assert_int_equal(v6_batch_commit(&batch, &nl, NULL, NULL, NULL), 0);
	v6_batch_release(&batch);
	v6_batch_release(&batch);
}

/* The buffer says that it is larger than any memory, so that growing it fails. */
static void failed_allocation_is_sticky(void **state)
{
	struct v6_nl none = {.seq = 1};
	struct failures failures = {.n = 0};
	struct v6_batch batch;
	struct v6_error err;
	size_t size;

	(void)state;
	v6_batch_begin(&batch, &none);
	put(&batch, claim(80));
	size = batch.size;
	batch.capacity = SIZE_MAX / 4 + 1;
	batch.size = batch.capacity - 100;
	put(&batch, claim(81));
	assert_int_equal(batch.status, -ENOMEM);

	batch.capacity = 4 * V6_NL_MESSAGE_MAX; /* there is memory again: too late */
	batch.size = size;
	assert_null(v6_batch_next(&batch, NFT_MSG_NEWSETELEM, 0));
	put(&batch, claim(82));
	assert_int_equal(batch.n_messages, 1);
	assert_int_equal(batch.size, size);
	/* @none has no socket: nothing may be sent */
	assert_int_equal(v6_batch_commit(&batch, &none, note, &failures, &err), -ENOMEM);
	assert_string_equal(err.text, "nf_tables: Cannot allocate memory");
	assert_int_equal(failures.n, 0);
	v6_batch_release(&batch);
}

struct answer {
	int code;
	unsigned int calls, resets;
};

static int refuse(const struct nlmsghdr *message, void *data)
{
	struct answer *answer = data;

	(void)message;
	answer->calls++;
	errno = answer->code;
	return MNL_CB_ERROR;
}

static void reset(void *data)
{
	struct answer *answer = data;

	answer->resets++;
}

static struct nlmsghdr *dump_request(union v6_nl_message *message)
{
	struct nlmsghdr *request;
	struct nftnl_set *set = nftnl_set_alloc();

	assert_non_null(set);
	memset(message, 0, sizeof(*message));
	request = nftnl_nlmsg_build_hdr(message->bytes, NFT_MSG_GETSETELEM, NFPROTO_IPV6,
					NLM_F_DUMP, 0);
	nftnl_set_set_str(set, NFTNL_SET_TABLE, V6_NAT_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, "services");
	nftnl_set_elems_nlmsg_build_payload(request, set);
	nftnl_set_free(set);
	return request;
}

/* What is left of a dump would be taken for the next answer. */
static void dump_given_up_leaves_nothing(void **state)
{
	struct answer answer = {.code = ECANCELED};
	static struct v6_nat_op ops[2000];
	union v6_nl_message message;
	struct v6_holder holder;
	char byte;
	size_t i;

	(void)state;
	make_table();
	for (i = 0; i < V6_ARRAY_SIZE(ops); i++)
		ops[i] = claim((uint16_t)(i + 1));
	commit(ops, V6_ARRAY_SIZE(ops));
	assert_int_equal(v6_nl_talk(&nl, dump_request(&message), refuse, &answer), -ECANCELED);
	assert_int_equal(answer.calls, 1);
	assert_int_equal(recv(mnl_socket_get_fd(nl.socket), &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_SERVICES, &ops[1999].claim, &holder), 0);
}

static void disturbed_dumps_are_repeated(void **state)
{
	static const struct {
		int code;
		unsigned int resets;
	} rows[] = {{EINTR, 10}, {ENOMEM, 1}};
	struct v6_nat_op op = claim(80);
	union v6_nl_message message;
	struct answer answer;
	size_t i;

	(void)state;
	make_table();
	commit(&op, 1);
	for (i = 0; i < V6_ARRAY_SIZE(rows); i++) {
		answer = (struct answer){.code = rows[i].code};
		assert_int_equal(v6_nl_dump(&nl, dump_request(&message), refuse, reset, &answer),
				 -rows[i].code);
		assert_int_equal(answer.resets, rows[i].resets);
		assert_int_equal(answer.calls, rows[i].resets);
		answer.calls = 0;
		assert_int_equal(v6_nl_dump(&nl, dump_request(&message), refuse, NULL, &answer),
				 -rows[i].code);
		assert_int_equal(answer.calls, rows[i].resets);
	}
}

static void protocols_may_be_missing(void **state)
{
	struct v6_nl none = {.seq = 42};
	struct v6_error err;

	(void)state;
	assert_int_equal(v6_nl_open(31, &none, &err), -EPROTONOSUPPORT); /* MAX_LINKS - 1 */
	assert_int_equal(err.code, -EPROTONOSUPPORT);
	assert_null(none.socket);
	assert_int_equal(none.seq, 42);
	v6_nl_close(&none);
	v6_nl_close(&none);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_grow),
		cmocka_unit_test(any_number_of_operations_is_done),
		cmocka_unit_test(refused_messages_are_counted_from_zero),
		cmocka_unit_test(batch_without_messages_is_success),
		cmocka_unit_test(failed_allocation_is_sticky),
		cmocka_unit_test(dump_given_up_leaves_nothing),
		cmocka_unit_test(disturbed_dumps_are_repeated),
		cmocka_unit_test(protocols_may_be_missing),
	};

	return cmocka_run_group_tests(tests, make_namespace, leave_namespace);
}
