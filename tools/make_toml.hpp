// SPDX-License-Identifier: Apache-2.0
// Typed reading of one TOML table, with all its mistakes and their lines.
#pragma once

#include <toml++/toml.h>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::tools {

/// Every mistake in one file, as "FILE:LINE: what is wrong".
class ConfigErrors {
  public:
    explicit ConfigErrors(std::string file) : file_(std::move(file)) {}
    void add(u32 line, const std::string& what) {
        text_ += file_ + ":" + std::to_string(line) + ": " + what + "\n";
    }
    bool any() const { return !text_.empty(); }
    const std::string& text() const { return text_; }

  private:
    std::string file_;
    std::string text_;
};

class TableReader {
  public:
    TableReader(const toml::table& table, ConfigErrors& errors) : table_(table), errors_(errors) {}

    u32 line() const { return table_.source().begin.line; }

    /// Printable ASCII; `otherwise` when the key is absent.
    std::string text(std::string_view key, std::string otherwise = {});
    std::string required_text(std::string_view key);
    /// A name that can be a node's: letters, digits and ,._+- (Devicetree specification, 2.2.1).
    std::string required_name(std::string_view key, usize longest);
    /// "64 KiB", "1 GiB": bytes.
    u64 size(std::string_view key, std::optional<u64> otherwise);
    u32 number(std::string_view key, u32 otherwise);
    bool flag(std::string_view key, bool otherwise);
    std::vector<std::string> texts(std::string_view key);

    /// Reports the keys that nobody asked for: a misspelt one must not be ignored.
    void finish();

  private:
    const toml::node* find(std::string_view key, bool is_required);
    void refuse(const toml::node& node, std::string_view key, std::string_view what);

    const toml::table& table_;
    ConfigErrors& errors_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace isthmus::tools
