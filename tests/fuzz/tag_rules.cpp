#include "fuzz.hpp"

#include "build-image/tags/choose.hpp"
#include "core/error.hpp"
#include "registry/reference.hpp"

#include <string>

using namespace slipway;
using namespace slipway::build_image;

/// The first line is a Git tag, the second a flavor, what follows are rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto first = text.find('\n');
    if (first == std::string_view::npos) return 0;
    const auto second = text.find('\n', first + 1);
    if (second == std::string_view::npos) return 0;
    Facts facts{.commit = std::string(40, 'a'), .short_commit = "aaaaaaa", .tag = std::string(text.substr(0, first)), .default_branch = "main", .is_schedule = true};
    facts.commit_time = facts.now;
    std::vector<Diagnostic> problems;
    const auto rules = read_tag_rules({std::string(text.substr(second + 1))}, {std::string(text.substr(first + 1, second - first - 1))}, problems);
    if (!problems.empty()) return 0;
    try {
        const auto tags = choose_tags(rules, facts, [] { return std::optional(std::vector<std::string>{"v2.0.0", "1!3"}); });
        for (const auto& tag : tags.names) fuzz::expect(registry::is_tag(tag), "what comes out is a tag");
        fuzz::expect(tags.version == tags.names.front(), "the first is the version");
    } catch (const Error&) {
    }
    return 0;
}
