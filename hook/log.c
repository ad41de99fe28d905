/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for stderr and for the system's log, by hand: syslog() waits for as long as nobody reads
 * there, and with it every start of a container.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <libv6/base.h>

#include "base/cleanup.h"
#include "log.h"

#define PATIENCE_US 100000

/* RFC 3164 section 4.1.2 */
struct when {
	char s[sizeof("Nov 26 12:34:56")];
};

static struct when format_now(void)
{
	struct when when = {""};
	time_t seconds = time(NULL);
	struct tm local;

	if (localtime_r(&seconds, &local))
		strftime(when.s, sizeof(when.s), "%b %e %T", &local);
	return when;
}

static int open_log(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	struct timeval patience = {.tv_usec = PATIENCE_US};
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -1;
	return v6_steal_fd(&fd);
}

/* send_log() - where it is not taken in time, the line is on stderr, and the last failures are kept
 */
static void send_log(int priority, const char *line)
{
	char message[sizeof(struct v6_error) + V6_ID_MAX + 128];
	auto_fd int fd = open_log();
	int size = snprintf(message, sizeof(message), "<%d>%s %s[%d]: %s", LOG_DAEMON | priority,
			    format_now().s, log_name, getpid(), line);

	if (fd >= 0 && size > 0 && (size_t)size < sizeof(message))
		send(fd, message, (size_t)size, MSG_NOSIGNAL);
}

/* print_stderr() - who reads there may be gone, and what is being done has to be finished */
static void print_stderr(const char *line)
{
	void (*former)(int) = signal(SIGPIPE, SIG_IGN);

	fprintf(stderr, "%s: %s\n", log_name, line);
	signal(SIGPIPE, former);
}

void log_line(int priority, const char *id, const char *text)
{
	char line[sizeof(((struct v6_error *)0)->text) + V6_ID_SHORT + 3];

	snprintf(line, sizeof(line), "%.*s%s%s", V6_ID_SHORT, id, *id ? ": " : "", text);
	print_stderr(line);
	send_log(priority, line);
}
