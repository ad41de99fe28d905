/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read small files, and replace them whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define FIRST_ROOM 4096

/* grow_text() - make room for at least one more byte and the NUL */
static int grow_text(char **text, size_t size, size_t *room, size_t max)
{
	size_t larger = *room ? 2 * *room : FIRST_ROOM;
	char *moved;

	if (size + 1 < *room)
		return 0;
	if (larger > max + 2)
		larger = max + 2;
	moved = realloc(*text, larger);
	if (!moved)
		return -ENOMEM;
	*text = moved;
	*room = larger;
	return 0;
}

/* read_to_end() - @is_piece: a read that is short is the last one */
static int read_to_end(int fd, size_t max, bool is_piece, char **ret_text, size_t *ret_size)
{
	auto_free char *text = NULL;
	size_t size = 0, room = 0;
	bool is_end;
	ssize_t n;
	int ret;

	for (;;) {
		ret = grow_text(&text, size, &room, max);
		if (ret < 0)
			return ret;
		n = read(fd, text + size, room - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		is_end = n == 0 || (is_piece && (size_t)n < room - size - 1);
		size += (size_t)n;
		if (size > max)
			return -E2BIG;
		if (is_end)
			break;
	}
	text[size] = '\0';
	*ret_text = v6_steal_pointer(&text);
	*ret_size = size;
	return 0;
}

int v6_file_read(int fd, size_t max, char **ret_text, size_t *ret_size)
{
	return read_to_end(fd, max, false, ret_text, ret_size);
}

int v6_file_read_at(int dir, const char *name, size_t max, char **ret_text, size_t *ret_size)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	return read_to_end(fd, max, max <= V6_FILE_PIECE_MAX, ret_text, ret_size);
}

int v6_file_check_root(int fd, mode_t refused, const char *refusal, struct v6_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return v6_fail(err, -errno, "cannot look at it: %s", v6_strerror(errno));
	if (!S_ISREG(st.st_mode))
		return v6_fail(err, -EINVAL, "not a regular file");
	if (st.st_uid != 0)
		return v6_fail(err, -EPERM, "it belongs to user %u; chown root it", st.st_uid);
	return st.st_mode & refused ? v6_fail(err, -EPERM, "%s", refusal) : 0;
}

int v6_dir_open_at(int dir, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(dir, name, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : -errno;
	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, name, flags);
	return fd >= 0 ? fd : -errno;
}

static bool is_entry(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int v6_dir_each(int fd, int (*visit)(int dir, const char *name, void *data), void *data)
{
	auto_fd int own = fd;
	auto_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int ret = 0;

	if (fd < 0)
		return fd;
	if (!dir)
		return -errno;
	v6_steal_fd(&own);
	while (ret >= 0) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (is_entry(entry->d_name))
			ret = visit(dirfd(dir), entry->d_name, data);
	}
	return ret;
}

static int write_all(int fd, const char *text, size_t size)
{
	ssize_t n;

	while (size > 0) {
		n = write(fd, text, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

/* open_new() - a file of that name which was not there before: what a killed writer left, or
 * whoever put something else there, is not written to
 */
static int open_new(int dir, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(dir, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(dir, name, 0) == 0)
		fd = openat(dir, name, flags, 0600);
	return fd < 0 ? -errno : fd;
}

/* struct temporary - the name under which a file is written */
struct temporary {
	char s[256];
};

/* name_temporary() - @suffix: "", or what keeps several writers apart */
static int name_temporary(const char *name, const char *suffix, struct temporary *ret_temporary)
{
	const char *slash = strrchr(name, '/'), *file = slash ? slash + 1 : name;
	int size = snprintf(ret_temporary->s, sizeof(ret_temporary->s), "%.*s.%s%s",
			    (int)(file - name), name, file, suffix);

	return size < 0 || (size_t)size >= sizeof(ret_temporary->s) ? -ENAMETOOLONG : 0;
}

/* make_like() - the owner first: changing it takes set-user-id bits away */
static int make_like(int fd, const struct stat *like)
{
	if (fchown(fd, like->st_uid, like->st_gid) < 0 || fchmod(fd, like->st_mode & 07777) < 0)
		return -errno;
	return 0;
}

/* replace_file() - @suffix: as name_temporary(); @like: NULL, or as v6_file_replace_like_at() */
static int replace_file(int dir, const char *name, const char *suffix, const char *text,
			size_t size, const struct stat *like)
{
	struct temporary temporary;
	auto_fd int fd = -1;
	int ret = name_temporary(name, suffix, &temporary);

	if (ret < 0)
		return ret;
	fd = open_new(dir, temporary.s);
	if (fd < 0)
		return fd;

	ret = write_all(fd, text, size);
	if (ret == 0 && like)
		ret = make_like(fd, like);
	if (ret == 0 && renameat(dir, temporary.s, dir, name) < 0)
		ret = -errno;
	if (ret < 0)
		unlinkat(dir, temporary.s, 0);
	return ret;
}

int v6_file_replace_at(int dir, const char *name, const char *text, size_t size)
{
	return replace_file(dir, name, "", text, size, NULL);
}

int v6_file_replace_like_at(int dir, const char *name, const char *text, size_t size,
			    const struct stat *like)
{
	char suffix[sizeof(".-2147483648")];

	snprintf(suffix, sizeof(suffix), ".%d", getpid());
	return replace_file(dir, name, suffix, text, size, like);
}

void v6_file_forget_at(int dir, const char *name)
{
	struct temporary temporary;

	if (name_temporary(name, "", &temporary) == 0)
		unlinkat(dir, temporary.s, 0);
}
