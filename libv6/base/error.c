/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors as one line of text, filled in once and given context on the way up. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int v6_fail(struct v6_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);

	v6_text_printable(err->text);
	err->code = code;
	return code;
}

const char *v6_strerror(int code)
{
	switch (code < 0 ? -code : code) {
	case ENOENT:
		return "not there";
	case EACCES:
		return "not allowed";
	default:
		return strerror(code < 0 ? -code : code);
	}
}

int v6_context(struct v6_error *err, int code, const char *fmt, ...)
{
	char inner[sizeof(err->text)], outer[sizeof(err->text)];
	va_list ap;

	if (!err)
		return code;

	va_start(ap, fmt);
	vsnprintf(outer, sizeof(outer), fmt, ap);
	va_end(ap);

	memcpy(inner, err->text, sizeof(inner));
	return v6_fail(err, code, "%s: %s", outer, inner);
}
