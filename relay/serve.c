/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay's loop: who knocks, what can be moved, whether all is over. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "doors.h"
#include "say.h"
#include "serve.h"

#define EVENTS_MAX 256
/* Connections that are accepted by one door before those that are there have their turn */
#define ACCEPTS_MAX 64
#define DEAF_MS	    100

/* The least that a buffer is limited to: below, the kernel has limits of its own */
#define SHARE_MIN 4096

/* So many connections at a time change nothing any more, having been there once */
#define MOST_FEW 16

/* What epoll_event.data says: one of these and, in the lower half, which door, or which connection
 * and end
 */
enum {
	WHAT_CONNECTION,
	WHAT_DOOR,
	WHAT_LIFE,
	WHAT_BELL,
};

static int wait_for(const struct serving *s, int op, int fd, uint32_t events, unsigned int what,
		    unsigned int which)
{
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)what << 32 | which};

	return epoll_ctl(s->epoll, op, fd, &event) < 0 ? -errno : 0;
}

/* wait_for_end() - edges only: what is not moved at once is remembered */
static int wait_for_end(const struct serving *s, const struct connection *c, int end)
{
	return wait_for(s, EPOLL_CTL_ADD, c->ends[end].fd,
			EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, WHAT_CONNECTION,
			(unsigned int)(c - s->places) * 2 + (unsigned int)end);
}

/* say_seldom() - what strangers may cause as often as they like */
static void say_seldom(struct serving *s, const char *text)
{
	int64_t now = v6_now_ms();

	if (s->said && now - s->said < SAY_MS)
		return;
	s->said = now;
	relay_say(s->relay, "%s", text);
}

/*
 * Places and buffers
 */

/* set_share() - what each of the four buffers of each connection may be, if there are up to @most:
 * the kernel takes twice as much
 */
static void set_share(struct serving *s, unsigned int most)
{
	s->most = most;
	s->share = s->relay->memory / 8 / most;
	if (s->share < SHARE_MIN)
		s->share = SHARE_MIN;
}

static void limit_buffers(const struct serving *s, const struct connection *c)
{
	if (s->share < door_buffer(s->relay))
		connection_limit(&c->ends[CLIENT], (int)s->share);
	if (c->ends[PROGRAM].fd >= 0)
		connection_limit(&c->ends[PROGRAM], (int)s->share);
}

/* divide_memory() - anew whenever there are twice as many as before, among those, too, that are
 * there. Those that come when there are far fewer get more again
 */
static void divide_memory(struct serving *s)
{
	unsigned int i;

	if (s->most > MOST_FEW && s->n < s->most / 8)
		set_share(s, s->most / 2);
	if (s->n <= s->most)
		return;
	set_share(s, 2 * s->most);
	for (i = 0; i < s->used; i++)
		if (s->places[i].ends[CLIENT].fd >= 0)
			limit_buffers(s, &s->places[i]);
}

static struct connection *take_slot(struct serving *s)
{
	struct connection *c = s->free;

	if (c)
		s->free = c->next;
	else
		c = &s->places[s->used++];
	*c = (struct connection){.ends = {{.fd = -1, .pipe = -1}, {.fd = -1, .pipe = -1}}};
	s->relay->counts->open = ++s->n;
	s->relay->counts->taken++;
	divide_memory(s);
	return c;
}

static void end_connection(struct serving *s, struct connection *c, bool reset)
{
	connection_close(c, &s->pipes, reset);
	c->next = s->free;
	s->free = c;
	s->relay->counts->open = --s->n;
	divide_memory(s);
}

/*
 * Connections
 */

static void note_ready(struct serving *s, struct connection *c)
{
	if (c->is_ready)
		return;
	c->is_ready = true;
	c->next = NULL;
	if (s->ready)
		s->last->next = c;
	else
		s->ready = c;
	s->last = c;
}

/* find_own_ipv4() - the container's IPv4 address, which may be another one by now */
static bool find_own_ipv4(struct serving *s)
{
	struct ifreq request = {.ifr_addr.sa_family = AF_INET};
	const struct sockaddr_in *address = (const void *)&request.ifr_addr;

	memcpy(request.ifr_name, s->relay->link, sizeof(request.ifr_name));
	if (ioctl(s->control, SIOCGIFADDR, &request) < 0) {
		say_seldom(s, "the container has no IPv4 address; clients are refused");
		return false;
	}
	s->own = address->sin_addr;
	return true;
}

