# SPDX-License-Identifier: Apache-2.0
"""`isthmus report`: the page is well-formed, complete, loads nothing, and shows in a browser."""
import re
import shutil
import struct
import subprocess
import xml.etree.ElementTree as xml

import pytest

from conftest import isthmus
from systems import domain, region, system

BROWSER = shutil.which("chromium")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")
DEMO = region("demo", 0x7000_0000, 0x5000_0000, 0x1_0000)


def notes(extra, guest=0x5001_0000):
    return region("notes", 0x7001_0000, guest, 0x1000, extra=extra)


OWNER = notes('role = "owner";')
READER = notes('role = "borrower"; isthmus,access = "ro";', guest=0x6000_0000)
PAIR = system(domain("guest-a", cpus=2, regions=[DEMO, OWNER], bootargs='a "<b>" & c'),
              domain("guest-b", regions=[DEMO, READER]))


def page_of(tree, tmp_path, status=0):
    target = tmp_path / "report.html"
    isthmus("report", tree, "-o", target, status=status)
    return target.read_text(encoding="ascii")


def body_of(page):
    """The page's body is well-formed XML, too: no tag is left open, no text is unescaped."""
    return xml.fromstring(re.search(r"<body>.*</body>", page, re.DOTALL)[0])


def boxes(body):
    """Title of a map to [(style, region, title)], in the order drawn."""
    return {figure.find("figcaption").text: [
        (box.get("class"), box.get("data-region"), box.find("title").text)
        for box in figure.iter("g")] for figure in body.iter("figure")}


def rows(body, caption):
    for table in body.iter("table"):
        if table.find("caption").text == caption:
            return [["".join(cell.itertext()) for cell in row] for row in table.find("tbody")]
    raise AssertionError(f"there is no table {caption}")


def test_maps(make_tree, tmp_path):
    maps = boxes(body_of(page_of(make_tree(PAIR), tmp_path)))
    assert list(maps) == ["the machine", "guest-a", "guest-b"]
    host = [title for _, _, title in maps["the machine"]]
    places = [[int(number, 16) for number in re.findall(r": (0x\w+)-(0x\w+),", title)[0]]
              for title in host]
    assert places[0][0] == 0x4000_0000 and places[-1][1] == 0x8000_0000
    assert all(before[1] == after[0] for before, after in zip(places, places[1:])), "a gap in RAM"
    assert any(title.startswith("kernel of guest-a, guest-b: ") for title in host)
    assert any(title.startswith("region demo: 0x70000000-0x70010000, 64 KiB, owner dom_io")
               for title in host)
    assert ("box region ro", "1", "region notes: 0x60000000-0x60001000, 4 KiB, borrowed, "
            "read-only; at host 0x70010000") in maps["guest-b"]
    assert ("box region", "1", "region notes: 0x50010000-0x50011000, 4 KiB, owned, read-write; "
            "at host 0x70010000") in maps["guest-a"]
    assert any(title.startswith("uart: 0x22000000") for _, _, title in maps["guest-a"])


def test_a_region_has_one_colour(make_tree, tmp_path):
    body = body_of(page_of(make_tree(PAIR), tmp_path))
    colours = {}
    for box in body.iter("g"):
        if box.get("data-region"):
            colours.setdefault(box.get("data-region"), []).append(box.get("style"))
    assert sorted(colours) == ["0", "1"]
    assert all(len(uses) == 3 and len(set(uses)) == 1 for uses in colours.values()), colours
    legend = [swatch.get("style") for swatch in body.iter("span") if swatch.get("class") == "swatch"]
    assert legend == [colours["0"][0], colours["1"][0]] and legend[0] != legend[1]


def test_nothing_is_drawn_over_another(make_tree, tmp_path):
    for figure in body_of(page_of(make_tree(PAIR), tmp_path)).iter("figure"):
        svg = figure.find("svg")
        edges = [(int(rect.get("y")), int(rect.get("y")) + int(rect.get("height")))
                 for rect in svg.iter("rect")]
        assert all(upper[1] <= lower[0] for upper, lower in zip(edges, edges[1:]))
        assert edges[-1][1] <= int(svg.get("height"))


def test_a_long_map_goes_on_beside_itself(make_tree, tmp_path):
    channels = [region(f"channel-{n}", 0x7000_0000 + n * 0x20_0000, 0x5000_0000 + n * 0x20_0000, 0x20_0000)
                for n in range(30)]
    tree = make_tree(system(domain("a", regions=channels), domain("b", regions=channels)))
    body = body_of(page_of(tree, tmp_path))
    parts = {title: found for title, found in boxes(body).items() if title.startswith("a, ")}
    assert list(parts) == [f"a, {n} of {len(parts)}" for n in range(1, len(parts) + 1)] and len(parts) >= 2
    drawn = [int(re.search(r"channel-(\d+)", title)[1]) for part in parts.values() for _, which, title in part if which]
    assert drawn == list(range(30))
    assert max(int(figure.find("svg").get("height")) for figure in body.iter("figure")) < 1000
    assert len({svg.find("title").get("id") for svg in body.iter("svg")}) == len(list(body.iter("svg")))


