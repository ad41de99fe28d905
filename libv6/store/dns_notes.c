/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes of what was added to DNS: lines with server, zone, key, type, name and address. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "names/name.h"
#include "store/dns_notes.h"
#include "store/run_dir.h"

#define NOTE_MAX (V6_DNS_KEY_PATH_MAX + 2 * V6_NAME_MAX + 2 * INET6_ADDRSTRLEN + 16)

static const char *const types[] = {"AAAA", "PTR"};

struct note_text {
	char s[NOTE_MAX + 1];
};

struct note_name {
	char s[2 * V6_SHA256_SIZE + 1];
};

static struct note_text text_of_note(const struct v6_dns_note *note)
{
	struct note_text text;

	snprintf(text.s, sizeof(text.s), "%s\n%s\n%s\n%s\n%s\n%s\n", V6_TEXT(&note->place.server),
		 note->place.zone, note->place.key, types[note->entry.reverse], note->entry.name,
		 V6_TEXT(&note->entry.address));
	return text;
}

/* name_of_note() - a digest, as names may be longer than a file's */
static struct note_name name_of_note(const struct note_text *text)
{
	uint8_t digest[V6_SHA256_SIZE];
	struct note_name name;
	size_t i;

	v6_sha256(text->s, strlen(text->s), digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(name.s + 2 * i, 3, "%02x", digest[i]);
	return name;
}

/* take_text() - the next line, if it fits into @size bytes. Return: whether it does */
static bool take_text(char **rest, char *ret_text, size_t size)
{
	const char *line = strsep(rest, "\n");

	if (!line || !*line || strlen(line) >= size)
		return false;
	memcpy(ret_text, line, strlen(line) + 1);
	return true;
}

static bool take_address(char **rest, struct in6_addr *ret_address)
{
	char text[INET6_ADDRSTRLEN];

	return take_text(rest, text, sizeof(text)) && v6_address_parse(text, ret_address) == 0;
}

int v6_dns_note_parse(char *text, struct v6_dns_note *ret_note)
{
	struct v6_dns_note note = {.entry = {.reverse = false}};
	char *rest = text, type[sizeof("AAAA")];

	if (!take_address(&rest, &note.place.server) ||
	    !take_text(&rest, note.place.zone, sizeof(note.place.zone)) ||
	    !take_text(&rest, note.place.key, sizeof(note.place.key)) ||
	    !take_text(&rest, type, sizeof(type)) ||
	    !take_text(&rest, note.entry.name, sizeof(note.entry.name)) ||
	    !take_address(&rest, &note.entry.address) || !rest || *rest ||
	    v6_name_check(note.place.zone, NULL) < 0 || v6_name_check(note.entry.name, NULL) < 0)
		return -EBADMSG;
	note.entry.reverse = strcmp(type, types[1]) == 0;
	if (!note.entry.reverse && strcmp(type, types[0]) != 0)
		return -EBADMSG;
	*ret_note = note;
	return 0;
}

static int open_notes(int *ret_dir, struct v6_error *err)
{
	auto_fd int parent = -1;
	int ret = v6_run_dir_open(V6_STATE_DIR, &parent, err);

	return ret < 0 ? ret : v6_run_dir_open(V6_DNS_NOTES_DIR, ret_dir, err);
}

int v6_dns_note_write(const struct v6_dns_note *note, struct v6_error *err)
{
	struct note_text text = text_of_note(note);
	auto_fd int dir = -1;
	int ret = open_notes(&dir, err);

	if (ret < 0)
		return ret;
	ret = v6_file_replace_at(dir, name_of_note(&text).s, text.s, strlen(text.s));
	return ret < 0 ? v6_fail(err, ret, V6_DNS_NOTES_DIR ": cannot write there: %s",
				 v6_strerror(ret))
		       : 0;
}

int v6_dns_note_has(const struct v6_dns_note *note)
{
	struct note_text text = text_of_note(note);
	auto_fd int dir = -1;
	int ret = v6_run_dir_find(V6_DNS_NOTES_DIR, &dir, NULL);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	if (faccessat(dir, name_of_note(&text).s, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return 1;
}

int v6_dns_note_drop(const struct v6_dns_note *note, struct v6_error *err)
{
	struct note_text text = text_of_note(note);
	auto_fd int dir = -1;
	int ret = v6_run_dir_find(V6_DNS_NOTES_DIR, &dir, err);

	if (ret == 0 && unlinkat(dir, name_of_note(&text).s, 0) < 0)
		ret = v6_fail(err, -errno, V6_DNS_NOTES_DIR ": cannot remove a note: %s",
			      v6_strerror(errno));
	return ret == -ENOENT ? 0 : ret;
}

/* struct notes_visit - one call of v6_dns_notes_each() */
struct notes_visit {
	int (*visit)(const struct v6_dns_note *note, void *data);
	void *data;
};

/* visit_note() - what a killed writer left has another name than its text, and goes */
static int visit_note(int dir, const char *name, void *data)
{
	const struct notes_visit *visit = data;
	auto_free char *text = NULL;
	struct v6_dns_note note;
	struct note_text again;
	size_t size;

	if (*name == '.')
		unlinkat(dir, name, 0);
	if (*name == '.' || v6_file_read_at(dir, name, NOTE_MAX, &text, &size) < 0 ||
	    strlen(text) != size || v6_dns_note_parse(text, &note) < 0)
		return 0;
	again = text_of_note(&note);
	return strcmp(name, name_of_note(&again).s) == 0 ? visit->visit(&note, visit->data) : 0;
}

int v6_dns_notes_each(int (*visit)(const struct v6_dns_note *note, void *data), void *data)
{
	struct notes_visit one = {visit, data};
	int dir, ret = v6_run_dir_find(V6_DNS_NOTES_DIR, &dir, NULL);

	if (ret < 0)
		return ret == -ENOENT ? 0 : ret;
	return v6_dir_each(dir, visit_note, &one);
}
