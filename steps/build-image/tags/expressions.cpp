#include "build-image/tags/expressions.hpp"

#include "build-image/tags/dates.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <vector>

namespace slipway::build_image {

namespace {

constexpr const char* usual_format = "YYYY-MM-DDTHH:mm:ssZ";

/// `date 'YYYY' tz='UTC'` taken apart: words, and what stands behind their "=".
struct Call {
    std::string name;
    std::vector<std::string> arguments;
    std::map<std::string, std::string> options;
};

/// A quoted text, or what goes to the next blank.
std::string read_value(std::string_view& text) {
    if (!text.empty() && (text[0] == '\'' || text[0] == '"')) {
        const char quote = text[0];
        const auto close = text.find(quote, 1);
        const std::string value(text.substr(1, close == std::string_view::npos ? close : close - 1));
        text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
        return value;
    }
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const std::string value(text.substr(0, end));
    text.remove_prefix(end);
    return value;
}

Call read_call(std::string_view text) {
    Call call;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        const auto end = std::min(text.find_first_of(" \t='\""), text.size());
        if (call.name.empty()) {
            call.name = text.substr(0, end);
            if (end == 0) return {};
            text.remove_prefix(end);
        } else if (end < text.size() && end > 0 && text[end] == '=') {
            const std::string option(text.substr(0, end));
            text.remove_prefix(end + 1);
            call.options[option] = read_value(text);
        } else {
            call.arguments.push_back(read_value(text));
        }
    }
    return call;
}

std::string date_for(const Call& call, const std::optional<Timestamp>& instant) {
    if (!instant) throw misuse("cannot use {{" + visible(call.name) + "}}: no commit time is known", "build in a Git checkout, or where a CI says it");
    const auto zone = call.options.find("tz");
    return format_date(*instant, call.arguments.empty() ? usual_format : call.arguments[0], zone == call.options.end() ? "" : zone->second);
}

std::string value_of(const Call& call, const Facts& facts, const std::map<std::string, std::string>& more) {
    if (const auto found = more.find(call.name); found != more.end()) return found->second;
    const bool is_default = !facts.branch.empty() && facts.branch == facts.default_branch;
    if (call.name == "branch") return facts.branch;
    if (call.name == "tag") return facts.tag;
    if (call.name == "sha") return facts.commit.substr(0, facts.short_length);
    if (call.name == "base_ref") return facts.base_ref;
    if (call.name == "is_default_branch") return is_default ? "true" : "false";
    if (call.name == "is_not_default_branch") return is_default ? "false" : "true";
    if (call.name == "date") return date_for(call, facts.now);
    if (call.name == "commit_date") return date_for(call, facts.commit_time);
    return {};
}

} // namespace

std::string expand_expressions(std::string_view text, const Facts& facts, const std::map<std::string, std::string>& more) {
    std::string result;
    while (!text.empty()) {
        const auto open = text.find("{{");
        const auto close = open == std::string_view::npos ? open : text.find("}}", open);
        if (close == std::string_view::npos) return result + std::string(text);
        result += text.substr(0, open);
        auto inside = text.substr(open + 2, close - open - 2);
        text.remove_prefix(close + 2);
        // A third brace says that nothing is to be escaped, which nothing is here.
        if (!inside.empty() && inside[0] == '{') {
            inside.remove_prefix(1);
            if (!text.empty() && text[0] == '}') text.remove_prefix(1);
        }
        result += value_of(read_call(inside), facts, more);
    }
    return result;
}

} // namespace slipway::build_image
