/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may claim which service addresses and ports. */
#ifndef V6_POLICY_POLICY_H
#define V6_POLICY_POLICY_H

#include "policy/subject.h"

/**
 * v6_policy_check_container() - Whether this container may claim anything at all
 * @config:	The administrator's rules, if there are any
 * @subject:	Who asks
 * @name:	What the request calls its first address, for the rule that a refusal offers
 * @maps:	Service ports, @n_maps of them, too
 * @err:	NULL, or filled in on failure only
 *
 * Without rules, whoever runs containers as root on this host may; somebody with rights only in a
 * Kubernetes cluster may not, since an annotation would let him take any address of the node's
 * link. He may by a rule that names his engine or his namespace. Likewise users other than root,
 * by a rule that names them or a group of theirs.
 *
 * Return: 0 or -EPERM
 */
int v6_policy_check_container(const struct v6_config *config, const struct v6_subject *subject,
			      const char *name, const struct v6_port_map *maps, size_t n_maps,
			      struct v6_error *err);

/**
 * v6_policy_check_claims() - Whether it may have these ports of a service address
 * @config:	As above
 * @subject:	As above
 * @name:	What the request calls the address
 * @address:	The service address
 * @maps:	Service ports, @n_maps of them; each port is a claim of its own
 * @err:	NULL, or filled in on failure only; names the first port that no rule allows
 *
 * A rule allows a claim when all of its members match; the first rule that does is enough.
 *
 * Return: 0 or -EPERM
 */
int v6_policy_check_claims(const struct v6_config *config, const struct v6_subject *subject,
			   const char *name, const struct in6_addr *address,
			   const struct v6_port_map *maps, size_t n_maps, struct v6_error *err);

/**
 * v6_policy_check_egress() - Check whether it may leave by a service address that it may claim
 * @config:	As above
 * @subject:	As above
 * @name:	What the request calls the address
 * @address:	The service address
 * @err:	NULL, or filled in on failure only
 *
 * Others may trust the address. Whoever runs containers as root on this host may; pods and users
 * by a rule with "egress" alone.
 *
 * Return: 0 or -EPERM
 */
int v6_policy_check_egress(const struct v6_config *config, const struct v6_subject *subject,
			   const char *name, const struct in6_addr *address, struct v6_error *err);

/**
 * v6_policy_clients() - Which clients the rules let reach ports that a container may have
 * @maps:	Service ports, @n_maps of them, which v6_policy_check_claims() has let pass
 * @ret_rule:	The rule whose "from" lists them, the first one that allows the ports; NULL: it has
 *		none, or there are no rules
 * @err:	NULL, or filled in on failure only
 *
 * The others are as there.
 *
 * Return: 0, or -EPERM (for some ports these are others than for the rest)
 */
int v6_policy_clients(const struct v6_config *config, const struct v6_subject *subject,
		      const char *name, const struct in6_addr *address,
		      const struct v6_port_map *maps, size_t n_maps,
		      const struct v6_rule **ret_rule, struct v6_error *err);

#endif
