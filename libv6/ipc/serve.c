/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answer a request: its text is hostile, and only the kernel knows the user who sent it. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <libv6/verbs.h>

#include "base/cleanup.h"
#include "ipc/looks.h"
#include "ipc/message.h"
#include "kernel/netns.h"
#include "store/holders.h"
#include "store/host.h"
#include "store/record.h"
#include "store/record_text.h"

/* How long to wait for a user who does not read the answer */
#define PATIENCE_S 2

/* The kernel's number for users that our user namespace does not have: DEFAULT_OVERFLOWUID */
#define OVERFLOW_UID 65534

/* struct serving - a connection, and the process at its other end */
struct serving {
	int fd;
	const char *run_dir;
	int64_t since_ms;
	struct ucred peer;
};

static int V6_PRINTF(3, 4)
	send_answer(const struct serving *serving, int flags, const char *fmt, ...)
{
	char message[V6_SOCKET_SIZE_MAX];
	va_list ap;
	int size;

	va_start(ap, fmt);
	size = vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (size < 0 || (size_t)size >= sizeof(message))
		return -EMSGSIZE;
	return send(serving->fd, message, (size_t)size, MSG_NOSIGNAL | flags) < 0 ? -errno : 0;
}

static int answer_end(const struct serving *serving, int code, const struct v6_error *err)
{
	if (code >= 0)
		return send_answer(serving, 0, "%c", V6_SOCKET_DONE);
	return send_answer(serving, 0, "%c%u\n%s", V6_SOCKET_FAILED, -code & 4095U, err->text);
}

/* pass_warning() - Send a warning, without waiting for the user to read: the host may be locked */
static void pass_warning(const char *text, void *data)
{
	send_answer(data, MSG_DONTWAIT, "%c%s", V6_SOCKET_WARNING, text);
}

/* check_peer() - Refuse root, who has another way, and users that look like others */
static int check_peer(const struct serving *serving, struct v6_error *err)
{
	if (serving->peer.uid == 0)
		return v6_fail(err, -EPERM, V6_SOCKET_PATH " is for users other than root");
	if (serving->peer.uid == OVERFLOW_UID)
		return v6_fail(
			err, -EPERM,
			"v6d can't tell you from other users: your user namespace is not below its own");
	return 0;
}

/* check_pid_namespace() - Refuse numbers of processes from another PID namespace */
static int check_pid_namespace(const struct serving *serving, struct v6_error *err)
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

/* check_process() - Refuse what v6d cannot wait for: one thread of a process */
static int check_process(pid_t pid, struct v6_error *err)
{
	auto_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0 || errno == ESRCH)
		return 0; /* v6_bind() reports one that exited */
	return v6_fail(err, -errno, "process %d: cannot wait for its end: %s", pid,
		       v6_strerror(errno));
}

/* add_user_to_id() - Keep the ids of different users apart: nobody can take, or guess, another's */
static int add_user_to_id(const struct serving *serving, struct v6_state *state,
			  struct v6_error *err)
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

static int serve_bind(struct serving *serving, struct v6_host *host, struct v6_state *state,
		      struct v6_error *err)
{
	struct v6_request request;
	int ret = v6_request_from_state(state, &request, err);

	if (ret == 0 && request.n_hosts == 0)
		return 0;
	if (ret == 0)
		ret = check_pid_namespace(serving, err);
	if (ret == 0)
		ret = check_process(state->pid, err);
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
	return v6_record_is_none(ret) ? 0 : v6_unbind_stopped(host, state, err);
}

/* struct listing - a user, and this host, while their records are sent */
struct listing {
	struct serving *serving;
	struct v6_host *host;
};

static int pass_record(const char *id, void *data)
{
	const struct listing *listing = data;
	auto_free char *text = NULL, *looks = NULL;
	struct v6_record record;
	size_t size = 0;
	FILE *out;

	/* what can't be read now, or is another user's, is passed over */
	if (v6_record_read(listing->host, id, &text, &size, NULL) < 0 ||
	    v6_record_parse(listing->host, id, text, size, &record, NULL) < 0 ||
	    record.uid != listing->serving->peer.uid)
		return 0;
	out = open_memstream(&looks, &size);
	if (!out)
		return -ENOMEM;
	v6_looks_write(out, listing->host, &record);
	if (fclose(out) != 0)
		return -ENOMEM;
	return send_answer(listing->serving, 0, "%c%s\n%s%c%s", V6_SOCKET_RECORD, id, looks, 0,
			   text);
}

