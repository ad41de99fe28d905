/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies of nf_tables: the first byte of an input chooses what was asked for. */
#include <errno.h>

#include "base/address.h"
#include "table/nat.h"
#include "table/rules.h"
#include "table/rules_whole.h"
#include "table/table.h"
#include "reply.h"

#define SETS (V6_NAT_HAIRPIN + 1)

/* From here on the first byte is about the sets that came later: the corpus means what it meant */
#define LATEST	   230
#define LATER	   245
#define LATER_SETS 3

static const struct v6_claim claim = {.port = 80, .protocol = IPPROTO_TCP};

static int visit(const struct v6_nat_op *element, void *data)
{
	enum v6_nat_set *set = data;

	must(element->set == *set);
	must(strlen(element->name) + strlen(element->owner) <= V6_COMMENT_MAX);
	must(element->prefix.length <= 128);
	must(strnlen(element->link, sizeof(element->link)) < sizeof(element->link));
	if (element->set == V6_NAT_RANGES)
		must(element->claim.port + element->claim.more <= 65535);
	return element->claim.port == 77 ? -ECANCELED : 0;
}

static void each(struct v6_nl *nl, enum v6_nat_set set)
{
	struct v6_error err = {0};

	fuzz_check(v6_nat_each(nl, set, visit, &set, &err), &err);
}

static void look_up(struct v6_nl *nl, enum v6_nat_set set)
{
	struct v6_nat_op key = {.set = set, .claim = claim, .prefix.length = 64};
	struct v6_holder holder = {.owner = ""};
	struct v6_target target = {.port = 0}, led = {.port = 80};

	must(v6_nat_has(nl, &key) <= 2);
	if (set <= V6_NAT_WHOLE && v6_nat_holder(nl, set, &claim, &holder) == 0)
		must(strnlen(holder.owner, sizeof(holder.owner)) < sizeof(holder.owner));
	v6_nat_target(nl, &claim, &led, &target);
}

static void commit(struct v6_nl *nl, enum v6_nat_set set)
{
	struct v6_nat_op ops[] = {
		{.set = set, .claim = claim, .prefix.length = 64, .name = "web", .owner = "a"},
		{.set = set, .remove = true, .claim = claim, .prefix.length = 64},
	};
	struct v6_error err = {0};

	fuzz_check(v6_nat_commit(nl, ops, V6_ARRAY_SIZE(ops), &err), &err);
}

static void refuse(unsigned int index, int code, void *data)
{
	must(data && index < UINT32_MAX && code < 0);
}

static void table(struct v6_nl *nl, enum v6_nat_set set)
{
	struct v6_prefix provided = {.address = {.s6_addr = {0xfd}}, .length = 48};
	struct v6_error err = {0};
	int ret = v6_table_state(nl, &err);

	(void)set;
	fuzz_check(ret < 0 ? ret : 0, &err);
	fuzz_check(v6_nat_usable(nl, &err), &err);
	fuzz_check(v6_nat_create(nl, &provided, NULL, refuse, nl, &err), &err);
}

/* compare() - the rules alone, which are asked for of a table of our version only */
static void compare(struct v6_nl *nl, enum v6_nat_set set)
{
	(void)set;
	must(v6_rules_whole(nl) <= 1);
}

static void (*const calls[])(struct v6_nl *nl, enum v6_nat_set set) = {
	each, look_up, commit, table, compare,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	uint8_t call = fuzz_byte(&input), sets = SETS, first = 0;

	if (call >= LATER) {
		call -= LATER;
		sets = LATER_SETS;
		first = SETS;
	} else if (call >= LATEST) {
		call -= LATEST;
		sets = LATER_SETS;
		first = SETS + LATER_SETS;
	}
	calls[call / sets % V6_ARRAY_SIZE(calls)](reply_begin(input), first + call % sets);
	reply_end();
	return 0;
}
