/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host: opened, locked, configured, and told of. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "kernel/netns.h"
#include "store/host.h"
#include "store/machine.h"
#include "store/run_dir.h"

/* How long whoever does a lot holds the lock before others who wait have their turn */
#define TURN_MS 20

/* How far apart the moments are at which those of a crowd close their sockets */
#define MOMENT_MS 64

/* How long a hook waits at least, whatever names took: eight of its ten seconds at most */
#define PATIENCE_MIN_MS 1000

bool v6_destination_is_local(const struct v6_destination *destination)
{
	return !destination->pending && IN6_IS_ADDR_UNSPECIFIED(&destination->address);
}

bool v6_destination_has_way(const struct v6_destination *destination)
{
	return !IN6_IS_ADDR_UNSPECIFIED(&destination->address);
}

bool v6_destination_has_mac(const struct v6_destination *destination)
{
	static const uint8_t none[V6_MAC_SIZE];

	return v6_destination_has_way(destination) &&
	       memcmp(destination->mac, none, sizeof(none)) != 0;
}

bool v6_host_is_watched(const struct v6_host *host)
{
	auto_fd int fd = openat(host->dir, V6_WATCH_LOCK, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && v6_lock_is_held(fd);
}

static int read_boot_id(char *ret_boot_id, struct v6_error *err)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, &size);

	if (ret < 0 || size < V6_BOOT_ID_SIZE)
		return v6_fail(err, ret < 0 ? ret : -EIO, "/proc: cannot read the boot id");
	memcpy(ret_boot_id, text, V6_BOOT_ID_SIZE);
	ret_boot_id[V6_BOOT_ID_SIZE] = '\0';
	return 0;
}

static int read_own_netns(uint64_t *ret_inode, struct v6_error *err)
{
	struct stat st;

	if (stat("/proc/thread-self/ns/net", &st) < 0)
		return v6_fail(err, -errno, "/proc: cannot look at our network namespace: %s",
			       v6_strerror(errno));
	*ret_inode = st.st_ino;
	return 0;
}

static int open_kernel(struct v6_host *host, struct v6_error *err)
{
	int ret = read_boot_id(host->boot_id, err);

	if (ret == 0)
		ret = read_own_netns(&host->netns, err);
	if (ret == 0)
		ret = v6_machine_read(&host->machine, err);
	if (ret == 0)
		ret = v6_nl_open(NETLINK_ROUTE, &host->route, err);
	if (ret == 0)
		ret = v6_nl_open(NETLINK_NETFILTER, &host->netfilter, err);
	return ret;
}

static int open_host(const char *run_dir, bool change, void (*warn)(const char *text, void *data),
		     void *warn_data, struct v6_host **ret_host, struct v6_error *err)
{
	struct v6_host auto_call(v6_host_cleanup) *host = calloc(1, sizeof(*host));
	int ret = 0;

	if (!host)
		return v6_fail(err, -ENOMEM, "%s", v6_strerror(ENOMEM));
	host->lock = host->dir = host->dad.fd = -1;
	host->warn = warn;
	host->warn_data = warn_data;
	host->looks = !change;
	host->begun_ms = v6_now_ms();

	if (change)
		ret = v6_run_dir_open(run_dir, &host->dir, err);
	else
		v6_run_dir_find(run_dir, &host->dir, &host->unread);
	if (ret == 0)
		ret = open_kernel(host, err);
	if (ret == 0)
		*ret_host = v6_steal_pointer(&host);
	return ret;
}

int v6_host_open(const char *run_dir, void (*warn)(const char *text, void *data), void *warn_data,
		 struct v6_host **ret_host, struct v6_error *err)
{
	return open_host(run_dir, true, warn, warn_data, ret_host, err);
}

int v6_host_look(const char *run_dir, void (*warn)(const char *text, void *data), void *warn_data,
		 struct v6_host **ret_host, struct v6_error *err)
{
	return open_host(run_dir, false, warn, warn_data, ret_host, err);
}

/* close_netfilter() - Close what waits for the kernel to free what was removed, with a mutex held
 * that each start and stop needs; see struct v6_nl. Those of a crowd do so at the same moments: the
 * kernel is waited for once a moment then, and not once a stop
 */
static void close_netfilter(struct v6_host *host)
{
	if (host->netfilter.frees && host->crowded)
		poll(NULL, 0, (int)(MOMENT_MS - v6_now_ms() % MOMENT_MS));
	v6_flows_release(&host->flows);
	v6_nl_close(&host->netfilter);
}

void v6_host_close(struct v6_host *host)
{
	if (!host)
		return;
	v6_host_unlock(host);
	free(host->departed.ids);
	v6_clients_forget(&host->clients);
	v6_nl_close(&host->route);
	close_netfilter(host);
	v6_cleanup_fd(&host->dir);
	v6_cleanup_fd(&host->dad.fd);
	v6_config_release(&host->config);
	free(host);
}

