#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace slipway::build_image {

/// What a statement is about.
struct Subject {
    std::string name;   ///< "registry.example.com/team/app"
    std::string digest; ///< of the manifest, "sha256:..."
};

/// A digest as in-toto has it: {"sha256": "..."}.
nlohmann::ordered_json digest_set(const std::string& digest);

/// An in-toto statement.
/// @source github.com/in-toto/attestation, "Statement", version 1
nlohmann::ordered_json make_statement(const std::vector<Subject>& subjects, const std::string& predicate_type, nlohmann::ordered_json predicate);

} // namespace slipway::build_image
