# SPDX-License-Identifier: Apache-2.0
"""`isthmus check`: what it prints, its exit status, and its manners."""
import contextlib
import gzip
import json
import os
import pty
import struct
import subprocess

from conftest import PROGRAM, isthmus
from launch import cells
from systems import domain, region, system

REGION = region("m", 0x7000_0000, 0x5000_0000, 0x1000)
CLEAN = system(domain("a", regions=[REGION]), domain("b", regions=[REGION]))
WARNED = system(domain("a", regions=[REGION]))
WRONG = system(domain("a", cpus=0, regions=[REGION]), domain("b", regions=[REGION]))
MODULE = 0x4840_0000  # where tests/machine/launch.py puts the first one


def kernel_image(magic=b"ARMd"):
    return struct.pack("<IIQQQ", 0, 0, 0, 0x1000, 0xA) + bytes(24) + magic + bytes(4036)


def test_status(make_tree):
    clean, warned, wrong = make_tree(CLEAN), make_tree(WARNED), make_tree(WRONG)
    assert isthmus("check", clean).stdout == ""
    assert isthmus("check", clean, "--strict").stdout == ""
    assert isthmus("check", warned).stdout.startswith("warning[shm-lonely] /chosen/a/shared@50000000")
    isthmus("check", warned, "--strict", status=2)
    assert isthmus("check", wrong, status=1).stdout.startswith("error[dom-cpus] /chosen/a cpus:")
    isthmus("check", wrong, warned, "--strict", status=1)
    isthmus("check", warned, wrong, "--strict", status=1)


def test_several_files(make_tree):
    clean, warned = make_tree(CLEAN), make_tree(WARNED)
    lines = isthmus("check", clean, warned).stdout.splitlines()
    assert lines[0] == f"{warned}:" and lines[1].startswith("warning[shm-lonely]") and len(lines) == 2


def test_source(make_tree, tmp_path):
    blob = make_tree(WARNED)
    assert isthmus("check", blob.with_suffix(".dts")).stdout == isthmus("check", blob).stdout
    broken = tmp_path / "broken.dts"
    broken.write_text("/dts-v1/;\n/ { a = <1> }\n")
    assert "syntax error" in isthmus("check", broken, status=1).stderr


def test_json(make_tree):
    wrong, clean = make_tree(WRONG), make_tree(CLEAN)
    done = isthmus("check", wrong, clean, "--json", status=1)
    first, second = json.loads(done.stdout)
    assert first["file"] == str(wrong) and first["errors"] == 1 and second["findings"] == []
    finding = first["findings"][0]
    assert (finding["rule"], finding["severity"]) == ("dom-cpus", "error")
    assert (finding["path"], finding["property"]) == ("/chosen/a", "cpus")
    assert finding["line"] == isthmus("check", wrong, status=1).stdout.splitlines()[0]
    assert finding["line"].endswith(finding["message"])


def test_json_of_texts_that_are_none(make_tree):
    text = CLEAN.replace("chosen {", 'chosen { bootargs = "caf\xe9\\x01\\"";', 1)
    finding = json.loads(isthmus("check", make_tree(text), "--json").stdout)[0]["findings"][0]
    assert finding["rule"] == "opt-unknown"


def test_kernels_are_probed(make_tree, tmp_path):
    tree, good, bad = make_tree(CLEAN), tmp_path / "good", tmp_path / "bad"
    good.write_bytes(kernel_image())
    bad.write_bytes(kernel_image(b"ELF!"))
    assert isthmus("check", tree, "--module", f"{MODULE:#x}={good}").stdout == ""
    done = isthmus("check", tree, "--module", f"{MODULE:#x}={bad}", status=1)
    assert done.stdout.count("error[dom-kernel-format] /chosen/") == 2, "both domains boot it"
    bad.write_bytes(b"")
    done = isthmus("check", tree, "--module", f"{MODULE:#x}={bad}", status=1)
    assert done.stdout.count("error[dom-kernel-format] /chosen/") == 2, "an empty file is none, too"
    assert "has no module at 0x1000" in isthmus("check", tree, "--module", f"4096={good}", status=1).stderr
    good.write_bytes(kernel_image() + bytes(1))
    done = isthmus("check", tree, "--module", f"{MODULE:#x}={good}", status=1)
    assert "has 4097 bytes" in done.stderr and "room for 4096" in done.stderr


