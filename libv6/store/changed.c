/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of settings that were changed for services. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "store/changed.h"

/* Reconcile drops what is about interfaces that are gone, so that there are few */
#define CHANGED_SIZE_MAX (1 << 20)

#define CHANGED_LINE_MAX 192

/* struct changed_path - sysctls, inside-NETNS or inside-NETNS/ADDRESS */
struct changed_path {
	char s[sizeof(V6_CHANGED_INSIDE "18446744073709551615/") + INET6_ADDRSTRLEN];
};

static struct changed_path directory_inside(const struct v6_host *host)
{
	struct changed_path path;

	snprintf(path.s, sizeof(path.s), V6_CHANGED_INSIDE "%" PRIu64, host->netns);
	return path;
}

static struct changed_path changed_path(const struct v6_host *host, const struct in6_addr *inside)
{
	struct changed_path path = {V6_CHANGED_FILE};

	if (inside)
		snprintf(path.s, sizeof(path.s), V6_CHANGED_INSIDE "%" PRIu64 "/%s", host->netns,
			 V6_TEXT(inside));
	return path;
}

/* struct changed_line - one line, with its end */
struct changed_line {
	char s[CHANGED_LINE_MAX];
};

static struct changed_line write_changed(const struct v6_changed *changed)
{
	struct changed_line line;

	char cookie[sizeof(" cookie 18446744073709551615")] = "";

	if (changed->cookie)
		snprintf(cookie, sizeof(cookie), " cookie %" PRIu64, changed->cookie);
	snprintf(line.s, sizeof(line.s), "%s %d -> %d, link %d of net %" PRIu64 "%s\n",
		 V6_SETTING(&changed->setting), changed->from, changed->to, changed->link,
		 changed->netns, cookie);
	return line;
}

static int read_changed(const char *line, struct v6_changed *ret_changed)
{
	struct v6_changed changed = {.link = 0};
	size_t size = strcspn(line, " ");
	int n;

	if (v6_link_setting_parse(line, size, &changed.setting) < 0)
		return -EINVAL;
	n = sscanf(line + size, " %9d -> %9d, link %9d of net %20" SCNu64 " cookie %20" SCNu64,
		   &changed.from, &changed.to, &changed.link, &changed.netns, &changed.cookie);
	if (n != 2 && n != 4 && n != 5)
		return -EINVAL;
	*ret_changed = changed;
	return 0;
}

void v6_changes_release(struct v6_changes *changes)
{
	free(changes->list);
	*changes = (struct v6_changes){.n = 0};
}

static int open_to_append(struct v6_host *host, const struct in6_addr *inside)
{
	int fd = openat(host->dir, changed_path(host, inside).s,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	return fd < 0 ? -errno : fd;
}

int v6_changed_note(struct v6_host *host, const struct in6_addr *inside,
		    const struct v6_changed *changed)
{
	struct changed_line line = write_changed(changed);
	auto_fd int fd = open_to_append(host, inside);

	if (fd == -ENOENT && inside) {
		if (mkdirat(host->dir, directory_inside(host).s, 0700) < 0)
			return -errno;
		fd = open_to_append(host, inside);
	}
	if (fd < 0)
		return fd;
	return write(fd, line.s, strlen(line.s)) < 0 ? -errno : 0;
}

static bool is_same_setting(const struct v6_changed *a, const struct v6_changed *b)
{
	return a->setting.kind == b->setting.kind && a->link == b->link && a->netns == b->netns &&
	       strcmp(a->setting.link, b->setting.link) == 0;
}

/* keep_last() - an earlier change of the same setting no longer counts */
static void keep_last(struct v6_changes *changes, const struct v6_changed *changed)
{
	size_t i, n = 0;

	for (i = 0; i < changes->n; i++)
		if (!is_same_setting(&changes->list[i], changed))
			changes->list[n++] = changes->list[i];
	changes->list[n++] = *changed;
	changes->n = n;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static int read_changes(char *text, struct v6_changes *ret_changes)
{
	struct v6_changes changes = {calloc(count_lines(text), sizeof(*changes.list)), 0};
	struct v6_changed changed;
	char *line;

	if (!changes.list)
		return -ENOMEM;
	while ((line = strsep(&text, "\n")))
		if (read_changed(line, &changed) == 0)
			keep_last(&changes, &changed);
	*ret_changes = changes;
	return 0;
}

int v6_changes_read(struct v6_host *host, const struct in6_addr *inside,
		    struct v6_changes *ret_changes, struct v6_error *err)
{
	struct changed_path path = changed_path(host, inside);
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read_at(host->dir, path.s, CHANGED_SIZE_MAX, &text, &size);

	*ret_changes = (struct v6_changes){.n = 0};
	if (ret == -ENOENT)
		return 0;
	if (ret == 0)
		ret = read_changes(text, ret_changes);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/%s: cannot read it: %s; remove it", path.s,
			       v6_strerror(ret));
	return 0;
}

int v6_changes_forget(struct v6_host *host, const struct in6_addr *inside, struct v6_error *err)
{
	struct changed_path path = changed_path(host, inside);

	if (unlinkat(host->dir, path.s, 0) < 0 && errno != ENOENT)
		return v6_fail(err, -errno, V6_RUN_DIR "/%s: cannot remove it: %s", path.s,
			       v6_strerror(errno));
	return 0;
}

/* struct inside_visit - one call of v6_changes_inside() */
struct inside_visit {
	int (*visit)(const struct in6_addr *inside, void *data);
	void *data;
};

static int visit_inside(int dir, const char *name, void *data)
{
	const struct inside_visit *visit = data;
	struct in6_addr address;

	(void)dir;
	return v6_address_parse(name, &address) < 0 ? 0 : visit->visit(&address, visit->data);
}

int v6_changes_inside(struct v6_host *host, int (*visit)(const struct in6_addr *inside, void *data),
		      void *data)
{
	struct inside_visit inside = {visit, data};
	int fd = openat(host->dir, directory_inside(host).s,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return v6_dir_each(fd, visit_inside, &inside);
}

static int write_changes(struct v6_host *host, const struct v6_changes *changes)
{
	auto_free char *text = calloc(changes->n, CHANGED_LINE_MAX);
	size_t i, used = 0;

	if (!text)
		return -ENOMEM;
	for (i = 0; i < changes->n; i++)
		used += (size_t)sprintf(text + used, "%s", write_changed(&changes->list[i]).s);
	return v6_file_replace_at(host->dir, V6_CHANGED_FILE, text, used);
}

int v6_changes_write(struct v6_host *host, const struct v6_changes *changes, struct v6_error *err)
{
	int ret = 0;

	if (changes->n > 0)
		ret = write_changes(host, changes);
	else if (unlinkat(host->dir, V6_CHANGED_FILE, 0) < 0 && errno != ENOENT)
		ret = -errno;
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/" V6_CHANGED_FILE ": cannot write it: %s",
			       v6_strerror(ret));
	return 0;
}
