#include "build-image/sbom/records.hpp"

#include "core/text.hpp"

#include <map>
#include <utility>
#include <vector>

namespace slipway::build_image {

namespace {

constexpr std::uint64_t largest = 8'000'000; // the description follows the headers
constexpr std::size_t longest_license = 200; // characters; some put all of its text there

/// As the Python package index compares names: "Jaraco.Text", "jaraco_text" and "jaraco-text" are the same.
/// @source packaging.python.org/en/latest/specifications/name-normalization
std::string normalized(std::string_view name) {
    std::string result;
    for (const char c : lower(name)) {
        const bool is_separator = c == '-' || c == '_' || c == '.';
        if (!is_separator) result += c;
        else if (result.empty() || result.back() != '-') result += '-';
    }
    return result;
}

/// What the headers say that has to be weighed against each other.
struct Headers {
    std::map<std::string, std::string> texts; ///< of those that count once; the first of several
    std::vector<std::string> classifiers;     ///< "MIT License" of "License :: OSI Approved :: MIT License"

    const std::string& operator[](const std::string& name) { return texts[name]; }
};

void read_classifier(Headers& headers, std::string_view value) {
    if (!value.starts_with("License ::")) return;
    const auto last = trim(value.substr(value.rfind(':') + 1));
    if (last != "OSI Approved") headers.classifiers.emplace_back(last);
}

/// "Homepage, https://example.org/"; the label in whatever case and with whatever blanks.
void read_project_url(Headers& headers, std::string_view value) {
    const auto comma = value.find(',');
    if (comma == std::string_view::npos) return;
    auto label = lower(value.substr(0, comma));
    std::erase_if(label, [](char c) { return c == ' ' || c == '-' || c == '_'; });
    if (label == "homepage") headers.texts.emplace("home-page", trim(value.substr(comma + 1)));
}

Headers read_headers(std::string_view file) {
    Headers headers;
    take_paragraph(file, [&](const std::string& name, std::string_view value) {
        if (name == "classifier") return read_classifier(headers, value);
        if (name == "project-url") return read_project_url(headers, in_one_line(value));
        for (const char* wanted : {"name", "version", "license-expression", "license", "home-page", "author", "author-email", "maintainer", "maintainer-email"}) {
            if (name != wanted) continue;
            auto text = in_one_line(value);
            if (!text.empty() && text != "UNKNOWN") headers.texts.emplace(name, std::move(text)); // what old tools wrote of what they did not know
        }
    });
    return headers;
}

/// Packages of Python, whoever installed them; those that a package brings along within itself, too.
/// @source packaging.python.org/en/latest/specifications/core-metadata
class Python final : public Cataloger {
public:
    bool wants(const Member& member) const override {
        const std::string_view path = member.path;
        return path.ends_with(".dist-info/METADATA") || path.ends_with(".egg-info/PKG-INFO") || path.ends_with(".egg-info") || path.ends_with(".egg/EGG-INFO/PKG-INFO");
    }

    Finding read(const Member& member, Content& content) const override {
        RecordFile file(member, content, largest);
        if (file.text().empty()) return file.finding();
        auto headers = read_headers(file.text());
        Package package{.type = "pypi", .name = normalized(headers["name"]), .version = headers["version"]};
        if (const auto& expression = headers["license-expression"]; !expression.empty()) {
            package.licenses = {expression};
        } else if (const auto& license = headers["license"]; !license.empty() && license.size() <= longest_license) {
            package.licenses = {license};
        } else {
            for (const auto& classifier : headers.classifiers) add_license(package, classifier);
        }
        package.supplier = person(headers["author"], headers["author-email"]);
        if (package.supplier.empty()) package.supplier = person(headers["maintainer"], headers["maintainer-email"]);
        package.homepage = headers["home-page"];
        file.add(std::move(package));
        return file.finding();
    }
};

} // namespace

const Cataloger& python_cataloger() {
    static const Python cataloger;
    return cataloger;
}

} // namespace slipway::build_image
