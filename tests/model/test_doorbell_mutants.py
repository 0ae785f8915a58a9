# SPDX-License-Identifier: Apache-2.0
"""The exploration of doorbells (tests/model/doorbell) finds nothing in the code as it is, and the lost ring or the
broken budget when something is taken out of it."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from schedules import Model, explored, listed  # noqa: E402

SCENARIOS = ("flood", "restart", "restart-drops")
BELLS = "core/device/doorbells.cpp"
BUDGET = "core/run/ring_budget.hpp"
MODEL = Model("doorbell", [BELLS])

# name, file, what stands there, what instead, the scenario that finds it, what it finds
MUTANTS = [
    ("a ring is delivered before its waiting ends", BELLS,
     "    bell.budget.release(arch::counter());\n    deliver(bell);",
     "    deliver(bell);\n    bell.budget.release(arch::counter());", "flood", "not seen"),
    ("the interrupt comes before the bit", BELLS,
     "    bool seen = (peer.rung.fetch_or",
     "    peer.domain->vgic.raise_shared(bell.peer_intid);\n    return (peer.rung.fetch_or(bell.peer_bit) & bell.peer_bit) == 0;"
     "\n    bool seen = (peer.rung.fetch_or", "flood", "no interrupt"),
    ("a taken ring is cleared by a store", BELLS,
     "domain.doorbells->rung.exchange(0);\n}",
     "[&] {\n        const u64 taken = domain.doorbells->rung.load();\n        domain.doorbells->rung.store(0);\n"
     "        return taken;\n    }();\n}", "flood", "not seen"),
    ("the budget is not asked", BELLS, "if (verdict == RingBudget::Verdict::now) [[likely]] {",
     "if (verdict != RingBudget::Verdict::merged) {", "flood", "more rings"),
    ("a ring that the budget delays is lost", BELLS, "    arm_timer(bell.timer, bell.budget.due());\n", "", "flood",
     "not seen"),
    ("the timer is set by whoever rings", BELLS,
     "        count(bell.coalesced);\n        return;\n    }\n    count(bell.delayed);",
     "        count(bell.coalesced);\n    }\n    count(bell.delayed);", "flood", "one timer|still"),
    ("who set the timer is not known", BELLS, "    bell.ringer = &ringer;\n",
     "    bell.ringer = bell.ringer == nullptr ? &ringer : bell.ringer;\n", "flood", "another CPU's vCPU"),
    ("kept rings are not told again", BELLS,
     "        domain.vgic.raise_shared(domain.plan->doorbells[number].intid);\n", "", "restart", "no interrupt"),
    ("what waits is marked with nothing seen of others", BUDGET, "        static_cast<void>(waits_.exchange(0));",
     "        waits_.store(0);", "flood", "not seen"),
    ("the ring that waits is free", BUDGET, "        charge(now);\n", "", "flood", "more rings"),
    ("two rings pay once", BUDGET,
     "        do {\n            if (paid > now + tolerance_) {\n                return false;\n            }\n"
     "        } while (!paid_until_.compare_exchange(paid, (paid > now ? paid : now) + period_,\n"
     "                                               Order::relaxed, Order::relaxed));",
     "        if (paid > now + tolerance_) {\n            return false;\n        }\n"
     "        paid_until_.store((paid > now ? paid : now) + period_, Order::relaxed);", "flood", "more rings"),
    ("two rings wait at once", BUDGET, "        return waits_.exchange(1) == 0 ?",
     "        const bool waited = waits_.load() != 0;\n        waits_.store(1);\n        return !waited ?", "flood",
     "one timer|not seen"),
    ("a ring that waits shows nothing", BUDGET, "        return waits_.exchange(1) == 0 ?",
     "        return waits_.exchange(1, Order::relaxed) == 0 ?", "flood", "still|not seen"),
]
# ISTHMUS_ALL_MUTANTS=1 tries all of them; the suite has one of four.
TRIED = MUTANTS if os.environ.get("ISTHMUS_ALL_MUTANTS") else MUTANTS[::4]


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> pathlib.Path:
    return MODEL.built(tmp_path_factory.mktemp("doorbell"))


def test_all_scenarios_are_tried(program):
    assert listed(program) == list(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_lost(program, scenario):
    assert explored(program, scenario).endswith("all is right\n")


@pytest.mark.parametrize("name, file, there, instead, scenario, finds", TRIED, ids=[each[0] for each in TRIED])
def test_is_found(tmp_path, name, file, there, instead, scenario, finds):
    said = explored(MODEL.with_a_fault(tmp_path, file, there, instead), scenario)
    assert any(each in said for each in finds.split("|")), f"not found: {name}: {said}"
    print(f"{name}: {said.strip()}")
