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
    machine.wait_guest("guest-a", 'echo: got "hello"')
    machine.settle()
    assert 'got "hello"' not in "\n".join(machine.guest("guest-b"))


def test_input_moves_on_and_around(boot):
    machine = two_prompts(boot)
    machine.type("one\r")
    machine.wait_guest("guest-a", 'echo: got "one"')
    machine.type(SWITCH + "two\r")
    machine.wait_guest("guest-b", 'echo: got "two"')
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
