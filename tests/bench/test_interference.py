# SPDX-License-Identifier: Apache-2.0
"""What a victim loses beside two attackers: each figure is there, and within what docs/timing.md says."""
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def test_two_attacks(tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(["/usr/bin/python3", HERE / "interference.py", "--quick", "--json", out, "hypercalls", "smcs"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All are met." in done.stdout, done.stdout
    judged = json.loads(out.read_text())["judged"]
    assert judged.keys() == {"other", "same"}
    for place, attacks in judged.items():
        assert attacks.keys() == {"hypercalls", "smcs"}
        for one in attacks.values():
            assert one["share"] > 0.9 and one["more"], (place, one)
