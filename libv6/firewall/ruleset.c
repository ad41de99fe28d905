/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads tables, chains, rules and elements of every program, for firewall/evaluate.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/common.h>

#include "base/cleanup.h"
#include "firewall/ruleset.h"
#include "table/sets.h"

#ifndef NFT_SET_ELEM_CATCHALL
#define NFT_SET_ELEM_CATCHALL 0x2 /* 5.13 */
#endif

const char *v6_family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_NETDEV:
		return "netdev";
	case NFPROTO_BRIDGE:
		return "bridge";
	default:
		return "?";
	}
}

/* A table that is asleep: its chains are there, and no packet comes to them */
struct dormant {
	uint8_t family;
	char name[NFT_TABLE_MAXNAMELEN];
};

struct reading {
	struct v6_chain *chains;
	size_t n;
	struct dormant *dormant;
	size_t n_dormant;
};

static void free_rules(struct v6_chain *chain)
{
	size_t i;

	for (i = 0; i < chain->n_rules; i++)
		free(chain->rules[i].list);
	free(chain->rules);
	chain->rules = NULL;
	chain->n_rules = 0;
}

static void forget_chains(void *data)
{
	struct reading *reading = data;
	size_t i;

	for (i = 0; i < reading->n; i++) {
		free_rules(&reading->chains[i]);
		free(reading->chains[i].where);
	}
	free(reading->chains);
	reading->chains = NULL;
	reading->n = 0;
}

static void forget_dormant(void *data)
{
	struct reading *reading = data;

	free(reading->dormant);
	reading->dormant = NULL;
	reading->n_dormant = 0;
}

static void forget_all(struct reading *reading)
{
	forget_chains(reading);
	forget_dormant(reading);
}

static int read_table(const struct nlmsghdr *message, void *data)
{
	const struct nfgenmsg *info = v6_nl_header(message, sizeof(*info));
	struct reading *reading = data;
	struct dormant table = {.name = ""}, *larger;
	const struct nlattr *attr;
	uint32_t flags = 0;

	if (!info)
		return MNL_CB_OK;
	table.family = info->nfgen_family;
	mnl_attr_for_each (attr, message, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == NFTA_TABLE_NAME)
			v6_nl_string(attr, table.name, sizeof(table.name));
		else if (mnl_attr_get_type(attr) == NFTA_TABLE_FLAGS)
			V6_NL_VALUE(attr, &flags);
	}
	if (!(ntohl(flags) & NFT_TABLE_F_DORMANT))
		return MNL_CB_OK;
	larger = reallocarray(reading->dormant, reading->n_dormant + 1, sizeof(*larger));
	if (!larger)
		return MNL_CB_ERROR;
	reading->dormant = larger;
	reading->dormant[reading->n_dormant++] = table;
	return MNL_CB_OK;
}

static bool is_dormant(const struct reading *reading, const struct v6_chain *chain)
{
	size_t i;

	for (i = 0; i < reading->n_dormant; i++)
		if (reading->dormant[i].family == chain->family &&
		    strcmp(reading->dormant[i].name, chain->table) == 0)
			return true;
	return false;
}

/* describe_hook() - where packets come to a chain, which is after what else is known of it */
static void describe_hook(const struct reading *reading, const struct nlattr *policy,
			  struct v6_chain *chain)
{
	const struct nlattr *number = v6_attr_find(chain->where, NFTA_HOOK_HOOKNUM);

	if (!number || mnl_attr_get_payload_len(number) != sizeof(chain->hook))
		return;
	chain->base = !is_dormant(reading, chain);
	chain->hook = v6_attr_u32(number);
	chain->priority = (int32_t)v6_attr_u32(v6_attr_find(chain->where, NFTA_HOOK_PRIORITY));
	chain->drops = policy && v6_attr_u32(policy) == NF_DROP;
}

static bool passes_ipv6(uint8_t family)
{
	return family == NFPROTO_IPV6 || family == NFPROTO_INET || family == NFPROTO_NETDEV ||
	       family == NFPROTO_BRIDGE;
}

/* describe_chain() - Return: 0, -EINVAL (it has no name) or -ENOMEM */
static int describe_chain(const struct reading *reading, const struct nlmsghdr *message,
			  struct v6_chain *ret_chain)
{
	const struct nlattr *attr, *policy = NULL, *where = NULL;
	char type[sizeof("nat") + 1] = "";

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TABLE:
			v6_nl_string(attr, ret_chain->table, sizeof(ret_chain->table));
			break;
		case NFTA_CHAIN_NAME:
			v6_nl_string(attr, ret_chain->name, sizeof(ret_chain->name));
			break;
		case NFTA_CHAIN_TYPE:
			v6_nl_string(attr, type, sizeof(type));
			break;
		case NFTA_CHAIN_HOOK:
			where = attr;
			break;
		case NFTA_CHAIN_POLICY:
			policy = attr;
			break;
		}
	}
	if (!*ret_chain->table || !*ret_chain->name)
		return -EINVAL;
	ret_chain->nat = strcmp(type, "nat") == 0;
	if (v6_attr_copy(where, &ret_chain->where) < 0)
		return -ENOMEM;
	describe_hook(reading, policy, ret_chain);
	return 0;
}

