/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Put our hooks into a bundle's config.json. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundle.h"
#include "splice.h"

#define SCAN_SIZE 65536

/**
 * struct file - A config.json
 * @path:	Of the file itself, no link
 * @text:	In it, @size bytes
 * @like:	Its owner and permissions
 */
struct file {
	char path[PATH_MAX];
	char *text;
	size_t size;
	struct stat like;
};

static void release_file(struct file *file)
{
	free(file->text);
}

/* find_file() - Return: whether it is there */
static bool find_file(const struct command *command, struct file *file)
{
	char path[PATH_MAX];
	int size = command->config
			   ? snprintf(path, sizeof(path), "%s", command->config)
			   : snprintf(path, sizeof(path), "%s/config.json", command->bundle);

	return size > 0 && (size_t)size < sizeof(path) && realpath(path, file->path);
}

/* scan_file() - Look for wishes in a file of any size. Return: whether it has any, or a negative
 * errno
 */
static int scan_file(int fd)
{
	char text[SCAN_SIZE];
	size_t size = 0, kept;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((n = read(fd, text + size, sizeof(text) - size)) > 0) {
		size += (size_t)n;
		if (wishes_mentioned(text, size))
			return 1;
		kept = size < WISHES_MENTION_MAX - 1 ? size : WISHES_MENTION_MAX - 1;
		memmove(text, text + size - kept, kept);
		size = kept;
	}
	return n < 0 ? -errno : 0;
}

/* pass_large_file() - Let a container start whose file is over the limit and asks for nothing.
 * Return: 0 or a negative errno
 */
static int pass_large_file(const struct file *file, int fd, struct v6_error *err)
{
	int ret = scan_file(fd);

	if (ret > 0)
		return v6_fail(
			err, -E2BIG,
			"%s: over %d bytes, and somewhere in it is \"v6. or \"V6_HOST=; make it smaller, or remove what asks for a service",
			file->path, BUNDLE_SIZE_MAX);
	return ret < 0 ? v6_fail(err, ret, "%s: cannot read it: %s", file->path, v6_strerror(ret))
		       : 0;
}

/* read_bundle_file() - Return: 1 (read), 0 (the runtime can't either, or the
 * file is too large to ask for anything) or a negative errno */
static int read_bundle_file(struct file *file, struct v6_error *err)
{
	auto_fd int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	if (fd < 0 || fstat(fd, &file->like) < 0 || !S_ISREG(file->like.st_mode))
		return 0;
	ret = v6_file_read(fd, BUNDLE_SIZE_MAX, &file->text, &file->size);
	if (ret == -E2BIG)
		return pass_large_file(file, fd, err);
	if (ret < 0)
		return v6_fail(err, ret, "%s: cannot read it: %s", file->path, v6_strerror(ret));
	return 1;
}

static int write_file(const struct file *file, const char *text, size_t size, struct v6_error *err)
{
	const char *base = strrchr(file->path, '/') + 1;
	auto_free char *parent = strndup(file->path, (size_t)(base - file->path));
	auto_fd int dir = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int ret = dir < 0 ? -errno : v6_file_replace_like_at(dir, base, text, size, &file->like);

	if (ret < 0)
		return v6_fail(err, ret, "%s: cannot add the hooks: %s", file->path,
			       v6_strerror(ret));
	return 0;
}

/* splice_file() - of a container that is started by itself later, the network may be late */
static int splice_file(const struct file *file, const char *hook, bool late, struct v6_error *err)
{
	auto_free char *text = NULL;
	bool optional = false;
	size_t size = 0;
	int ret = splice_config(file->text, file->size, hook, late, &text, &size, &optional, err);

	if (ret < 0)
		v6_context(err, ret, "%s", file->path);
	if (ret > 0)
		ret = write_file(file, text, size, err);
	return ret < 0 && optional ? 1 : ret;
}

int bundle_prepare(const struct command *command, const char *hook, struct v6_error *err)
{
	struct file auto_call(release_file) file = {.text = NULL};
	int ret = find_file(command, &file) ? read_bundle_file(&file, err) : 0;

	if (ret < 0)
		return ret;
	if (ret == 0 || !wishes_mentioned(file.text, file.size))
		return 0;
	return splice_file(&file, hook, command->verb == COMMAND_CREATE, err);
}
