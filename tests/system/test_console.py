# SPDX-License-Identifier: Apache-2.0
"""One console for all: lines under names, prompts in time, input that moves from guest to guest."""
import random
import re
import struct

import console
from systems import domain, system

SWITCH = "\x01" * 3  # Ctrl-a


def two_prompts(boot, args: str = "on-last-off=poweroff"):
    tree = system(domain("guest-a", "echo", bootargs="name=first"),
                  domain("guest-b", "echo", bootargs="name=second"))
    machine = boot(tree, {"echo": "echo"}, cpus=2, args=args)
    # A prompt has no line end: it must be shown all the same. Either may come first.
    machine.wait(r"(first|second)> ")
    machine.wait(r"(first|second)> ")
    return machine


def test_input_goes_to_the_first_guest(boot):
    machine = two_prompts(boot)
    machine.type("hello\r")
    machine.wait_guest("guest-a", 'echo: got "hello"')
    machine.settle()
    assert 'got "hello"' not in "\n".join(machine.guest("guest-b"))


def test_input_moves_on_and_around(boot):
    machine = two_prompts(boot)
    machine.type("one\r")
    machine.wait_guest("guest-a", 'echo: got "one"')
    machine.type(SWITCH + "two\r")
    machine.wait_guest("guest-b", 'echo: got "two"')
    machine.type(SWITCH)
    machine.wait("input goes to Isthmus itself")
    machine.type(SWITCH + "three\r")
    machine.wait_guest("guest-a", 'echo: got "three"')


def test_two_of_the_key_belong_to_the_guest(boot):
    machine = two_prompts(boot)
    machine.type(SWITCH[:2] + "x\r")
    machine.wait_guest("guest-a", "x\"")
    machine.settle()
    assert not any("got" in line for line in machine.guest("guest-b"))


def test_another_switch_key(boot):
    machine = two_prompts(boot, "on-last-off=poweroff conswitch=b")
    machine.type(SWITCH + "one\r")
    machine.wait_guest("guest-a", 'one"')
    machine.type("\x02" * 3 + "two\r")
    machine.wait_guest("guest-b", 'echo: got "two"')


def test_a_finished_line_is_shown_once(boot):
    machine = two_prompts(boot)
    machine.type("word\r")
    machine.wait_guest("guest-a", 'echo: got "word"')
    machine.settle()
    assert machine.text().count('got "word"') == 1


def test_both_quit_and_the_machine_goes_off(boot):
    machine = two_prompts(boot)
    machine.type("quit\r")
    machine.wait_guest("guest-a", 'echo: got "quit"')
    machine.type(SWITCH + "quit\r")
    assert machine.wait_end() == 0
    assert any('echo: got "quit"' in line for line in machine.guest("guest-b"))


def checksum(data: bytes) -> int:
    """As tests/guests/runtime/checksum.hpp has it."""
    words = len(data) // 8
    total = 0xcbf29ce484222325
    for piece in (*struct.unpack(f"<{words}Q", data[:words * 8]), *data[words * 8:]):
        total = (total ^ piece) * 0x100000001b3 & (1 << 64) - 1
    return (total ^ total >> 32) & 0xffffffff


def test_a_long_paste_beside_a_guest_that_never_stops_talking(boot):
    """100 KB into a guest that looks away at times, while the other one prints: no byte is lost on the way in,
    no line on the way out, and none is torn."""
    tree = system(domain("guest-a", "paste", bootargs="role=sink"),
                  domain("guest-b", "paste", bootargs="role=talk"))
    machine = boot(tree, {"paste": "paste"}, cpus=2)
    machine.wait_guest("guest-a", "sink: ready")
    text = "".join(random.Random(5).choices([chr(c) for c in range(32, 127)] + ["\r"], k=100_000))
    machine.paste(text + "\x04")
    # Millions of lines come meanwhile: waited for by what is new, not by looking at all lines again.
    got = machine.wait(r"sink: (\d+) bytes, checksum 0x([0-9a-f]+)", timeout=240)
    assert (int(got[1]), int(got[2], 16)) == (len(text), checksum(text.encode()))
    spoken = 0
    for line in machine.lines():
        whole = f"guest-b| talk: line {spoken} the quick brown fox jumps over the lazy dog"
        if line == whole:
            spoken += 1
        else:
            # A line that stood unfinished for a moment when another came is written again, whole.
            assert whole.startswith(line) or re.match(r"isthmus\||guest-a\| sink: ", line), line
    assert spoken > 1000


def whole_output(machine) -> str:
    assert machine.wait_end() == 0
    return machine.text().replace("\r\r\n", "\r\n")  # the terminal that QEMU runs in adds a CR


def test_a_guest_cannot_forge_lines_or_command_the_terminal(boot):
    machine = boot(system(domain("guest-x", "forge"), domain("guest-y", "hello")),
                   {"forge": "forge", "hello": "hello"}, cpus=2)
    output = whole_output(machine)
    controls = re.sub("\r\n|\t|\x1b\\[0K(?=\r)|\r\x1b\\[K|\b+(?=\x1b|\r)", "", output)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\ufffd]", controls)
    assert not [line for line in machine.lines() if "forged" in line and not line.startswith("guest-x")]
    said = [console.decoded(line) for line in machine.guest("guest-x")]
    assert said[:11] == [
        b"isthmus| forged by CR", b"isthmus| forged by BS", b"\x1b[Aisthmus| forged by a cursor",
        b"\x1b[1;1Histhmus| forged by a place", b"\x9b2Jisthmus| forged by C1",
        b"\xc2\x9b2Jisthmus| forged by C1 in UTF-8", b"isthmus| forged by our own mark", b"\x1b[8mhidden",
        b"\x1b[c\x1bZ\x1bP$qm\x1b\\\x1b]52;c;? typed by the terminal",
        b"\xe2\x80\xa8isthmus| forged by a separator", b"<1b> as text"]
    obeyed = b"\0\a\b\n\r"
    bytes_said = [b"" if byte in obeyed else bytes([byte]) for byte in range(256)]
    bytes_said.insert(10, b"")  # LF ends a line, and one follows
    assert said[11:11 + 257] == bytes_said
    assert said[268:] == [b"x" * 300 + b"isthmus| forged by length", b"forge: ok"]


def test_a_guests_text_can_be_had_raw(boot):
    machine = boot(system(domain("guest-x", "forge")), {"forge": "forge"}, cpus=1,
                   args="on-last-off=poweroff guest-output=raw")
    assert "\x1b[1;1H" in whole_output(machine)


def test_a_guests_last_words_are_shown_when_it_resets(boot):
    machine = boot(system(domain("guest-x", "probe", bootargs="do=reset", extra='isthmus,on-reset = "stop";')), {"probe": "probe"}, cpus=1)
    assert machine.wait_end() == 0
    said = machine.lines()
    begin = next(at for at, line in enumerate(said) if re.search(r"the last \d+ lines that guest-x wrote:", line))
    end = said.index("isthmus| end of what guest-x wrote")
    assert said[begin + 1:end] == [f"guest-x (log)| {text}" for text in machine.guest("guest-x")]
    assert "guest-x (log)| probe: resetting" in said
