/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be asked of DNS. */
#ifndef V6_NAMES_NAME_H
#define V6_NAMES_NAME_H

#include <libv6/base.h>

/* v6_name_check() - Check that a text is a DNS name; the error begins with it. Return: 0, -EINVAL
 */
int v6_name_check(const char *name, struct v6_error *err);

#endif
