/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of our table: added, removed, looked up, visited. */
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/common.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/prefixes.h"
#include "table/nat.h"

struct commit {
	struct v6_nat_op *ops;
	size_t n;
	size_t first; /* the first operation that failed */
};

static void note_failure(unsigned int index, int code, void *data)
{
	struct commit *commit = data;

	if (index >= commit->n)
		return;
	commit->ops[index].result = code;
	if (index < commit->first)
		commit->first = index;
}

/* fail_op() - name the object of an operation, for a message */
static int fail_op(const struct v6_nat_op *op, int code, struct v6_error *err)
{
	const char *verb = op->remove ? "cannot remove" : "cannot add";

	switch (op->set) {
	case V6_NAT_SERVICES:
	case V6_NAT_SHARED:
	case V6_NAT_RANGES:
	case V6_NAT_WHOLE:
	case V6_NAT_LOCAL:
	case V6_NAT_TRAFFIC:
	case V6_NAT_LIMITED:
	case V6_NAT_LIMITED_RANGES:
		return v6_context(err, code, "%s %s", verb, v6_claim_text(&op->claim).s);
	case V6_NAT_PROVIDED:
		return v6_context(err, code, "%s prefix %s/%u", verb, V6_TEXT(&op->prefix.address),
				  op->prefix.length);
	case V6_NAT_FROM:
		return v6_context(err, code, "%s clients %s of %s", verb,
				  v6_prefix_text(&op->prefix).s, v6_claim_text(&op->claim).s);
	case V6_NAT_PORTS:
		return v6_context(err, code, "%s UDP port %u", verb, op->claim.port);
	case V6_NAT_HAIRPIN:
		return v6_context(err, code, "%s hairpin %s/%u", verb, V6_TEXT(&op->prefix.address),
				  op->prefix.length);
	default:
		return v6_context(err, code, "%s %s", verb, V6_TEXT(&op->claim.address));
	}
}

int v6_nat_commit(struct v6_nl *nl, struct v6_nat_op *ops, size_t n, struct v6_error *err)
{
	struct v6_batch auto_call(v6_batch_release) batch = {0};
	struct commit commit = {ops, n, n};
	size_t i;
	int ret;

	if (n == 0)
		return 0;

	v6_batch_begin(&batch, nl);
	for (i = 0; i < n; i++)
		v6_element_put(&batch, &ops[i]);

	ret = v6_batch_commit(&batch, nl, note_failure, &commit, err);
	if (ret < 0 && commit.first < n)
		return fail_op(&ops[commit.first], ret, err);
	return ret;
}

struct visit {
	enum v6_nat_set set;
	uint8_t protocol; /* of v6_sets_each_protocol() */
	int (*visit)(const struct v6_nat_op *element, void *data);
	void *data;
};

/* split_comment() - "NAME OWNER" at its last blank; a name is not always there */
static void split_comment(char *comment, struct v6_nat_op *op)
{
	char *blank = strrchr(comment, ' ');

	if (blank)
		*blank = '\0';
	op->name = blank ? comment : "";
	op->owner = blank ? blank + 1 : comment;
}

static int visit_element(const struct nlattr *element, struct visit *visit)
{
	char comment[V6_COMMENT_MAX + 1];
	struct v6_nat_op op;

	/* somebody else's doing in our table: not ours to judge */
	if (v6_element_read(visit->set, visit->protocol, element, &op, comment) < 0)
		return 0;
	split_comment(comment, &op);
	return visit->visit(&op, visit->data);
}

static int visit_message(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *list, *element;
	int ret = 0;

	mnl_attr_for_each (list, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(list) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested (element, list) {
			ret = ret < 0 ? ret : visit_element(element, data);
		}
	}
	return v6_nl_answer(ret);
}

/* request_elements() - GETSETELEM for one element, or for all where @key is NULL */
static int request_elements(struct v6_nl *nl, const struct v6_nat_op *key, struct visit *visit)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request = nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETSETELEM,
							 NFPROTO_IPV6, key ? 0 : NLM_F_DUMP, 0);

	if (key)
		v6_element_write(request, key);
	else
		v6_sets_put_name(request, v6_sets_name(visit->set, visit->protocol));
	if (key)
		return v6_nl_talk(nl, request, visit_message, visit);
	return v6_nl_dump(nl, request, visit_message, NULL, visit);
}

static uint8_t range_protocol(const struct v6_nat_op *op)
{
	return v6_sets_each_protocol(op->set) ? op->claim.protocol : 0;
}

static int keep_holder(const struct v6_nat_op *element, void *data)
{
	struct v6_holder *holder = data;

	snprintf(holder->owner, sizeof(holder->owner), "%s", element->owner);
	holder->claim = element->claim;
	holder->target = element->target;
	holder->counter = element->counter;
	return 0;
}

int v6_nat_find(struct v6_nl *nl, const struct v6_nat_op *key, struct v6_holder *ret_holder)
{
	struct v6_nat_op bare = *key;
	struct v6_holder holder = {.owner = ""};
	struct visit visit = {key->set, range_protocol(key), keep_holder, &holder};
	int ret;

	bare.remove = true; /* the key without data */
	ret = request_elements(nl, &bare, &visit);
	if (ret == 0)
		*ret_holder = holder;
	return ret;
}

int v6_nat_holder(struct v6_nl *nl, enum v6_nat_set set, const struct v6_claim *claim,
		  struct v6_holder *ret_holder)
{
	struct v6_nat_op key = {.set = set, .claim = *claim};

	return v6_nat_find(nl, &key, ret_holder);
}

static bool has_ranges(uint8_t protocol)
{
	return memchr(v6_sets_protocols, protocol, sizeof(v6_sets_protocols));
}

