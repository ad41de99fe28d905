/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v6d: keeps what is published in the kernel, and removes what containers left. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libv6/watch.h>

#include "base/cleanup.h"
#include "base/lock.h"
#include "base/privileges.h"
#include "base/stack.h"
#include "server.h"
#include "log.h"
#include "notify.h"
#include "renewal.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static const char usage[] =
	"usage: v6d [--foreground | --help | --version]\n"
	"Keeps the services of containers published, in the foreground, until SIGTERM. See v6d(8).\n";

static void log_new_warning(const char *text, void *data)
{
	(void)data;
	log_news(LOG_WARNING, text);
}

static int log_failure(const struct v6_error *err)
{
	log_line(LOG_ERR, err->text);
	return EXIT_FAILED;
}

/* struct daemon - what lives as long as the process; -1 where there is none */
struct daemon {
	int signals;
	int lock;
	int watchdog_ms;
	struct server server;
	struct renewal renewal;
};

/* take_place() - there is one of us in a state directory, for as long as it lives; hooks look
 * whether there is, too. Return: 0, -ESTALE (somebody has removed that directory since it was
 * opened) or another negative errno
 */
static int take_place(int *ret_lock, struct v6_error *err)
{
	auto_fd int fd =
		open(V6_RUN_DIR "/" V6_WATCH_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int ret;

	if (fd < 0)
		return v6_fail(err, errno == ENOENT ? -ESTALE : -errno,
			       V6_RUN_DIR "/" V6_WATCH_LOCK ": cannot open it: %s",
			       v6_strerror(errno));
	ret = v6_lock_hold(fd);
	if (ret < 0)
		return v6_fail(err, ret, "v6d runs already; see systemctl status v6d");
	*ret_lock = v6_steal_fd(&fd);
	return 0;
}

/* block_signals() - so that they are read, between steps, and never in one */
static int block_signals(int *ret_fd, struct v6_error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return v6_fail(err, -errno, "signals: cannot block them: %s", v6_strerror(errno));
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return v6_fail(err, -errno, "signals: cannot read them: %s", v6_strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* raise_files() - one descriptor for each container that is waited for */
static void raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* pick_sooner() - of two times to wait, -1 being for ever */
static int pick_sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* reap_children() - whatever became of them: what they are waited for has descriptors */
static void reap_children(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* next_signal() - 0: none */
static int next_signal(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			return (int)info.ssi_signo;
		reap_children();
	}
	return 0;
}

/* watch_on() - until a signal, whose number is returned, or until the watch sees no more */
static int watch_on(struct daemon *daemon, struct v6_watch *watch, struct v6_error *err)
{
	struct pollfd fds[] = {{v6_watch_fd(watch), POLLIN, 0},
			       {daemon->signals, POLLIN, 0},
			       {server_fd(&daemon->server), POLLIN, 0},
			       {-1, POLLIN, 0}};
	int ret, timeout, signal = 0;

	while (signal == 0) {
		ret = v6_watch_step(watch, err);
		if (ret < 0)
			return ret;
		server_step(&daemon->server);
		renewal_step(&daemon->renewal, watch);
		fds[3].fd = daemon->renewal.fd;
		notify("WATCHDOG=1");
		timeout =
			pick_sooner(v6_watch_timeout_ms(watch), server_timeout_ms(&daemon->server));
		if (poll(fds, V6_ARRAY_SIZE(fds), pick_sooner(timeout, daemon->watchdog_ms)) < 0 &&
		    errno != EINTR)
			return v6_fail(err, -errno, "poll: %s", v6_strerror(errno));
		signal = next_signal(daemon->signals);
	}
	return signal;
}

static void release_watch(struct v6_watch **watch)
{
	v6_watch_close(*watch);
}

/* open_server() - that it can't be is no reason not to do the rest */
static void open_server(struct server *server)
{
	struct v6_error err;

	if (server->listener >= 0)
		return;
	server_close(server);
	if (server_open(server, &err) < 0) {
		log_line(LOG_WARNING, err.text);
		server_close(server);
	}
}

/* run_once() - from the opening of the host on; as watch_on() */
static int run_once(struct daemon *daemon, bool reconcile, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	struct v6_watch auto_call(release_watch) *watch = NULL;
	int ret = v6_host_open(V6_RUN_DIR, log_new_warning, NULL, &host, err);

	v6_cleanup_fd(&daemon->lock);
	daemon->lock = -1;
	if (ret == 0)
		ret = take_place(&daemon->lock, err);
	if (ret == 0)
		ret = v6_watch_open(host, reconcile, &watch, err);
	if (ret < 0)
		return ret;
	open_server(&daemon->server);
	notify("READY=1");
	return watch_on(daemon, watch, err);
}

static int run_daemon(struct daemon *daemon)
{
	struct v6_error err = {0};
	bool reconcile = true;
	int ret;

	for (;;) {
		ret = run_once(daemon, reconcile, &err);
		renewal_end(&daemon->renewal);
		reconcile = ret != -ESTALE;
		if (ret == -ESTALE)
			log_line(LOG_WARNING, err.text);
		else if (ret != SIGHUP) /* which is to begin anew */
			break;
	}
	notify("STOPPING=1");
	return ret < 0 ? log_failure(&err) : EXIT_DONE;
}

static int run_v6d(int argc, char **argv)
{
	struct daemon daemon = {
		-1, -1, notify_watchdog_ms(), {.listener = -1, .epoll = -1}, {.fd = -1}};
	struct v6_error err;
	int status;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("v6d " V6_VERSION);
		return EXIT_DONE;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	/* where else; but who knows other daemons asks for it */
	if (argc != 1 && !(argc == 2 && strcmp(argv[1], "--foreground") == 0)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (v6_privileges_drop(V6_PRIVILEGE_LISTEN | V6_PRIVILEGE_RELAY, &err) < 0)
		log_line(LOG_WARNING, err.text);
	raise_files();
	/* who reads what we say may go before us */
	signal(SIGPIPE, SIG_IGN);
	if (block_signals(&daemon.signals, &err) < 0)
		return log_failure(&err);
	status = run_daemon(&daemon);
	server_close(&daemon.server);
	v6_cleanup_fd(&daemon.lock);
	v6_cleanup_fd(&daemon.signals);
	return status;
}

int main(int argc, char *argv[])
{
	return v6_stack_run(run_v6d, argc, argv);
}
