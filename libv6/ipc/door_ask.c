/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side of who asks v6d. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ipc/door.h"
#include "store/host.h"
#include "store/life.h"
#include "store/record_text.h"

/* For all of it: an engine gives a hook ten seconds. */
#define PATIENCE_S 9

/**
 * struct asking - One request
 * @hear:	Called with each message before the end, its first byte apart and NUL-terminated; a
 *		negative return value ends it
 * @deadline:	In milliseconds, when an answer is of no use any more
 */
struct asking {
	const char *path;
	enum v6_door_verb verb;
	const char *state;
	size_t size;
	int (*hear)(char kind, char *text, size_t size, void *data, struct v6_error *err);
	void *data;
	int64_t deadline;
};

static int fail(const struct asking *asking, int code, struct v6_error *err)
{
	if (code == -ENOENT || code == -ECONNREFUSED)
		return v6_fail(
			err, -ECONNREFUSED,
			"%s: v6d does not run, which publishes what users other than root ask for; start it (systemctl enable --now v6d.socket)",
			asking->path);
	if (code == -EAGAIN || code == -ETIMEDOUT)
		return v6_fail(err, -ETIMEDOUT, "%s: v6d did not answer within %d s", asking->path,
			       PATIENCE_S);
	return v6_fail(err, code, "%s: cannot ask v6d: %s", asking->path, v6_strerror(code));
}

/* set_patience() - how long the next call may wait */
static int set_patience(const struct asking *asking, int fd)
{
	int64_t left = asking->deadline - v6_now_ms();
	struct timeval patience = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};

	if (left <= 0)
		return -ETIMEDOUT;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	return 0;
}

static int open_door(const struct asking *asking, int *ret_fd)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int ret = fd < 0 ? -errno : set_patience(asking, fd);

	if (ret < 0)
		return ret;
	if (strlen(asking->path) >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	memcpy(name.sun_path, asking->path, strlen(asking->path));
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	return 0;
}

static int send_request(const struct asking *asking, int fd)
{
	const char *verb = v6_door_verb_name(asking->verb);
	struct iovec parts[] = {
		{(void *)verb, strlen(verb)},
		{(void *)"\n", 1},
		{(void *)asking->state, asking->size},
	};
	const struct msghdr message = {.msg_iov = parts, .msg_iovlen = V6_ARRAY_SIZE(parts)};
	int ret = set_patience(asking, fd);

	if (ret < 0)
		return ret;
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* hear_all() - the answer, up to its end */
static int hear_all(const struct asking *asking, int fd, struct v6_error *err)
{
	char buffer[V6_DOOR_SIZE_MAX + 1];
	ssize_t size;
	int ret;

	for (;;) {
		ret = set_patience(asking, fd);
		if (ret < 0)
			return fail(asking, ret, err);
		size = recv(fd, buffer, sizeof(buffer) - 1, 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return fail(asking, -errno, err);
		if (size == 0)
			return v6_fail(err, -EPROTO, "%s: v6d went away before it had answered",
				       asking->path);
		buffer[size] = '\0';
		if (*buffer == V6_DOOR_DONE)
			return 0;
		if (*buffer == V6_DOOR_FAILED)
			return v6_door_failure_parse(buffer + 1, err);
		ret = asking->hear(*buffer, buffer + 1, (size_t)size - 1, asking->data, err);
		if (ret < 0)
			return ret;
	}
}

static int ask(struct asking *asking, struct v6_error *err)
{
	auto_fd int fd = -1;
	int ret;

	asking->deadline = v6_now_ms() + PATIENCE_S * 1000;
	ret = open_door(asking, &fd);
	if (ret == 0)
		ret = send_request(asking, fd);
	return ret < 0 ? fail(asking, ret, err) : hear_all(asking, fd, err);
}

/* struct warning - who is told */
struct warning {
	void (*warn)(const char *text, void *data);
	void *data;
};

static int hear_warning(char kind, char *text, size_t size, void *data, struct v6_error *err)
{
	const struct warning *warning = data;
	struct v6_error line;

	(void)size;
	(void)err;
	if (kind != V6_DOOR_WARNING || !warning->warn)
		return 0;
	v6_fail(&line, 0, "%s", text);
	warning->warn(line.text, warning->data);
	return 0;
}

int v6_door_ask(const char *path, enum v6_door_verb verb, const char *state, size_t size,
		void (*warn)(const char *text, void *data), void *warn_data, struct v6_error *err)
{
	struct warning warning = {warn, warn_data};
	struct asking asking = {path, verb, state, size, hear_warning, &warning, 0};

	if (size + sizeof("unbind\n") > V6_DOOR_SIZE_MAX)
		return v6_fail(
			err, -E2BIG,
			"container state: over %d bytes, which is all that v6d takes from users other than root; have fewer or shorter annotations",
			V6_DOOR_SIZE_MAX);
	return ask(&asking, err);
}

/* struct each - one call of ask_for_records() */
struct each {
	struct v6_host *host;
	int (*visit)(const struct v6_record *record, bool alive, void *data);
	void *data;
};

static int hear_record(struct each *each, char *text, size_t size, struct v6_error *err)
{
	char *end = memchr(text, '\n', size);
	struct v6_record record;
	int ret;

	if (!end)
		return 0;
	*end++ = '\0';
	ret = v6_record_parse(each->host, text, end, size - (size_t)(end - text), &record, err);
	if (ret == 0)
		ret = each->visit(&record, v6_record_alive(&record) != 0, each->data);
	v6_told_release(&each->host->told);
	return ret;
}

static int hear_listed(char kind, char *text, size_t size, void *data, struct v6_error *err)
{
	struct each *each = data;

	if (kind == V6_DOOR_RECORD)
		return hear_record(each, text, size, err);
	if (kind != V6_DOOR_LOOKS)
		return 0;
	v6_told_release(&each->host->told);
	return v6_door_looks_parse(text, size, &each->host->told, err);
}

/* ask_for_records() - those of who asks, from v6d. While @visit runs, v6_claim_look() says of that
 * record what v6d does
 */
static int ask_for_records(struct v6_host *host,
			   int (*visit)(const struct v6_record *record, bool alive, void *data),
			   void *data, struct v6_error *err)
{
	struct each each = {host, visit, data};
	struct asking asking = {V6_DOOR_SOCKET, V6_DOOR_LIST, "", 0, hear_listed, &each, 0};
	int ret = ask(&asking, err);

	v6_told_release(&host->told);
	return ret;
}

int v6_records_seen_each(struct v6_host *host,
			 int (*visit)(const struct v6_record *record, bool alive, void *data),
			 void *data, struct v6_error *err)
{
	if (host->dir < 0 && host->unread.code == -EACCES &&
	    ask_for_records(host, visit, data, NULL) == 0)
		return 0;
	return v6_records_each(host, visit, data, err);
}
