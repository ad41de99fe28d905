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

#include <libnftnl/set.h>

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
		if (chain->rules[i])
			nftnl_rule_free(chain->rules[i]);
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
		nftnl_chain_free(reading->chains[i].chain);
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

static void describe_chain(const struct reading *reading, struct nftnl_chain *c,
			   struct v6_chain *chain)
{
	const char *type = nftnl_chain_get_str(c, NFTNL_CHAIN_TYPE);

	*chain = (struct v6_chain){
		.family = (uint8_t)nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY),
		.table = nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE),
		.name = nftnl_chain_get_str(c, NFTNL_CHAIN_NAME),
		.base = nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM),
		.nat = type && strcmp(type, "nat") == 0,
		.chain = c,
	};
	if (!chain->base)
		return;
	chain->hook = nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM);
	chain->priority = nftnl_chain_get_s32(c, NFTNL_CHAIN_PRIO);
	chain->drops = nftnl_chain_is_set(c, NFTNL_CHAIN_POLICY) &&
		       nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP;
	chain->base = !is_dormant(reading, chain);
}

static bool passes_ipv6(const struct nftnl_chain *c)
{
	switch (nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY)) {
	case NFPROTO_IPV6:
	case NFPROTO_INET:
	case NFPROTO_NETDEV:
	case NFPROTO_BRIDGE:
		return nftnl_chain_is_set(c, NFTNL_CHAIN_TABLE) &&
		       nftnl_chain_is_set(c, NFTNL_CHAIN_NAME);
	default:
		return false;
	}
}

static int read_chain(const struct nlmsghdr *message, void *data)
{
	struct nftnl_chain *c = nftnl_chain_alloc();
	struct reading *reading = data;
	struct v6_chain *larger;

	errno = ENOMEM;
	if (!c)
		return MNL_CB_ERROR;
	if (nftnl_chain_nlmsg_parse(message, c) < 0 || !passes_ipv6(c)) {
		nftnl_chain_free(c);
		return MNL_CB_OK;
	}
	larger = reallocarray(reading->chains, reading->n + 1, sizeof(*larger));
	if (!larger) {
		nftnl_chain_free(c);
		return MNL_CB_ERROR;
	}
	reading->chains = larger;
	describe_chain(reading, c, &larger[reading->n++]);
	return MNL_CB_OK;
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

bool v6_chain_on(const struct v6_chain *chain, const char *link)
{
	const char *const *devices = nftnl_chain_get_array(chain->chain, NFTNL_CHAIN_DEVICES);
	const char *device = nftnl_chain_get_str(chain->chain, NFTNL_CHAIN_DEV);

	if (device && strcmp(device, link) == 0)
		return true;
	for (; devices && *devices; devices++)
		if (strcmp(*devices, link) == 0)
			return true;
	return false;
}

static bool is_of(const struct nftnl_rule *rule, const struct v6_chain *chain)
{
	const char *table = nftnl_rule_get_str(rule, NFTNL_RULE_TABLE);
	const char *name = nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN);

	return !table || !name ||
	       (strcmp(table, chain->table) == 0 && strcmp(name, chain->name) == 0);
}

static int read_rule(const struct nlmsghdr *message, void *data)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	struct v6_chain *chain = data;
	struct nftnl_rule **larger;

	errno = ENOMEM;
	if (!rule)
		return MNL_CB_ERROR;
	if (nftnl_rule_nlmsg_parse(message, rule) < 0) {
		nftnl_rule_free(rule);
		rule = NULL;
	} else if (!is_of(rule, chain)) {
		nftnl_rule_free(rule);
		return MNL_CB_OK;
	}
	larger = reallocarray(chain->rules, chain->n_rules + 1, sizeof(struct nftnl_rule *));
	if (!larger) {
		if (rule)
			nftnl_rule_free(rule);
		return MNL_CB_ERROR;
	}
	chain->rules = larger;
	chain->rules[chain->n_rules++] = rule;
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

static int keep_element(struct nftnl_set_elem *element, void *data)
{
	const char *chain = nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN);
	struct v6_element *found = data;
	const void *bytes;
	uint32_t size = 0;

	if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT))
		found->verdict = (int32_t)nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_VERDICT);
	if (chain)
		snprintf(found->chain, sizeof(found->chain), "%s", chain);
	bytes = nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &size);
	if (!bytes || size > sizeof(found->data))
		return 0;
	memcpy(found->data, bytes, size);
	found->size = size;
	return 0;
}

static int read_element(const struct nlmsghdr *message, void *data)
{
	struct nftnl_set *set = nftnl_set_alloc();

	errno = ENOMEM;
	if (!set)
		return MNL_CB_ERROR;
	if (nftnl_set_elems_nlmsg_parse(message, set) == 0)
		nftnl_set_elem_foreach(set, keep_element, data);
	nftnl_set_free(set);
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