def test_what_the_boot_loader_places(make_tree):
    """Isthmus and the boot tree are in the way of what lies there, as at boot."""
    tree = make_tree(CLEAN)
    assert isthmus("check", tree, "--tree", "0x48000000", "--image", "0x40200000,0x400000").stdout == ""
    for option, value, what in (("--tree", "0x6ffff000", "the boot tree"), ("--image", "0x70000000,4096", "Isthmus")):
        said = isthmus("check", tree, option, value, status=1).stdout
        assert "error[shm-host-overlap]" in said and what in said, said


def test_compressed_kernels_are_decompressed(make_tree, tmp_path):
    kernel = tmp_path / "Image.gz"
    packed = gzip.compress(kernel_image() + bytes(100_000))
    room = f"${{kernel.address}} {cells(0x2000)}"
    tree = make_tree(CLEAN.replace("${kernel.address} ${kernel.size}", room))
    wrong = bytearray(packed)
    wrong[-8] ^= 1
    for content, said in ((packed, ""), (packed + packed[:1000], ""), (bytes(wrong), "a wrong checksum"),
                          (packed[:100], "an end that is missing"),
                          (gzip.compress(bytes(5000)), "no arm64 Image of 5000 bytes")):
        kernel.write_bytes(content)
        done = isthmus("check", tree, "--module", f"{MODULE:#x}={kernel}", status=1 if said else 0)
        assert said in done.stdout and done.stdout.count("error[") == (2 if said else 0), content


def test_wrong_usage(make_tree, tmp_path):
    for arguments in ((), ("check",), ("nonsense",), ("check", "--nonsense"), ("plan", "a", "b"), ("tree", "a"),
                      ("check", "a", "--domain", "b"), ("make", "a", "--json"), ("explain", "--strict"),
                      ("check", "a", "--image", "12"), ("check", "a", "--tree", "x"), ("check", "a", "--module", "x=y"), ("plan", "a", "--domain")):
        done = isthmus(*arguments, status=64)
        assert done.stderr.startswith("isthmus: ") and "usage:" in done.stderr and not done.stdout
    for unreadable in (tmp_path / "none", tmp_path):
        assert "cannot read" in isthmus("check", unreadable, status=1).stderr


def test_help():
    assert "usage: isthmus check" in isthmus("--help").stdout
    for command in ("check", "plan", "tree", "report", "explain", "convert", "make"):
        text = isthmus(command, "--help").stdout
        assert text.startswith(f"usage: isthmus {command} ")
        assert ("--image" in text) == (command in ("check", "plan", "tree", "report"))


def test_colour_only_on_a_terminal(make_tree):
    tree = make_tree(WARNED)

    def on_terminal(**more):
        ours, theirs = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")} | more
        subprocess.run([PROGRAM, "check", tree], stdout=theirs, stdin=subprocess.DEVNULL, env=environment)
        os.close(theirs)
        return os.read(ours, 65536)

    assert b"\033[1;33mwarning\033[0m[shm-lonely]" in on_terminal()
    assert b"\033" not in on_terminal(NO_COLOR="1")
    assert b"\033" not in on_terminal(TERM="dumb")
    assert "\033" not in isthmus("check", tree).stdout


def test_ways_to_write_an_option(make_tree, tmp_path):
    tree = make_tree(CLEAN)
    expected = isthmus("plan", tree, "--domain", "a").stdout
    assert isthmus("plan", "--domain=a", "--", tree).stdout == expected
    assert isthmus("plan", tree, "--domain=a=b", status=1).stderr.endswith('"a=b"\n')
    image = tmp_path / "-k=v"
    image.write_bytes(kernel_image())
    assert isthmus("check", tree, f"--module={MODULE:#x}={image}").stdout == ""
    assert "cannot read --json" in isthmus("check", "--", "--json", status=1).stderr
    for wrong in (("check", tree, "--json=1"), ("plan", tree, "--domain", "--"), ("plan", tree, "--domain=")):
        isthmus(*wrong, status=64)


