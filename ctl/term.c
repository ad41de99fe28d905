/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find out what the terminal can show, and format short texts for it. */
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "term.h"

#define WIDTH_MIN   40
#define WIDTH_MAX   10000
#define WIDTH_USUAL 80

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/* read_columns() - of the environment, or 0 */
static int read_columns(void)
{
	const char *text = getenv("COLUMNS");
	unsigned int width = 0;

	if (!text || v6_text_number(&text, WIDTH_MIN, WIDTH_MAX, &width) < 0 || *text)
		return 0;
	return (int)width;
}

struct term term_of(FILE *out)
{
	struct term term = {.tty = isatty(fileno(out)), .width = read_columns()};
	const char *type = getenv("TERM");
	struct winsize size;

	if (term.tty && ioctl(fileno(out), TIOCGWINSZ, &size) == 0) {
		term.height = size.ws_row;
		if (!term.width && size.ws_col >= WIDTH_MIN)
			term.width = size.ws_col;
	}
	if (term.tty && !term.width)
		term.width = WIDTH_USUAL;
	term.colour = term.tty && !is_set("NO_COLOR") && type && strcmp(type, "dumb") != 0;
	setlocale(LC_CTYPE, "");
	term.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return term;
}

void term_put(const struct term *term, FILE *out, const char *colour, const char *text)
{
	if (term->colour && colour)
		fprintf(out, "\033[%sm%s\033[m", colour, text);
	else
		fputs(text, out);
}

struct v6_line term_number(uint64_t number)
{
	static const char units[] = "kMGTPE";
	uint64_t whole = number, rest = 0;
	int unit = -1;

	while (whole >= 1000) {
		rest = whole % 1000;
		whole /= 1000;
		unit++;
	}
	if (unit < 0)
		return v6_line("%" PRIu64, whole);
	if (whole < 10)
		return v6_line("%" PRIu64 ".%" PRIu64 "%c", whole, rest / 100, units[unit]);
	return v6_line("%" PRIu64 "%c", whole, units[unit]);
}

struct v6_line term_age(int64_t seconds)
{
	static const struct {
		int64_t seconds, from; /* two of a unit, or the next smaller one says more */
		char name;
	} units[] = {{86400, 2 * 86400, 'd'}, {3600, 3600, 'h'}, {60, 60, 'm'}, {1, 0, 's'}};
	int64_t age = seconds > 0 ? seconds : 0;
	size_t i = 0;

	while (age < units[i].from)
		i++;
	return v6_line("%" PRId64 "%c", age / units[i].seconds, units[i].name);
}

struct v6_line term_time(int64_t seconds)
{
	struct v6_line text = {"?"};
	time_t when = seconds;
	struct tm local;

	if (localtime_r(&when, &local))
		strftime(text.s, sizeof(text.s), "%F %T", &local);
	return text;
}

void term_put_wrapped(const struct term *term, FILE *out, const char *text, int column, int indent)
{
	int begin = term->width - column, left = begin, size;

	for (; *text; text += strspn(text, " ")) {
		size = (int)strcspn(text, " ");
		if (term->width && size >= left && left < begin) {
			fprintf(out, "\n%*s", indent, "");
			left = begin = term->width - indent;
		} else if (left < begin) {
			fputc(' ', out);
			left--;
		}
		fprintf(out, "%.*s", size, text);
		left -= size;
		text += size;
	}
	fputc('\n', out);
}
