/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draw a picture again and again while it changes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "command.h"
#include "term.h"
#include "watch.h"

#define TICK_MS 1000

/* Control sequences of xterm and all that came after it */
#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"
#define SCREEN_HOME  "\033[H"
#define LINE_END     "\033[K"
#define SCREEN_END   "\033[J"

static int count_screen_lines(const char *text)
{
	int n = 0;

	for (; *text; n++) {
		text = strchrnul(text, '\n');
		text += *text == '\n';
	}
	return n;
}

/* put_screen() - a text over the one before; what the screen has no line for is left out, and the
 * last line tells how much that is
 */
static void put_screen(const char *text, int height)
{
	int line, left;

	fputs(SCREEN_HOME, stdout);
	for (line = 1; *text && (!height || line < height); line++) {
		printf("%.*s" LINE_END "\n", (int)strcspn(text, "\n"), text);
		text = strchrnul(text, '\n');
		text += *text == '\n';
	}
	fputs(SCREEN_END, stdout);
	left = count_screen_lines(text);
	if (left > 0)
		printf("%d more lines; v6ctl list shows all", left);
}

/* draw_now() - with the host opened afresh, as its directory may come and go */
static int draw_now(int (*draw)(struct v6_host *host, FILE *out), FILE *out)
{
	struct v6_host *host;
	struct v6_error err;
	int status;

	if (command_look(&host, &err) < 0)
		return command_fail(&err);
	status = draw(host, out);
	v6_host_close(host);
	return status;
}

/* put_picture() - nothing where drawing failed, so that the reason stays in sight */
static int put_picture(bool *on_screen, int (*draw)(struct v6_host *host, FILE *out))
{
	struct term term = term_of(stdout);
	auto_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status = EXIT_FAILED;

	if (!out)
		return status;
	status = draw_now(draw, out);
	if (fclose(out) != 0)
		status = EXIT_FAILED;
	if (status != EXIT_DONE)
		return status;
	if (!term.tty)
		printf("%s\n", text);
	if (term.tty && !*on_screen)
		fputs(SCREEN_ENTER, stdout);
	if (term.tty)
		put_screen(text, term.height);
	*on_screen = term.tty;
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* watch_record_files() - a descriptor that becomes readable when a record or a failure comes or
 * goes; where there are no such directories yet, the tick has to do
 */
static int watch_record_files(void)
{
	const uint32_t events = IN_CREATE | IN_MOVED_TO | IN_DELETE;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0) {
		inotify_add_watch(fd, V6_RUN_DIR "/records", events);
		inotify_add_watch(fd, V6_RUN_DIR "/failures", events);
	}
	return fd;
}

/* watch_signals() - a descriptor that becomes readable instead of their ending us */
static int watch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* wait_for_change() - what makes the picture old. Return: whether to go on */
static bool wait_for_change(int records, int signals)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
			       {.fd = records, .events = POLLIN}};
	struct signalfd_siginfo info;

	if (poll(fds, V6_ARRAY_SIZE(fds), TICK_MS) < 0)
		return errno == EINTR;
	while (read(signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGWINCH)
			return false;
	return true;
}

int watch(int (*draw)(struct v6_host *host, FILE *out))
{
	auto_fd int signals = watch_signals();
	int status = EXIT_FAILED;
	bool more = signals >= 0, on_screen = false;

	while (more) {
		/* before the look, or what happens in between would be missed */
		auto_fd int records = watch_record_files();

		status = put_picture(&on_screen, draw);
		more = status == EXIT_DONE && wait_for_change(records, signals);
	}
	if (on_screen)
		fputs(SCREEN_LEAVE, stdout);
	fflush(stdout);
	return status;
}
