/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of rules, one by one; the inside of evaluate.h. */
#ifndef V6_FIREWALL_EXPRESSION_H
#define V6_FIREWALL_EXPRESSION_H

#include "firewall/rule_run.h"

/* v6_expression_run() - go through one expression; an unknown one may match, and does nothing */
enum v6_match v6_expression_run(struct v6_rule_run *run, const struct v6_expression *expression);

#endif
