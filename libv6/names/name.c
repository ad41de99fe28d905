/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be asked of DNS. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "names/name.h"

/* RFC 1035 section 2.3.4 */
#define LABEL_MAX 63

/* Not isalnum(): that depends on the locale */
static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* Letters, digits, - and _ in labels of 1 to 63; a dot may end it, which makes it absolute */
static bool is_name(const char *name)
{
	size_t len = strlen(name), label = 0, i;

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len >= V6_NAME_MAX)
		return false;
	for (i = 0; i < len; i++) {
		bool dot = name[i] == '.';

		if (dot ? label == 0 : !is_label_char(name[i]))
			return false;
		label = dot ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0;
}

static int fail_bad_name(const char *name, struct v6_error *err)
{
	if (strpbrk(name, ":[]/%"))
		return v6_fail(
			err, -EINVAL,
			"\"%s\": neither a name nor an IPv6 address; write an address without brackets, zone and prefix length",
			name);
	return v6_fail(
		err, -EINVAL,
		"\"%s\": not a DNS name; use letters, digits, - and _, at most %d between dots, and the xn-- form of anything else",
		name, LABEL_MAX);
}

int v6_name_check(const char *name, struct v6_error *err)
{
	return is_name(name) ? 0 : fail_bad_name(name, err);
}
