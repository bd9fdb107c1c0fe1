#pragma once

#include "build-image/sbom/cataloger.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace slipway::build_image {

/// Whether a text can be a package's name or version: not empty, not endless, valid UTF-8, and shows as what it is.
bool is_name(std::string_view text);

/// A text file that tells of packages: what is read out of it, and what of it could not be read.
class RecordFile {
public:
    /// @throws Error (world failure) what `content` throws
    RecordFile(const Member& member, Content& content, std::uint64_t most_bytes);

    /// Valid UTF-8: a "?" stands for each byte that is none. Empty when the file is too large, which is a gap.
    std::string_view text() const { return text_; }

    /// Records that give no name, no version, or one that does not show as what it is, are a gap; so are more than any system has.
    void add(Package package);

    void gap(const std::string& why);

    Finding finding();

private:
    std::string path_;
    std::string text_;
    Finding finding_;
    std::size_t unreadable_ = 0;
    std::size_t too_many_ = 0;
};

/// @param name  in lower case
using FieldReader = std::function<void(const std::string& name, std::string_view value)>;

/// Takes the first paragraph of "Name: value" lines off a text, as Debian's control files and the headers of mail have them: a
/// value goes on in the lines that begin with a blank, an empty line ends the paragraph.
///
/// @return false when there is none left
bool take_paragraph(std::string_view& text, const FieldReader& field);

/// A value of several lines as one, without control characters.
std::string in_one_line(std::string_view value);

/// "Name <mail@example.com>"; what there is of it.
std::string person(const std::string& name, const std::string& mail);

/// Adds a licence, if it is named at all and not there yet.
void add_license(Package& package, std::string_view license);

} // namespace slipway::build_image
