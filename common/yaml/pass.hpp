#pragma once

#include "yaml/edit.hpp"
#include "yaml/json_value.hpp"
#include "yaml/patch.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

/// One operation, as far as one reading of the text tells.
struct Step {
    std::vector<Change> changes = {}; ///< one, or those of all operations within one text
    std::optional<Patch> patch = {};  ///< nothing when there is nothing to do
    bool alone = false;               ///< it changes the structure: operations that follow need a new reading
    std::string target = {};          ///< what it leads to; empty where several may lead to the same
};

/// Operations on one reading of a text.
class Pass {
public:
    /// @throws Error as `edit` does for a text that is no YAML
    Pass(std::string_view text, const std::string& file, const EditSettings& settings);
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

    const Document& document() const { return document_; }

    /// @param operation  without `Within`
    /// @param value  what is to be there, or to be added
    /// @throws Error (refused) when it cannot be done
    Step plan(const Operation& operation, const JsonValue& value) const;

    /// The text at the path of operations within it; nothing when it is empty or not there.
    /// @param needed  refuse when there is no text
    std::optional<std::string> text_at(const Operation& operation, bool needed) const;

private:
    const Events events_;
    const Document document_;
    const EditSettings& settings_;
    std::size_t documents_ = 0;
    std::vector<std::size_t> aliases_; ///< of the whole stream
};

/// "set", "add to", "remove": for errors.
std::string doing_of(const Operation& operation);

} // namespace slipway::yaml
