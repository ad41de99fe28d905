/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What output may look like: as wide as the terminal, coloured where somebody sees it. */
#ifndef CTL_TERM_H
#define CTL_TERM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

/**
 * struct term - Where output goes
 * @tty:	A terminal
 * @width:	Columns; 0: as many as it takes
 * @height:	Lines; 0: as many as it takes
 * @colour:	Colours are wanted
 * @utf8:	Characters beyond ASCII are understood
 */
struct term {
	bool tty;
	int width, height;
	bool colour;
	bool utf8;
};

/* term_of() - by the descriptor and, in the environment, by COLUMNS, NO_COLOR, TERM and the locale
 */
struct term term_of(FILE *out);

/* Select Graphic Rendition, ECMA-48 section 8.3.117 */
#define TERM_BOLD   "1"
#define TERM_RED    "31"
#define TERM_GREEN  "32"
#define TERM_YELLOW "33"

/* term_put() - print a text, in a colour where colours are wanted; @colour may be NULL */
void term_put(const struct term *term, FILE *out, const char *colour, const char *text);

/* term_put_wrapped() - print a text and end its line, with its further lines indented where the
 * terminal has an end; @column: where it begins
 */
void term_put_wrapped(const struct term *term, FILE *out, const char *text, int column, int indent);

/* term_number() - 999, 1.2k, 34k, 5.6M and so on: at most four characters and the unit */
struct v6_line term_number(uint64_t number);

/* term_age() - 59s, 59m, 47h, 12d; a time that has not come yet is "0s" */
struct v6_line term_age(int64_t seconds);

/* term_time() - a time of the epoch in this zone: 2026-11-23 16:30:00 */
struct v6_line term_time(int64_t seconds);

#endif
