/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name of a request with its addresses. */
#ifndef V6_PLAN_NAMED_H
#define V6_PLAN_NAMED_H

#include <libv6/names.h>

/**
 * struct v6_named - The addresses that one name of a request stands for
 * @name:	Name or literal; the request's
 * @addresses:	@n of them, at least 1
 * @source:	Who said so
 */
struct v6_named {
	const char *name;
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	size_t n;
	struct v6_names_source source;
};

#endif
