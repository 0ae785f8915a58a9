# SPDX-License-Identifier: Apache-2.0
"""The exploration of channels (tests/model/channel) finds nothing in the published headers, and finds the lost wake-up
or the wrong message when a fence, an order or a check is taken out of them."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "tests" / "model" / "channel"
HEADERS = ROOT / "include" / "isthmus_guest"
SCENARIOS = ("beginning", "stream", "answers", "sender-begins-again", "receiver-begins-again",
             "sleeps-in-two-sessions", "sender-leaves", "leaves-and-comes-again", "server-is-killed")
STATES = "3000000"  # of each scenario; all but one have fewer

# name, header, what stands there, what instead, the scenario that finds it, what it finds
MUTANTS = [
    ("no fence before the sleeper is looked for", "wait", "    ISTHMUS_FENCE();\n    const uint32_t asleep",
     "    const uint32_t asleep", "answers", "wake-up"),
    ("no fence between going to sleep and the last look", "wait", "    ISTHMUS_FENCE();\n    if (isthmus_channel_ready",
     "    if (isthmus_channel_ready", "answers", "wake-up"),
    ("no last look", "wait", "if (isthmus_channel_ready(channel, wants, length)) {", "if (false) {", "answers",
     "wake-up"),
    ("sleeps are not numbered", "wait", "    channel->naps += 1u;\n", "    channel->naps = 1u;\n", "answers", "wake-up"),
    ("nobody is rung for room", "channel", "    channel->did |= ISTHMUS_WANT_ROOM;\n", "", "stream", "wake-up"),
    ("nobody is rung for a message", "channel", "    channel->did |= ISTHMUS_WANT_MESSAGE;\n", "", "answers", "wake-up"),
    ("nobody is rung for a session", "channel",
     "        channel->did = ISTHMUS_WANT_MESSAGE | ISTHMUS_WANT_ROOM;\n        ISTHMUS_STORE(&channel->mine->sent", 
     "        ISTHMUS_STORE(&channel->mine->sent", "beginning", "wake-up"),
    ("a sleep of an earlier session counts as rung", "channel", "        channel->rung = 0;\n", "",
     "sleeps-in-two-sessions", "wake-up"),
    ("a message is shown before its bytes", "channel", "ISTHMUS_STORE_RELEASE(&channel->mine->sent, channel->sent);",
     "ISTHMUS_STORE(&channel->mine->sent, channel->sent);", "stream", "wrong"),
    ("bytes may be read before the message is seen", "channel", "ISTHMUS_LOAD_ACQUIRE(&channel->theirs->sent)",
     "ISTHMUS_LOAD(&channel->theirs->sent)", "stream", "wrong"),
    ("room is given before the bytes are read", "channel", "    isthmus_copy_out(ring,",
     "    ISTHMUS_STORE_RELEASE(&channel->mine->taken, channel->taken + isthmus_record_bytes(bytes));\n"
     "    isthmus_copy_out(ring,", "stream", "wrong"),
    ("a counter of another session counts", "channel",
     "    if (!isthmus_same_session(channel)) {\n        return ISTHMUS_NOT_READY;\n    }\n    if (waiting == 0)",
     "    if (waiting == 0)", "sender-begins-again", "wrong"),
    ("a session is shown before its counters", "channel", "ISTHMUS_STORE_RELEASE(&channel->mine->seen, generation);",
     "ISTHMUS_STORE(&channel->mine->seen, generation);", "sender-begins-again", "wrong"),
    ("what was sent before leaving is lost", "channel", "if (status != ISTHMUS_OK && !channel->left) {",
     "if (status != ISTHMUS_OK) {", "sender-leaves", "wrong"),
    ("all sessions have one number", "channel", "    return channel->seen;\n", "    return 1u;\n", "server-is-killed", "wake-up"),
]


def built(folder: pathlib.Path, headers: pathlib.Path) -> pathlib.Path:
    program = folder / "explore"
    subprocess.run(["g++", "-std=c++23", "-O2", "-Wno-attributes", f"-I{headers}",
                    str(MODEL / "explore.cpp"), str(MODEL / "scenarios.cpp"), "-o", str(program)], check=True)
    return program


def explored(program: pathlib.Path, scenario: str) -> str:
    """What the model says of one scenario; "all is right" at its end when it is."""
    done = subprocess.run([program, scenario, STATES], capture_output=True, text=True)
    assert done.returncode in (0, 1), done
    return done.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> pathlib.Path:
    return built(tmp_path_factory.mktemp("channel"), ROOT / "include")


def test_all_scenarios_are_tried(program):
    assert subprocess.run([program], capture_output=True, text=True).stdout.split() == list(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_lost(program, scenario):
    assert explored(program, scenario).endswith("all is right\n")


@pytest.mark.parametrize("name, header, there, instead, scenario, finds", MUTANTS, ids=[each[0] for each in MUTANTS])
def test_is_found(tmp_path, name, header, there, instead, scenario, finds):
    folder = tmp_path / "isthmus_guest"
    folder.mkdir()
    for path in HEADERS.glob("*.h"):
        text = path.read_text()
        if path.name == f"isthmus_{header}.h":
            assert text.count(there) == 1, f"{path.name} has changed: mend the mutant"
            text = text.replace(there, instead)
        (folder / path.name).write_text(text)
    said = explored(built(tmp_path, tmp_path), scenario)
    assert finds in said, f"not found: {name}: {said}"
    print(f"{name}: {said.strip()}")
