# SPDX-License-Identifier: Apache-2.0
"""The operator's prompt: commands are typed at the machine's UART beside guests that run."""
import re

from systems import domain, system

SWITCH = "\x01" * 3  # Ctrl-a


def with_prompt(boot, chosen: str = "", args: str = "on-last-off=halt", cpus: int = 2):
    """Two guests with a UART each; the input is Isthmus's own."""
    tree = system(domain("guest-a", "echo", bootargs="name=first"),
                  domain("guest-b", "echo", bootargs="name=second"), chosen=chosen)
    machine = boot(tree, {"echo": "echo"}, cpus=cpus, args=args)
    machine.wait(r"(first|second)> ")
    machine.wait(r"(first|second)> ")
    machine.type(SWITCH)
    machine.wait("input goes to guest-b")
    machine.type(SWITCH)
    machine.wait("isthmus>\\| ")
    return machine


def test_what_runs_is_shown(boot):
    machine = with_prompt(boot)
    machine.type("help\r")
    machine.wait(r"isthmus\|   stop .*not allowed here")
    machine.type("domains\r")
    machine.wait(r"guest-a +running, start 1, 1 vCPUs on, \d+ % of a CPU, violations 0")
    machine.wait(r"exits [1-9]\d*: hypercall")
    machine.wait(r"guest-b +running, start 1")
    machine.type("cpus\r")
    machine.wait(r"CPU 0; guest-\w vcpu0 \d+ ms")
    machine.type("log guest-b\r")
    machine.wait("guest-b has written no whole line yet")
    machine.type(SWITCH + SWITCH + "hello\r")
    machine.wait_guest("guest-b", 'echo: got "hello"')
    machine.type(SWITCH + "log guest-b\r")
    machine.wait(r"guest-b \(log\)\| ")
    machine.wait("end of what guest-b wrote")
    machine.type("audit\r")
    machine.wait(r"audit: [1-9]\d* pages looked at, 0 have another owner than planned, or none", timeout=120)
    machine.wait(r"audit: [1-9]\d* mappings of guests looked at, 0 differences from the plan", timeout=120)


def test_the_last_events_are_shown_where_somebody_borrows_them(boot):
    tree = system(domain("guest-a", "echo", bootargs="name=first", extra="isthmus,statistics;"),
                  domain("guest-b", "echo", bootargs="name=second"))
    machine = boot(tree, {"echo": "echo"}, cpus=1, args="sched=rr on-last-off=halt")
    machine.wait(r"(first|second)> ")
    machine.wait(r"(first|second)> ")
    machine.type(SWITCH + SWITCH)
    machine.wait("isthmus>\\| ")
    machine.type("trace\r")
    machine.wait(r"guest-a +running since \d+ ms, start 1")
    machine.wait(r"guest-b +running since \d+ ms, start 1")
    machine.wait(r"isthmus\|  +\d+ us ago, CPU 0: guest-[ab] vcpu0 (runs|sleeps, or is off)")
    machine.type("help\r")
    machine.wait(r"isthmus\|   stop ")
    times = [int(line.split()[1]) for line in machine.lines() if " us ago, CPU 0: " in line]
    assert 8 <= len(times) <= 16 and times == sorted(times, reverse=True), times  # as many as there were by then


def test_nobody_keeps_events_where_nobody_borrows_them(boot):
    machine = with_prompt(boot)
    machine.type("trace\r")
    machine.wait("no events are kept: no domain has isthmus,statistics")


def test_the_guests_have_their_input_again(boot):
    machine = with_prompt(boot)
    machine.type("not for a guest\r" + SWITCH)
    machine.wait("no command is called not")
    machine.type("hello\r")
    machine.wait_guest("guest-a", 'echo: got "hello"')
    assert not any("not for a guest" in line for line in machine.guest("guest-a") + machine.guest("guest-b"))


def test_who_may_only_read_stops_nobody(boot):
    machine = with_prompt(boot)
    machine.type("stop guest-a\r")
    machine.wait("stop is not allowed here")
    machine.type("domains\r")
    machine.wait("guest-a +running")


def test_the_round_has_no_such_stop_where_the_tree_says_off(boot):
    tree = system(domain("guest-a", "echo", bootargs="name=first"), chosen='isthmus,operator = "off";')
    machine = boot(tree, {"echo": "echo"}, cpus=1)
    machine.wait("first> ")
    machine.type(SWITCH + "hello\r")
    machine.wait_guest("guest-a", 'echo: got "hello"')
    assert not any("Isthmus itself" in line for line in machine.lines())


def test_guests_are_controlled_where_the_tree_allows_it(boot):
    machine = with_prompt(boot, chosen='isthmus,operator = "control";')
    machine.type("pause guest-b\r")
    machine.wait("pause guest-b: ordered")
    machine.type("domains\r")
    machine.wait("guest-b +paused")
    machine.type("resume guest-b\r")
    machine.wait("resume guest-b: ordered")
    machine.type("stop guest-b\r")
    machine.wait("stop guest-b: ordered")
    machine.settle()
    machine.type("domains\r")
    machine.wait("guest-b +stopped, start 1")
    machine.type("start guest-b\r")
    machine.wait("guest-b is back: start 2")
    machine.type("restart guest-a\r")
    machine.wait("guest-a is back: start 2")
    machine.type("domains\r")
    machine.wait("guest-a +running, start 2")
    machine.wait("guest-b +running, start 2")


def test_levels_and_stamps(boot):
    machine = with_prompt(boot, args="on-last-off=halt log=debug console_timestamps=boot")
    assert any(re.fullmatch(r"isthmus\| \[ +\d+\.\d{6}\] CPUs are up", line) for line in machine.lines())
