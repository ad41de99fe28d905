/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records, read and written one file each. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/link.h"
#include "store/life.h"
#include "store/record.h"
#include "store/record_text.h"

#define RECORDS "records"

/* struct record_path - records/ID.json */
struct record_path {
	char s[sizeof(RECORDS "/") + V6_ID_MAX + sizeof(V6_RECORD_SUFFIX)];
};

static struct record_path path_of_record(const char *id)
{
	struct record_path path;

	snprintf(path.s, sizeof(path.s), RECORDS "/%s" V6_RECORD_SUFFIX, id);
	return path;
}

static int check_run_dir(const struct v6_host *host, struct v6_error *err)
{
	return host->dir < 0 ? v6_fail(err, host->unread.code, "%s", host->unread.text) : 0;
}

static int open_records(struct v6_host *host, int *ret_fd, struct v6_error *err)
{
	int fd, ret = check_run_dir(host, err);

	if (ret < 0)
		return ret;
	fd = v6_dir_open_at(host->dir, RECORDS);
	if (fd < 0)
		return v6_fail(err, fd, V6_RUN_DIR "/records: cannot open the directory: %s",
			       v6_strerror(fd));
	*ret_fd = fd;
	return 0;
}

/* replace_record() - the first one makes the directory */
static int replace_record(struct v6_host *host, const char *id, const char *text, size_t size)
{
	int ret = v6_file_replace_at(host->dir, path_of_record(id).s, text, size);

	if (ret != -ENOENT)
		return ret;
	if (mkdirat(host->dir, RECORDS, 0700) < 0 && errno != EEXIST)
		return -errno;
	return v6_file_replace_at(host->dir, path_of_record(id).s, text, size);
}

int v6_record_save(struct v6_host *host, const struct v6_record *record, struct v6_error *err)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	const char *text;
	size_t size;
	int ret;

	ret = check_run_dir(host, err);
	if (ret == 0)
		ret = v6_json_writer_new(&w, err);
	if (ret < 0)
		return ret;

	v6_record_write(w, host, record);
	ret = v6_json_finish(w, &text, &size, err);
	if (ret < 0)
		return ret;
	ret = replace_record(host, record->id, text, size);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/%s: cannot write it: %s",
			       path_of_record(record->id).s, v6_strerror(ret));
	return 0;
}

/* can_be_id() - an id may come from an element that somebody else put into our table */
static bool can_be_id(const char *id)
{
	return id[0] != '.' && !strchr(id, '/') && strlen(id) <= V6_ID_MAX;
}

int v6_record_read(struct v6_host *host, const char *id, char **ret_text, size_t *ret_size,
		   struct v6_error *err)
{
	int ret;

	if (!can_be_id(id))
		return v6_fail(err, -ENOENT, "%.*s: no record", V6_ID_SHORT, id);
	ret = check_run_dir(host, err);
	if (ret < 0)
		return ret;
	ret = v6_file_read_at(host->dir, path_of_record(id).s, V6_RECORD_SIZE_MAX, ret_text,
			      ret_size);
	if (ret == -ENOENT)
		return v6_fail(err, ret, "%.*s: no record", V6_ID_SHORT, id);
	if (ret == -ELOOP || ret == -E2BIG || ret == -EISDIR)
		return v6_fail(err, -EBADMSG, V6_RUN_DIR "/%s: not a record", path_of_record(id).s);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/%s: cannot read it: %s", path_of_record(id).s,
			       v6_strerror(ret));
	return 0;
}

int v6_record_load(struct v6_host *host, const char *id, struct v6_record *ret_record,
		   struct v6_error *err)
{
	auto_free char *text = NULL;
	size_t size = 0;
	int ret = v6_record_read(host, id, &text, &size, err);

	if (ret < 0)
		return ret;
	ret = v6_record_parse(host, id, text, size, ret_record, err);
	if (ret < 0)
		return v6_context(err, ret, V6_RUN_DIR "/%s", path_of_record(id).s);
	return 0;
}

int v6_record_remove(struct v6_host *host, const char *id, struct v6_error *err)
{
	int ret = check_run_dir(host, err);

	if (ret < 0 || !can_be_id(id))
		return ret;
	v6_file_forget_at(host->dir, path_of_record(id).s);
	if (unlinkat(host->dir, path_of_record(id).s, 0) < 0 && errno != ENOENT)
		return v6_fail(err, -errno, V6_RUN_DIR "/%s: cannot remove it: %s",
			       path_of_record(id).s, v6_strerror(errno));
	return 0;
}

const struct v6_service *v6_record_service(const struct v6_record *record,
					   const struct in6_addr *address)
{
	size_t i;

	for (i = 0; i < record->n_services; i++)
		if (v6_address_equal(&record->services[i].address, address))
			return &record->services[i];
	return NULL;
}

const struct v6_service *v6_record_egress(const struct v6_record *record)
{
	const struct v6_service *service = record->services, *end = service + record->n_services;

	for (; *record->egress && service < end; service++)
		if (v6_egress_is(record->egress, service->name, &service->address))
			return service;
	return NULL;
}

bool v6_record_is_renewed(const struct v6_record *record)
{
	struct in6_addr literal;
	size_t i;

	for (i = 0; i < record->n_services && record->follow; i++)
		if (v6_address_parse(record->services[i].name, &literal) < 0)
			return true;
	return false;
}

bool v6_record_is_stranger(const struct v6_record *record, const struct v6_record *other)
{
	return record->uid != 0 && other->uid != record->uid;
}

