# SPDX-License-Identifier: Apache-2.0
"""What the console's lines look like: the one place that knows."""
import re

# "linux-a| text": a guest's line stands under the guest's name.
GUEST_LINE = re.compile(r"^(?P<guest>[^|\s]+)\| ?(?P<text>.*)$")
# Isthmus's own lines stand under "isthmus| ".
SUMMARY = re.compile(r"\bsummary\b", re.IGNORECASE)
FINDING = re.compile(r"(?P<severity>error|warning)\[(?P<rule>[a-z0-9-]+)\] (?P<rest>.*)$")


# Ends a piece of a line that is written again as a whole, because another writer came between.
BROKEN_OFF = re.compile(r"\x1b\[0K[\r\n]*$")


def clean(line: str) -> str:
    """Without carriage returns and terminal control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).replace("\r", "").rstrip("\n")


def guest_line(line: str) -> tuple[str, str] | None:
    """Guest name (or "isthmus") and text; nothing for a line under no name."""
    match = GUEST_LINE.match(clean(line))
    return (match["guest"], match["text"]) if match else None


def whole_lines(lines: list[str]) -> list[str]:
    """Cleaned, without the pieces of lines that are written again as a whole."""
    return [clean(line) for line in lines if not BROKEN_OFF.search(line)]


def guest_texts(lines: list[str], guest: str) -> list[str]:
    parsed = map(guest_line, lines)
    return [found[1] for found in parsed if found and found[0] == guest]


def findings(lines: list[str]) -> list[tuple[str, str]]:
    """Rule name and what follows, for every finding."""
    found = (FINDING.search(clean(line)) for line in lines)
    return [(match["rule"], match["rest"]) for match in found if match]
