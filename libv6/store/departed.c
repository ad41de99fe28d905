/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of containers that are gone, until their connections are ended. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "store/departed.h"
#include "store/record.h"
#include "store/record_text.h"

/* struct departed_path - a record's file, or the one that it is written to before */
struct departed_path {
	char s[sizeof("records/." V6_RECORD_SUFFIX) + V6_ID_MAX];
};

static struct departed_path path_in(const char *dir, const char *id)
{
	struct departed_path path;

	snprintf(path.s, sizeof(path.s), "%s%s" V6_RECORD_SUFFIX, dir, id);
	return path;
}

/* gcc's analyser forgets what is held by a structure that it came to by a visit's data */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static int note_departed(struct v6_departed *departed, const char *id)
{
	size_t room = departed->room ? 2 * departed->room : 4;
	void *larger;

	if (departed->n == departed->room) {
		larger = reallocarray(departed->ids, room, sizeof(*departed->ids));
		if (!larger)
			return -ENOMEM;
		departed->ids = larger;
		departed->room = room;
	}
	snprintf(departed->ids[departed->n++], sizeof(*departed->ids), "%s", id);
	return 0;
}

int v6_departed_keep(struct v6_host *host, const char *id)
{
	const struct departed_path from = path_in("records/", id), to = path_in("ending/", id);
	int ret = renameat(host->dir, from.s, host->dir, to.s) < 0 ? -errno : 0;

	if (ret == -ENOENT && mkdirat(host->dir, "ending", 0700) == 0)
		ret = renameat(host->dir, from.s, host->dir, to.s) < 0 ? -errno : 0;
	if (ret < 0)
		return ret;
	unlinkat(host->dir, path_in("records/.", id).s, 0);
	return note_departed(&host->departed, id);
}

int v6_departed_copy(struct v6_host *host, const struct v6_record *former)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	auto_fd int dir = v6_dir_open_at(host->dir, "ending");
	const char *text;
	size_t size;
	int ret = dir < 0 ? dir : v6_json_writer_new(&w, NULL);

	if (ret < 0)
		return ret;
	v6_record_write(w, host, former);
	ret = v6_json_finish(w, &text, &size, NULL);
	if (ret == 0)
		ret = v6_file_replace_at(dir, path_in("", former->id).s, text, size);
	return ret < 0 ? ret : note_departed(&host->departed, former->id);
}

/* struct departed_visit - a visit of all */
struct departed_visit {
	struct v6_host *host;
	int (*visit)(const struct v6_record *record, void *data);
	void *data;
};

static int load_departed(struct v6_host *host, int dir, const char *name, const char *id,
			 struct v6_record *ret_record)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read_at(dir, name, V6_RECORD_SIZE_MAX, &text, &size);

	return ret < 0 ? ret : v6_record_parse(host, id, text, size, ret_record, NULL);
}

static int visit_departed(int dir, const char *name, void *data)
{
	struct departed_visit *each = data;
	char id[V6_ID_MAX + 1];
	struct v6_record record;
	int ret = v6_record_id_of(name, id) ? load_departed(each->host, dir, name, id, &record)
					    : -EBADMSG;

	/* of another network namespace: its own reconcile goes on */
	if (ret == -EXDEV || ret == -ENOENT)
		return 0;
	if (ret == 0 && note_departed(&each->host->departed, id) == 0)
		return each->visit(&record, each->data);
	unlinkat(dir, name, 0);
	return 0;
}

int v6_departed_each(struct v6_host *host, int (*visit)(const struct v6_record *record, void *data),
		     void *data)
{
	struct departed_visit each = {host, visit, data};
	int fd = openat(host->dir, "ending", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int ret = fd < 0 ? -errno : v6_dir_each(fd, visit_departed, &each);

	return ret == -ENOENT ? 0 : ret;
}

void v6_departed_release(struct v6_departed *departed)
{
	free(departed->ids);
	*departed = (struct v6_departed){.n = 0};
}

void v6_departed_forget(struct v6_host *host)
{
	size_t i;

	for (i = 0; i < host->departed.n; i++)
		unlinkat(host->dir, path_in("ending/", host->departed.ids[i]).s, 0);
	v6_departed_release(&host->departed);
}
