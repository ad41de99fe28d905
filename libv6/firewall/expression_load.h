/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions that load something into a register. */
#ifndef V6_FIREWALL_EXPRESSION_LOAD_H
#define V6_FIREWALL_EXPRESSION_LOAD_H

#include "firewall/rule_run.h"

/* Each goes through one expression, as v6_expression_run() does. */
enum v6_match v6_load_meta(struct v6_rule_run *run, const struct v6_expression *e);
enum v6_match v6_load_payload(struct v6_rule_run *run, const struct v6_expression *e);
enum v6_match v6_load_ct(struct v6_rule_run *run, const struct v6_expression *e);
enum v6_match v6_load_fib(struct v6_rule_run *run, const struct v6_expression *e);
enum v6_match v6_load_socket(struct v6_rule_run *run, const struct v6_expression *e);
enum v6_match v6_load_exthdr(struct v6_rule_run *run, const struct v6_expression *e);

#endif
