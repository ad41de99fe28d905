/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table: made or replaced in one transaction, deleted, and compared with what it should be. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include <libnftnl/common.h>
#include <libnftnl/udata.h>

#include "base/cleanup.h"
#include "table/rules.h"
#include "table/rules_whole.h"
#include "table/table.h"

/* The version goes up with any change of chains, rules or sets: a table of another one is replaced.
 * nft shows it as the table's comment.
 */
#define COMMENT "oci-v6-hook, version 11"

/* What user space keeps with the table, in nft's layout: type, size, text */
static const struct user_data {
	uint8_t type, size;
	char text[sizeof(COMMENT)];
} user_data = {NFTNL_UDATA_TABLE_COMMENT, sizeof(COMMENT), COMMENT};

/* put_table_message() - by its name: to remove one without a name is to remove all tables of IPv6
 */
static void put_table_message(struct v6_batch *batch, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = v6_batch_next(batch, type, flags);

	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_TABLE_NAME, V6_NAT_TABLE);
	if (type == NFT_MSG_NEWTABLE)
		mnl_attr_put(message, NFTA_TABLE_USERDATA, sizeof(user_data), &user_data);
	v6_batch_add(batch, message);
}

static int compare_table(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;
	struct user_data there = {.type = 0};

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_TABLE_USERDATA)
			V6_NL_VALUE(attr, &there);
	*(bool *)data = memcmp(&there, &user_data, sizeof(there)) == 0;
	return MNL_CB_OK;
}

/* get_table() - Return: 0, -ENOENT or another negative errno */
static int get_table(struct v6_nl *nl, bool *ret_current)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request =
		nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETTABLE, NFPROTO_IPV6, 0, 0);

	mnl_attr_put_strz(request, NFTA_TABLE_NAME, V6_NAT_TABLE);
	return v6_nl_talk(nl, request, compare_table, ret_current);
}

int v6_nat_usable(struct v6_nl *nl, struct v6_error *err)
{
	bool current;
	int ret = get_table(nl, &current);

	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "nf_tables: %s", v6_nl_explain(ret));
	return 0;
}

/* struct filling - what a transaction holds behind the skeleton, and the index of its first */
struct filling {
	void (*refused)(unsigned int index, int code, void *data);
	void *data;
	unsigned int first;
};

static void note_element(unsigned int index, int code, void *data)
{
	struct filling *filling = data;

	if (filling->refused && index >= filling->first)
		filling->refused(index - filling->first, code, filling->data);
}

int v6_nat_create(struct v6_nl *nl, const struct v6_prefix *provided,
		  int (*fill)(struct v6_batch *batch, void *data, struct v6_error *err),
		  void (*refused)(unsigned int index, int code, void *data), void *data,
		  struct v6_error *err)
{
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	struct filling filling = {refused, data, 0};
	bool current, remains = get_table(nl, &current) == 0;
	int ret;

	v6_batch_begin(&batch, nl);
	if (remains)
		put_table_message(&batch, NFT_MSG_DELTABLE, 0);
	batch.removes = remains;
	put_table_message(&batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	v6_sets_add(&batch, provided);
	v6_rules_add(&batch);

	filling.first = batch.n_messages;
	ret = fill ? fill(&batch, data, err) : 0;
	if (ret < 0)
		return ret;
	ret = v6_batch_commit(&batch, nl, note_element, &filling, err);
	if (ret < 0)
		return v6_context(err, ret, "cannot make table ip6 " V6_NAT_TABLE);
	return 0;
}

int v6_nat_delete(struct v6_nl *nl, struct v6_error *err)
{
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	int ret;

	v6_batch_begin(&batch, nl);
	put_table_message(&batch, NFT_MSG_DELTABLE, 0);
	batch.removes = true;
	ret = v6_batch_commit(&batch, nl, NULL, NULL, err);
	if (ret < 0 && ret != -ENOENT)
		return v6_context(err, ret, "cannot delete table ip6 " V6_NAT_TABLE);
	return 0;
}

int v6_nat_provide(struct v6_nl *nl, const struct v6_prefix *provided, struct v6_error *err)
{
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	int ret;

	v6_batch_begin(&batch, nl);
	v6_sets_add_provided(&batch, provided);
	ret = v6_batch_commit(&batch, nl, NULL, NULL, err);
	if (ret < 0)
		return v6_context(err, ret, "cannot add to set provided");
	return 0;
}

int v6_table_state(struct v6_nl *nl, struct v6_error *err)
{
	bool current = false;
	int whole = 0, ret = get_table(nl, &current);

	if (ret == -ENOENT)
		return V6_TABLE_MISSING;
	if (ret == 0 && current)
		ret = whole = v6_rules_whole(nl);
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot list rules: %s", v6_strerror(ret));
	return whole ? V6_TABLE_WHOLE : V6_TABLE_ALTERED;
}
