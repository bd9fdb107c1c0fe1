#pragma once

#include "prometheus/rule_file.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::push_rules {

/// Which checks the comments of a rule file turn off: `# slipway: disable=id,id`. A comment within a rule, or directly above it, is for
/// that rule; one in a group's head for the group; one above the first group for the file.
class Suppressions {
public:
    Suppressions() = default;
    Suppressions(std::string_view text, const prometheus::RuleFile& rules);

    /// Whether a finding of this check in this line is not wanted.
    bool covers(const std::string& id, int line) const;

    /// Ids that stand in comments, with their lines.
    const std::vector<std::pair<int, std::string>>& ids() const noexcept { return ids_; }

private:
    struct Range {
        int first;
        int last;
        std::string id;
    };
    std::vector<Range> ranges_;
    std::vector<std::pair<int, std::string>> ids_;
};

} // namespace slipway::push_rules
