// SPDX-License-Identifier: Apache-2.0
#include "tools/report/report.hpp"

#include <filesystem>
#include <iostream>
#include <sstream>

#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
#include "tools/commands.hpp"
#include "tools/report/html.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

// Colours carry no meaning alone: each box has its name, and a read-only one a broken edge. On
// paper the page is always the light one.
constexpr std::string_view style_sheet = R"(
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --faint: #5a6675; --line: #ccd3dc;
  --edge: #47536180; --sat: 70%; --light: 80%; --ram: #e4e9f0; --heap: #f6f7f9; --isthmus: #d9d2c3;
  --module: #ece6da; --device: #dde6e0; --passed: #f3dcc6; --error: #b3261e; --warning: #8a5a00; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --paper: #14181e; --faint: #9aa6b5;
  --line: #333c48; --edge: #a5b2c266; --sat: 42%; --light: 33%; --ram: #2c3644; --heap: #1c222a;
  --isthmus: #4b4434; --module: #3b362b; --device: #2a3a31; --passed: #573c25; --error: #ff9d94; --warning: #f0c060;
  --good: #7fd6a0; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1400px; margin: 0 auto; padding: 24px; }
h1 { font-size: 1.6em; margin: 0; } h2 { font-size: 1.2em; margin: 1.8em 0 .4em; }
p.about { color: var(--faint); margin: .2em 0 1em; }
.findings { list-style: none; padding: 0; margin: 0; }
.findings li { border-left: 4px solid; padding: .3em .8em; margin: .4em 0; overflow-wrap: anywhere;
  font-family: ui-monospace, monospace; font-size: .87em; }
.error { color: var(--error); } .warning { color: var(--warning); } .good { color: var(--good); }
.maps { display: flex; flex-wrap: wrap; gap: 24px 28px; align-items: flex-start; }
figure { margin: 0; } figcaption { font-weight: 600; padding-left: 104px; }
figcaption small { display: block; font-weight: 400; color: var(--faint); }
svg { display: block; max-width: 100%; height: auto; }
svg text { fill: var(--ink); font-family: system-ui, sans-serif; }
.address { font: 11px ui-monospace, monospace; text-anchor: end; }
svg .address { fill: var(--faint); font-family: ui-monospace, monospace; }
.label { font-size: 13px; font-weight: 600; } .note { font-size: 11.5px; }
.box rect { stroke: var(--edge); } .ro rect { stroke-dasharray: 5 3; stroke: var(--ink); }
.region rect { fill: hsl(var(--hue) var(--sat) var(--light)); stroke: var(--ink); }
.ram rect { fill: var(--ram); } .heap rect { fill: var(--heap); }
.isthmus rect { fill: var(--isthmus); } .module rect { fill: var(--module); }
.reserved rect { fill: var(--module); } .device rect { fill: var(--device); }
.passed rect { fill: var(--passed); }
.gap { stroke: var(--edge); stroke-dasharray: 2 4; }
.wide { overflow-x: auto; margin: 0 0 1.4em; }
table { border-collapse: collapse; font-size: .87em; }
caption { text-align: left; font-weight: 600; font-size: 1.1em; padding: .4em 0; }
th, td { text-align: left; vertical-align: top; padding: .3em .9em .3em 0; }
thead th { color: var(--faint); font-weight: 600; border-bottom: 2px solid var(--line); }
tbody th, tbody td { border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
tbody th { font-weight: 600; }
tbody th, tbody td:not(:last-child) { white-space: nowrap; }
.swatch { display: inline-block; width: .9em; height: .9em; margin-right: .5em;
  border: 1px solid var(--ink); background: hsl(var(--hue) var(--sat) var(--light)); }
@page { margin: 12mm; }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --faint: #444; --line: #bbb;
  --edge: #444; --sat: 70%; --light: 82%; --ram: #e4e9f0; --heap: #fff; --isthmus: #d9d2c3;
  --module: #ece6da; --device: #dde6e0; --passed: #f3dcc6; --error: #900; --warning: #640; --good: #063; }
  body { max-width: none; margin: 0; padding: 0; font-size: 10pt; }
  .box rect, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .maps { display: block; orphans: 1; widows: 1; } .map { display: inline-block; width: 31%; margin: 0 1% 5mm 0;
  vertical-align: top; } figcaption { padding-left: 33%; } svg { width: 100%; }
  .map, .wide, tr, .findings li { break-inside: avoid; } h2 { break-after: avoid; }
  .wide { overflow: visible; margin-bottom: 4mm; } table { width: 100%; font-size: 7pt; }
  tbody th, tbody td:not(:last-child) { white-space: normal; }
  th, td { padding-right: 2mm; } tbody td:last-child { overflow-wrap: anywhere; } }
)";

