/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule, as the kernel tells it, and the expressions in it. */
#ifndef V6_FIREWALL_RULE_H
#define V6_FIREWALL_RULE_H

#include <stdint.h>

#include "firewall/attributes.h"

/**
 * struct v6_nft_rule - A rule
 * @handle:	Its number in its table
 * @list:	Its expressions: a nest of NFTA_LIST_ELEM, or NULL
 */
struct v6_nft_rule {
	uint64_t handle;
	struct nlattr *list;
};

/**
 * struct v6_expression - An expression of a rule; borrows from it
 * @name:	"cmp" and the like, or "": it tells none
 * @data:	Its attributes: a nest, or NULL
 */
struct v6_expression {
	const char *name;
	const struct nlattr *data;
};

/* v6_expression_of() - the expression that a nest of NFTA_EXPR_* tells */
struct v6_expression v6_expression_of(const struct nlattr *nest);

/* v6_expressions_each() - visit those in a list; a negative return value of @visit ends that */
void v6_expressions_each(const struct nlattr *list,
			 int (*visit)(const struct v6_expression *expression, void *data),
			 void *data);

/*
 * Attributes of an expression: @type is of its own kind, as NFTA_CMP_SREG.
 *
 * v6_expression_has() - whether there is such a one
 * v6_expression_u32() - a number, or 0
 * v6_expression_u8() - the same, of one byte
 * v6_expression_text() - a text, or NULL
 * v6_expression_bytes() - what it holds as it is, or NULL; @ret_size is set then
 * v6_expression_value() - the value in a nest of NFTA_DATA_*, too
 */
bool v6_expression_has(const struct v6_expression *e, uint16_t type);
uint32_t v6_expression_u32(const struct v6_expression *e, uint16_t type);
uint8_t v6_expression_u8(const struct v6_expression *e, uint16_t type);
const char *v6_expression_text(const struct v6_expression *e, uint16_t type);
const void *v6_expression_bytes(const struct v6_expression *e, uint16_t type, uint32_t *ret_size);
const void *v6_expression_value(const struct v6_expression *e, uint16_t type, uint32_t *ret_size);

#endif
