/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "allow" of the configuration: its rules. */
#ifndef V6_POLICY_CONFIG_RULES_H
#define V6_POLICY_CONFIG_RULES_H

#include "policy/config.h"
#include "policy/config_members.h"

/**
 * v6_rules_parse() - Read the list of rules; a struct v6_member's parse function
 * @object:	The configuration's text
 * @key:	The list's name
 * @to:		struct v6_config; what it has of rules is to be released after a failure, too
 * @fault:	Filled in on failure only
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_rules_parse(const struct v6_json *object, const char *key, void *to, struct v6_fault *fault);

/* v6_rules_release() - free the rules of a configuration */
void v6_rules_release(struct v6_config *config);

#endif
