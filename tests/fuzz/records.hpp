#pragma once

#include "content_text.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"

#include <algorithm>

// What every cataloger of text files promises.
namespace slipway::fuzz {

inline build_image::Finding read_records(const build_image::Cataloger& cataloger, const std::string& path, std::string_view text) {
    auto finding = fake::read(cataloger, path, std::string(text));
    const auto is_text = [](const std::string& value) { return is_valid_utf8(value) && !std::any_of(value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }); };
    for (const auto& package : finding.packages) {
        expect(!package.type.empty() && !package.name.empty() && !package.version.empty(), "a package has a name and a version");
        expect(visible(package.name) == package.name && visible(package.version) == package.version, "a name and a version show as what they are");
        expect(is_text(package.name) && is_text(package.version), "they are valid text");
        for (const auto& [name, value] : package.qualifiers) expect(is_valid_utf8(name) && is_valid_utf8(value), "qualifiers are valid text");
        for (const auto& license : package.licenses) expect(!license.empty() && is_text(license), "a licence is text of one line");
        expect(is_text(package.supplier) && is_text(package.homepage), "people and pages are text of one line");
    }
    expect(finding.packages.size() <= text.size() / 8, "there are no more packages than the text has room for");
    expect(finding.gaps.size() <= 1, "gaps are told together");
    return finding;
}

} // namespace slipway::fuzz