void write_findings(std::ostream& page, const Findings& findings) {
    page << "<h2>Findings</h2>\n";
    if (findings.items().empty()) {
        page << "<p class=\"good\">None: this plan is what will be built.</p>\n";
        return;
    }
    page << "<p>" << findings.errors() << " errors, " << findings.warnings() << " warnings."
         << (findings.has_errors() ? " No guest will start." : "") << "</p>\n"
         << "<ul class=\"findings\">\n";
    for (const Finding& finding : findings.items()) {
        std::ostringstream line;
        StreamSink sink(line);
        print_finding(sink, finding);
        const bool is_error = finding.rule->severity == Severity::error;
        page << "<li class=\"" << (is_error ? "error" : "warning") << "\">" << escape(line.str())
             << "</li>\n";
    }
    page << "</ul>\n";
    if (findings.dropped() != 0) {
        page << "<p>And " << findings.dropped() << " more.</p>\n";
    }
}

void write_about(std::ostream& page, const fdt::HostDescription& host) {
    u64 ram = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        ram += bank.range.size();
    }
    page << "<p class=\"about\">"
         << (host.model.empty() ? "An unnamed machine" : escape(fdt::printable(host.model))) << ": "
         << host.cpus.size() << " CPUs, " << text_of("{}", byte_size(ram)) << " of RAM";
    if (host.gic) {
        page << ", GICv" << static_cast<unsigned>(host.gic->version);
    }
    page << "</p>\n";
}

}  // namespace

void write_report(std::ostream& page, std::string_view name, const BootTree& tree) {
    page << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
         << escape(name) << ": Isthmus plan</title>\n<style>" << style_sheet
         << "</style>\n</head>\n<body>\n<main>\n<h1>" << escape(name) << "</h1>\n";
    write_about(page, tree.host());
    write_findings(page, tree.findings());
    page << "<h2>Maps</h2>\n<p class=\"about\">Lowest address at the top. Heights follow the "
            "logarithm of the size; a long map goes on beside itself. A region has one colour in "
            "all maps; a broken edge is "
            "read-only.</p>\n";
    if (tree.plan()) {
        write_maps(page, *tree.plan());
        page << "<h2>Tables</h2>\n";
        write_tables(page, *tree.plan(), tree.host());
    } else {
        write_bare_map(page, tree.host());
    }
    page << "</main>\n</body>\n</html>\n";
}

int report(const Arguments& arguments) {
    const std::string& file = arguments.operands.front();
    auto blob = read_tree(file);
    if (!blob) {
        std::cerr << "isthmus: " << blob.error() << '\n';
        return exit_errors;
    }
    const BootTree tree(std::move(*blob), arguments.loaded, arguments.modules);
    std::ostringstream page;
    write_report(page, std::filesystem::path(file).filename().string(), tree);
    const std::string text = page.str();
    if (!write_output(arguments.output, std::as_bytes(std::span(text)))) {
        return exit_errors;
    }
    for (const std::string& error : tree.module_errors()) {
        std::cerr << "isthmus: " << error << '\n';
    }
    return tree.findings().has_errors() || !tree.module_errors().empty() ? exit_errors : exit_clean;
}

}  // namespace isthmus::tools
