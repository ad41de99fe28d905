/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule that would have let a refused container have what it asked for. */
#ifndef V6_POLICY_ADVICE_H
#define V6_POLICY_ADVICE_H

#include "policy/subject.h"

struct v6_advice {
	char s[256];
};

/**
 * v6_advise_rule() - A rule for the administrator to paste
 * @config:	Whether there is a list of rules to add it to
 * @subject:	Who was refused
 * @name:	What the request calls the address
 * @address:	What it stands for, or NULL: not looked up yet
 * @maps:	Service ports, @n_maps of them. Where they do not fit, the rule lists only the first
 * ones
 *
 * The rule is no wider than the request, but that without @address the name may come to resolve to
 * another. What cannot be quoted safely is replaced by a word in capitals.
 *
 * Return: `RULE`; without a list `"allow": [RULE, {"users": ["root"]}]`, so that root's containers
 * go on; without a file, the whole of one: the same in braces
 */
struct v6_advice v6_advise_rule(const struct v6_config *config, const struct v6_subject *subject,
				const char *name, const struct in6_addr *address,
				const struct v6_port_map *maps, size_t n_maps);

#endif