static int read_chain(const struct nlmsghdr *message, void *data)
{
	const struct nfgenmsg *info = v6_nl_header(message, sizeof(*info));
	struct reading *reading = data;
	struct v6_chain *larger, *chain;
	int ret;

	if (!info || !passes_ipv6(info->nfgen_family))
		return MNL_CB_OK;
	larger = reallocarray(reading->chains, reading->n + 1, sizeof(*larger));
	if (!larger)
		return v6_nl_answer(-ENOMEM);
	reading->chains = larger;
	chain = &larger[reading->n];
	*chain = (struct v6_chain){.family = info->nfgen_family};
	ret = describe_chain(reading, message, chain);
	reading->n += ret == 0;
	return v6_nl_answer(ret == -EINVAL ? 0 : ret);
}

static int dump_objects(struct v6_nl *nl, uint16_t type, mnl_cb_t answer, void (*reset)(void *),
			struct reading *reading)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request =
		nftnl_nlmsg_build_hdr(message.bytes, type, NFPROTO_UNSPEC, NLM_F_DUMP, 0);

	return v6_nl_dump(nl, request, answer, reset, reading);
}

static int by_priority(const void *left, const void *right)
{
	const struct v6_chain *a = left, *b = right;

	return (a->priority > b->priority) - (a->priority < b->priority);
}

int v6_ruleset_read(struct v6_nl *nl, struct v6_ruleset *ret_ruleset, struct v6_error *err)
{
	struct reading auto_call(forget_all) reading = {NULL, 0, NULL, 0};
	int ret = dump_objects(nl, NFT_MSG_GETTABLE, read_table, forget_dormant, &reading);

	if (ret == 0)
		ret = dump_objects(nl, NFT_MSG_GETCHAIN, read_chain, forget_chains, &reading);
	if (ret < 0)
		return v6_fail(err, ret, "nf_tables: cannot list chains: %s", v6_nl_explain(ret));
	if (reading.n)
		qsort(reading.chains, reading.n, sizeof(*reading.chains), by_priority);
	*ret_ruleset = (struct v6_ruleset){nl, reading.chains, reading.n};
	reading.chains = NULL;
	reading.n = 0;
	return 0;
}

void v6_ruleset_release(struct v6_ruleset *ruleset)
{
	struct reading reading = {ruleset->chains, ruleset->n, NULL, 0};

	forget_chains(&reading);
	memset(ruleset, 0, sizeof(*ruleset));
}

struct v6_chain *v6_ruleset_chain(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
				  const char *name)
{
	size_t i;

	for (i = 0; i < ruleset->n; i++)
		if (ruleset->chains[i].family == beside->family &&
		    strcmp(ruleset->chains[i].name, name) == 0 &&
		    strcmp(ruleset->chains[i].table, beside->table) == 0)
			return &ruleset->chains[i];
	return NULL;
}

static bool is_device(const struct nlattr *name, const char *link)
{
	const char *text = v6_attr_text(name);

	return text && strcmp(text, link) == 0;
}

bool v6_chain_on(const struct v6_chain *chain, const char *link)
{
	const struct nlattr *devices = v6_attr_find(chain->where, NFTA_HOOK_DEVS), *attr;

	if (is_device(v6_attr_find(chain->where, NFTA_HOOK_DEV), link))
		return true;
	if (devices)
		mnl_attr_for_each_nested (attr, devices)
			if (is_device(attr, link))
				return true;
	return false;
}

/* is_of() - whether a name is the one that was asked for, or not told */
static bool is_of(const struct nlattr *name, const char *asked)
{
	const char *text = v6_attr_text(name);

	return !text || strcmp(text, asked) == 0;
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *parts[NFTA_RULE_EXPRESSIONS + 1] = {NULL}, *attr;
	struct v6_chain *chain = data;
	struct v6_nft_rule *larger, *rule;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) < V6_ARRAY_SIZE(parts))
			parts[mnl_attr_get_type(attr)] = attr;
	if (!is_of(parts[NFTA_RULE_TABLE], chain->table) ||
	    !is_of(parts[NFTA_RULE_CHAIN], chain->name))
		return MNL_CB_OK;
	larger = reallocarray(chain->rules, chain->n_rules + 1, sizeof(*larger));
	if (!larger)
		return v6_nl_answer(-ENOMEM);
	chain->rules = larger;
	rule = &larger[chain->n_rules];
	*rule = (struct v6_nft_rule){.handle = v6_attr_u64(parts[NFTA_RULE_HANDLE])};
	if (v6_attr_copy(parts[NFTA_RULE_EXPRESSIONS], &rule->list) < 0)
		return v6_nl_answer(-ENOMEM);
	chain->n_rules++;
	return MNL_CB_OK;
}

