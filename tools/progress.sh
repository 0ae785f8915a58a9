# SPDX-License-Identifier: Apache-2.0
# Sourced by run and tools/apt.sh: showing that something long goes on, and how far it has come.

progress_interval=4 # seconds

# How far a log of ninja ("[12/353] ...") or of CTest ("  12/353 Test #12 ...") has come; nothing when
# it does not say.
progress_in() {
    tail -c 4000 "$1" 2>/dev/null | tr -d '\0' |
        grep -oE '^\[[0-9]+/[0-9]+\]|^ *[0-9]+/[0-9]+ Test' | tail -n 1 | grep -oE '[0-9]+/[0-9]+' || true
}

# Prints behind what stands on the line: on a terminal one figure that changes, else one after the
# other, and a point when nothing has changed. Until it is killed, or the script is gone.
show_progress() {
    local log="$1" count last= shown=
    while sleep "$progress_interval" && kill -0 "$$" 2>/dev/null; do
        count="$(progress_in "$log")"
        if [ -t 1 ]; then
            printf '%s' "${shown//?/$'\b'}"
            shown=" [$count] $SECONDS s"
            printf '%s' "$shown"
        elif [ -n "$count" ] && [ "$count" != "$last" ]; then
            printf ' [%s]' "$count"
            last="$count"
        else
            printf '.'
        fi
    done
}

# with_progress LOG COMMAND...: runs it with all that it prints in LOG. Its exit status.
with_progress() {
    local log="$1" watcher status=0
    shift
    : >"$log"
    show_progress "$log" &
    watcher=$!
    "$@" >"$log" 2>&1 || status=$?
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    return "$status"
}
