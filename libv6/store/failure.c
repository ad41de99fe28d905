/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last failures, in failures/: one file per slot, the slot a hash of the container id, so that
 * a container which fails to start for ever, under ever new ids, fills no memory. Other users have
 * slots of their own, each a few, so that nobody pushes out what is another's. What a file has is
 * in the lines of write_failure(); earlier versions wrote the first three.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "store/host.h"
#include "store/record.h"
#include "store/run_dir.h"

#define FAILURE_SIZE_MAX (sizeof(struct v6_failure) + 128)

/* Of 256 slots, how many a user has */
#define USER_SLOTS 8

struct slot_name {
	char s[4];
};

static uint32_t hash_id(const char *id)
{
	uint32_t h = 5381;

	for (; *id; id++)
		h = h * 33 + (unsigned char)*id;
	return (h ^ h >> 8) & 0xff;
}

static struct slot_name failure_slot(const struct v6_failure *failure)
{
	struct slot_name name;
	uint32_t h = hash_id(failure->id);

	if (failure->uid == 0)
		snprintf(name.s, sizeof(name.s), "%02x", h);
	else
		snprintf(name.s, sizeof(name.s), "u%02x",
			 (failure->uid * USER_SLOTS + h % USER_SLOTS) & 0xff);
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

/* has_failures() - a start costs one look as long as none failed */
static bool has_failures(const char *run_dir)
{
	struct v6_line path = v6_line("%s/failures", run_dir);

	return access(path.s, F_OK) == 0 || errno != ENOENT;
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

static int write_failure(int dir, const struct v6_failure *f)
{
	char text[FAILURE_SIZE_MAX];
	int size = snprintf(text, sizeof(text),
			    "%s\n%" PRId64 "\n%s\n%s\n%s\n%u\n%s\n%" PRId64 "\n", f->id, f->when,
			    f->text, f->hosts, f->name, f->uid, f->home, f->when_up);

	if (size < 0 || (size_t)size >= sizeof(text))
		return -E2BIG;
	return v6_file_replace_at(dir, failure_slot(f).s, text, (size_t)size);
}

/* take_line() - Cut the next line off, and copy it. Return: whether it was there, and fitted */
static bool take_line(char **rest, char *ret_line, size_t size)
{
	char *line = strsep(rest, "\n");

	if (!line || strlen(line) >= size)
		return false;
	memcpy(ret_line, line, strlen(line) + 1);
	v6_text_printable(ret_line);
	return true;
}

static int read_failure(int dir, const char *name, struct v6_failure *ret_failure)
{
	char when[32], up[32] = "", uid[32] = "";
	struct v6_failure f = {.when = 0};
	auto_free char *text = NULL;
	char *rest;
	size_t size;
	int ret = v6_file_read_at(dir, name, FAILURE_SIZE_MAX, &text, &size);

	if (ret < 0)
		return ret;
	rest = text;
	if (!take_line(&rest, f.id, sizeof(f.id)) || !take_line(&rest, when, sizeof(when)) ||
	    !take_line(&rest, f.text, sizeof(f.text)))
		return -EBADMSG;
	if (rest && *rest &&
	    (!take_line(&rest, f.hosts, sizeof(f.hosts)) ||
	     !take_line(&rest, f.name, sizeof(f.name)) || !take_line(&rest, uid, sizeof(uid)) ||
	     !take_line(&rest, f.home, sizeof(f.home)) || !take_line(&rest, up, sizeof(up))))
		return -EBADMSG;
	f.when = strtoll(when, NULL, 10);
	f.when_up = strtoll(up, NULL, 10);
	f.uid = (uid_t)strtoul(uid, NULL, 10);
	*ret_failure = f;
	return 0;
}

/* is_over() - Check whether time or its engine has ended a failure */
static bool is_over(const struct v6_failure *failure)
{
	int64_t age = failure->when_up > 0 ? v6_uptime_s() - failure->when_up
					   : time(NULL) - failure->when;

	return age > V6_FAILURE_KEPT_S ||
	       (*failure->home && access(failure->home, F_OK) < 0 && errno == ENOENT);
}

/*
 * Names
 */

static bool is_same_host(const char *a, const char *b)
{
	struct in6_addr left, right;

	return strcasecmp(a, b) == 0 ||
	       (v6_address_parse(a, &left) == 0 && v6_address_parse(b, &right) == 0 &&
		v6_address_equal(&left, &right));
}

static bool hosts_have(const char *hosts, const char *host)
{
	char item[V6_NAME_MAX + 1];
	const char *cursor = hosts;

	while (cursor && v6_text_item(&cursor, item, sizeof(item)) == 0)
		if (is_same_host(item, host))
			return true;
	return false;
}

bool v6_failure_is_about(const struct v6_failure *failure, const char *host)
{
	return hosts_have(failure->hosts, host);
}

/* drop_hosts() - Remove from a list what another one has. Return: whether it had any of it */
static bool drop_hosts(char *hosts, const char *others)
{
	char item[V6_NAME_MAX + 1], left[V6_HOSTS_SIZE] = "";
	const char *cursor = hosts;
	size_t used = 0;
	bool any = false;

	while (cursor && v6_text_item(&cursor, item, sizeof(item)) == 0) {
		if (hosts_have(others, item))
			any = true;
		else
			used += (size_t)sprintf(left + used, "%s%s", used ? " " : "", item);
	}
	if (any)
		memcpy(hosts, left, sizeof(left));
	return any;
}

/* read_recorded_hosts() - the names in a record, whatever host and boot it is of */
static void read_recorded_hosts(const char *run_dir, const char *id, char *ret_hosts)
{
	char path[sizeof("records/" V6_RECORD_SUFFIX) + V6_ID_MAX];
	struct v6_json auto_call(v6_json_cleanup) *root = NULL;
	const struct v6_json *services;
	auto_free char *text = NULL;
	size_t i, size, used = 0;
	auto_fd int dir = -1;
	const char *name;

	snprintf(path, sizeof(path), "records/%s" V6_RECORD_SUFFIX, id);
	if (strchr(id, '/') || v6_run_dir_find(run_dir, &dir, NULL) < 0 ||
	    v6_file_read_at(dir, path, V6_RECORD_SIZE_MAX, &text, &size) < 0 ||
	    v6_json_parse(text, size, &root, NULL) < 0 || !v6_json_is_object(root) ||
	    v6_json_array(root, "services", &services, NULL) < 0)
		return;
	for (i = 0; i < v6_json_size(services); i++)
		if (v6_json_is_object(v6_json_member(services, i)) &&
		    v6_json_string(v6_json_member(services, i), "name", &name, NULL) == 0 &&
		    !hosts_have(ret_hosts, name) && used + strlen(name) + 2 <= V6_HOSTS_SIZE)
			used += (size_t)sprintf(ret_hosts + used, "%s%s", used ? " " : "", name);
}

/* describe_state() - what a failure of this container has, but for its text */
static void describe_state(const char *run_dir, const struct v6_state *state,
			   struct v6_failure *ret_failure)
{
	memset(ret_failure, 0, sizeof(*ret_failure));
	snprintf(ret_failure->id, sizeof(ret_failure->id), "%s", state->id);
	snprintf(ret_failure->name, sizeof(ret_failure->name), "%s", state->name);
	ret_failure->uid = state->uid;
	v6_state_hosts(state, ret_failure->hosts);
	if (state->n_annotations == 0)
		read_recorded_hosts(run_dir, state->id, ret_failure->hosts);
}

/*
 * Ends
 */

/* struct ending - which failures end: @same_text: those that tell the same of the same names, else
 * those of a container that started well
 */
struct ending {
	const struct v6_failure *now;
	bool same_text;
};

static bool is_ended_by(const struct v6_failure *f, const struct ending *ending)
{
	const struct v6_failure *now = ending->now;

	return is_over(f) || strcmp(f->id, now->id) == 0 ||
	       (ending->same_text && *f->hosts && strcmp(f->hosts, now->hosts) == 0 &&
		strcmp(f->text, now->text) == 0);
}

static int end_failure(int dir, const char *name, void *data)
{
	const struct ending *ending = data;
	const struct v6_failure *now = ending->now;
	struct v6_failure f;
	bool dropped;

	/* other users' are not even read: how many there are is no matter */
	if (name[0] == '.' || (name[0] == 'u') != (now->uid != 0) ||
	    read_failure(dir, name, &f) < 0 || f.uid != now->uid)
		return 0;
	dropped = !ending->same_text && drop_hosts(f.hosts, now->hosts);
	if (is_ended_by(&f, ending) || (dropped && !*f.hosts))
		unlinkat(dir, name, 0);
	else if (dropped)
		write_failure(dir, &f);
	return 0;
}

static int end_failures(int dir, struct ending *ending)
{
	int fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : v6_dir_each(fd, end_failure, ending);
}

int v6_failure_note(const char *run_dir, const struct v6_state *state, const char *text)
{
	struct v6_failure failure;
	struct ending ending = {&failure, true};
	auto_fd int dir = -1;
	int ret = make_failures(run_dir, &dir);

	if (ret < 0)
		return ret;
	if (strlen(text) >= sizeof(failure.text))
		return -E2BIG; /* or read_failure() would pass it over */
	describe_state(run_dir, state, &failure);
	v6_state_home(state, failure.home);
	failure.when = time(NULL);
	failure.when_up = v6_uptime_s();
	snprintf(failure.text, sizeof(failure.text), "%s", text);
	end_failures(dir, &ending);
	return write_failure(dir, &failure);
}

int v6_failure_forget(const char *run_dir, const struct v6_state *state)
{
	struct v6_failure success;
	struct ending ending = {&success, false};
	auto_fd int dir = -1;
	int ret = has_failures(run_dir) ? open_failures(run_dir, &dir) : -ENOENT;

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	describe_state(run_dir, state, &success);
	return end_failures(dir, &ending);
}

struct each {
	int (*visit)(const struct v6_failure *failure, void *data);
	void *data;
};

static int visit_failure(int dir, const char *name, void *data)
{
	const struct each *each = data;
	struct v6_failure failure;

	if (name[0] == '.' || read_failure(dir, name, &failure) < 0 || is_over(&failure))
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