static void forget_rules(void *data)
{
	free_rules(data);
}

int v6_chain_read(const struct v6_ruleset *ruleset, struct v6_chain *chain)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request =
		nftnl_nlmsg_build_hdr(message.bytes, NFT_MSG_GETRULE, chain->family, NLM_F_DUMP, 0);
	int ret;

	if (chain->read)
		return 0;
	mnl_attr_put_strz(request, NFTA_RULE_TABLE, chain->table);
	mnl_attr_put_strz(request, NFTA_RULE_CHAIN, chain->name);
	ret = v6_nl_dump(ruleset->nl, request, read_rule, forget_rules, chain);
	chain->read = ret == 0;
	return ret;
}

/* keep_element() - what it leads to: a value, or a verdict */
static void keep_element(const struct nlattr *nest, struct v6_element *found)
{
	const struct nlattr *to = v6_attr_find(nest, NFTA_SET_ELEM_DATA);
	const char *chain = NULL;
	const void *bytes;
	uint32_t size = 0;

	if (v6_attr_verdict(to, &found->verdict, &chain) && chain)
		snprintf(found->chain, sizeof(found->chain), "%s", chain);
	bytes = v6_attr_value(to, &size);
	if (!bytes || size > sizeof(found->data))
		return;
	memcpy(found->data, bytes, size);
	found->size = size;
}

static int read_element(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *list, *nest;

	mnl_attr_for_each (list, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(list) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested (nest, list)
			keep_element(nest, data);
	}
	return MNL_CB_OK;
}

/* request_set() - begin a message about a set, or about its elements: the attributes are the same
 */
static struct nlmsghdr *request_set(union v6_nl_message *message, uint16_t type,
				    const struct v6_chain *beside, const char *name)
{
	struct nlmsghdr *request =
		nftnl_nlmsg_build_hdr(message->bytes, type, beside->family, 0, 0);

	mnl_attr_put_strz(request, NFTA_SET_TABLE, beside->table);
	mnl_attr_put_strz(request, NFTA_SET_NAME, name);
	return request;
}

/* look_up_element() - of a key, or without one, of the set's wildcard element */
static int look_up_element(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
			   const char *name, const void *key, uint32_t size,
			   struct v6_element *element)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request = request_set(&message, NFT_MSG_GETSETELEM, beside, name);
	struct nlattr *list = mnl_attr_nest_start(request, NFTA_SET_ELEM_LIST_ELEMENTS);
	struct nlattr *nest = mnl_attr_nest_start(request, NFTA_LIST_ELEM);

	if (key)
		v6_sets_put_value(request, NFTA_SET_ELEM_KEY, key, size);
	else
		mnl_attr_put_u32(request, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_CATCHALL));
	mnl_attr_nest_end(request, nest);
	mnl_attr_nest_end(request, list);
	return v6_nl_talk(ruleset->nl, request, read_element, element);
}

static int keep_key_size(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_SET_KEY_LEN)
			v6_nl_value(attr, data, sizeof(uint32_t));
	return MNL_CB_OK;
}

int v6_ruleset_key_size(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
			const char *set, uint32_t *ret_size)
{
	union v6_nl_message message = {{0}};
	uint32_t size = 0;
	int ret = v6_nl_talk(ruleset->nl, request_set(&message, NFT_MSG_GETSET, beside, set),
			     keep_key_size, &size);

	size = ntohl(size);
	if (ret == 0 && (size == 0 || size > V6_KEY_MAX))
		ret = -EINVAL;
	if (ret == 0)
		*ret_size = size;
	return ret;
}

int v6_ruleset_find(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
		    const char *set, const void *key, uint32_t size, struct v6_element *ret_element)
{
	struct v6_element found = {.verdict = NFT_CONTINUE};
	int ret = look_up_element(ruleset, beside, set, key, size, &found);

	if (ret == -ENOENT) {
		ret = look_up_element(ruleset, beside, set, NULL, 0, &found);
		if (ret == -EINVAL) /* a kernel without wildcard elements */
			ret = -ENOENT;
	}
	if (ret == 0)
		*ret_element = found;
	return ret;
}

static int look_for_drop(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *list, *nest;
	struct v6_element element;
	bool *drops = data;

	mnl_attr_for_each (list, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(list) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested (nest, list) {
			element = (struct v6_element){.verdict = NFT_CONTINUE};
			keep_element(nest, &element);
			*drops |= element.verdict == NF_DROP;
		}
	}
	return MNL_CB_OK;
}

bool v6_ruleset_may_drop(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
			 const char *map)
{
	union v6_nl_message message = {{0}};
	struct nlmsghdr *request = request_set(&message, NFT_MSG_GETSETELEM, beside, map);
	bool drops = false;

	request->nlmsg_flags |= NLM_F_DUMP;
	return v6_nl_dump(ruleset->nl, request, look_for_drop, NULL, &drops) == 0 && drops;
}
