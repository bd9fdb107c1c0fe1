#pragma once

#include "yaml/events.hpp"
#include "yaml/locate.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::yaml {

/// One change of a text: the bytes that are replaced, and what a reader must see in place of some events.
struct Patch {
    std::size_t begin = 0; ///< byte
    std::size_t end = 0;   ///< byte behind the last; `begin` for an insertion
    std::string text = {};
    std::size_t first = 0;  ///< index of the first event that is replaced
    std::size_t behind = 0; ///< index behind the last; `first` when events are only added in front of it
    Events expected = {};   ///< in their place: kind, tag and value count, offsets and partners do not
};

/// The text with the patches, which may not overlap, and whose events must read as the patches say, and all others as before.
///
/// Anchors are compared by what they mean, so that one may go away without changing the numbers of others for the proof.
///
/// @throws Error (refused) when it would read otherwise; nothing is to be written then
std::string apply(const Document& document, std::vector<Patch> patches);

} // namespace slipway::yaml
