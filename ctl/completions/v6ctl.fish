# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for v6ctl; the program tells what there is

function __v6ctl_command
	for word in (commandline -opc)[2..-1]
		if not string match -q -- '-*' $word
			echo $word
			return
		end
	end
	return 1
end

function __v6ctl_commands
	v6ctl --complete-table 2>/dev/null | awk -F \t '$1 == "command" { print $2 "\t" $4 }'
end

function __v6ctl_options
	set -l command (__v6ctl_command; or echo list)
	v6ctl --complete-table 2>/dev/null | awk -F \t -v command=$command '
		$1 == "option" && $2 == command {
			print $3 "\t" $6
			if ($4 != "-") print "-" $4 "\t" $6
		}'
	echo --help\thow it is called
end

# What the word before the cursor wants as a value, or else the command as operands
function __v6ctl_wanted
	set -l words (commandline -opc)
	v6ctl --complete-table 2>/dev/null | awk -F \t -v command=(__v6ctl_command) -v option=$words[-1] '
		$1 == "option" && $2 == command && ($3 == option || "-" $4 == option) { value = $5 }
		$1 == "command" && $2 == command { operands = $3 }
		END { print value != "" && value != "-" ? value : operands }'
end

function __v6ctl_values
	switch (__v6ctl_wanted)
		case '*NAME*'
			v6ctl list --tsv 2>/dev/null | awk -F \t '{ print $1 "\t" $2; print substr($6, 1, 12) "\t" $1 }'
		case ID
			v6ctl list --tsv 2>/dev/null | awk -F \t '{ print $6 "\t" $1 }'
		case LINK
			command ls /sys/class/net
		case '*FILE*'
			__fish_complete_path (commandline -ct)
			command ls /run/netns 2>/dev/null
		case ENGINE
			printf '%s\n' podman cri-o containerd lxc unknown
	end
end

complete -c v6ctl -f
complete -c v6ctl -n 'not __v6ctl_command >/dev/null' -a '(__v6ctl_commands)'
complete -c v6ctl -n '__v6ctl_command >/dev/null' -a '(__v6ctl_values)'
complete -c v6ctl -n 'string match -q -- "-*" (commandline -ct)' -a '(__v6ctl_options)'
