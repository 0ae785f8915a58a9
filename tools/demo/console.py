# SPDX-License-Identifier: Apache-2.0
"""What the console's lines look like (docs/console.md): the one place that knows."""
import re

# "linux-a| text": a guest's line stands under the guest's name; "linux-a|+text" is the rest of one that was cut.
GUEST_LINE = re.compile(r"^(?P<guest>[^|\s]+)\|(?:(?P<rest>\+)| |$)(?P<text>.*)$")
# Isthmus's own lines stand under "isthmus| ".
SUMMARY = re.compile(r"\bsummary\b", re.IGNORECASE)
FINDING = re.compile(r"(?P<severity>error|warning)\[(?P<rule>[a-z0-9-]+)\] (?P<rest>.*)$")


# Ends what is written again as a whole: because another writer came between (a line end follows), or because
# the guest has edited its line (a CR alone follows, and the line in its new form).
BROKEN_OFF = "\x1b[0K"
BYTE = re.compile(r"<([0-9a-f]{2})>")


def clean(line: str) -> str:
    """Without carriage returns, terminal control sequences, and steps back to where the cursor is left."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).replace("\r", "").replace("\b", "").rstrip("\n")


def decoded(text: str) -> bytes:
    """A guest's text as it sent it (or edited it), from the form in which the console shows it."""
    return b"".join(bytes([int(part, 16)]) if is_byte else part.encode()
                    for is_byte, part in zip(_alternately(), BYTE.split(text)))


def _alternately():
    while True:
        yield False
        yield True


def guest_line(line: str) -> tuple[str, str] | None:
    """Guest name (or "isthmus") and text; nothing for a line under no name."""
    match = GUEST_LINE.match(clean(line))
    return (match["guest"], match["text"]) if match else None


def last_form(line: str) -> str:
    """Of a line that its guest has edited, what stands there in the end."""
    return re.split("\x1b\\[0K\r+", line.rstrip("\r\n"))[-1]


def whole_lines(lines: list[str]) -> list[str]:
    """Cleaned, without what is written again as a whole."""
    return [clean(line) for line in map(last_form, lines) if not line.endswith(BROKEN_OFF)]


def seen_lines(lines: list[str]) -> list[str]:
    """Cleaned, with the pieces that are written again as a whole only once their guest goes on."""
    return [clean(line) for line in map(last_form, lines)]


def guest_texts(lines: list[str], guest: str) -> list[str]:
    """A guest's lines; one that was cut is one line again."""
    texts = []
    for line in lines:
        match = GUEST_LINE.match(clean(line))
        if match and match["guest"] == guest:
            if match["rest"] and texts:
                texts[-1] += match["text"]
            else:
                texts.append(match["text"])
    return texts


def findings(lines: list[str]) -> list[tuple[str, str]]:
    """Rule name and what follows, for every finding."""
    found = (FINDING.search(clean(line)) for line in lines)
    return [(match["rule"], match["rest"]) for match in found if match]