static int pass_failure(const struct v6_failure *f, void *data)
{
	const struct listing *listing = data;

	if (f->uid != listing->serving->peer.uid)
		return 0;
	return send_answer(listing->serving, 0, "%c%s\n%" PRId64 "\n%s\n%s\n%s\n", V6_SOCKET_KEPT,
			   f->id, f->when, f->hosts, f->name, f->text);
}

static int serve_list(struct serving *serving, struct v6_host *host, struct v6_state *state,
		      struct v6_error *err)
{
	struct v6_resource resource = v6_resource_user(serving->peer.uid);
	struct listing listing = {serving, host};
	int ret = v6_holders_each(host, &resource, pass_record, &listing);

	(void)state;
	if (ret >= 0 || ret == -ENOENT)
		ret = v6_failures_each(serving->run_dir, pass_failure, &listing);
	if (ret < 0)
		return v6_fail(err, ret, "cannot list what is yours: %s", v6_strerror(ret));
	return 0;
}

/* In the order of enum v6_socket_verb. */
static int (*const verbs[V6_SOCKET_VERBS])(struct serving *serving, struct v6_host *host,
					   struct v6_state *state, struct v6_error *err) = {
	serve_bind,
	serve_unbind,
	serve_list,
};

/* keep_outcome() - users can't write there themselves: a failure, or the end of those before */
static void keep_outcome(const struct serving *serving, const struct v6_socket_request *request,
			 int ret, const struct v6_error *err)
{
	if (request->verb != V6_SOCKET_BIND || request->state.uid == 0)
		return;
	if (ret < 0)
		v6_failure_note(serving->run_dir, &request->state, err->text);
	else
		v6_failure_forget(serving->run_dir, &request->state);
}

static int serve_request(struct serving *serving, const char *message, size_t size,
			 struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = NULL;
	struct v6_socket_request request = {.state = {.pid = 0}};
	int ret = check_peer(serving, err);

	if (ret == 0)
		ret = v6_socket_request_parse(message, size, &request, err);
	if (ret == 0 && request.verb != V6_SOCKET_LIST)
		ret = add_user_to_id(serving, &request.state, err);
	if (ret == 0)
		ret = v6_host_open(serving->run_dir, pass_warning, serving, &host, err);
	if (ret == 0)
		host->begun_ms = serving->since_ms;
	if (ret == 0)
		ret = verbs[request.verb](serving, host, &request.state, err);
	keep_outcome(serving, &request, ret, err);
	v6_state_release(&request.state);
	return ret;
}

uid_t v6_socket_user(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	uid_t uid = V6_SOCKET_NOBODY;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		v6_process_master(peer.pid, peer.uid, &uid);
	return uid;
}

bool v6_socket_is_release(int fd)
{
	const char *verb = v6_socket_verb_name(V6_SOCKET_UNBIND);
	char word[sizeof("unbind\n")];
	ssize_t size = recv(fd, word, sizeof(word), MSG_PEEK | MSG_DONTWAIT);

	return size > (ssize_t)strlen(verb) && memcmp(word, verb, strlen(verb)) == 0 &&
	       word[strlen(verb)] == '\n';
}

void v6_socket_refuse(int fd, const struct v6_error *err)
{
	const struct serving serving = {.fd = fd};
	char byte;

	/* otherwise the client hears of a reset first */
	if (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		send_answer(&serving, MSG_DONTWAIT, "%c%u\n%s", V6_SOCKET_FAILED,
			    -err->code & 4095U, err->text);
}

int v6_socket_serve(int fd, const char *run_dir, int64_t since_ms)
{
	char message[V6_SOCKET_SIZE_MAX];
	struct serving serving = {.fd = fd, .run_dir = run_dir, .since_ms = since_ms};
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
	if (size > V6_SOCKET_SIZE_MAX)
		ret = v6_fail(&err, -E2BIG, "a message of %zd bytes, but at most %d are accepted",
			      size, V6_SOCKET_SIZE_MAX);
	else
		ret = serve_request(&serving, message, (size_t)size, &err);
	return answer_end(&serving, ret, &err);
}
