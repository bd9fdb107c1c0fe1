#pragma once

#include "build-image/attest/statement.hpp"
#include "core/timestamp.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// How an image was made. Empty texts are left out.
struct Provenance {
    struct Base {
        std::string name;   ///< as the Containerfile has it
        std::string pinned; ///< "registry/repository@digest"
    };

    std::vector<Subject> subjects;
    std::string repository; ///< where the source can be had, "https://git.example.com/team/app"
    std::string ref;        ///< "refs/heads/main"
    std::string commit;     ///< whose content is inside
    bool is_modified = false; ///< the checkout had changes that the commit does not have
    std::string context;    ///< folder, as the user named it
    std::string containerfile;
    std::string target;
    std::vector<std::string> platforms;
    std::vector<std::string> arguments; ///< names of build arguments; their values may be nobody else's business
    std::vector<std::string> secrets;   ///< their ids
    std::vector<Base> bases;
    std::vector<std::string> joined;    ///< digests of the images that an index was made of
    std::string content_key;
    bool found = false; ///< not built by this run, which found that everything which decides on the content was the same
    std::string builder;
    std::string invocation; ///< address of the job's run
    std::map<std::string, std::string> versions; ///< of the tools, by name
    std::optional<Timestamp> started; ///< nobody knows for an image that was found
    std::optional<Timestamp> finished;
};

/// As an in-toto statement with a predicate of SLSA.
/// @source in-toto.io/Statement/v1; slsa.dev/spec/v1.0/provenance
std::string provenance_statement(const Provenance& provenance);

} // namespace slipway::build_image
