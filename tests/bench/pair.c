/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pair ROUNDS STDIN A... -- B... [-- A... -- B...]: time commands in turn, against each other
 *
 * One round runs every command once, so that whatever disturbs the machine for a while disturbs
 * them all. Each B is compared with the A before it. For each pair one line, tab-separated, in
 * microseconds of wall time from before the start to after the end:
 *
 *	lower quartile, median, upper quartile of A; the same of B; ratio of the medians; median of
 *	the rounds' ratios; largest peak memory of A and of B in KiB
 *
 * Their output is dropped. A tenth more rounds run first and are not counted. A command that fails
 *ends everything with status 1.
 *
 * A child's peak memory is no less than ours (exec_mmap() in the kernel counts what vfork() lent
 * it), so we have to stay smaller than what we measure.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define COMMANDS_MAX 6
#define ROUNDS_MAX   2000

extern char **environ;

/* struct command - @times: wall time of each round */
struct command {
	char **argv;
	double times[ROUNDS_MAX];
	long peak_kib;
};

static struct command commands[COMMANDS_MAX];

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int start(char **argv, const char *input, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return -code;
	code = posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
	if (code == 0)
		code = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (code == 0)
		code = posix_spawnp(ret_pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -code;
}

static int run(struct command *command, const char *input, int round)
{
	double begin = now_us();
	struct rusage usage;
	int status, ret;
	pid_t pid;

	ret = start(command->argv, input, &pid);
	if (ret < 0) {
		fprintf(stderr, "pair: %s: cannot start it: %s\n", *command->argv, strerror(-ret));
		return ret;
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	command->times[round] = now_us() - begin;

	if (usage.ru_maxrss > command->peak_kib)
		command->peak_kib = usage.ru_maxrss;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr, "pair: %s: it failed (%#x)\n", *command->argv, (unsigned int)status);
	return -ECHILD;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* quartile() - the q-th of sorted values */
static double quartile(const double *values, size_t n, int q)
{
	return values[(n - 1) * (size_t)q / 4];
}

static void report(struct command *a, struct command *b, size_t n)
{
	static double ratios[ROUNDS_MAX];
	struct command *both[] = {a, b};
	size_t i;
	int q;

	for (i = 0; i < n; i++)
		ratios[i] = b->times[i] / a->times[i];
	qsort(ratios, n, sizeof(*ratios), compare);

	for (i = 0; i < 2; i++) {
		qsort(both[i]->times, n, sizeof(double), compare);
		for (q = 1; q <= 3; q++)
			printf("%.0f\t", quartile(both[i]->times, n, q));
	}
	printf("%.2f\t%.2f\t%ld\t%ld\n", quartile(b->times, n, 2) / quartile(a->times, n, 2),
	       quartile(ratios, n, 2), a->peak_kib, b->peak_kib);
}

/* split() - cut the arguments at each "--". Return: number of commands, 0 if that is no pairs */
static size_t split(char **argv)
{
	size_t n = 0;

	while (*argv && n < COMMANDS_MAX) {
		commands[n++].argv = argv;
		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (argv == commands[n - 1].argv)
			return 0;
		if (*argv)
			*argv++ = NULL;
	}
	return *argv || n % 2 ? 0 : n;
}

int main(int argc, char *argv[])
{
	int rounds = argc > 3 ? atoi(argv[1]) : 0, round, warm;
	size_t n = rounds > 0 && rounds <= ROUNDS_MAX ? split(argv + 3) : 0, i;

	if (n == 0) {
		fputs("usage: pair ROUNDS STDIN A... -- B... [-- A... -- B...]\n", stderr);
		return 2;
	}
	warm = rounds / 10;
	for (round = -warm; round < rounds; round++)
		for (i = 0; i < n; i++)
			if (run(&commands[i], argv[2], round < 0 ? 0 : round) < 0)
				return 1;
	for (i = 0; i < n; i += 2)
		report(&commands[i], &commands[i + 1], (size_t)rounds);
	return 0;
}
