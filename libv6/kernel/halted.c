/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Halted processes, by /proc and the control groups. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/halted.h"

#define CGROUPS	      "/sys/fs/cgroup"
#define HALT_FILE_MAX 65536

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size;

	return v6_file_read_at(AT_FDCWD, path, HALT_FILE_MAX, &text, &size) == 0 ? text : NULL;
}

bool v6_process_is_stopped(pid_t pid)
{
	char path[sizeof("/proc/-2147483648/stat")];
	auto_free char *stat = NULL;
	const char *name_end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = read_text(path);
	/* the state is behind the name in (), which may itself hold anything: proc_pid_stat(5) */
	name_end = stat ? strrchr(stat, ')') : NULL;
	return name_end && (name_end[1] == ' ') && (name_end[2] == 'T' || name_end[2] == 't');
}

/* file_says() - whether a file of a group has a word; @tree is where its hierarchy is mounted */
static bool file_says(const char *tree, const char *group, const char *file, const char *word)
{
	char path[PATH_MAX];
	auto_free char *text = NULL;

	if ((size_t)snprintf(path, sizeof(path), CGROUPS "%s%s/%s", tree, group, file) >=
	    sizeof(path))
		return false;
	text = read_text(path);
	return text && strstr(text, word);
}

/* is_group_frozen() - by a line of /proc/PID/cgroup: NUMBER:CONTROLLERS:GROUP; see cgroups(7) */
static bool is_group_frozen(char *line)
{
	const char *number = strsep(&line, ":"), *controllers = strsep(&line, ":");

	if (!number || !controllers || !line)
		return false;
	if (strcmp(controllers, "freezer") == 0)
		return file_says("/freezer", line, "freezer.state", "FROZEN");
	return *controllers == '\0' && (file_says("", line, "cgroup.events", "frozen 1") ||
					file_says("/unified", line, "cgroup.events", "frozen 1"));
}

bool v6_process_is_frozen(pid_t pid)
{
	char path[sizeof("/proc/-2147483648/cgroup")], *rest, *line;
	auto_free char *text = NULL;
	bool frozen = false;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	text = read_text(path);
	for (rest = text; (line = strsep(&rest, "\n"));)
		frozen = frozen || is_group_frozen(line);
	return frozen;
}