bool v6_record_is_none(int code)
{
	return code == -ENOENT || code == -ESTALE || code == -EXDEV || code == -EBADMSG;
}

int v6_record_find(struct v6_host *host, const char *id, struct v6_record *ret_record,
		   struct v6_error *err)
{
	int ret = v6_record_load(host, id, ret_record, err);

	if (ret < 0)
		return v6_record_is_none(ret) ? 0 : ret;
	ret = v6_record_alive(ret_record);
	if (ret < 0)
		return v6_fail(err, ret, "%.*s: cannot tell whether it lives: %s", V6_ID_SHORT, id,
			       v6_strerror(ret));
	return ret;
}

bool v6_record_id_of(const char *name, char *ret_id)
{
	size_t size = strlen(name), suffix = sizeof(V6_RECORD_SUFFIX) - 1;

	if (name[0] == '.' || size <= suffix || size - suffix > V6_ID_MAX ||
	    strcmp(name + size - suffix, V6_RECORD_SUFFIX) != 0)
		return false;
	memcpy(ret_id, name, size - suffix);
	ret_id[size - suffix] = '\0';
	return true;
}

/* struct ids - a visit, and how it went: what @visit returned is not for us to explain */
struct ids {
	int (*visit)(const char *id, void *data);
	void *data;
	int ended;
};

static int visit_id(int dir, const char *name, void *data)
{
	struct ids *ids = data;
	char id[V6_ID_MAX + 1];

	(void)dir;
	if (v6_record_id_of(name, id))
		ids->ended = ids->visit(id, ids->data);
	return ids->ended;
}

static int list_records(struct v6_host *host, int (*visit)(int dir, const char *name, void *data),
			void *data, struct v6_error *err)
{
	int fd = -1, ret = open_records(host, &fd, err);

	if (ret < 0)
		return ret;
	ret = v6_dir_each(fd, visit, data);
	if (ret < 0)
		v6_fail(err, ret, V6_RUN_DIR "/records: cannot list them: %s", v6_strerror(ret));
	return ret;
}

struct v6_state v6_record_state(const struct v6_record *record)
{
	struct v6_state state = {.engine = record->engine, .uid = record->uid};

	memcpy(state.pod_namespace, record->pod_namespace, sizeof(state.pod_namespace));
	memcpy(state.pod, record->pod, sizeof(state.pod));
	return state;
}

int v6_record_ids(struct v6_host *host, int (*visit)(const char *id, void *data), void *data,
		  struct v6_error *err)
{
	struct ids ids = {visit, data, 0};
	struct v6_error own;
	int ret = list_records(host, visit_id, &ids, &own);

	if (ret < 0 && ids.ended >= 0)
		return v6_fail(err, ret, "%s", own.text);
	return ret;
}

static int remove_unfinished(int dir, const char *name, void *data)
{
	(void)data;
	if (name[0] == '.')
		unlinkat(dir, name, 0);
	return 0;
}

int v6_records_tidy(struct v6_host *host, struct v6_error *err)
{
	return list_records(host, remove_unfinished, NULL, err);
}

void v6_record_rename_links(struct v6_host *host, struct v6_record *record)
{
	struct v6_destination *d = &record->destination;
	struct v6_sibling *sibling;
	struct v6_service *s;
	int index;

	for (s = record->services; s < record->services + record->n_services; s++) {
		index = s->link;
		v6_link_follow(&host->route, &index, s->link_name);
	}
	index = d->via;
	if (index > 0)
		v6_link_follow(&host->route, &index, d->via_name);
	for (sibling = d->siblings; sibling < d->siblings + d->n_siblings; sibling++) {
		index = sibling->via;
		v6_link_follow(&host->route, &index, sibling->via_name);
	}
}

struct record_visit {
	struct v6_host *host;
	int (*visit)(const struct v6_record *record, bool alive, void *data);
	void *data;
};

static int load_and_visit(const char *id, void *data)
{
	struct record_visit *each = data;
	struct v6_record record;
	struct v6_error err;
	int ret = v6_record_load(each->host, id, &record, &err);

	if (ret == 0)
		v6_record_rename_links(each->host, &record);
	if (ret == 0)
		return each->visit(&record, v6_record_alive(&record) != 0, each->data);
	if (ret == -EBADMSG)
		v6_host_warn(each->host, "%s; v6ctl reconcile removes it", err.text);
	return 0;
}

int v6_records_each(struct v6_host *host,
		    int (*visit)(const struct v6_record *record, bool alive, void *data),
		    void *data, struct v6_error *err)
{
	struct record_visit each = {host, visit, data};

	v6_onlink_forget(&host->onlink);
	if (host->dir < 0 && host->unread.code == -ENOENT)
		return 0;
	return v6_record_ids(host, load_and_visit, &each, err);
}

int64_t v6_leaving_left(const struct v6_leaving *leaving, int64_t now)
{
	int64_t left = leaving->until - now;

	return left > 0 && left <= V6_LINGER_S_MAX ? left : 0;
}

static int count_record(const char *id, void *data)
{
	(void)id;
	(*(unsigned int *)data)++;
	return 0;
}

int v6_records_count(struct v6_host *host, unsigned int *ret_n, struct v6_error *err)
{
	unsigned int n = 0;
	int ret = v6_record_ids(host, count_record, &n, err);

	if (ret == 0)
		*ret_n = n;
	return ret;
}

bool v6_record_announces(const struct v6_record *record, const struct v6_service *service)
{
	return service->announce && !service->absent && !record->destination.pending &&
	       (record->share.mode == V6_SHARE_NONE ||
		(record->share.ready && !record->share.drained));
}
