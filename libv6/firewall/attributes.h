/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of nf_tables, as the kernel nests them. libnftnl ends the process where one of them is
 * not as it expects; here, such a one is as good as absent.
 */
#ifndef V6_FIREWALL_ATTRIBUTES_H
#define V6_FIREWALL_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* v6_attr_find() - the first attribute of a type among those in a nest; NULL: there is none, or
 * @nest is NULL
 */
const struct nlattr *v6_attr_find(const struct nlattr *nest, uint16_t type);

/* v6_attr_copy() - copy a nest, or nothing where it is NULL; free(). Return: 0 or -ENOMEM */
int v6_attr_copy(const struct nlattr *nest, struct nlattr **ret_copy);

/* v6_attr_text() - a text with its NUL; NULL: it has none, or @attr is NULL */
const char *v6_attr_text(const struct nlattr *attr);

/* v6_attr_u32() - a number of 32 bits, which the kernel sends in network order; 0: it is not one
 * v6_attr_u64() - the same, of 64 bits
 */
uint32_t v6_attr_u32(const struct nlattr *attr);
uint64_t v6_attr_u64(const struct nlattr *attr);

/**
 * v6_attr_value() - The value in a nest of NFTA_DATA_*
 * @nest:	The nest, or NULL
 * @ret_size:	Set where the value is there
 *
 * Return: its bytes, or NULL
 */
const void *v6_attr_value(const struct nlattr *nest, uint32_t *ret_size);

/**
 * v6_attr_verdict() - The verdict in a nest of NFTA_DATA_*
 * @nest:	The nest, or NULL
 * @ret_code:	NF_* or NFT_*, set where the verdict is there
 * @ret_chain:	Where NFT_JUMP and NFT_GOTO lead, or NULL; likewise
 *
 * Return: whether it is there
 */
bool v6_attr_verdict(const struct nlattr *nest, int32_t *ret_code, const char **ret_chain);

#endif
