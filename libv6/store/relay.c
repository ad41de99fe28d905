/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of relays: who is there, and what each was started with. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "store/record.h"
#include "store/relay.h"

bool v6_relay_is_wanted(const struct v6_record *record)
{
	return record->relay != V6_RELAY_OFF && record->destination.relay_port != 0;
}

/* find_header_address() - the address that clients connect to, as a PROXY header has it: of
 * several, a relay can't tell, and says where they were forwarded to
 */
static const struct in6_addr *find_header_address(const struct v6_record *record)
{
	return record->relay == V6_RELAY_PROXY && record->n_services == 1
		       ? &record->services[0].address
		       : &record->destination.address;
}

/* The version, so that an update starts them anew; the namespace, as a container started again may
 * have the same address
 */
struct v6_relay_line v6_relay_line(const struct v6_host *host, const struct v6_record *record)
{
	const struct v6_destination *d = &record->destination;
	const struct v6_port_map *map = record->maps;
	struct v6_relay_line line;
	size_t n;

	n = (size_t)snprintf(line.s, sizeof(line.s), "%s %llu %.*s %s %s %d %d %d %s %s",
			     V6_VERSION, (unsigned long long)record->netns, V6_ID_SHORT, record->id,
			     v6_relay_name(record->relay), d->link_name, record->pid,
			     host->config.relay_connections, host->config.relay_memory_mb,
			     V6_TEXT(&d->address), V6_TEXT(find_header_address(record)));
	for (; map < record->maps + record->n_maps && n < sizeof(line.s); map++)
		n += (size_t)snprintf(line.s + n, sizeof(line.s) - n, " %u:%u:%u",
				      v6_record_target_port(record, map), map->target_port,
				      map->service_port);
	return line;
}

/* find_relays() - Open their directory, if it is there. Return: its descriptor, or -1 */
static int find_relays(const struct v6_host *host)
{
	return openat(host->dir, V6_RELAYS_DIR, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
}

static int open_relays(const struct v6_host *host)
{
	return host->dir < 0 ? -ENOENT : v6_dir_open_at(host->dir, V6_RELAYS_DIR);
}

/* find_locker() - Return: the process, 0 or a negative errno */
static pid_t find_locker(int fd)
{
	struct flock whole = {.l_type = F_WRLCK};

	if (fcntl(fd, F_GETLK, &whole) < 0)
		return -errno;
	return whole.l_type == F_UNLCK ? 0 : whole.l_pid;
}

/* read_line() - what is behind it, counts apart, are zeroes */
static int read_line(int fd, struct v6_relay_line *ret_line)
{
	ssize_t n = pread(fd, ret_line->s, sizeof(ret_line->s) - 1, 0);

	if (n < 0)
		return -errno;
	ret_line->s[n] = '\0';
	return 0;
}

int v6_relay_look(const struct v6_host *host, const struct v6_record *record,
		  struct v6_relay_counts *ret_counts)
{
	auto_fd int dir = find_relays(host);
	auto_fd int fd =
		dir < 0 ? -1
			: openat(dir, record->id, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct v6_relay_counts counts;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, &counts, sizeof(counts), V6_RELAY_COUNTS_AT);
	if (n != (ssize_t)sizeof(counts))
		return n < 0 ? -errno : -ENODATA;
	if (find_locker(fd) <= 0)
		return -ENOENT;
	*ret_counts = counts;
	return 0;
}

pid_t v6_relay_find(const struct v6_host *host, const char *id, struct v6_relay_line *ret_line)
{
	auto_fd int dir = find_relays(host);
	auto_fd int fd = dir < 0 ? -1
				 : openat(dir, id, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	int ret;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	ret = ret_line ? read_line(fd, ret_line) : 0;
	return ret < 0 ? ret : find_locker(fd);
}

struct bell_name {
	char s[V6_ID_MAX + 2];
};

static struct bell_name name_bell(const char *id)
{
	struct bell_name name;

	snprintf(name.s, sizeof(name.s), ".%.*s", V6_ID_MAX, id);
	return name;
}

static int open_bell(int dir, const char *id)
{
	struct bell_name bell = name_bell(id);
	int fd = openat(dir, bell.s, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int v6_relay_bell(const struct v6_host *host, const char *id)
{
	auto_fd int dir = find_relays(host);

	return dir < 0 ? -ENOENT : open_bell(dir, id);
}

void v6_relay_ring(int bell)
{
	if (bell >= 0)
		(void)!write(bell, "", 1);
}

/* is_short() - of what there may be enough in a moment */
static bool is_short(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EIO;
}

/* remove_files() - so that their relay hears of it, if there is one; later, if it can't be told now
 */
static void remove_files(int dir, const char *id)
{
	auto_fd int fd = open_bell(dir, id);

	if (is_short(fd))
		return;
	unlinkat(dir, id, 0);
	v6_relay_ring(fd);
	unlinkat(dir, name_bell(id).s, 0);
}

/* make_bell() - open for both, so that it has no end when nobody rings */
static int make_bell(int dir, const char *id, int *ret_fd)
{
	struct bell_name bell = name_bell(id);
	int fd = mkfifoat(dir, bell.s, 0600) < 0
			 ? -1
			 : openat(dir, bell.s, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int v6_relay_file(const struct v6_host *host, const char *id, const struct v6_relay_line *line,
		  int *ret_fd, int *ret_bell)
{
	auto_fd int dir = open_relays(host);
	auto_fd int fd = -1, bell = -1;
	size_t size = strlen(line->s);
	int ret;

	if (dir < 0)
		return dir;
	remove_files(dir, id);
	ret = make_bell(dir, id, &bell);
	if (ret < 0)
		return ret;
	fd = openat(dir, id, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line->s, size) != (ssize_t)size)
		return fd < 0 || errno ? -errno : -EIO;
	if (ftruncate(fd, V6_RELAY_COUNTS_AT + (off_t)sizeof(struct v6_relay_counts)) < 0)
		return -errno;
	*ret_fd = v6_steal_fd(&fd);
	*ret_bell = v6_steal_fd(&bell);
	return 0;
}

void v6_relay_dismiss(const struct v6_host *host, const char *id)
{
	auto_fd int dir = find_relays(host);

	if (dir >= 0)
		remove_files(dir, id);
}

static int dismiss_orphan(int dir, const char *name, void *data)
{
	auto_free char *text = NULL;
	const char *id = name + (*name == '.');
	struct v6_host *host = data;
	size_t size;

	if (v6_record_read(host, id, &text, &size, NULL) == -ENOENT)
		remove_files(dir, id);
	return 0;
}

void v6_relays_tidy(struct v6_host *host)
{
	int dir = find_relays(host);

	if (dir >= 0)
		v6_dir_each(dir, dismiss_orphan, host);
}
