# SPDX-License-Identifier: Apache-2.0
"""The exploration of domains' lives (tests/model/lives) finds nothing in the code as it is, and faults that are put
in on purpose."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from schedules import ROOT, Model, explored, listed  # noqa: E402

SCENARIOS = ("stop", "restart", "stop-start", "two-end", "vcpus-off", "halt", "halt-restart", "group",
             "both-of-a-group", "pause", "rebuild-fails")
LIFE = "core/domain/lifecycle.cpp"
ENDING = "core/domain/ending.cpp"
# The model includes ENDING.
MODEL = Model("lives", [LIFE, "core/domain/answer.cpp", "core/domain/domain.cpp", "core/device/peer_status.cpp"])

# name, file, what stands there, what instead, the scenario that finds it, what it finds
MUTANTS = [
    ("an order to stop comes too late for a rebuilt one", LIFE,
     "    if (domain.sequel != Sequel::returns) {\n        return false;\n    }\n    domain.sequel = Sequel::open;",
     "    domain.sequel = Sequel::open;", "stop", "an order to stop was lost"),
    ("it is open before it runs", LIFE,
     "    domain.state.store(Domain::State::running);\n    return true;\n}",
     "    return true;\n}", "stop", ""),
    ("it runs a moment after it is open", LIFE,
     "void run_again(Domain& domain) {\n    tell_state(domain);",
     "void run_again(Domain& domain) {\n    set_state(domain, Domain::State::running);", "stop", ""),
    ("the life that is stopped is not the one that was meant", LIFE,
     "        return end_life(domain, StopReason::order) ? Found::living : Found::ending;",
     "        return Found::living;", "restart", "neither runs nor rests"),
    ("a stop is told with the state that came after it", LIFE,
     "    tell_stopping(domain);", "    tell_state(const_cast<Domain&>(domain));", "restart", "shown what is not so"),
    ("whether the machine halts is asked before the lock", LIFE,
     "    const LockGuard guard(domain.life_lock);\n    if (!domain.plan->health.can_restart || is_halting()) {\n"
     "        return Found::nothing_to_do;\n    }",
     "    if (!domain.plan->health.can_restart || is_halting()) {\n        return Found::nothing_to_do;\n    }\n"
     "    const LockGuard guard(domain.life_lock);", "halt", "halted"),
    ("one that is built again is not kept stopped", LIFE,
     "        if (domain.sequel != Sequel::open && domain.sequel != Sequel::returns) {",
     "        if (domain.sequel != Sequel::open) {", "halt", "halted"),
    ("who turns the last vCPU off leaves with nothing", LIFE,
     "        vcpu.domain->vcpus_on.fetch_add(1);  // the last one leaves with its domain\n", "", "vcpus-off", ""),
    ("it rests a moment after nobody wanted it", ENDING,
     "    const LockGuard guard(domain.life_lock);\n    if (domain.sequel == Domain::Sequel::stays) {\n"
     "        domain.sequel = Domain::Sequel::rests;\n    }\n    return domain.sequel != Domain::Sequel::returns;",
     "    if (is_to_return(domain)) {\n        return false;\n    }\n    const LockGuard guard(domain.life_lock);\n"
     "    domain.sequel = Domain::Sequel::rests;\n    return true;", "stop-start", "an order to run was lost"),
    ("what waits behind it is looked for when it rests", ENDING,
     "    cpu.ending = next;", "    static_cast<void>(next);\n    cpu.ending = domain.ending.next;", "two-end", ""),
    ("its memory is worked on while a vCPU leaves", ENDING,
     "        has_left(domain)) {", "        true) {", "vcpus-off", "a vCPU is on"),
    ("a failed rebuild returns for ever", ENDING,
     "    change_sequel(domain, Domain::Sequel::returns, Domain::Sequel::stays);\n", "", "rebuild-fails", ""),
    ("the machine halts without a word", ENDING, "            halting.store(1);\n", "", "halt-restart", "halted"),
    ("a group is left alone", ENDING, "        stop_group_of(domain);\n", "", "group", ""),
]
# ISTHMUS_ALL_MUTANTS=1 tries all of them; the suite has one of four.
TRIED = MUTANTS if os.environ.get("ISTHMUS_ALL_MUTANTS") else MUTANTS[::4]


def test_all_scenarios_are_tried(tmp_path):
    assert listed(MODEL.built(tmp_path)) == list(SCENARIOS)
    assert f"foreach(scenario {' '.join(SCENARIOS)})" in (ROOT / "tests/unit/CMakeLists.txt").read_text()


@pytest.mark.parametrize("name, file, there, instead, scenario, finds", TRIED, ids=[each[0] for each in TRIED])
def test_is_found(tmp_path, name, file, there, instead, scenario, finds):
    said = explored(MODEL.with_a_fault(tmp_path, file, there, instead), scenario)
    assert "all is right" not in said and finds in said, f"not found: {name}: {said}"
    print(f"{name}: {said.strip()}")
