// SPDX-License-Identifier: Apache-2.0
#include "tools/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tools/program.hpp"

namespace isthmus::tools {
namespace {

/// A file that is gone when this is.
class TemporaryFile {
  public:
    explicit TemporaryFile(std::string pattern) : name_(std::move(pattern)) {
        file_ = mkstemp(name_.data());
    }
    ~TemporaryFile() {
        if (file_ >= 0) {
            close(file_);
            unlink(name_.c_str());
        }
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    bool is_open() const { return file_ >= 0; }
    const std::string& name() const { return name_; }
    bool write(std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const ssize_t done = ::write(file_, bytes.data(), bytes.size());
            if (done < 0 && errno != EINTR) {
                return false;
            }
            bytes = bytes.subspan(done < 0 ? 0 : static_cast<std::size_t>(done));
        }
        return true;
    }
    /// The file gets the rights that a new file has, and its name for good.
    bool keep_as(const std::string& name) {
        const mode_t mask = umask(0);
        umask(mask);
        if (fchmod(file_, 0666 & ~mask) != 0 || rename(name_.c_str(), name.c_str()) != 0) {
            return false;
        }
        close(file_);
        file_ = -1;
        return true;
    }

  private:
    std::string name_;
    int file_ = -1;
};

bool write_in_place(const std::string& name, std::span<const std::byte> bytes) {
    std::ofstream file(name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    return static_cast<bool>(file);
}

bool write_file(const std::string& name, std::span<const std::byte> bytes) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status status = fs::status(name, error);
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        return !fs::is_directory(status) && write_in_place(name, bytes);
    }
    const fs::path target = fs::exists(status) ? fs::canonical(name, error) : fs::path(name);
    TemporaryFile file(target.string() + ".XXXXXX");
    return file.is_open() && file.write(bytes) && file.keep_as(target.string());
}

std::string temporary_pattern() {
    const char* folder = std::getenv("TMPDIR");
    return std::string(folder != nullptr ? folder : P_tmpdir) + "/isthmus-XXXXXX";
}

std::expected<Bytes, std::string> run_dtc(const std::string& from, const std::string& to,
                                          const std::string& input) {
    const TemporaryFile output(temporary_pattern());
    const TemporaryFile errors(temporary_pattern());
    if (!output.is_open() || !errors.is_open()) {
        return std::unexpected("cannot make a temporary file");
    }
    const auto done =
        run_program({"dtc", "-q", "-I", from, "-O", to, "-o", output.name(), input}, errors.name());
    if (!done) {
        return std::unexpected(done.error());
    }
    auto bytes = read_file(output.name());
    return bytes ? std::expected<Bytes, std::string>(std::move(*bytes))
                 : std::unexpected("dtc failed");
}

/// Source, or a blob, which starts with its magic (Devicetree specification, 5.2).
std::expected<Bytes, std::string> read_standard_input() {
    constexpr std::string_view magic = "\xd0\x0d\xfe\xed";
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const auto bytes = std::as_bytes(std::span(text));
    if (text.empty() || text.starts_with(magic)) {
        return Bytes(bytes.begin(), bytes.end());
    }
    const TemporaryFile input(temporary_pattern());
    if (!input.is_open() || !input.write(bytes)) {
        return std::unexpected("cannot write a temporary file");
    }
    return run_dtc("dts", "dtb", input.name());
}

std::string why_unreadable(const std::string& name) {
    std::error_code error;
    if (std::filesystem::is_directory(name, error)) {
        return "it is a folder";
    }
    errno = 0;
    const std::ifstream file(name, std::ios::binary);
    return errno != 0 ? std::strerror(errno) : "reading fails";
}

}  // namespace

bool is_source(const std::string& name) {
    return name.ends_with(".dts");
}

std::optional<Bytes> read_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    std::error_code ignored;
    if (!file || std::filesystem::is_directory(name, ignored)) {
        return std::nullopt;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) {
        return std::nullopt;
    }
    const auto bytes = std::as_bytes(std::span(text));
    return Bytes(bytes.begin(), bytes.end());
}

std::expected<Bytes, std::string> read_tree(const std::string& name) {
    if (name == "-") {
        return read_standard_input();
    }
    auto bytes = read_file(name);
    if (!bytes) {
        return std::unexpected("cannot read " + name + ": " + why_unreadable(name));
    }
    return is_source(name) ? run_dtc("dts", "dtb", name) : std::move(*bytes);
}

std::expected<Bytes, std::string> decompile(std::span<const std::byte> blob) {
    const TemporaryFile input(temporary_pattern());
    if (!input.is_open() || !input.write(blob)) {
        return std::unexpected("cannot write a temporary file");
    }
    return run_dtc("dtb", "dts", input.name());
}

bool write_tree(const std::string& name, std::span<const std::byte> blob) {
    const bool is_terminal = name.empty() && isatty(STDOUT_FILENO) != 0;
    if (!is_source(name) && !is_terminal) {
        return write_output(name, blob);
    }
    const auto source = decompile(blob);
    if (!source) {
        std::cerr << "isthmus: " << source.error() << '\n';
        return false;
    }
    return write_output(name, *source);
}

bool write_output(const std::string& name, std::span<const std::byte> bytes) {
    bool done = false;
    if (name.empty()) {
        std::cout.write(reinterpret_cast<const char*>(bytes.data()),
                        static_cast<std::streamsize>(bytes.size()));
        done = static_cast<bool>(std::cout.flush());
    } else {
        done = write_file(name, bytes);
    }
    if (!done) {
        std::cerr << "isthmus: cannot write " << (name.empty() ? "standard output" : name) << '\n';
    }
    return done;
}

}  // namespace isthmus::tools
