/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "allow" of the configuration: its rules. */
#ifndef V6_POLICY_RULES_H
#define V6_POLICY_RULES_H

#include <libv6/oci.h>

#include "oci/ports.h"
#include "policy/config_members.h"

/**
 * struct v6_rule - What some containers may claim; members that are not given match everything
 * @prefixes:	Addresses, @n_prefixes of them; 0: not given
 * @ports:	Service ports, @n_ports of them; 0: not given
 * @names:	Globs as fnmatch(3) has them, an array of strings, borrowed; NULL: not given
 * @namespaces:	Globs for the pod's namespace in Kubernetes, too
 * @pods:	Globs for the pod's name there, too
 * @engines:	1 << enum v6_engine for each one named; 0: not given
 * @users:	Who may ask, @n_users of them
 * @groups:	Of which group who may ask is a member, @n_groups of them; neither given: root may
 * @from:	Clients that may connect to what it allows, @n_from of them, merged; 0: everybody
 * @shared:	Users other than root may also claim ports of a service address that somebody else's
 *		container holds
 * @alone:	"share" is false: containers that share their claims (v6.share) are not meant
 * @egress:	Whether those other than root's containers may leave by the address (v6.egress)
 */
struct v6_rule {
	struct v6_prefix *prefixes;
	size_t n_prefixes;
	struct v6_port_range *ports;
	size_t n_ports;
	const struct v6_json *names;
	const struct v6_json *namespaces;
	const struct v6_json *pods;
	unsigned int engines;
	uid_t *users;
	size_t n_users;
	gid_t *groups;
	size_t n_groups;
	struct v6_prefix *from;
	size_t n_from;
	bool shared;
	bool alone;
	bool egress;
};

/**
 * v6_rules_parse() - Read a list of rules
 * @list:	A JSON array
 * @key:	Its name, for messages
 * @ret_rules:	@ret_n of them; set also after a failure, for v6_rules_free()
 * @fault:	Filled in on failure only
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_rules_parse(const struct v6_json *list, const char *key, struct v6_rule **ret_rules,
		   size_t *ret_n, struct v6_fault *fault);

/* v6_rules_free() - free @n rules */
void v6_rules_free(struct v6_rule *rules, size_t n);

#endif
