/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extensions of ip6tables that have no expression of their own: nft shows a translation, but the
 * kernel runs xtables code. */
#ifndef V6_FIREWALL_EXPRESSION_COMPAT_H
#define V6_FIREWALL_EXPRESSION_COMPAT_H

#include "firewall/rule_run.h"

/* Each goes through one expression, as v6_expression_run() does. */
enum v6_match v6_compat_match(struct v6_rule_run *run, const struct v6_expression *e);
enum v6_match v6_compat_target(struct v6_rule_run *run, const struct v6_expression *e);

#endif
