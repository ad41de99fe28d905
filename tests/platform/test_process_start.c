/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The start time in /proc/PID/stat is that of the process: exec() and a change of name leave it,
 * each process has its own, and one that has ended but was not waited for is in state Z. So is one
 * whose main thread has ended while others go on; field 20 tells them apart.
 *
 * v6_process_start() in kernel/netns.c: with its pid it tells a record's container from another
 * process that got the pid later (store/record.c), also across the exec() of what it was made to
 * run.
 *
 * Kernel: do_task_stat() in fs/proc/array.c; task_struct.start_boottime.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kernel/netns.h"
#include "netns.h"

static uint64_t start_of(pid_t pid)
{
	uint64_t ticks = 0;

	errno = -v6_process_start(pid, &ticks);
	need(errno == 0, "start time");
	return ticks;
}

/* now() - in the clock and the unit of the start time */
static uint64_t now(void)
{
	struct timespec time;
	uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);

	need(clock_gettime(CLOCK_BOOTTIME, &time) == 0, "clock");
	return (uint64_t)time.tv_sec * hertz +
	       (uint64_t)time.tv_nsec / (1000 * 1000 * 1000 / hertz);
}

/* child_new() - becomes cat, which copies what it hears, until its input ends */
static pid_t child_new(int *ret_to, int *ret_from)
{
	int to[2], from[2];
	pid_t pid;

	need(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		char byte;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* a name that looks like more fields */
		prctl(PR_SET_NAME, ") Z 1 2 (");
		if (read(to[0], &byte, 1) != 1 || write(from[1], &byte, 1) != 1 ||
		    read(to[0], &byte, 1) != 1)
			_exit(1);
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execlp("cat", "cat", NULL);
		_exit(1);
	}
	close(to[0]);
	close(from[1]);
	*ret_to = to[1];
	*ret_from = from[0];
	return pid;
}

static void *stay(void *unused)
{
	pause();
	return unused;
}

/* leaderless_new() - a process whose main thread has ended while another one goes on */
static pid_t leaderless_new(void)
{
	pid_t pid = fork();
	pthread_t thread;

	need(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pthread_create(&thread, NULL, stay, NULL) == 0)
			pthread_exit(NULL);
		_exit(1);
	}
	return pid;
}

static bool is_zombie(pid_t pid)
{
	char command[64];

	snprintf(command, sizeof(command), "grep -q '^State:.*Z' /proc/%d/status", pid);
	return system(command) == 0;
}

static void echo(int to, int from)
{
	char byte = 'x';

	need(write(to, &byte, 1) == 1 && read(from, &byte, 1) == 1, "child");
}

int main(void)
{
	uint64_t before, start, ticks;
	int to, from, later_to, later_from;
	siginfo_t info;
	pid_t pid, later;

	plan(6);
	before = now();
	pid = child_new(&to, &from);
	echo(to, from);
	start = start_of(pid);
	ok(start >= before && start <= now(), "it is when the process began, by the boot clock");
	need(until(now() > start), "a later time");
	later = child_new(&later_to, &later_from);
	ok(start_of(later) > start, "a later process has a later one");
	kill(later, SIGKILL);
	need(waitpid(later, NULL, 0) == later, "its end");

	later = leaderless_new();
	need(until(is_zombie(later)), "the end of its main thread");
	is(v6_process_start(later, &ticks), 0, "in state Z while other threads go on: it lives");
	kill(later, SIGKILL);
	need(waitpid(later, NULL, 0) == later, "its end");

	need(write(to, "", 1) == 1, "child");
	echo(to, from);
	is((long long)start_of(pid), (long long)start, "exec() leaves it");

	close(to);
	need(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0, "child's end");
	is(v6_process_start(pid, &ticks), -ESRCH, "ended, not waited for: -ESRCH");
	need(waitpid(pid, NULL, 0) == pid, "child's end");
	is(v6_process_start(pid, &ticks), -ESRCH, "ended and waited for: -ESRCH");
	return done();
}
