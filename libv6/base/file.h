/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files read and replaced whole. */
#ifndef V6_BASE_FILE_H
#define V6_BASE_FILE_H

#include <stddef.h>
#include <sys/stat.h>

#include <libv6/base.h>

/* A file of so few bytes comes in one piece: a read that is short is the last one, which saves a
 * system call
 */
#define V6_FILE_PIECE_MAX 1024

/**
 * v6_file_read() - Read up to the end
 * @fd:		Where from; a pipe may do
 * @max:	More than this many bytes is -E2BIG
 * @ret_text:	Set on success, with a NUL behind; free()
 * @ret_size:	Bytes without the NUL
 *
 * Return: 0, -E2BIG, -ENOMEM or another negative errno
 */
int v6_file_read(int fd, size_t max, char **ret_text, size_t *ret_size);

/**
 * v6_file_read_at() - As v6_file_read(), of a file in a directory; symbolic links are refused
 *
 * Return: 0, -ENOENT, -ELOOP, -E2BIG, -ENOMEM or another negative errno
 */
int v6_file_read_at(int dir, const char *name, size_t max, char **ret_text, size_t *ret_size);

/**
 * v6_file_check_root() - Check that a file is regular, and root's alone
 * @fd:		It
 * @refused:	Permissions that it must not have
 * @refusal:	Said if it has any: "what that lets others do; what to do about it"
 * @err:	NULL, or filled in on failure only
 *
 * Return: 0, -EINVAL, -EPERM or another negative errno
 */
int v6_file_check_root(int fd, mode_t refused, const char *refusal, struct v6_error *err);

/**
 * v6_dir_open_at() - Open a directory, make it (0700) where it is missing; links are refused
 *
 * Return: descriptor, or a negative errno
 */
int v6_dir_open_at(int dir, const char *name);

/**
 * v6_dir_each() - Visit the names in a directory
 * @fd:		Its descriptor, which is closed; or a negative errno, which is returned
 * @visit:	Called with its descriptor and each name but "." and ".."; it may remove that.
 *		Negative ends the visit
 * @data:	Passed to @visit
 *
 * Return: 0, what @visit returned, or a negative errno: not all was seen
 */
int v6_dir_each(int fd, int (*visit)(int dir, const char *name, void *data), void *data);

/**
 * v6_file_replace_at() - Write a file whole; readers see the old text or the new, never a part
 * @dir:	Directory; a temporary name ".NAME" is used in it, whatever stood for that goes
 * @name:	At most 250 bytes; of "BELOW/NAME", the temporary one is "BELOW/.NAME"
 * @text:	@size bytes
 *
 * Return: 0 or a negative errno, with the old file as it was
 */
int v6_file_replace_at(int dir, const char *name, const char *text, size_t size);

/* v6_file_replace_like_at() - the same, with the owner and the permissions of @like; several may do
 * so at the same time, as the temporary name is ".NAME.PID"
 */
int v6_file_replace_like_at(int dir, const char *name, const char *text, size_t size,
			    const struct stat *like);

/* v6_file_forget_at() - remove what a v6_file_replace_at() left that was killed, if it is there */
void v6_file_forget_at(int dir, const char *name);

#endif
