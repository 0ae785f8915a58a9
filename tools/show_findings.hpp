// SPDX-License-Identifier: Apache-2.0
// Findings for people and for machines.
#pragma once

#include <ostream>

#include "isthmus/finding.hpp"
#include "tools/json.hpp"

namespace isthmus::tools {

class StreamSink final : public TextSink {
  public:
    explicit StreamSink(std::ostream& stream) : stream_(stream) {}
    void write(std::string_view text) override { stream_ << text; }

  private:
    std::ostream& stream_;
};

/// As the console prints them, one a line; "error" and "warning" in colour on a terminal, unless
/// the environment says NO_COLOR.
void print_findings(std::ostream& stream, const Findings& findings);

/// An array of objects: rule, severity, path, property, other_path, message, values, line.
void write_findings(JsonWriter& json, const Findings& findings);

}  // namespace isthmus::tools