/* dial_program() - Return: 1 (it is open), 0 (not yet) or a negative errno: to be reset */
static int dial_program(struct serving *s, struct connection *c)
{
	const struct end *program = &c->ends[PROGRAM];
	int ret;

	if (program->fd >= 0 && !program->writable && !program->readable)
		return 0;
	ret = connection_dial(c, &s->own, (int)s->share);
	if (ret > 0 && s->relay->proxy)
		ret = connection_greet(c, &s->relay->header);
	return ret < 0 ? ret : c->open;
}

static int watch_ends(const struct serving *s, struct connection *c)
{
	int end, ret = 0;

	for (end = CLIENT; end <= PROGRAM && ret == 0; end++) {
		if (!c->ends[end].is_watched)
			ret = wait_for_end(s, c, end);
		c->ends[end].is_watched = true;
	}
	return ret;
}

static void advance(struct serving *s, struct connection *c)
{
	int ret = c->open ? 1 : dial_program(s, c);
	bool is_over;

	if (ret > 0)
		ret = connection_move(c, &s->pipes);
	is_over = ret < 0 || connection_is_over(c);
	if (!is_over && watch_ends(s, c) < 0)
		ret = -EIO;
	if (is_over || ret < 0)
		end_connection(s, c, ret < 0);
	else if (ret > 0)
		note_ready(s, c);
}

/* begin_connection() - what its client has to say is often there already */
static void begin_connection(struct serving *s, const struct relay_door *door, int fd,
			     const struct sockaddr_in6 *from)
{
	struct connection *c = take_slot(s);

	c->door = door;
	c->from = *from;
	c->ends[CLIENT] = (struct end){.fd = fd, .pipe = -1, .readable = true, .writable = true};
	limit_buffers(s, c);
	advance(s, c);
}

/* advance_ready() - each once: what has more to do comes again after others */
static void advance_ready(struct serving *s)
{
	struct connection *c = s->ready, *next;

	s->ready = s->last = NULL;
	for (; c; c = next) {
		next = c->next;
		c->is_ready = false;
		advance(s, c);
	}
}

