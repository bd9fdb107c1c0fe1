#pragma once

#include "build-image/sbom/documents.hpp"
#include "build-image/sbom/licenses.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What both formats of an SBOM are made of. Whatever an image's records say, the documents are right in what their formats demand.

namespace slipway::build_image {

/// Each byte that is no UTF-8 as U+FFFD.
std::string valid_utf8(std::string_view text);

/// The first line, and of that at most so many bytes, without half a character at the end.
std::string first_line(std::string_view text, std::size_t most_bytes);

/// [A-Za-z0-9.-]+ or nothing: all else becomes "-", several in a row one.
std::string spdx_id(std::string_view text);

/// A person or an organization: "Name <mail>".
struct Supplier {
    std::string name;
    std::string mail; ///< empty where it is none that formats take
    bool is_organization = false;
};

/// @return nothing when the text names nobody
std::optional<Supplier> read_supplier(std::string_view text);

/// An http(s) URL without anything that would have to be escaped in it.
bool is_web_address(std::string_view text);

/// 40 lower-case hexadecimal digits.
bool is_sha1(std::string_view text);

/// As its ecosystem calls it: "github.com/owner/module", "@scope/name"; other types have names without namespaces.
std::string full_name(const Package& package);

/// The source that a binary package was built of.
struct SourcePackage {
    std::string name;
    std::string version; ///< the package's own where the record names no other
};

/// @return nothing where the record names none, which means one of the same name and version
std::optional<SourcePackage> source_package(const Package& package);

/// The licences of a package, each once.
std::vector<const License*> licenses_of(const Package& package, Licenses& licenses);

/// "pkg:oci/app@sha256:...?arch=amd64&repository_url=registry.example.com/team/app"
std::string image_url(const Described& image);

/// The packages that documents can name.
struct Named {
    const Package* package;
    std::string url; ///< package URL, which tells each from all others
};
std::vector<Named> named_packages(const Inventory& inventory);

/// A UUID of version 5 that is the same for the same content.
/// @source RFC 9562, section 5.5
std::string uuid_of(std::string_view content);

/// RFC 3339 without fractions of seconds, as SPDX has it.
std::string document_time(const Described& image);

/// JSON in one line.
std::string one_line_json(const nlohmann::ordered_json& json);

/// An object's members followed by arrays with an element a line: of ten thousand packages no tree is made.
std::string json_object(const nlohmann::ordered_json& members, const std::string& more);

/// `"name":[` and the elements, each JSON.
std::string json_array(std::string_view name, const std::vector<std::string>& elements);

} // namespace slipway::build_image
