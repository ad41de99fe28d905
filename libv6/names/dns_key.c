/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read keys of TSIG (RFC 8945) in the two forms that servers' own tools write. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "names/dns_key.h"
#include "names/name.h"

#define KEY_FILE_MAX 4096

/* What stands between the words of both forms */
#define BETWEEN " \t\r\n\":;{}"

/* struct word - a word of the text, not terminated */
struct word {
	const char *at;
	size_t size;
};

/* next_key_word() - Return: whether there is another one; comments of both forms are passed over */
static bool next_key_word(const char **cursor, struct word *ret_word)
{
	const char *at = *cursor;

	for (;;) {
		at += strspn(at, BETWEEN);
		if (*at == '#' || strncmp(at, "//", 2) == 0)
			at += strcspn(at, "\n");
		else
			break;
	}
	ret_word->at = at;
	ret_word->size = strcspn(at, BETWEEN);
	*cursor = at + ret_word->size;
	return ret_word->size > 0;
}

static bool is_word(const struct word *word, const char *text)
{
	return word->size == strlen(text) && strncasecmp(word->at, text, word->size) == 0;
}

/* value_of_digit() - RFC 4648 section 4. Return: 0 to 63, or -1: it is none */
static int value_of_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *digit = c ? strchr(digits, c) : NULL;

	return digit ? (int)(digit - digits) : -1;
}

static int parse_secret(const struct word *word, struct v6_dns_key *key, struct v6_error *err)
{
	size_t i, size = word->size, n = 0;
	uint32_t bits = 0;
	int value;

	while (size > 0 && word->size - size < 2 && word->at[size - 1] == '=')
		size--;
	for (i = 0; i < size; i++) {
		value = value_of_digit(word->at[i]);
		if (value < 0 || n == sizeof(key->secret))
			return v6_fail(err, -EINVAL,
				       "its secret is not base64, or of more than %d bytes",
				       V6_DNS_SECRET_MAX);
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 > 0)
			key->secret[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	if (n < V6_DNS_SECRET_MIN)
		return v6_fail(err, -EINVAL,
			       "its secret is too short; make one by tsig-keygen or keymgr -t");
	key->size = n;
	return 0;
}

static int parse_key_name(const struct word *word, struct v6_dns_key *key, struct v6_error *err)
{
	size_t i;

	if (*key->name)
		return v6_fail(err, -EINVAL, "it has more than one key; keep one");
	if (word->size > V6_NAME_MAX)
		return v6_fail(err, -EINVAL, "the key's name is too long");
	memcpy(key->name, word->at, word->size);
	key->name[word->size] = '\0';
	if (v6_name_check(key->name, NULL) < 0)
		return v6_fail(err, -EINVAL, "the key's name is not a DNS name");
	for (i = 0; key->name[i]; i++)
		key->name[i] = (char)tolower((unsigned char)key->name[i]);
	if (key->name[i - 1] == '.')
		key->name[i - 1] = '\0';
	return 0;
}

/* parse_pair() - a word and what follows it; "key" alone begins the list, "- id" its item */
static int parse_pair(const struct word *word, const char **cursor, struct v6_dns_key *key,
		      bool *has_algorithm, struct v6_error *err)
{
	struct word value;
	const char *ahead = *cursor;

	if (is_word(word, "-") || !next_key_word(&ahead, &value) || is_word(&value, "-"))
		return 0;
	*cursor = ahead;
	if (is_word(word, "key") || is_word(word, "id"))
		return parse_key_name(&value, key, err);
	if (is_word(word, "secret"))
		return parse_secret(&value, key, err);
	if (!is_word(word, "algorithm"))
		return v6_fail(
			err, -EINVAL,
			"it is not what tsig-keygen prints, nor keymgr -t; make one by either");
	*has_algorithm = is_word(&value, "hmac-sha256") || is_word(&value, "hmac-sha256.");
	return *has_algorithm ? 0
			      : v6_fail(err, -EINVAL,
					"its algorithm is not hmac-sha256; make another key");
}

int v6_dns_key_parse(const char *text, struct v6_dns_key *ret_key, struct v6_error *err)
{
	struct v6_dns_key key = {.size = 0};
	bool has_algorithm = false;
	struct word word;
	int ret = 0;

	while (ret == 0 && next_key_word(&text, &word))
		ret = parse_pair(&word, &text, &key, &has_algorithm, err);
	if (ret == 0 && (!*key.name || key.size == 0 || !has_algorithm))
		ret = v6_fail(
			err, -EINVAL,
			"it lacks the name, algorithm or secret of a key; make one by tsig-keygen or keymgr -t");
	if (ret == 0)
		*ret_key = key;
	explicit_bzero(&key, sizeof(key));
	return ret;
}

int v6_dns_key_load(const char *path, struct v6_dns_key *ret_key, struct v6_error *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;
	size_t size;
	int ret;

	if (fd < 0)
		return v6_fail(err, -errno, "%s: cannot open it: %s", path, v6_strerror(errno));
	ret = v6_file_check_root(fd, 027,
				 "others than root may read or write the key; chmod 600 it", err);
	if (ret == 0) {
		ret = v6_file_read(fd, KEY_FILE_MAX, &text, &size);
		if (ret < 0)
			v6_fail(err, ret, "cannot read it: %s", v6_strerror(ret));
	}
	if (ret == 0)
		ret = v6_dns_key_parse(text, ret_key, err);
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	return ret < 0 ? v6_context(err, ret, "%s", path) : 0;
}
