/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of v6.from. */
#ifndef V6_OCI_FROM_H
#define V6_OCI_FROM_H

#include <libv6/oci.h>

#include "base/prefixes.h"

/**
 * v6_client_parse() - Read one prefix of clients
 * @text:	`ADDRESS/LENGTH` without bits beyond the length, or an address alone; IPv6
 * @ret_prefix:	Set on success
 * @err:	NULL, or filled in on failure only; it begins with @text
 *
 * Return: 0 or -EINVAL
 */
int v6_client_parse(const char *text, struct v6_prefix *ret_prefix, struct v6_error *err);

/**
 * v6_from_parse() - Read a list of clients
 * @text:	As v6_client_parse() reads them, separated by commas, blanks or both; at most
 *		V6_FROM_MAX
 * @ret_from:	Merged, so that no two overlap; to be released, also after a failure
 * @err:	NULL, or filled in on failure only; it begins with the item at fault
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int v6_from_parse(const char *text, struct v6_prefixes *ret_from, struct v6_error *err);

#endif
