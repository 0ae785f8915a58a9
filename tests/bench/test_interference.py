# SPDX-License-Identifier: Apache-2.0
"""Short runs of ./run bench interference: every figure is there, and a victim loses no more than docs/timing.md says."""
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ATTACKS = ("hypercalls", "doorbells")


def test_a_victim_beside_attackers(tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(["/usr/bin/python3", HERE / "interference.py", "--quick", "--json", out, *ATTACKS],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(out.read_text())
    for place, phases in (("other", ("work", "sleep")), ("same", ("sleep",))):
        assert said["figures"][place].keys() == {"alone", "spin", *ATTACKS}
        for name, figures in said["figures"][place].items():
            assert figures["units"] > 0 and figures["own"] > 0, name
            for phase in phases:
                assert figures[f"{phase}-samples"] == 200
                assert 0 < figures[f"{phase}-typical"] <= figures[f"{phase}-worst"]
                shown = sum(count for key, count in figures.items() if key.startswith(f"{phase}-below-"))
                assert shown == 200, (name, phase)
    assert said["figures"]["other"]["doorbells"]["rings"] > 0
    # No exit in a unit of work but those that its own CPU takes: the other's turn is not in it.
    assert all(figures["longest-unit"] < 1000 for figures in said["figures"]["other"].values())
    for name in ATTACKS:
        other, same = said["judged"]["other"][name], said["judged"]["same"][name]
        assert other["share"] >= 0.95, (name, other)
        assert max(other["more"].values()) <= 2000, (name, other)
        # Turns of 5 ms in 100 ms: the share is rough.
        assert same["share"] >= 0.85, (name, same)
        # One shortest turn of 100 us, and the ways in and out.
        assert same["more"]["sleep"] <= 105_000, (name, same)
    assert "timers by latency" in done.stdout and "Goal:" in done.stdout
