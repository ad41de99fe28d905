/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last failures, in failures/: one file per slot, the slot a hash of the container id, so that
 * a container which fails to start for ever, under ever new ids, fills no memory. A file has three
 * lines: id, time, text.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "store/host.h"
#include "store/run_dir.h"

#define FAILURE_SIZE_MAX (V6_ID_MAX + 32 + sizeof(((struct v6_failure *)0)->text))

struct slot_name {
	char s[3];
};

static struct slot_name failure_slot(const char *id)
{
	struct slot_name name;
	uint32_t h = 5381;

	for (; *id; id++)
		h = h * 33 + (unsigned char)*id;
	snprintf(name.s, sizeof(name.s), "%02x", (h ^ h >> 8) & 0xff);
	return name;
}

/* make_failures() - open the directory, making it where it is missing */
static int make_failures(const char *run_dir, int *ret_fd)
{
	auto_fd int dir = -1;
	int fd, ret = v6_run_dir_open(run_dir, &dir, NULL);

	if (ret < 0)
		return ret;
	fd = v6_dir_open_at(dir, "failures");
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* open_failures() - Return: 0, -ENOENT (there were none) or another negative errno */
static int open_failures(const char *run_dir, int *ret_fd)
{
	auto_fd int dir = -1;
	int fd, ret = v6_run_dir_find(run_dir, &dir, NULL);

	if (ret < 0)
		return ret;
	fd = openat(dir, "failures", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int v6_failure_note(const char *run_dir, const char *id, const char *text)
{
	char line[FAILURE_SIZE_MAX];
	auto_fd int dir = -1;
	int size, ret = make_failures(run_dir, &dir);

	if (ret < 0)
		return ret;
	if (strlen(id) > V6_ID_MAX || strlen(text) >= sizeof(((struct v6_failure *)0)->text))
		return -E2BIG; /* or read_failure() would pass it over */
	size = snprintf(line, sizeof(line), "%s\n%" PRId64 "\n%s\n", id, (int64_t)time(NULL), text);
	if (size < 0 || (size_t)size >= sizeof(line))
		return -E2BIG;
	return v6_file_replace_at(dir, failure_slot(id).s, line, (size_t)size);
}

static int read_failure(int dir, const char *name, struct v6_failure *ret_failure)
{
	struct v6_failure failure = {.when = 0};
	auto_free char *text = NULL;
	char *id, *when, *line, *rest;
	size_t size;
	int ret = v6_file_read_at(dir, name, FAILURE_SIZE_MAX, &text, &size);

	if (ret < 0)
		return ret;
	rest = text;
	id = strsep(&rest, "\n");
	when = strsep(&rest, "\n");
	line = strsep(&rest, "\n");
	if (!line || strlen(id) > V6_ID_MAX || strlen(line) >= sizeof(failure.text))
		return -EBADMSG;

	snprintf(failure.id, sizeof(failure.id), "%s", id);
	failure.when = strtoll(when, NULL, 10);
	snprintf(failure.text, sizeof(failure.text), "%s", line);
	v6_text_printable(failure.id);
	v6_text_printable(failure.text);
	*ret_failure = failure;
	return 0;
}

int v6_failure_forget(const char *run_dir, const char *id)
{
	struct v6_failure failure;
	auto_fd int dir = -1;
	int ret = open_failures(run_dir, &dir);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	/* the slot may hold another container's by now */
	if (read_failure(dir, failure_slot(id).s, &failure) < 0 || strcmp(failure.id, id) != 0)
		return 0;
	return unlinkat(dir, failure_slot(id).s, 0) < 0 ? -errno : 0;
}

struct each {
	int (*visit)(const struct v6_failure *failure, void *data);
	void *data;
};

static int visit_failure(int dir, const char *name, void *data)
{
	const struct each *each = data;
	struct v6_failure failure;

	if (name[0] == '.' || read_failure(dir, name, &failure) < 0)
		return 0;
	return each->visit(&failure, each->data);
}

int v6_failures_each(const char *run_dir,
		     int (*visit)(const struct v6_failure *failure, void *data), void *data)
{
	struct each each = {visit, data};
	int fd = -1, ret = open_failures(run_dir, &fd);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	ret = v6_dir_each(fd, visit_failure, &each);
	return ret < 0 ? ret : 0;
}
