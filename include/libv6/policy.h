/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the administrator's configuration lets in, in words for people. */
#ifndef LIBV6_POLICY_H
#define LIBV6_POLICY_H

#include <stdbool.h>

#include <libv6/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The administrator's configuration, optional; oci-v6.json(5). */
#define V6_CONFIG_FILE "/etc/oci-v6/config.json"

/**
 * struct v6_rule_words - What one rule of "allow" lets in
 * @who:	Whose containers: "containers of user alice"
 * @what:	What they may claim: "names web*; addresses in 2001:db8::/64; ports 80/tcp"
 *
 * Both are one line each, of any length, without control characters.
 */
struct v6_rule_words {
	char *who;
	char *what;
};

/**
 * struct v6_config_words - What a configuration lets in
 * @present:	There is a file; otherwise the defaults hold
 * @is_default:	It has no "allow"; @rules is what the default policy lets in
 * @root_left_out: No rule is for root's containers outside Kubernetes
 * @rules:	@n_rules of them, in the order of the file
 */
struct v6_config_words {
	bool present;
	bool is_default;
	bool root_left_out;
	struct v6_rule_words *rules;
	size_t n_rules;
};

/**
 * v6_config_explain() - Validate a configuration, and put its rules in words
 * @draft:	NULL: V6_CONFIG_FILE, with its owner and permissions; or another file, which must
 *		exist and may be anybody's
 * @ret_words:	Set on success; release with v6_config_words_release()
 * @err:	NULL, or filled in on failure only; it begins with the file and, if it was read, the
 *		line
 *
 * Return: 0, -EINVAL (its text is wrong), -EPERM (not root's alone) or another negative errno
 */
int v6_config_explain(const char *draft, struct v6_config_words *ret_words, struct v6_error *err);

/* v6_config_words_release() - Free what it owns; one of zeroes is fine */
void v6_config_words_release(struct v6_config_words *words);

#ifdef __cplusplus
}
#endif

#endif
