/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side of v6d: what comes is hostile, and whose it is the kernel alone can tell. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "ipc/door.h"
#include "kernel/netns.h"
#include "store/holders.h"
#include "store/host.h"
#include "store/record.h"
#include "store/record_text.h"

/* Who does not read what he has asked for is not waited for. */
#define PATIENCE_S 2

/* What the kernel says of users that our user namespace does not have: DEFAULT_OVERFLOWUID */
#define OVERFLOW_UID 65534

/* struct serving - a connection, and who is at its other end */
struct serving {
	int fd;
	const char *run_dir;
	struct ucred peer;
};

static int answer(const struct serving *serving, char kind, int flags, const char *head,
		  const char *text, size_t size)
{
	struct iovec parts[] = {
		{&kind, 1},
		{(void *)head, strlen(head)},
		{(void *)text, size},
	};
	const struct msghdr message = {.msg_iov = parts, .msg_iovlen = V6_ARRAY_SIZE(parts)};

	return sendmsg(serving->fd, &message, MSG_NOSIGNAL | flags) < 0 ? -errno : 0;
}

static int answer_end(const struct serving *serving, int code, const struct v6_error *err)
{
	char head[sizeof("4095\n")];

	if (code >= 0)
		return answer(serving, V6_DOOR_DONE, 0, "", "", 0);
	snprintf(head, sizeof(head), "%u\n", -code & 4095U);
	return answer(serving, V6_DOOR_FAILED, 0, head, err->text, strlen(err->text));
}

/* pass_warning() - or not, to who does not read: the host may be locked */
static void pass_warning(const char *text, void *data)
{
	answer(data, V6_DOOR_WARNING, MSG_DONTWAIT, "", text, strlen(text));
}

/* check_user() - who has a way of his own, or can't be told from others */
static int check_user(const struct serving *serving, struct v6_error *err)
{
	if (serving->peer.uid == 0)
		return v6_fail(err, -EPERM, V6_DOOR_SOCKET " is for users other than root");
	if (serving->peer.uid == OVERFLOW_UID)
		return v6_fail(
			err, -EPERM,
			"v6d can't tell you from other users: your user namespace is not below its own");
	return 0;
}

/* check_process() - numbers of processes are those of our PID namespace only from within it */
static int check_process(const struct serving *serving, struct v6_error *err)
{
	char path[sizeof("/proc/-2147483648/ns/pid")];
	struct stat ours, theirs;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", serving->peer.pid);
	if (stat("/proc/self/ns/pid", &ours) == 0 && stat(path, &theirs) == 0 &&
	    ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev)
		return 0;
	return v6_fail(
		err, -EPERM,
		"v6d is in another PID namespace than your engine: it can't tell which process is the container's");
}

/* check_life() - what is to be waited for has to be a process, and not one of its threads */
static int check_life(pid_t pid, struct v6_error *err)
{
	auto_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0 || errno == ESRCH)
		return 0; /* v6_bind() tells of one that has ended */
	return v6_fail(err, -errno, "process %d: cannot wait for its end: %s", pid,
		       v6_strerror(errno));
}

/* own_id() - container ids are each user's own affair: nobody can take, or guess, another's */
static int own_id(const struct serving *serving, struct v6_state *state, struct v6_error *err)
{
	char suffix[sizeof("@4294967295")];
	size_t size = strlen(state->id);

	snprintf(suffix, sizeof(suffix), "@%u", serving->peer.uid);
	if (size + strlen(suffix) > V6_ID_MAX)
		return v6_fail(err, -EINVAL, "container id: longer than %zu characters",
			       V6_ID_MAX - strlen(suffix));
	memcpy(state->id + size, suffix, strlen(suffix) + 1);
	state->uid = serving->peer.uid;
	return 0;
}

static void close_host(struct v6_host **host)
{
	v6_host_close(*host);
}

static int serve_bind(struct serving *serving, struct v6_host *host, struct v6_state *state,
		      struct v6_error *err)
{
	struct v6_request request;
	int ret = v6_request_from_state(state, &request, err);

	if (ret == 0 && request.n_hosts == 0)
		return 0;
	if (ret == 0)
		ret = check_process(serving, err);
	if (ret == 0)
		ret = check_life(state->pid, err);
	return ret < 0 ? ret : v6_bind(host, state, &request, err);
}

