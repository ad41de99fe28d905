/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cursor parsers for the small languages of annotations and configuration. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* White space of the C locale; YAML blocks end their lines with "\n", or "\r\n" */
#define BLANKS " \t\n\v\f\r"
/* Characters of a word that v6_text_nearest() compares. */
#define WORD_MAX 31

/* character_size() - bytes of the UTF-8 character at @p, 0 where there is none; *ret_whole is false
 * where the text ends within it. RFC 3629 section 4
 */
static size_t character_size(const unsigned char *p, bool *ret_whole)
{
	size_t i, size = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

	*ret_whole = true;
	if (*p > 0xf4)
		return 0;
	for (i = 1; i < size; i++) {
		if (!p[i])
			*ret_whole = false;
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong, a surrogate, or past U+10FFFF */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return size;
}

static bool is_harmless(const unsigned char *p, size_t size)
{
	if (size == 1)
		return *p >= 0x20 && *p != 0x7f;
	if (size == 2)
		return *p != 0xc2 || p[1] >= 0xa0;
	/* U+202A to U+202E, U+2066 to U+2069 */
	return size != 3 || p[0] != 0xe2 ||
	       !((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
		 (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

void v6_text_printable(char *text)
{
	unsigned char *p = (unsigned char *)text;
	bool whole = true;
	size_t size;

	while (*p) {
		size = character_size(p, &whole);
		if (!whole) {
			*p = '\0';
			return;
		}
		if (size > 0 && is_harmless(p, size)) {
			p += size;
			continue;
		}
		memset(p, '?', size > 0 ? size : 1);
		p += size > 0 ? size : 1;
	}
}

struct v6_line v6_line(const char *fmt, ...)
{
	struct v6_line line;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line.s, sizeof(line.s), fmt, ap);
	va_end(ap);
	return line;
}

struct v6_shown v6_text_shown(const char *text)
{
	size_t length = strnlen(text, V6_TEXT_SHOWN + 1);
	struct v6_shown shown;

	if (length <= V6_TEXT_SHOWN) {
		memcpy(shown.s, text, length + 1);
		return shown;
	}

	/* RFC 3629 section 3: bytes after a character's first are 10xxxxxx */
	for (length = V6_TEXT_SHOWN; length > 0; length--)
		if (((unsigned char)text[length] & 0xc0) != 0x80)
			break;
	memcpy(shown.s, text, length);
	memcpy(shown.s + length, "...", sizeof("..."));
	return shown;
}

int v6_text_number(const char **cursor, unsigned int min, unsigned int max,
		   unsigned int *ret_number)
{
	const char *p = *cursor;
	unsigned int number = 0;

	assert(max < UINT_MAX / 10);

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return -EINVAL;

	for (; *p >= '0' && *p <= '9'; p++) {
		number = number * 10 + (unsigned int)(*p - '0');
		if (number > max)
			return -ERANGE;
	}
	if (number < min)
		return -ERANGE;

	*cursor = p;
	*ret_number = number;
	return 0;
}

int v6_text_item(const char **cursor, char *ret_item, size_t size)
{
	const char *start = *cursor + strspn(*cursor, BLANKS);
	size_t length = strcspn(start, "," BLANKS);
	const char *next = start + length + strspn(start + length, BLANKS);

	if (length == 0)
		return -EINVAL;
	if (length >= size)
		return -ENAMETOOLONG;

	memcpy(ret_item, start, length);
	ret_item[length] = '\0';
	if (*next == ',')
		*cursor = next + 1;
	else
		*cursor = *next ? next : NULL;
	return 0;
}

size_t v6_text_trim(const char **text)
{
	const char *start = *text + strspn(*text, BLANKS);
	size_t length = strlen(start);

	while (length > 0 && strchr(BLANKS, start[length - 1]))
		length--;
	*text = start;
	return length;
}

bool v6_text_is_word(const char *text, const char *word)
{
	size_t length = v6_text_trim(&text);

	return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* get_distance() - Levenshtein distance of two words, one row of its table at a time */
static size_t get_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], i, j, diagonal, above, least;
	size_t length_a = strnlen(a, WORD_MAX), length_b = strnlen(b, WORD_MAX);

	for (j = 0; j <= length_b; j++)
		row[j] = j;

	for (i = 1; i <= length_a; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= length_b; j++) {
			above = row[j];
			least = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < least)
				least = above + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			row[j] = least;
			diagonal = above;
		}
	}
	return row[length_b];
}

const char *v6_text_nearest(const char *word, const char *const *words, size_t n_words)
{
	size_t i, nearest = 0, best = SIZE_MAX, d;

	for (i = 0; i < n_words; i++) {
		d = get_distance(word, words[i]);
		if (d < best) {
			best = d;
			nearest = i;
		}
	}
	return words[nearest];
}

uint64_t v6_text_hash(const char *text, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	return hash;
}

const char *v6_command_word(const char *name)
{
	return *name && *name != '-' && !name[strspn(name, V6_COMMAND_WORD)] ? name : "?";
}
