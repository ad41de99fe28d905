/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading text by a cursor. On failure a cursor stays where it was and outputs are untouched. */
#ifndef V6_BASE_TEXT_H
#define V6_BASE_TEXT_H

#include <stdbool.h>

#include <libv6/base.h>

/**
 * v6_text_printable() - Make a text safe for a terminal and a log
 * @text:	Changed in place, byte for byte: what is no UTF-8, control characters (U+0000 to
 *		U+001F, U+007F to U+009F) and those that turn the direction of writing (U+202A to
 *		U+202E, U+2066 to U+2069) become '?'; a character cut in half at the end is dropped
 *
 * What we show may come from an untrusted annotation, DNS answer or process.
 */
void v6_text_printable(char *text);

/* struct v6_line - a line of text by value, so that it can be an argument of printf() */
struct v6_line {
	char s[sizeof(((struct v6_error *)0)->text)];
};

/* v6_line() - Format as printf() does, and cut what does not fit */
struct v6_line v6_line(const char *fmt, ...) V6_PRINTF(1, 2);

/* What a shell takes for itself, in the words of commands that we print */
#define V6_COMMAND_WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,=@%+-"

/* v6_command_word() - a name as one word of a command: the name, or "?" where a shell, or the
 * program, would take it for something else. v6_found() leaves out a command with that
 */
const char *v6_command_word(const char *name);

/* Bytes of a quoted value that a message shows, so that its cause still fits behind. */
#define V6_TEXT_SHOWN 64

/* struct v6_shown - a value as a message shows it, itself an argument of printf() */
struct v6_shown {
	char s[V6_TEXT_SHOWN + sizeof("...")];
};

/* v6_text_shown() - @text, cut at a character's boundary with "..." behind where it is too long;
 * V6_SHOWN(text) is its string for one statement
 */
struct v6_shown v6_text_shown(const char *text);
#define V6_SHOWN(text) (v6_text_shown(text).s)

/**
 * v6_text_number() - Read a decimal number
 * @cursor:	At its first digit; moved behind its last one
 * @min:	Least value accepted
 * @max:	Largest value accepted, at most UINT_MAX / 10 - 1
 * @ret_number:	Set on success
 *
 * Digits only: no sign, no blank, no zero in front.
 *
 * Return: 0, -EINVAL (no such number here), -ERANGE
 */
int v6_text_number(const char **cursor, unsigned int min, unsigned int max,
		   unsigned int *ret_number);

/**
 * v6_text_item() - Read the next item of a list, separated by commas, blanks or both
 * @cursor:	Where the item begins; moved to the next one, or set to NULL after the last
 * @ret_item:	The item
 * @size:	Room there, the NUL included
 *
 * Blanks, because older podman (4.3) splits the value of --annotation at its commas. Ends of lines
 * are blanks, too, since YAML blocks have them.
 *
 * Return: 0, -EINVAL (empty item), -ENAMETOOLONG
 */
int v6_text_item(const char **cursor, char *ret_item, size_t size);

/**
 * v6_text_trim() - Pass over the blanks around a text
 * @text:	Moved to its first character that is none
 *
 * Return: the number of characters up to its last one that is none; may be 0
 */
size_t v6_text_trim(const char **text);

/* v6_text_is_word() - Check whether a text is this word, but for blanks around it */
bool v6_text_is_word(const char *text, const char *word);

/* v6_text_hash() - FNV-1a, 64 bits (draft-eastlake-fnv); spreads texts, protects nothing */
uint64_t v6_text_hash(const char *text, size_t size);

/**
 * v6_text_nearest() - Find what a misspelt word was meant to be
 * @word:	The word; only its first 31 characters count
 * @words:	Words to choose from, each of at most 31 characters
 * @n_words:	Their number, at least 1
 *
 * Return: the one of @words with the least Levenshtein distance, the first of several
 */
const char *v6_text_nearest(const char *word, const char *const *words, size_t n_words);

#endif