static int serve_unbind(struct serving *serving, struct v6_host *host, struct v6_state *state,
			struct v6_error *err)
{
	struct v6_record record;
	int ret = v6_record_load(host, state->id, &record, NULL);

	/* root can make one by hand, of any id */
	if (ret == 0 && record.uid != serving->peer.uid)
		return v6_fail(err, -EPERM, "this container is not one of yours");
	return v6_record_is_none(ret) ? 0 : v6_unbind(host, state->id, err);
}

/* struct listing - a user's records on their way to him */
struct listing {
	struct serving *serving;
	struct v6_host *host;
};

/* pass_looks() - one that is too long, of hundreds of claims, stays unsaid */
static int pass_looks(const struct listing *listing, const struct v6_record *record)
{
	struct v6_json_writer auto_call(v6_json_writer_cleanup) *w = NULL;
	const char *text;
	size_t size;

	if (v6_json_writer_new(&w, NULL) < 0)
		return 0;
	v6_door_looks_write(w, listing->host, record);
	if (v6_json_finish(w, &text, &size, NULL) < 0 || size >= V6_DOOR_SIZE_MAX)
		return 0;
	return answer(listing->serving, V6_DOOR_LOOKS, 0, "", text, size);
}

static int pass_record(const char *id, void *data)
{
	struct listing *listing = data;
	auto_free char *text = NULL;
	char head[V6_ID_MAX + 2];
	struct v6_record record;
	size_t size = 0;
	int ret;

	/* what can't be read now, or is not his, is passed over */
	if (v6_record_read(listing->host, id, &text, &size, NULL) < 0 ||
	    v6_record_parse(listing->host, id, text, size, &record, NULL) < 0 ||
	    record.uid != listing->serving->peer.uid)
		return 0;
	ret = pass_looks(listing, &record);
	snprintf(head, sizeof(head), "%s\n", id);
	return ret < 0 ? ret : answer(listing->serving, V6_DOOR_RECORD, 0, head, text, size);
}

static int serve_list(struct serving *serving, struct v6_host *host, struct v6_state *state,
		      struct v6_error *err)
{
	struct v6_resource resource = v6_resource_user(serving->peer.uid);
	struct listing listing = {serving, host};
	int ret = v6_holders_each(host, &resource, pass_record, &listing);

	(void)state;
	if (ret < 0 && ret != -ENOENT)
		return v6_fail(err, ret, "cannot list what is yours: %s", v6_strerror(ret));
	return 0;
}

/* In the order of enum v6_door_verb. */
static int (*const verbs[V6_DOOR_VERBS])(struct serving *serving, struct v6_host *host,
					 struct v6_state *state, struct v6_error *err) = {
	serve_bind,
	serve_unbind,
	serve_list,
};

static int serve(struct serving *serving, const char *message, size_t size, struct v6_error *err)
{
	struct v6_host auto_call(close_host) *host = NULL;
	struct v6_door_request request = {.state = {.pid = 0}};
	int ret = check_user(serving, err);

	if (ret == 0)
		ret = v6_door_request_parse(message, size, &request, err);
	if (ret == 0 && request.verb != V6_DOOR_LIST)
		ret = own_id(serving, &request.state, err);
	if (ret == 0)
		ret = v6_host_open(serving->run_dir, pass_warning, serving, &host, err);
	if (ret == 0)
		ret = verbs[request.verb](serving, host, &request.state, err);
	v6_state_release(&request.state);
	return ret;
}

uid_t v6_door_visitor(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	uid_t uid = V6_DOOR_NOBODY;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		v6_process_master(peer.pid, peer.uid, &uid);
	return uid;
}

int v6_door_serve(int fd, const char *run_dir)
{
	char message[V6_DOOR_SIZE_MAX];
	struct serving serving = {.fd = fd, .run_dir = run_dir};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	socklen_t peer_size = sizeof(serving.peer);
	struct v6_error err = {0};
	ssize_t size;
	int ret;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &serving.peer, &peer_size) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	size = recv(fd, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);
	if (size <= 0)
		return size < 0 ? -errno : 0;
	if (size > V6_DOOR_SIZE_MAX)
		ret = v6_fail(&err, -E2BIG, "a message of %zd bytes, but %d are taken", size,
			      V6_DOOR_SIZE_MAX);
	else
		ret = serve(&serving, message, (size_t)size, &err);
	return answer_end(&serving, ret, &err);
}
