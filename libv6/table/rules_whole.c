/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the rules of our table are as we made them. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include <libnftnl/common.h>

#include "table/rules.h"
#include "table/rules_whole.h"
#include "table/sets.h"

/* struct comparison - the kernel's rules being read: ours come in order, none behind another's */
struct comparison {
	size_t next;
	bool altered;
	char foreign[NFT_CHAIN_MAXNAMELEN]; /* the last chain with a rule that is not ours */
};

static void begin_comparison(void *data)
{
	memset(data, 0, sizeof(struct comparison));
}

static bool is_next(const struct comparison *c, const char *chain, const struct v6_rule_mark *mark)
{
	const char *expected = v6_rules_chain(c->next);

	return expected && mark->number == c->next && strcmp(chain, expected) == 0 &&
	       strcmp(chain, c->foreign) != 0;
}

static int compare_rule(const struct nlmsghdr *message, void *data)
{
	char table[sizeof(V6_NAT_TABLE) + 1] = "", chain[NFT_CHAIN_MAXNAMELEN] = "";
	struct comparison *c = data;
	struct v6_rule_mark mark = {.type = 0};
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFTA_RULE_TABLE)
			v6_nl_string(attr, table, sizeof(table));
		else if (mnl_attr_get_type(attr) == NFTA_RULE_CHAIN)
			v6_nl_string(attr, chain, sizeof(chain));
		else if (mnl_attr_get_type(attr) == NFTA_RULE_USERDATA)
			V6_NL_VALUE(attr, &mark);
	}
	if (strcmp(table, V6_NAT_TABLE) != 0)
		return MNL_CB_OK;
	if (mark.type != V6_RULE_MARK)
		memcpy(c->foreign, chain, sizeof(chain));
	else if (is_next(c, chain, &mark))
		c->next++;
	else
		c->altered = true;
	return MNL_CB_OK;
}

int v6_rules_whole(struct v6_nl *nl)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request =
		nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETRULE, NFPROTO_IPV6, NLM_F_DUMP, 0);
	struct comparison comparison;
	int ret;

	mnl_attr_put_strz(request, NFTA_RULE_TABLE, V6_NAT_TABLE);
	ret = v6_nl_dump(nl, request, compare_rule, begin_comparison, &comparison);
	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	return !comparison.altered && !v6_rules_chain(comparison.next);
}
