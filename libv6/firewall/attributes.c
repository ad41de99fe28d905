/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds attributes in a nest, and what they hold. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/attributes.h"

const struct nlattr *v6_attr_find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	if (nest)
		mnl_attr_for_each_nested (attr, nest)
			if (mnl_attr_get_type(attr) == type)
				return attr;
	return NULL;
}

int v6_attr_copy(const struct nlattr *nest, struct nlattr **ret_copy)
{
	/* libmnl goes by lengths that are rounded up */
	struct nlattr *copy = nest ? calloc(1, MNL_ALIGN(nest->nla_len)) : NULL;

	if (nest && !copy)
		return -ENOMEM;
	if (copy)
		memcpy(copy, nest, nest->nla_len);
	*ret_copy = copy;
	return 0;
}

const char *v6_attr_text(const struct nlattr *attr)
{
	const char *text = attr ? mnl_attr_get_payload(attr) : NULL;

	return text && memchr(text, '\0', mnl_attr_get_payload_len(attr)) ? text : NULL;
}

uint32_t v6_attr_u32(const struct nlattr *attr)
{
	uint32_t value;

	if (!attr || mnl_attr_get_payload_len(attr) != sizeof(value))
		return 0;
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return ntohl(value);
}

uint64_t v6_attr_u64(const struct nlattr *attr)
{
	uint64_t value;

	if (!attr || mnl_attr_get_payload_len(attr) != sizeof(value))
		return 0;
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return be64toh(value);
}

const void *v6_attr_value(const struct nlattr *nest, uint32_t *ret_size)
{
	const struct nlattr *value = v6_attr_find(nest, NFTA_DATA_VALUE);

	if (!value)
		return NULL;
	*ret_size = mnl_attr_get_payload_len(value);
	return mnl_attr_get_payload(value);
}

bool v6_attr_verdict(const struct nlattr *nest, int32_t *ret_code, const char **ret_chain)
{
	const struct nlattr *verdict = v6_attr_find(nest, NFTA_DATA_VERDICT);

	if (!v6_attr_find(verdict, NFTA_VERDICT_CODE))
		return false;
	*ret_code = (int32_t)v6_attr_u32(v6_attr_find(verdict, NFTA_VERDICT_CODE));
	*ret_chain = v6_attr_text(v6_attr_find(verdict, NFTA_VERDICT_CHAIN));
	return true;
}
