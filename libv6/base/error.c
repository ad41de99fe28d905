/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors as one line of text, filled in once and given context on the way up. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libv6/base.h>

/**
 * make_printable() - Make a text safe for a terminal and a log
 * @text:	Changed in place: control characters become '?', a character cut in half is dropped
 *
 * What a message quotes may come from an untrusted annotation or DNS answer.
 */
static void make_printable(char *text)
{
	size_t len = strlen(text), tail = 0;
	unsigned char *p;

	for (p = (unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		/* U+0080 to U+009F, the second set of control characters, in UTF-8 */
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}

	/* RFC 3629 section 3: continuation bytes are 10xxxxxx, a lead byte tells how many follow */
	while (tail < 3 && tail < len && ((unsigned char)text[len - 1 - tail] & 0xc0) == 0x80)
		tail++;
	if (tail < len && (unsigned char)text[len - 1 - tail] >= 0xc0) {
		unsigned char lead = (unsigned char)text[len - 1 - tail];
		size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;

		if (tail < want)
			text[len - 1 - tail] = '\0';
	}
}

int v6_fail(struct v6_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);

	make_printable(err->text);
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
