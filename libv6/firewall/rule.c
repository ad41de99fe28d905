/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes through the expressions of a rule, and finds their attributes. */
#include <linux/netfilter/nf_tables.h>

#include "firewall/rule.h"

struct v6_expression v6_expression_of(const struct nlattr *nest)
{
	const char *name = v6_attr_text(v6_attr_find(nest, NFTA_EXPR_NAME));

	return (struct v6_expression){name ? name : "", v6_attr_find(nest, NFTA_EXPR_DATA)};
}

void v6_expressions_each(const struct nlattr *list,
			 int (*visit)(const struct v6_expression *expression, void *data),
			 void *data)
{
	struct v6_expression expression;
	const struct nlattr *attr;

	if (!list)
		return;
	mnl_attr_for_each_nested (attr, list) {
		if (mnl_attr_get_type(attr) != NFTA_LIST_ELEM)
			continue;
		expression = v6_expression_of(attr);
		if (visit(&expression, data) < 0)
			return;
	}
}

bool v6_expression_has(const struct v6_expression *e, uint16_t type)
{
	return v6_attr_find(e->data, type);
}

uint32_t v6_expression_u32(const struct v6_expression *e, uint16_t type)
{
	return v6_attr_u32(v6_attr_find(e->data, type));
}

uint8_t v6_expression_u8(const struct v6_expression *e, uint16_t type)
{
	const struct nlattr *attr = v6_attr_find(e->data, type);

	return attr && mnl_attr_get_payload_len(attr) == 1 ? mnl_attr_get_u8(attr) : 0;
}

const char *v6_expression_text(const struct v6_expression *e, uint16_t type)
{
	return v6_attr_text(v6_attr_find(e->data, type));
}

const void *v6_expression_bytes(const struct v6_expression *e, uint16_t type, uint32_t *ret_size)
{
	const struct nlattr *attr = v6_attr_find(e->data, type);

	if (!attr)
		return NULL;
	*ret_size = mnl_attr_get_payload_len(attr);
	return mnl_attr_get_payload(attr);
}

const void *v6_expression_value(const struct v6_expression *e, uint16_t type, uint32_t *ret_size)
{
	return v6_attr_value(v6_attr_find(e->data, type), ret_size);
}