def test_a_long_name_is_not_cut_off(make_tree, tmp_path):
    name = "guest-with-a-long-name".ljust(27, "x")
    page = page_of(make_tree(system(domain(name, regions=[DEMO]), domain("b", regions=[DEMO]))), tmp_path)
    size = re.search(rf'style="font-size:([\d.]+)px">RAM of {name}</text>', page)
    assert size and 8 < float(size[1]) < 13


def test_what_holds_for_paper_comes_last(make_tree, tmp_path):
    """In a style sheet the later rule wins: printed tables must not scroll."""
    sheet = re.search(r"<style>(.*)</style>", page_of(make_tree(PAIR), tmp_path), re.DOTALL)[1]
    paper = sheet[sheet.index("@media print"):]
    assert ".wide { overflow: visible" in paper and paper.rstrip().endswith("} }")
    assert paper.count("{") == paper.count("}")


def test_tables(make_tree, tmp_path):
    body = body_of(page_of(make_tree(PAIR), tmp_path))
    assert [row[:5] for row in rows(body, "Domains")] == [["guest-a", "d1", "64 MiB", "2", "uart"],
                                                          ["guest-b", "d2", "64 MiB", "1", "uart"]]
    assert rows(body, "Domains")[0][-1] == 'a "<b>" & c'
    assert [row[0] for row in rows(body, "What is loaded")] == ["guest-a", "guest-b"]
    assert rows(body, "What is loaded")[0][2] == "-" and "0x48400000" in rows(body, "What is loaded")[0][1]
    assert rows(body, "Shared regions")[1] == ["notes", "4 KiB", "0x70010000-0x70011000", "guest-a",
                                               "guest-b", "2", "text", "no", "guests"]
    assert len(rows(body, "Who sees which region where")) == 4
    assert [row[:2] for row in rows(body, "vCPUs")] == [["guest-a", "0"], ["guest-a", "1"],
                                                        ["guest-b", "0"]]


def test_findings_come_first(make_tree, tmp_path):
    wrong = PAIR.replace("0x60000000", "0x40000000")
    assert wrong != PAIR
    page = page_of(make_tree(wrong), tmp_path, status=1)
    body = body_of(page)
    lines = [item.text for item in body.iter("li") if item.get("class") == "error"]
    assert len(lines) == 1 and lines[0].startswith("error[shm-guest-overlap] /chosen/guest-b/")
    assert page.index("shm-guest-overlap") < page.index("<svg")
    assert list(boxes(body)) == ["the machine"], "what has no plan has no guests' maps"


def test_the_page_loads_nothing(make_tree, tmp_path):
    page = page_of(make_tree(PAIR), tmp_path)
    assert not re.search(r"https?:|//|\burl\(|@import|<script|<link|<img|\bsrc=|\bhref=", page)
    assert "prefers-color-scheme: dark" in page and "@media print" in page


def test_drawings_have_texts(make_tree, tmp_path):
    """For those who hear the page: each drawing is an image with a title, each box has its own."""
    for svg in body_of(page_of(make_tree(PAIR), tmp_path)).iter("svg"):
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby") == svg.find("title").get("id")
        assert all(box.find("title").text for box in svg.iter("g"))


def test_a_tree_that_is_none(tmp_path):
    tree = tmp_path / "none.dtb"
    tree.write_bytes(bytes(64))
    assert "fdt-malformed" in page_of(tree, tmp_path, status=1)
    isthmus("report", tmp_path / "absent.dtb", "-o", tmp_path / "x.html", status=1)
    assert not (tmp_path / "x.html").exists()


def test_a_module_that_cannot_be_read_is_told(make_tree, tmp_path):
    tree = make_tree(PAIR)
    done = isthmus("report", tree, "-o", tmp_path / "x.html", "--module",
                   f"0x48400000={tmp_path / 'absent'}", status=1)
    assert f"cannot read {tmp_path / 'absent'}" in done.stderr


@pytest.mark.skipif(not BROWSER, reason="chromium is not installed: ./run test does it")
def test_a_browser_shows_it(make_tree, tmp_path):
    page_of(make_tree(PAIR), tmp_path)
    picture = tmp_path / "page.png"
    command = [BROWSER, *QUIET, f"--user-data-dir={tmp_path / 'browser'}", "--window-size=1200,900"]
    page = (tmp_path / "report.html").as_uri()
    subprocess.run([*command, f"--screenshot={picture}", page], check=True, timeout=120,
                   capture_output=True)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1200, 900)
    paper = tmp_path / "page.pdf"
    subprocess.run([*command, f"--print-to-pdf={paper}", page], check=True, timeout=120, capture_output=True)
    assert len(re.findall(rb"/Type /Page\b", paper.read_bytes())) < 4, "the maps stand side by side"
    dom = subprocess.run([*command, "--dump-dom", page], check=True, timeout=120, text=True,
                         capture_output=True).stdout
    assert dom.count("<rect") == (tmp_path / "report.html").read_text().count("<rect") > 10
