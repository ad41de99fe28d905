/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <iconv.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "kernel/link.h"

/* Memory, where there is such a place: it is written to for each input */
#define SCRATCH "/dev/shm/v6-fuzz.XXXXXX"

static char dir_path[] = SCRATCH;

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* is_utf8() - by libc, not by what is tested */
static bool is_utf8(const char *text)
{
	static iconv_t converter;
	char out[4096], *in = (char *)text, *to;
	size_t in_left = strlen(text), out_left;

	if (!converter)
		converter = iconv_open("UTF-32", "UTF-8");
	iconv(converter, NULL, NULL, NULL, NULL);
	do {
		to = out;
		out_left = sizeof(out);
		if (iconv(converter, &in, &in_left, &to, &out_left) != (size_t)-1)
			return true;
	} while (errno == E2BIG);
	return false;
}

bool fuzz_is_harmless(const char *text)
{
	static const char *const turns[] = {
		"\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
		"\u2066", "\u2067", "\u2068", "\u2069",
	};
	const unsigned char *p = (const unsigned char *)text;
	size_t i;

	for (; *p; p++)
		if (*p < ' ' || *p == 0x7f || (p[0] == 0xc2 && p[1] < 0xa0))
			return false;
	for (i = 0; i < V6_ARRAY_SIZE(turns); i++)
		if (strstr(text, turns[i]))
			return false;
	return is_utf8(text);
}

void fuzz_check(int ret, const struct v6_error *err)
{
	must(ret <= 0);
	if (ret == 0)
		return;
	must(err->code == ret);
	must(*err->text);
	must(strnlen(err->text, sizeof(err->text)) < sizeof(err->text));
	must(fuzz_is_harmless(err->text));
}

void fuzz_check_command(const char *command)
{
	const char *next = command;

	must(fuzz_is_harmless(command) && !strpbrk(command, ";|<>()$`\\\"'*?[]#~!{}\t"));
	for (; (next = strchr(next, '&')); next += 2)
		must(strncmp(next, "&& v6ctl reconcile", 18) == 0 ||
		     strncmp(next, "&& firewall-cmd --permanent ", 28) == 0);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void remove_dir(void)
{
	nftw(dir_path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

struct v6_host *fuzz_host(void)
{
	static struct v6_host host = {
		.dir = -1,
		.lock = -1,
		.dad.fd = -1,
		.netns = 4026531840,
		.boot_id = "11111111-2222-3333-4444-555555555555",
	};

	if (host.dir < 0) {
		must(mkdtemp(dir_path));
		atexit(remove_dir);
		host.dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		must(host.dir >= 0);
	}
	return &host;
}

/* In place of kernel/link.c's, for hosts without a kernel: links are as records have them */
enum v6_link_change __wrap_v6_link_follow(struct v6_nl *nl, int *index, char *name);

enum v6_link_change __wrap_v6_link_follow(struct v6_nl *nl, int *index, char *name)
{
	must(nl && index && name);
	return V6_LINK_SAME;
}

const char *fuzz_dir(void)
{
	fuzz_host();
	return dir_path;
}

void fuzz_write(const char *path, const void *data, size_t size)
{
	const char *slash = strchr(path, '/');
	auto_free char *above = slash ? strndup(path, (size_t)(slash - path)) : NULL;
	int dir = fuzz_host()->dir;
	auto_fd int fd = -1;

	must(!above || mkdirat(dir, above, 0700) == 0 || errno == EEXIST);
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0);
	must(write(fd, data, size) == (ssize_t)size);
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

struct fuzz_input fuzz_piece(struct fuzz_input *input)
{
	size_t size = (size_t)fuzz_byte(input) << 8;
	struct fuzz_input piece = {.data = NULL};

	size |= fuzz_byte(input);
	piece.data = input->data;
	piece.size = size < input->size ? size : input->size;
	input->data += piece.size;
	input->size -= piece.size;
	return piece;
}
