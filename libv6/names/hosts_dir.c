/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Published names, a file each in a directory that everybody may read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "names/hosts_dir.h"

#define LINE_MAX_SIZE (INET6_ADDRSTRLEN + 1 + V6_HOSTS_NAME_MAX + 1)

struct line {
	char s[LINE_MAX_SIZE + 1];
};

struct file_name {
	char s[V6_HOSTS_NAME_MAX + 1];
};

static struct file_name file_name_of(const struct v6_hosts_entry *entry)
{
	struct file_name name;
	size_t length;

	snprintf(name.s, sizeof(name.s), "%s", entry->name);
	length = strlen(name.s);
	if (length > 0 && name.s[length - 1] == '.')
		name.s[length - 1] = '\0';
	return name;
}

static struct line line_of(const struct v6_hosts_entry *entry)
{
	struct line line;

	snprintf(line.s, sizeof(line.s), "%s %s\n", V6_TEXT(&entry->address),
		 file_name_of(entry).s);
	return line;
}

bool v6_hosts_is_same(const struct v6_hosts_entry *a, const struct v6_hosts_entry *b)
{
	return strcmp(line_of(a).s, line_of(b).s) == 0;
}

/* open_hosts_dir() - it is root's, or somebody else could say where names lead. Return: descriptor
 * or a negative errno
 */
static int open_hosts_dir(void)
{
	auto_fd int fd = open(V6_HOSTS_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0 || st.st_mode & 022)
		return -EPERM;
	return v6_steal_fd(&fd);
}

/* make_hosts_dir() - whatever the umask is */
static int make_hosts_dir(void)
{
	auto_fd int fd = open_hosts_dir();

	if (fd != -ENOENT)
		return v6_steal_fd(&fd);
	if (mkdir(V6_HOSTS_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open_hosts_dir();
	if (fd >= 0 && fchmod(fd, 0755) < 0)
		return -errno;
	return v6_steal_fd(&fd);
}

/* says() - whether a file in the directory is there, and says just that */
static int says(int dir, const struct v6_hosts_entry *entry)
{
	const struct line line = line_of(entry);
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read_at(dir, file_name_of(entry).s, LINE_MAX_SIZE, &text, &size);

	if (ret == -ENOENT || ret == -E2BIG || ret == -ELOOP || ret == -EISDIR)
		return 0;
	return ret < 0 ? ret : strcmp(text, line.s) == 0;
}

int v6_hosts_has(const struct v6_hosts_entry *entry)
{
	auto_fd int dir = open_hosts_dir();

	return dir < 0 ? (dir == -ENOENT ? 0 : dir) : says(dir, entry);
}

int v6_hosts_add(const struct v6_hosts_entry *entry)
{
	const struct stat like = {.st_uid = 0, .st_gid = 0, .st_mode = S_IFREG | 0644};
	const struct line line = line_of(entry);
	auto_fd int dir = make_hosts_dir();
	int ret = dir < 0 ? dir : says(dir, entry);

	if (ret != 0)
		return ret < 0 ? ret : 0;
	ret = v6_file_replace_like_at(dir, file_name_of(entry).s, line.s, strlen(line.s), &like);
	return ret < 0 ? ret : 1;
}

int v6_hosts_remove(const struct v6_hosts_entry *entry)
{
	auto_fd int dir = open_hosts_dir();
	int ret = dir < 0 ? dir : says(dir, entry);

	if (ret > 0)
		ret = unlinkat(dir, file_name_of(entry).s, 0) < 0 ? -errno : 0;
	return ret == -ENOENT ? 0 : ret;
}

/* struct reading - one call of v6_hosts_each() */
struct reading {
	int (*visit)(const struct v6_hosts_entry *entry, void *data);
	void *data;
};

static int read_hosts_entry(int dir, const char *name, void *data)
{
	const struct reading *reading = data;
	struct v6_hosts_entry entry = {.name = name};
	auto_free char *text = NULL;
	char *space;
	size_t size;

	if (strlen(name) > V6_HOSTS_NAME_MAX ||
	    v6_file_read_at(dir, name, LINE_MAX_SIZE, &text, &size) < 0)
		return 0;
	space = strchr(text, ' ');
	if (!space)
		return 0;
	*space = '\0';
	if (v6_address_parse(text, &entry.address) < 0)
		return 0;
	*space = ' ';
	return strcmp(text, line_of(&entry).s) == 0 ? reading->visit(&entry, reading->data) : 0;
}

int v6_hosts_each(int (*visit)(const struct v6_hosts_entry *entry, void *data), void *data)
{
	struct reading reading = {visit, data};
	int dir = open_hosts_dir();

	return dir == -ENOENT ? 0 : v6_dir_each(dir, read_hosts_entry, &reading);
}
