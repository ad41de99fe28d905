/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges too long for an element a port, and whole addresses. */
#include "nat.h"

/* range() - ports @port to @port + @more of 2001:db8::203, led to fd42::11 */
static struct v6_nat_op range(uint16_t port, uint16_t more)
{
	struct v6_nat_op op = claim(port);

	op.set = V6_NAT_RANGES;
	op.claim.more = more;
	op.target.port = 0;
	return op;
}

static void ranges_are_found_by_any_of_theirs(void **state)
{
	struct v6_nat_op ops[] = {range(5000, 2000), range(8000, 0)}, inside = range(6000, 0);
	struct v6_nat_op overlap = range(7000, 5), next = range(7001, 998);
	struct v6_holder holder;
	struct v6_error err;

	(void)state;
	make_table();
	commit(ops, V6_ARRAY_SIZE(ops));
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_RANGES, &inside.claim, &holder), 0);
	assert_true(v6_claim_equal(&holder.claim, &ops[0].claim));
	assert_string_equal(holder.owner, ops[0].owner);
	assert_true(v6_address_equal(&holder.target.address, &ops[0].target.address));
	assert_int_equal(holder.target.port, 0);
	assert_int_equal(v6_nat_commit(&nl, &overlap, 1, &err), -EEXIST);
	assert_string_equal(err.text, "cannot add 2001:db8::203 ports 7000-7005/tcp: nf_tables: "
				      "there already");
	commit(&next, 1); /* between the two */
	overlap.claim.protocol = IPPROTO_UDP;
	commit(&overlap, 1);
	overlap.claim = (struct v6_claim){address("2001:db8::204"), 5000, IPPROTO_TCP, 2000, 0};
	commit(&overlap, 1);
	expect_elements(V6_NAT_RANGES, 5);
	ops[0].remove = true;
	commit(&ops[0], 1);
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_RANGES, &inside.claim, &holder), -ENOENT);
}

static void a_whole_address_is_one_element(void **state)
{
	struct v6_nat_op op = claim(0), other;
	struct v6_holder holder;
	struct v6_error err;

	(void)state;
	make_table();
	op.set = V6_NAT_WHOLE;
	op.claim.protocol = 0;
	op.target.port = 0;
	other = op;
	commit(&op, 1);
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_WHOLE, &op.claim, &holder), 0);
	assert_true(v6_claim_equal(&holder.claim, &op.claim));
	assert_string_equal(holder.owner, op.owner);
	assert_int_equal(v6_nat_commit(&nl, &other, 1, &err), -EEXIST);
	assert_string_equal(err.text, "cannot add all of 2001:db8::203: nf_tables: there already");
	other.claim.address = address("2001:db8::204");
	assert_int_equal(v6_nat_holder(&nl, V6_NAT_WHOLE, &other.claim, &holder), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_found_by_any_of_theirs),
		cmocka_unit_test(a_whole_address_is_one_element),
	};

	return cmocka_run_group_tests(tests, make_namespace, leave_namespace);
}