void v6_host_cleanup(struct v6_host **host)
{
	v6_host_close(*host);
}

int v6_host_configure(struct v6_host *host, struct v6_error *err)
{
	struct v6_config config;
	int ret = v6_config_load(V6_CONFIG_FILE, &config, err);

	if (ret < 0)
		return ret;
	v6_config_release(&host->config);
	host->config = config;
	return 0;
}

/* tell_line() - one line, fit for a terminal */
V6_PRINTF(3, 0)
static void tell_line(void (*to)(const char *text, void *data), void *data, const char *fmt,
		      va_list ap)
{
	struct v6_error line;
	char text[sizeof(line.text)];

	if (!to)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	v6_fail(&line, 0, "%s", text);
	to(line.text, data);
}

void v6_host_warn(struct v6_host *host, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_line(host->warn, host->warn_data, fmt, ap);
	va_end(ap);
}

bool v6_host_step(struct v6_host *host, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_line(host->step, host->step_data, fmt, ap);
	va_end(ap);
	return !host->looks;
}

void v6_host_steps(struct v6_host *host, bool dry, void (*step)(const char *text, void *data),
		   void *data)
{
	host->looks = dry;
	host->step = step;
	host->step_data = data;
}

void v6_host_progress(struct v6_host *host,
		      void (*progress)(unsigned int done, unsigned int total, void *data),
		      void *data)
{
	host->progress = progress;
	host->progress_data = data;
}

void v6_host_progressed(const struct v6_host *host, unsigned int done, unsigned int total)
{
	if (host->progress)
		host->progress(done, total, host->progress_data);
}

static int fail_locked(const struct v6_lock_holder *holder, int64_t waited_ms, struct v6_error *err)
{
	double waited_s = (double)waited_ms / 1000;

	if (!holder->stayed)
		return v6_fail(
			err, -ETIMEDOUT,
			V6_RUN_DIR
			"/lock: others have had it for %.1f s, and more come first; start fewer containers at a time",
			waited_s);
	if (holder->pid == 0)
		return v6_fail(
			err, -ETIMEDOUT,
			V6_RUN_DIR
			"/lock: a process that is not seen from here has had it for %.1f s; look for it with lslocks, also in other PID namespaces",
			waited_s);
	return v6_fail(
		err, -ETIMEDOUT,
		V6_RUN_DIR
		"/lock: process %d (%s) has had it for %.1f s; see what that waits for, or end it",
		holder->pid, holder->name, waited_s);
}

static int lock_until(struct v6_host *host, int64_t deadline_ms, struct v6_error *err)
{
	auto_fd int fd = openat(host->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int64_t begun = v6_now_ms();
	struct v6_lock_holder holder;
	int ret;

	if (fd < 0)
		return v6_fail(err, -errno, V6_RUN_DIR "/lock: cannot open it: %s",
			       v6_strerror(errno));
	ret = v6_lock_take(fd, deadline_ms, &holder);
	if (ret == -ETIMEDOUT)
		return fail_locked(&holder, v6_now_ms() - begun, err);
	if (ret < 0)
		return v6_fail(err, ret, V6_RUN_DIR "/lock: cannot take it: %s", v6_strerror(ret));
	host->lock = v6_steal_fd(&fd);
	host->turn_ms = v6_now_ms();
	host->crowded |= holder.waited;
	host->routing.known = false;
	return 0;
}

int v6_host_lock(struct v6_host *host, struct v6_error *err)
{
	return lock_until(host, v6_now_ms() + V6_LOCK_PATIENCE_MS, err);
}

int v6_host_lock_in_time(struct v6_host *host, struct v6_error *err)
{
	int64_t now = v6_now_ms(), deadline = host->begun_ms + V6_LOCK_PATIENCE_MS;

	if (deadline < now + PATIENCE_MIN_MS)
		deadline = now + PATIENCE_MIN_MS;
	return lock_until(host, deadline, err);
}

void v6_host_unlock(struct v6_host *host)
{
	if (host->lock >= 0 && host->netfilter.frees && !host->crowded)
		host->crowded = v6_lock_is_awaited(host->lock);
	v6_cleanup_fd(&host->lock);
	host->lock = -1;
	v6_onlink_forget(&host->onlink);
}

int v6_host_give_way(struct v6_host *host, struct v6_error *err)
{
	int64_t now = v6_now_ms();

	if (now - host->turn_ms < TURN_MS)
		return 0;
	host->turn_ms = now;
	if (!v6_lock_is_awaited(host->lock))
		return 0;
	v6_host_unlock(host);
	return v6_host_lock(host, err);
}
