/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turns ROUNDS [<FILE] COMMAND... [-- [<FILE] COMMAND...]: time commands in turn, against each
 * other
 *
 * One round runs every command once, so that whatever disturbs the machine for a while disturbs
 * them all. FILE is what a command reads from stdin, nothing where there is none. For each command
 * one line, tab-separated:
 *
 *	lower quartile, median, upper quartile of wall time from before the start to after the end,
 *	in microseconds; median of processor time, likewise, of the command and its children; median
 *	of the rounds' ratios of wall time to that of the first command; largest peak memory in KiB
 *
 * Their output is dropped. A tenth more rounds run first and are not counted. A command that fails
 * ends everything with status 1.
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

#define COMMANDS_MAX 16
#define ROUNDS_MAX   1000

extern char **environ;

/* struct command - @wall, @cpu: microseconds of each round */
struct command {
	char **argv;
	const char *input;
	double wall[ROUNDS_MAX];
	double cpu[ROUNDS_MAX];
	long peak_kib;
};

static struct command commands[COMMANDS_MAX];

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double to_us(struct timeval time)
{
	return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static int start(const struct command *command, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return -code;
	code = posix_spawn_file_actions_addopen(&actions, 0, command->input, O_RDONLY, 0);
	if (code == 0)
		code = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (code == 0)
		code = posix_spawnp(ret_pid, command->argv[0], &actions, NULL, command->argv,
				    environ);
	posix_spawn_file_actions_destroy(&actions);
	return -code;
}

static int run(struct command *command, int round)
{
	double begin = now_us();
	struct rusage usage;
	int status, ret;
	pid_t pid;

	ret = start(command, &pid);
	if (ret < 0) {
		fprintf(stderr, "turns: %s: cannot start it: %s\n", *command->argv, strerror(-ret));
		return ret;
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	command->wall[round] = now_us() - begin;
	command->cpu[round] = to_us(usage.ru_utime) + to_us(usage.ru_stime);

	if (usage.ru_maxrss > command->peak_kib)
		command->peak_kib = usage.ru_maxrss;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr, "turns: %s: it failed (%#x)\n", *command->argv, (unsigned int)status);
	return -ECHILD;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* quartile() - the q-th of values, which are sorted by it */
static double quartile(double *values, size_t n, int q)
{
	qsort(values, n, sizeof(*values), compare);
	return values[(n - 1) * (size_t)q / 4];
}

/* ratio() - median of the rounds' ratios; while their order stands */
static double ratio(const struct command *a, const struct command *b, size_t n)
{
	static double ratios[ROUNDS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		ratios[i] = b->wall[i] / a->wall[i];
	return quartile(ratios, n, 2);
}

static void report(size_t n_commands, size_t n)
{
	double ratios[COMMANDS_MAX];
	size_t i;

	for (i = 0; i < n_commands; i++)
		ratios[i] = ratio(&commands[0], &commands[i], n);
	for (i = 0; i < n_commands; i++)
		printf("%.0f\t%.0f\t%.0f\t%.0f\t%.2f\t%ld\n", quartile(commands[i].wall, n, 1),
		       quartile(commands[i].wall, n, 2), quartile(commands[i].wall, n, 3),
		       quartile(commands[i].cpu, n, 2), ratios[i], commands[i].peak_kib);
}

/* split() - cut the arguments at each "--". Return: number of commands, 0 if these are none */
static size_t split(char **argv)
{
	size_t n = 0;

	while (*argv && n < COMMANDS_MAX) {
		commands[n].input = **argv == '<' ? *argv++ + 1 : "/dev/null";
		commands[n].argv = argv;
		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (argv == commands[n++].argv)
			return 0;
		if (*argv)
			*argv++ = NULL;
	}
	return *argv ? 0 : n;
}

int main(int argc, char *argv[])
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0, round, warm;
	size_t n = rounds > 0 && rounds <= ROUNDS_MAX ? split(argv + 2) : 0, i;

	if (n == 0) {
		fputs("usage: turns ROUNDS [<FILE] COMMAND... [-- [<FILE] COMMAND...]\n", stderr);
		return 2;
	}
	warm = rounds / 10;
	for (round = -warm; round < rounds; round++)
		for (i = 0; i < n; i++)
			if (run(&commands[i], round < 0 ? 0 : round) < 0)
				return 1;
	report(n, (size_t)rounds);
	return 0;
}
