/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Last known answers. A file has the name in its first line, in its second one the time, the uptime
 * and the boot, and an address in each of the others. A former version wrote the time alone. What
 * does not read exactly so is as if it were not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "names/known.h"

/* Digits of the largest int64_t; also keeps strtoll() from overflowing */
#define TIME_DIGITS 18
#define SIZE_MAX_KEPT                                                      \
	(V6_NAME_MAX + 1 + 2 * (TIME_DIGITS + 1) + V6_KNOWN_BOOT_MAX + 1 + \
	 V6_NAMES_ADDRESSES_MAX * INET6_ADDRSTRLEN)

/* How often in its life an answer is written that has not changed */
#define WRITES_PER_AGE 10

/* How long another writer is waited for, and how often to try: a start is worth more than an answer
 * for later
 */
#define TURN_MS	 500
#define PAUSE_MS 4

struct slot_name {
	char s[sizeof("3fff")];
};

/**
 * struct answer - What a file says
 * @boot_id:	"": not known, and @uptime is of no meaning
 */
struct answer {
	struct in6_addr addresses[V6_NAMES_ADDRESSES_MAX];
	size_t n;
	int64_t when, uptime;
	char boot_id[V6_KNOWN_BOOT_MAX + 1];
};

static struct slot_name slot_of_name(const char *name)
{
	struct slot_name slot;
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	snprintf(slot.s, sizeof(slot.s), "%04x", (h ^ h >> 16) % V6_KNOWN_MAX);
	return slot;
}

static int parse_time(const char *text, int64_t *ret_when)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > TIME_DIGITS || text[n])
		return -EBADMSG;
	*ret_when = strtoll(text, NULL, 10);
	return 0;
}

/* parse_when() - the second line, which is taken to pieces */
static int parse_when(char *line, struct answer *answer)
{
	char *rest = line;
	const char *when = strsep(&rest, " "), *uptime = strsep(&rest, " ");

	if (parse_time(when, &answer->when) < 0)
		return -EBADMSG;
	if (!uptime)
		return 0;
	if (parse_time(uptime, &answer->uptime) < 0 || !rest || !*rest ||
	    strlen(rest) > V6_KNOWN_BOOT_MAX || strchr(rest, ' '))
		return -EBADMSG;
	strcpy(answer->boot_id, rest);
	return 0;
}

/* parse_answer() - @text of @size bytes, which is taken to pieces */
static int parse_answer(char *text, size_t size, const char *name, struct answer *ret_answer)
{
	struct answer answer = {.n = 0};
	char *line, *rest = text;

	/* the last line is whole */
	if (strlen(text) != size || size == 0 || text[size - 1] != '\n')
		return -EBADMSG;
	text[size - 1] = '\0';

	if (strcmp(strsep(&rest, "\n"), name) != 0)
		return -ENOENT;
	line = strsep(&rest, "\n");
	if (!line || parse_when(line, &answer) < 0 || !rest)
		return -EBADMSG;
	while ((line = strsep(&rest, "\n")))
		if (answer.n == V6_NAMES_ADDRESSES_MAX ||
		    v6_address_parse(line, &answer.addresses[answer.n++]) < 0)
			return -EBADMSG;
	*ret_answer = answer;
	return 0;
}

/* is_damage() - whether a file is not one of ours, so that it is as good as none */
static bool is_damage(int code)
{
	return code == -EBADMSG || code == -E2BIG || code == -ELOOP || code == -EISDIR;
}

static int load_answer(const struct v6_known *known, const char *name, struct answer *ret_answer)
{
	auto_free char *text = NULL;
	size_t size;
	int ret = v6_file_read_at(known->dir, slot_of_name(name).s, SIZE_MAX_KEPT, &text, &size);

	if (ret == 0)
		ret = parse_answer(text, size, name, ret_answer);
	return is_damage(ret) ? -ENOENT : ret;
}

/* is_same_answer() - servers turn the order; no address is there twice */
static bool is_same_answer(const struct answer *answer, const struct in6_addr *addresses, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!v6_address_is_in(answer->addresses, answer->n, &addresses[i]))
			return false;
	return n == answer->n;
}

/* take_turn() - one writer at a time: they share temporary names, and a mixture of two files might
 * read as one
 */
static int take_turn(const struct v6_known *known, int *ret_turn)
{
	auto_fd int fd = openat(known->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t deadline = v6_now_ms() + TURN_MS;
	int ret = fd < 0 ? -errno : v6_lock_try(fd);

	for (; ret == -EWOULDBLOCK && v6_now_ms() < deadline; ret = v6_lock_try(fd))
		poll(NULL, 0, PAUSE_MS);
	if (ret < 0)
		return ret == -EWOULDBLOCK ? -ETIMEDOUT : ret;
	*ret_turn = v6_steal_fd(&fd);
	return 0;
}

static int store_answer(const struct v6_known *known, const char *name,
			const struct in6_addr *addresses, size_t n)
{
	char text[SIZE_MAX_KEPT + 1];
	size_t i, used;
	auto_fd int turn = -1;
	int ret = take_turn(known, &turn);

	if (ret < 0)
		return ret;
	used = (size_t)snprintf(text, sizeof(text), "%s\n%" PRId64 " %" PRId64 " %s\n", name,
				known->now, known->uptime, known->boot_id);
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n",
					 V6_TEXT(&addresses[i]));
	return v6_file_replace_at(known->dir, slot_of_name(name).s, text, used);
}

static int64_t age_of(const struct v6_known *known, const struct answer *answer)
{
	if (*answer->boot_id && strcmp(known->boot_id, answer->boot_id) == 0)
		return known->uptime - answer->uptime;
	return known->now - answer->when;
}

int v6_known_keep(const struct v6_known *known, const char *name, const struct in6_addr *addresses,
		  size_t n)
{
	struct answer kept;
	int64_t age;

	if (strlen(name) > V6_NAME_MAX || n == 0 || n > V6_NAMES_ADDRESSES_MAX || known->now < 0)
		return -EINVAL;
	if (load_answer(known, name, &kept) == 0 && is_same_answer(&kept, addresses, n)) {
		age = age_of(known, &kept);
		if (age >= 0 && age <= known->age_max / WRITES_PER_AGE)
			return 0;
	}
	return store_answer(known, name, addresses, n);
}

int v6_known_find(const struct v6_known *known, const char *name, struct in6_addr *ret_addresses,
		  size_t *ret_n, int64_t *ret_age)
{
	struct answer kept;
	int64_t age;
	int ret = load_answer(known, name, &kept);

	if (ret < 0)
		return ret;
	age = age_of(known, &kept);
	if (age < 0 || age > known->age_max)
		return -ESTALE;
	memcpy(ret_addresses, kept.addresses, kept.n * sizeof(*ret_addresses));
	*ret_n = kept.n;
	*ret_age = age;
	return 0;
}

int v6_known_drop(const struct v6_known *known, const char *name)
{
	struct answer kept;
	auto_fd int turn = -1;
	int ret = load_answer(known, name, &kept);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	ret = take_turn(known, &turn);
	if (ret < 0)
		return ret;
	/* by now the file may be another name's */
	ret = load_answer(known, name, &kept);
	if (ret == 0 && unlinkat(known->dir, slot_of_name(name).s, 0) < 0)
		ret = -errno;
	return ret == -ENOENT ? 0 : ret;
}
