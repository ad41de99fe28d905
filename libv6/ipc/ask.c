/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Send a request to v6d, and read the answer. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "ipc/looks.h"
#include "ipc/message.h"
#include "store/host.h"
#include "store/life.h"
#include "store/record.h"
#include "store/record_text.h"

/* For all of it: an engine gives a hook ten seconds. */
#define PATIENCE_S 9

/**
 * struct asking - One request
 * @path:	v6d's socket
 * @verb:	What to do
 * @state:	The container's, @size bytes
 * @warn:	NULL, or called with each warning
 * @host:	Given to @visit's records, with what v6d says of their claims
 * @visit:	Called with each record; a negative return value ends it. Only with V6_SOCKET_LIST
 * @visit_failure: The same, with each failure
 * @data:	Passed to @warn, @visit or @visit_failure
 * @deadline:	In milliseconds, when an answer is of no use any more
 */
struct asking {
	const char *path;
	enum v6_socket_verb verb;
	const char *state;
	size_t size;
	void (*warn)(const char *text, void *data);
	struct v6_host *host;
	int (*visit)(const struct v6_record *record, bool alive, void *data);
	int (*visit_failure)(const struct v6_failure *failure, void *data);
	void *data;
	int64_t deadline;
};

static int fail_asking(const struct asking *asking, int code, struct v6_error *err)
{
	if (code == -ENOENT || code == -ECONNREFUSED)
		return v6_fail(
			err, -ECONNREFUSED,
			"%s: v6d does not run, which publishes and shows what users other than root ask for; have root start it: systemctl enable --now v6d.socket",
			asking->path);
	if (code == -EAGAIN || code == -ETIMEDOUT)
		return v6_fail(err, -ETIMEDOUT, "%s: v6d did not answer within %d s", asking->path,
			       PATIENCE_S);
	return v6_fail(err, code, "%s: cannot ask v6d: %s", asking->path, v6_strerror(code));
}

/* set_patience() - Limit how long the next call may wait */
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

static int connect_socket(const struct asking *asking, int *ret_fd)
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
	const char *verb = v6_socket_verb_name(asking->verb);
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

static void hear_warning(const struct asking *asking, const char *text)
{
	struct v6_error line;

	v6_fail(&line, 0, "%s", text);
	if (asking->warn)
		asking->warn(line.text, asking->data);
}

/* hear_record() - Visit a record. What comes of its claims is v6_claim_look()'s answer meanwhile */
static int hear_record(const struct asking *asking, char *id, const char *end, struct v6_error *err)
{
	char *looks = strchrnul(id, '\n');
	const char *text = *looks ? looks + strlen(looks) + 1 : end;
	struct v6_host *host = asking->host;
	struct v6_record record;
	int ret;

	if (text >= end || !asking->visit)
		return 0;
	*looks++ = '\0';
	ret = v6_looks_parse(looks, &host->told, err);
	if (ret == 0)
		ret = v6_record_parse(host, id, text, (size_t)(end - text), &record, err);
	if (ret == 0)
		v6_record_rename_links(host, &record);
	if (ret == 0)
		ret = asking->visit(&record, v6_record_alive(&record) != 0, asking->data);
	v6_told_release(&host->told);
	return ret;
}

static int hear_failure(const struct asking *asking, const char *text)
{
	struct v6_failure failure;

	/* what can't be read is a later version's */
	if (!asking->visit_failure || v6_socket_kept_parse(text, &failure) < 0)
		return 0;
	return asking->visit_failure(&failure, asking->data);
}

/* hear_part() - Return: 1 (not the end), 0 or a negative errno */
static int hear_part(const struct asking *asking, char *message, size_t size, struct v6_error *err)
{
	int ret = 0;

	message[size] = '\0';
	switch (*message) {
	case V6_SOCKET_DONE:
		return 0;
	case V6_SOCKET_FAILED:
		return v6_socket_failure_parse(message + 1, err);
	case V6_SOCKET_WARNING:
		hear_warning(asking, message + 1);
		break;
	case V6_SOCKET_RECORD:
		ret = hear_record(asking, message + 1, message + size, err);
		break;
	case V6_SOCKET_KEPT:
		ret = hear_failure(asking, message + 1);
		break;
	}
	return ret < 0 ? ret : 1;
}

/* hear_answer() - Read the answer up to its end */
static int hear_answer(const struct asking *asking, int fd, struct v6_error *err)
{
	char buffer[V6_SOCKET_SIZE_MAX + 1];
	ssize_t size;
	int ret;

	do {
		ret = set_patience(asking, fd);
		if (ret < 0)
			return fail_asking(asking, ret, err);
		size = recv(fd, buffer, sizeof(buffer) - 1, 0);
		if (size < 0 && errno != EINTR)
			return fail_asking(asking, -errno, err);
		if (size == 0)
			return v6_fail(err, -EPROTO, "%s: v6d went away before it had answered",
				       asking->path);
		ret = size < 0 ? 1 : hear_part(asking, buffer, (size_t)size, err);
	} while (ret > 0);
	return ret;
}

static int run_request(struct asking *asking, struct v6_error *err)
{
	auto_fd int fd = -1;
	int ret;

	asking->deadline = v6_now_ms() + PATIENCE_S * 1000;
	ret = connect_socket(asking, &fd);
	if (ret == 0)
		ret = send_request(asking, fd);
	return ret < 0 ? fail_asking(asking, ret, err) : hear_answer(asking, fd, err);
}

int v6_socket_ask(const char *path, enum v6_socket_verb verb, const char *state, size_t size,
		  void (*warn)(const char *text, void *data), void *warn_data, struct v6_error *err)
{
	struct asking asking = {
		.path = path,
		.verb = verb,
		.state = state,
		.size = size,
		.warn = warn,
		.data = warn_data,
	};

	if (size + sizeof("unbind\n") > V6_SOCKET_SIZE_MAX)
		return v6_fail(
			err, -E2BIG,
			"container state: over %d bytes, the limit for users other than root; have fewer or shorter annotations",
			V6_SOCKET_SIZE_MAX);
	return run_request(&asking, err);
}

/* ask_what_is_seen() - Return: 1 (root's own look has to do), 0 (v6d told all) or a negative errno
 */
static int ask_what_is_seen(struct asking *asking, struct v6_error *err)
{
	int ret;

	asking->path = V6_SOCKET_PATH;
	asking->verb = V6_SOCKET_LIST;
	if (asking->host->dir >= 0 || asking->host->unread.code != -EACCES)
		return 1;
	ret = run_request(asking, err);
	return ret < 0 ? ret : 0;
}

int v6_records_seen_each(struct v6_host *host,
			 int (*visit)(const struct v6_record *record, bool alive, void *data),
			 void *data, struct v6_error *err)
{
	struct asking asking = {.host = host, .visit = visit, .data = data};
	int ret = ask_what_is_seen(&asking, err);

	return ret > 0 ? v6_records_each(host, visit, data, err) : ret;
}

int v6_failures_seen_each(struct v6_host *host,
			  int (*visit)(const struct v6_failure *failure, void *data), void *data,
			  struct v6_error *err)
{
	struct asking asking = {.host = host, .visit_failure = visit, .data = data};
	int ret = ask_what_is_seen(&asking, err);

	if (ret <= 0)
		return ret;
	if (host->dir < 0 && host->unread.code != -ENOENT)
		return v6_fail(err, host->unread.code, "%s", host->unread.text);
	return host->dir < 0 ? 0 : v6_failures_each(V6_RUN_DIR, visit, data);
}
