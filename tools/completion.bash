# SPDX-License-Identifier: Apache-2.0
# Completion for bash: source this file, or install it as bash-completion's completions/isthmus.
# shellcheck shell=bash

_isthmus() {
    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}"
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "check plan tree diff report explain convert make version help --help --version" -- "$word")
        return
    fi
    case "$before" in
        --domain | --image | --tree | --set) return ;;
        -o | --module | --board)
            compopt -o default
            return
            ;;
    esac
    if [[ "$word" == -* ]]; then
        local options="--help" plans=" --image --tree --module"
        case "${COMP_WORDS[1]}" in
            check) options+="$plans --json --strict" ;;
            plan) options+="$plans --json --strict --domain" ;;
            tree) options+="$plans --domain -o" ;;
            diff) options+="$plans --json" ;;
            report) options+="$plans -o" ;;
            explain) options+=" --json" ;;
            convert) options+=" -o" ;;
            make) options+=" -o --board --set --digests --medium" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    if [ "${COMP_WORDS[1]}" = explain ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" explain 2>/dev/null | cut -d ' ' -f 1)" -- "$word")
        return
    fi
    compopt -o default
}
complete -F _isthmus isthmus
