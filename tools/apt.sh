# SPDX-License-Identifier: Apache-2.0
# Sourced by run and tools/fetch_*.sh: installing what a command needs, and saying so.

source "$(dirname "${BASH_SOURCE[0]}")/progress.sh"

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        echo "this needs root, and there is no sudo: $*" >&2
        return 1
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@" # nobody is there to type a password: fail rather than wait
    fi
}

# apt drops root for downloads, and then could not write into a folder that only root may enter.
download_options=()
[ "$(id -u)" != 0 ] || download_options=(-o APT::Sandbox::User=root)

# without_network LOG: one sentence when LOG says that no mirror could be reached.
without_network() {
    grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Cannot initiate the connection|Connection timed out|Network is unreachable' "$1" || return 0
    echo "Debian's mirror cannot be reached: is there a network? What apt said is in $1." >&2
}

# Once a process: the lists do not change between two packages.
apt_update() {
    [ -z "${isthmus_apt_updated:-}" ] || return 0
    echo "apt-get update" >&2
    mkdir -p build/logs
    # apt-get calls it a success when a mirror did not answer: what is missing then is said by who needs it.
    as_root apt-get update -q=2 >build/logs/apt-update.log 2>&1 || {
        tail -n 5 build/logs/apt-update.log >&2
        without_network build/logs/apt-update.log
        return 1
    }
    isthmus_apt_updated=yes
}

# need_packages NAME...: installs those that are missing.
need_packages() {
    local installed missing=() name log=build/logs/apt.log
    installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for name in "$@"; do
        [[ "$installed" == *" installed:$name "* ]] || missing+=("$name")
        installed+=" installed:$name " # a name given twice is missing once
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing: ${missing[*]}" >&2
    apt_update
    mkdir -p build/logs
    # "Need to get 52.3 MB of archives. After this operation, 210 MB of additional disk space will be used."
    LC_ALL=C apt-get install --assume-no --no-install-recommends "${missing[@]}" 2>/dev/null </dev/null |
        grep -E '^(Need to get|After this operation)' | tr '\n' ' ' >&2 || true
    echo >&2
    with_progress "$log" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q=2 -y \
        --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" || {
        echo >&2
        tail -n 5 "$log" >&2
        without_network "$log"
        return 1
    }
    echo
}

need_foreign_architecture() {
    if ! dpkg --print-foreign-architectures | grep -qx "$1"; then
        echo "adding architecture $1 to dpkg, so that its packages can be downloaded" >&2
        as_root dpkg --add-architecture "$1"
        isthmus_apt_updated=
        apt_update
    fi
}