/* find_shared() - where some client's new connection would be forwarded: to @led, if any would */
static int find_shared(struct v6_nl *nl, const struct v6_claim *claim, const struct v6_target *led,
		       struct v6_holder *ret_holder)
{
	struct v6_claim slot = *claim;
	int ret = 0;

	for (slot.slot = 0; slot.slot < V6_SLOTS && ret == 0; slot.slot++) {
		ret = v6_nat_holder(nl, V6_NAT_SHARED, &slot, ret_holder);
		if (ret == 0 && v6_same_target(&ret_holder->target, led))
			break;
	}
	return ret;
}

int v6_nat_target(struct v6_nl *nl, const struct v6_claim *claim, const struct v6_target *led,
		  struct v6_target *ret_target)
{
	static const enum v6_nat_set maps[] = {V6_NAT_SERVICES, V6_NAT_SHARED, V6_NAT_RANGES,
					       V6_NAT_WHOLE};
	struct v6_holder holder;
	int ret = -ENOENT;
	size_t i;

	for (i = 0; i < V6_ARRAY_SIZE(maps) && ret == -ENOENT; i++) {
		if (maps[i] == V6_NAT_RANGES && !has_ranges(claim->protocol))
			continue;
		ret = maps[i] == V6_NAT_SHARED ? find_shared(nl, claim, led, &holder)
					       : v6_nat_holder(nl, maps[i], claim, &holder);
		if (ret == 0 && (maps[i] == V6_NAT_RANGES || maps[i] == V6_NAT_WHOLE))
			holder.target.port = claim->port;
	}
	if (ret == 0)
		*ret_target = holder.target;
	return ret;
}

int v6_nat_limits(struct v6_nl *nl, const struct v6_claim *claim)
{
	struct v6_holder unused;
	int ret = v6_nat_holder(nl, V6_NAT_LIMITED, claim, &unused);

	if (ret == -ENOENT && has_ranges(claim->protocol))
		ret = v6_nat_holder(nl, V6_NAT_LIMITED_RANGES, claim, &unused);
	return ret == -ENOENT ? 0 : ret < 0 ? ret : 1;
}

int v6_nat_admits(struct v6_nl *nl, const struct v6_claim *claim, const struct in6_addr *client)
{
	const struct v6_nat_op key = {
		.set = V6_NAT_FROM, .claim = *claim, .prefix = {*client, 128}};
	struct v6_holder unused;
	int ret = v6_nat_find(nl, &key, &unused);

	return ret == -ENOENT ? 0 : ret < 0 ? ret : 1;
}

struct presence {
	const struct v6_nat_op *key;
	int there;
};

static int keep_presence(const struct v6_nat_op *element, void *data)
{
	struct presence *presence = data;

	presence->there = 1;
	/* the kernel finds any interval around a key */
	if ((element->set == V6_NAT_LIMITED_RANGES || element->set == V6_NAT_FROM) &&
	    (!v6_claim_equal(&element->claim, &presence->key->claim) ||
	     element->prefix.length != presence->key->prefix.length))
		presence->there = 0;
	if (element->set == V6_NAT_HAIRPIN &&
	    element->prefix.length != presence->key->prefix.length)
		presence->there = element->prefix.length < presence->key->prefix.length ? 2 : 0;
	if (((element->set == V6_NAT_SIBLINGS || element->set == V6_NAT_EGRESS) &&
	     !v6_same_target(&element->target, &presence->key->target)) ||
	    ((element->set == V6_NAT_ANSWERS || element->set == V6_NAT_DEPARTURES) &&
	     element->mark != presence->key->mark))
		presence->there = 2;
	return 0;
}

int v6_nat_has(struct v6_nl *nl, const struct v6_nat_op *key)
{
	struct v6_nat_op bare = *key;
	struct presence presence = {key, 0};
	struct visit visit = {key->set, range_protocol(key), keep_presence, &presence};
	int ret;

	bare.remove = true; /* the key without data */
	ret = request_elements(nl, &bare, &visit);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	return presence.there;
}

int v6_nat_each(struct v6_nl *nl, enum v6_nat_set set,
		int (*visit)(const struct v6_nat_op *element, void *data), void *data,
		struct v6_error *err)
{
	size_t i, n = v6_sets_each_protocol(set) ? V6_ARRAY_SIZE(v6_sets_protocols) : 1;
	struct visit all = {set, 0, visit, data};
	int ret;

	for (i = 0; i < n; i++) {
		all.protocol = n > 1 ? v6_sets_protocols[i] : 0;
		ret = request_elements(nl, NULL, &all);
		if (ret < 0 && ret != -ENOENT)
			return v6_fail(err, ret, "nf_tables: cannot list %s: %s",
				       v6_sets_name(set, all.protocol), v6_strerror(ret));
	}
	return 0;
}

/* find_message_set() - which set a message is about */
static int find_message_set(const struct nlmsghdr *message, enum v6_nat_set *ret_set)
{
	const struct nlattr *attr;
	char name[sizeof("limited-sctp") + 1] = "";

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_LIST_SET)
			v6_nl_string(attr, name, sizeof(name));
	return v6_sets_find(name, ret_set);
}

int v6_nat_prefixes(const struct nlmsghdr *message,
		    void (*visit)(const struct v6_prefix *prefix, void *data), void *data)
{
	const struct nlattr *list, *element;
	struct v6_prefix prefix;
	enum v6_nat_set set;

	if (find_message_set(message, &set) < 0)
		return -EINVAL;
	if (set == V6_NAT_OPENED || set == V6_NAT_BRIDGED)
		return -ENODATA;
	mnl_attr_for_each (list, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(list) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested (element, list) {
			if (v6_element_prefix(set, element, &prefix) < 0)
				return -EINVAL;
			visit(&prefix, data);
		}
	}
	return 0;
}