static void note_edge(struct serving *s, uint32_t events, unsigned int which)
{
	struct connection *c = &s->places[which / 2];
	struct end *end = &c->ends[which % 2];

	end->readable |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	end->writable |= (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
	end->hung |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
	note_ready(s, c);
}

/*
 * Doors
 */

static void listen_again(struct serving *s, bool listens)
{
	size_t i;

	for (i = 0; i < s->relay->n_doors; i++)
		wait_for(s, EPOLL_CTL_MOD, s->relay->doors[i].fd, listens ? EPOLLIN : 0, WHAT_DOOR,
			 (unsigned int)i);
	s->deaf_until = listens ? 0 : v6_now_ms() + DEAF_MS;
}

static void refuse(int fd)
{
	const struct linger at_once = {.l_onoff = 1};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static void let_in(struct serving *s, const struct relay_door *door)
{
	bool has_own = find_own_ipv4(s);
	struct sockaddr_in6 from;
	socklen_t size;
	int i, fd;

	for (i = 0; i < ACCEPTS_MAX; i++) {
		size = sizeof(from);
		fd = accept4(door->fd, (struct sockaddr *)&from, &size,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
			listen_again(s, false);
		if (fd < 0)
			return;
		if (has_own && s->n < s->relay->connections) {
			begin_connection(s, door, fd, &from);
			continue;
		}
		refuse(fd);
		if (!has_own)
			continue;
		s->relay->counts->refused++;
		say_seldom(
			s,
			"it has as many connections as \"relay\" in /etc/oci-v6/config.json lets it have; others are reset");
	}
}

/*
 * The loop
 */

/* is_dismissed() - whether its file has no name any more */
static bool is_dismissed(void)
{
	struct stat st;

	return fstat(RELAY_FD_FILE, &st) < 0 || st.st_nlink == 0;
}

/* begin_draining() - those that are connected stay so for a while, unless nothing tells when the
 * container ends
 */
static void begin_draining(struct serving *s)
{
	if (s->draining_until)
		return;
	doors_close(s->relay);
	s->draining_until = s->relay->has_life ? v6_now_ms() + DRAIN_MS : 1;
}

static bool may_exit(const struct serving *s)
{
	return s->draining_until && (s->n == 0 || v6_now_ms() >= s->draining_until);
}

static int timeout_ms(const struct serving *s)
{
	int64_t until = s->draining_until, left;

	if (s->ready)
		return 0;
	if (s->deaf_until && (!until || s->deaf_until < until))
		until = s->deaf_until;
	if (!until)
		return -1;
	left = until - v6_now_ms();
	return left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

static void hear_bell(struct serving *s)
{
	char rings[64];

	while (read(RELAY_FD_BELL, rings, sizeof(rings)) > 0)
		;
	if (is_dismissed())
		begin_draining(s);
}

/* answer() - those who knock at doors. If the file was removed by hand, nobody rang: they are the
 * last ones
 */
static void answer(struct serving *s, uint64_t knocks)
{
	size_t door;

	for (door = 0; door < s->relay->n_doors; door++)
		if (knocks & UINT64_C(1) << door && s->relay->doors[door].fd >= 0)
			let_in(s, &s->relay->doors[door]);
	if (knocks && is_dismissed())
		begin_draining(s);
}

/* hear() - one event; doors are answered last, as a connection that comes may get the place of one
 * that goes. Return: whether the container has ended
 */
static bool hear(struct serving *s, const struct epoll_event *event, uint64_t *knocks)
{
	unsigned int which = (unsigned int)event->data.u64;

	switch (event->data.u64 >> 32) {
	case WHAT_DOOR:
		*knocks |= UINT64_C(1) << which;
		return false;
	case WHAT_LIFE:
		return true;
	case WHAT_BELL:
		hear_bell(s);
		return false;
	default:
		note_edge(s, event->events, which);
		return false;
	}
}

int serve(struct serving *s)
{
	struct epoll_event events[EVENTS_MAX];
	uint64_t knocks;
	int i, n;

	/* as far as v6d has left it descriptors */
	s->relay->counts->limit = s->relay->connections;
	hear_bell(s);
	while (!may_exit(s)) {
		n = epoll_wait(s->epoll, events, EVENTS_MAX, timeout_ms(s));
		for (i = 0, knocks = 0; i < n; i++)
			if (hear(s, &events[i], &knocks))
				return 0;
		advance_ready(s);
		answer(s, knocks);
		if (s->deaf_until && v6_now_ms() >= s->deaf_until)
			listen_again(s, true);
	}
	return 0;
}

static int wait_for_all(struct serving *s)
{
	int ret = wait_for(s, EPOLL_CTL_ADD, RELAY_FD_BELL, EPOLLIN, WHAT_BELL, 0);
	size_t i;

	if (ret == 0 && s->relay->has_life)
		ret = wait_for(s, EPOLL_CTL_ADD, RELAY_FD_LIFE, EPOLLIN, WHAT_LIFE, 0);
	for (i = 0; i < s->relay->n_doors && ret == 0; i++)
		ret = wait_for(s, EPOLL_CTL_ADD, s->relay->doors[i].fd, EPOLLIN, WHAT_DOOR,
			       (unsigned int)i);
	return ret;
}

int serve_prepare(struct serving *s, struct v6_error *err)
{
	size_t pipes = s->relay->memory / 4 / PIPE_SIZE;
	int ret;

	s->pipes.max = pipes < 1 ? 1 : pipes < PIPES_MAX ? (int)pipes : PIPES_MAX;
	set_share(s, 1);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* pages that no connection has been in yet are none */
	s->places = mmap(NULL, s->relay->connections * sizeof(s->places[0]), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->epoll < 0 || s->control < 0 || s->places == MAP_FAILED)
		return v6_fail(err, -errno, "cannot begin: %s", v6_strerror(errno));
	ret = pipes_prepare(&s->pipes);
	if (ret == 0)
		ret = wait_for_all(s);
	return ret < 0 ? v6_fail(err, ret, "cannot wait for clients: %s", v6_strerror(ret)) : 0;
}
