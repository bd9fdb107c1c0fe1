#pragma once

#include "core/exit_code.hpp"
#include "io/processes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::build_image {

/// Whose fault it is that Buildah failed.
enum class Cause {
    content,     ///< the Containerfile, the context, a RUN step, a base image that does not exist
    network,     ///< a registry or another server does not answer as it should
    credentials, ///< a registry refuses
    disk,        ///< no space left
    rights,      ///< the kernel or the container around us forbids what Buildah needs
    killed,      ///< a signal ended it, or what it had started
};

/// What Buildah says when it fails.
struct Complaint {
    Cause cause = Cause::content;
    std::string why;        ///< its last words, one line, at most some hundred characters
    bool passing = false;   ///< may be gone in a moment: worth another attempt
    std::string step;       ///< the instruction that failed, such as "RUN make", as far as it says so
    std::string hint = {};
};

enum class Phase { build, push };

/// Reads how a run of Buildah ended. Only its own last error counts: what RUN steps print may say anything.
///
/// In a push nothing is content: whatever fails there is a matter of the registry, the way to it or this machine.
///
/// @source the messages of Buildah 1.28 and 1.39 and of the libraries in them
Complaint read_complaint(const io::ProcessResult& result, Phase phase);

/// 1 when the image itself cannot be built, else 3.
ExitCode code_for(Cause cause);

/// The line of the Containerfile's text on which the instruction begins that Buildah names; nothing when none or
/// several look like it.
std::optional<int> line_of_step(std::string_view containerfile, std::string_view step);

} // namespace slipway::build_image
