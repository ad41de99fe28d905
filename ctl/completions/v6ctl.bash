# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for v6ctl; the program tells what there is

# Words of the table: $1 is "command", or "option" and $2 its command
_v6ctl_words() {
	v6ctl --complete-table 2>/dev/null | awk -F '\t' -v kind="$1" -v command="${2-}" '
		$1 == kind && kind == "command" { print $2 }
		$1 == kind && kind == "option" && $2 == command {
			print $3
			if ($4 != "-") print "-" $4
		}'
}

# What an option's value is called, or "-"; $1 is its command, $2 the option
_v6ctl_value() {
	v6ctl --complete-table 2>/dev/null | awk -F '\t' -v command="$1" -v option="$2" '
		$1 == "option" && $2 == command && ($3 == option || "-" $4 == option) { print $5 }'
}

# Words for a value or an operand that is called $1. compgen expands them, so that they have to be
# plain: ids and names may be anybody's
_v6ctl_values() {
	_v6ctl_any_values "$1" | grep -xE '[A-Za-z0-9_.:-]+' | sort -u
}

_v6ctl_any_values() {
	case $1 in
	*NAME*) v6ctl list --tsv 2>/dev/null | awk -F '\t' '{ print $1; print substr($6, 1, 12) }' ;;
	ID) v6ctl list --tsv 2>/dev/null | cut -f 6 ;;
	LINK) command ls /sys/class/net ;;
	FILE) command ls /run/netns 2>/dev/null ;;
	ENGINE) printf '%s\n' podman cri-o containerd lxc unknown ;;
	esac
}

_v6ctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' value i

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || { command=${COMP_WORDS[i]}; break; }
	done
	value=$(_v6ctl_value "${command:-list}" "$previous")
	if [[ -n $value && $value != - ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_v6ctl_values "$value")" -- "$cur")
		[[ $value != *FILE* ]] || compopt -o default
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_v6ctl_words option "${command:-list}") --help
			${command:---version}" -- "$cur")
	elif [[ -z $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_v6ctl_words command)" -- "$cur")
	else
		value=$(v6ctl --complete-table 2>/dev/null |
			awk -F '\t' -v command="$command" '$1 == "command" && $2 == command { print $3 }')
		mapfile -t COMPREPLY < <(compgen -W "$(_v6ctl_values "$value")" -- "$cur")
		[[ $value != *FILE* ]] || compopt -o default
	fi
}

complete -F _v6ctl v6ctl
