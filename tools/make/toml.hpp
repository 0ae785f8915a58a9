// SPDX-License-Identifier: Apache-2.0
// Typed reading of one TOML table, with all its mistakes and their lines.
#pragma once

#include <toml++/toml.h>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "isthmus/range.hpp"
#include "tools/make/config.hpp"

namespace isthmus::tools {

/// Every mistake in one file, as "FILE:LINE: what is wrong".
class ConfigErrors {
  public:
    explicit ConfigErrors(std::string file) : file_(std::move(file)) {}
    void add(u32 line, const std::string& what) {
        text_ += file_ + ":" + std::to_string(line) + ": " + what + "\n";
    }
    /// Whole lines that name their place themselves.
    void add_lines(const std::string& lines) { text_ += lines; }
    bool any() const { return !text_.empty(); }
    const std::string& text() const { return text_; }

  private:
    std::string file_;
    std::string text_;
};

/// Files that a configuration names, from its own folder.
class PathReader {
  public:
    PathReader(const std::filesystem::path& folder, ConfigErrors& errors)
        : folder_(std::filesystem::absolute(folder)), errors_(errors) {}

    std::filesystem::path full(const std::string& name) const {
        return (folder_ / name).lexically_normal();
    }
    /// Looked at now, so that a wrong name is reported with its line. An empty name
    /// is no file, and what is returned for a wrong one.
    std::filesystem::path path(const std::string& name, u32 line) const;

  private:
    std::filesystem::path folder_;
    ConfigErrors& errors_;
};

/// "64 KiB", "16 MiB", "1 GiB": bytes, more than none.
std::optional<u64> parse_size(std::string_view text);

class TableReader {
  public:
    TableReader(const toml::table& table, ConfigErrors& errors) : table_(table), errors_(errors) {}

    u32 line() const { return table_.source().begin.line; }

    /// Printable ASCII; `otherwise` when the key is absent.
    std::string text(std::string_view key, std::string otherwise = {});
    std::string required_text(std::string_view key);
    /// A name that can be a node's: letters, digits and ,._+- (Devicetree specification, 2.2.1).
    std::string required_name(std::string_view key, usize longest);
    /// A size (parse_size); required when there is no `otherwise`.
    u64 size(std::string_view key, std::optional<u64> otherwise);
    u32 number(std::string_view key, u32 otherwise);
    bool flag(std::string_view key, bool otherwise);
    std::vector<std::string> texts(std::string_view key);
    /// A list of numbers from 0 on, of 32 bits.
    std::vector<u32> required_numbers(std::string_view key);
    /// A number from 0 on; in TOML 0x7000_0000 is one.
    std::optional<u64> address(std::string_view key);
    /// A number, or a size; 0 when it is absent.
    u64 offset(std::string_view key);
    /// A list of tables { address = NUMBER, size = SIZE }.
    std::vector<HostRange> ranges(std::string_view key);
    /// A table of properties as they are to stand in the tree.
    std::vector<MakeProperty> properties(std::string_view key);
    /// Nothing when it is absent, or, with a message, no table.
    const toml::table* table(std::string_view key);
    const toml::table* required_table(std::string_view key);
    /// [[key]]: none when it is absent.
    std::vector<const toml::table*> tables(std::string_view key);
    bool has(std::string_view key) const { return table_.contains(key); }
    /// The value's own line, of a key that is there.
    u32 line_of(std::string_view key) const { return table_.get(key)->source().begin.line; }
    void refuse(std::string_view key, std::string_view what) {
        refuse(*table_.get(key), key, what);
    }

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