def read_terminal(terminal):
    """All that was written to it. Its end is an error (EIO), and it makes two characters of a line's end."""
    seen = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            seen += piece
    return seen


def test_a_terminal_gets_source(make_tree, tmp_path):
    tree = make_tree(CLEAN)
    isthmus("tree", tree, "--domain", "a", "-o", tmp_path / "a.dts")
    ours, theirs = pty.openpty()
    with subprocess.Popen([PROGRAM, "tree", tree, "--domain", "a"], stdout=theirs, stdin=subprocess.DEVNULL) as program:
        os.close(theirs)
        seen = read_terminal(ours)
        assert program.wait(timeout=60) == 0
    assert seen.decode().replace("\r\n", "\n") == (tmp_path / "a.dts").read_text()


def test_output_is_whole_or_absent(make_tree, tmp_path):
    tree, folder = make_tree(CLEAN), tmp_path / "out"
    folder.mkdir()
    isthmus("tree", tree, "--domain", "a", "-o", folder / "a.dtb")
    isthmus("tree", tree, "--domain", "a", "-o", folder / "a.dts")
    assert (folder / "a.dts").read_text().startswith("/dts-v1/;")
    assert (folder / "a.dtb").read_bytes()[:4] == b"\xd0\x0d\xfe\xed"
    assert sorted(path.name for path in folder.iterdir()) == ["a.dtb", "a.dts"]
    assert "cannot write" in isthmus("tree", tree, "--domain", "a", "-o", folder / "no" / "a", status=1).stderr


def test_a_link_stays_and_a_pipe_is_written_to(make_tree, tmp_path):
    tree = make_tree(CLEAN)
    isthmus("tree", tree, "--domain", "a", "-o", tmp_path / "real.dtb")
    expected = (tmp_path / "real.dtb").read_bytes()
    (tmp_path / "real.dtb").write_bytes(b"old")
    (tmp_path / "link.dtb").symlink_to("real.dtb")
    isthmus("tree", tree, "--domain", "a", "-o", tmp_path / "link.dtb")
    assert (tmp_path / "link.dtb").is_symlink() and (tmp_path / "real.dtb").read_bytes() == expected
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        isthmus("tree", tree, "--domain", "a", "-o", pipe)
        assert reader.communicate(timeout=60)[0] == expected
    assert pipe.is_fifo()


def test_full_disk(make_tree):
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "plan", make_tree(CLEAN)], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "cannot write" in done.stderr


def test_an_empty_file_is_called_that(tmp_path):
    (tmp_path / "empty.dtb").touch()
    for file in (tmp_path / "empty.dtb", "/dev/null"):
        assert "the file is empty" in isthmus("check", file, status=1).stdout


def test_what_was_probably_meant(make_tree):
    assert 'no command chekc: did you mean "check"?' in isthmus("chekc", status=64).stderr
    assert 'no option --jsno: did you mean "--json"?' in isthmus("check", "a.dtb", "--jsno", status=64).stderr
    assert 'explain takes no --jso' not in isthmus("explain", "--strict", status=64).stderr
    assert isthmus("fly", status=64).stderr.startswith("isthmus: there is no command fly\n")
    tree = make_tree(system(domain("first"), domain("second")))
    assert 'no domain is named "secnod": did you mean "second"?' in isthmus("plan", tree, "--domain", "secnod",
                                                                           status=1).stderr


def test_standard_input(make_tree):
    blob = make_tree(WARNED)
    for file in (blob, blob.with_suffix(".dts")):
        done = subprocess.run([PROGRAM, "check", "-"], input=file.read_bytes(), capture_output=True)
        assert (done.returncode, done.stdout.decode()) == (0, isthmus("check", blob).stdout)
    assert "the file is empty" in isthmus("check", "-", status=1).stdout


def test_why_a_file_cannot_be_read(tmp_path):
    assert f"{tmp_path}: it is a folder" in isthmus("check", tmp_path, status=1).stderr
    assert "absent.dtb: No such file" in isthmus("check", tmp_path / "absent.dtb", status=1).stderr
