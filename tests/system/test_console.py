# SPDX-License-Identifier: Apache-2.0
"""One console for all: lines under names, prompts in time, input that moves from guest to guest."""
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
    machine.wait(r'got "hello"')
    assert 'echo: got "hello"' in "\n".join(machine.guest("guest-a") + machine.lines()[-3:])
    assert 'got "hello"' not in "\n".join(machine.guest("guest-b"))


def test_input_moves_on(boot):
    machine = two_prompts(boot)
    machine.type("one\r")
    machine.wait_guest("guest-a", 'echo: got "one"')
    seen = 0
    for text in ("two\r", "three\r", "four\r"):
        machine.type(SWITCH + text)
        word = text.strip()
        # Isthmus itself may be a stop on the way round, which takes no lines.
        try:
            machine.wait(f'got "{word}"', timeout=5)
        except AssertionError:
            continue
        seen += any(f'got "{word}"' in line for line in machine.guest("guest-b"))
    assert seen >= 1, "the input never reached guest-b"


def test_another_switch_key(boot):
    machine = two_prompts(boot, "on-last-off=poweroff conswitch=b")
    machine.type("a\x01\x01\x01b\r")
    machine.wait_guest("guest-a", 'echo: got "a\x01\x01\x01b"')


def test_both_quit_and_the_machine_goes_off(boot):
    machine = two_prompts(boot)
    machine.type("quit\r")
    machine.wait_guest("guest-a", 'echo: got "quit"')
    for _ in range(3):
        machine.type(SWITCH + "quit\r")
    assert machine.wait_end() == 0
