/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All chains of nf_tables that IPv6 packets pass, other programs' too, to be read and never
 * changed. */
#ifndef V6_FIREWALL_RULESET_H
#define V6_FIREWALL_RULESET_H

#include <stdbool.h>

#include <linux/netfilter/nf_tables.h>

#include "firewall/rule.h"
#include "kernel/nl.h"

/* Bytes of a set's key or data: what fits in all registers, NFT_DATA_VALUE_MAXLEN in the kernel */
#define V6_KEY_MAX 64

/**
 * struct v6_chain - A chain
 * @family:	NFPROTO_IPV6, NFPROTO_INET, NFPROTO_NETDEV or NFPROTO_BRIDGE
 * @table:	Name of its table
 * @name:	Its own
 * @base:	Packets come to it by a hook, and the members below matter; no chain of a dormant
 *		table
 * @hook:	NF_INET_*, of NFPROTO_NETDEV NF_NETDEV_*
 * @priority:	Order at the hook
 * @nat:	Its type is "nat": first packets of connections only
 * @drops:	Its policy
 * @where:	The hook as the kernel tells it, a nest of NFTA_HOOK_*; NULL: no packet comes to it
 *		by one
 * @rules:	@n_rules of them, in order, once v6_chain_read() has been here
 */
struct v6_chain {
	uint8_t family;
	char table[NFT_TABLE_MAXNAMELEN], name[NFT_CHAIN_MAXNAMELEN];
	bool base;
	uint32_t hook;
	int32_t priority;
	bool nat;
	bool drops;
	struct nlattr *where;
	struct v6_nft_rule *rules;
	size_t n_rules;
	bool read;
};

/* struct v6_ruleset - all of them; chains in the order in which packets at one hook pass them */
struct v6_ruleset {
	struct v6_nl *nl;
	struct v6_chain *chains;
	size_t n;
};

/**
 * v6_ruleset_read() - List all chains
 * @nl:		NETLINK_NETFILTER socket; borrowed, and used until the release
 * @ret_ruleset: Set on success; release with v6_ruleset_release()
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EPERM or another negative errno
 */
int v6_ruleset_read(struct v6_nl *nl, struct v6_ruleset *ret_ruleset, struct v6_error *err);
void v6_ruleset_release(struct v6_ruleset *ruleset);

/* v6_ruleset_chain() - a chain of the same table as @beside; NULL: there is none */
struct v6_chain *v6_ruleset_chain(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
				  const char *name);

/* v6_chain_read() - read its rules, where that was not done before. Return: 0 or a negative errno
 */
int v6_chain_read(const struct v6_ruleset *ruleset, struct v6_chain *chain);

/* v6_chain_on() - whether a chain of NFPROTO_NETDEV, or at an ingress hook, is for this link */
bool v6_chain_on(const struct v6_chain *chain, const char *link);

/* v6_family_name() - "ip6", "inet", "netdev" or "bridge" */
const char *v6_family_name(uint8_t family);

/**
 * struct v6_element - What a look-up in a set found
 * @verdict:	Of a verdict map: NF_* or NFT_*; @chain is where NFT_JUMP and NFT_GOTO lead, or ""
 * @data:	Of another map: @size bytes
 */
struct v6_element {
	int32_t verdict;
	char chain[NFT_CHAIN_MAXNAMELEN];
	uint8_t data[V6_KEY_MAX];
	uint32_t size;
};

/* v6_ruleset_key_size() - bytes of a set's keys; @beside is a chain of its table. Return: 0,
 * -ENOENT,
 * ... */
int v6_ruleset_key_size(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
			const char *set, uint32_t *ret_size);

/**
 * v6_ruleset_find() - Look a key up in a set, as the kernel would: ranges and wildcards too
 * @ruleset:	Whose
 * @beside:	A chain of the set's table
 * @set:	Its name
 * @key:	@size bytes
 * @ret_element: Set on success
 *
 * Return: 0, -ENOENT (not in there) or another negative errno
 */
int v6_ruleset_find(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
		    const char *set, const void *key, uint32_t size,
		    struct v6_element *ret_element);

/* v6_ruleset_may_drop() - whether a verdict map drops what has one of its keys */
bool v6_ruleset_may_drop(const struct v6_ruleset *ruleset, const struct v6_chain *beside,
			 const char *map);

#endif
