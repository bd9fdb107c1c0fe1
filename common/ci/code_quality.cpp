#include "ci/code_quality.hpp"

#include "core/sha256.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace slipway::ci {

namespace {

std::string_view severity_of(Severity severity) {
    switch (severity) {
    case Severity::error: return "major";
    case Severity::warning: return "minor";
    case Severity::notice: break;
    }
    return "info";
}

/// GitLab knows files by their path in the repository.
std::string path_in(const std::string& workspace, const std::string& file) {
    auto path = std::filesystem::path(file).lexically_normal();
    if (path.is_absolute() && !workspace.empty()) {
        const auto relative = path.lexically_relative(std::filesystem::path(workspace).lexically_normal());
        if (!relative.empty() && *relative.begin() != "..") path = relative;
    }
    return path.generic_string();
}

} // namespace

std::string code_quality_report(const std::vector<Diagnostic>& diagnostics, const std::string& checker, const std::string& workspace) {
    auto report = nlohmann::ordered_json::array();
    std::map<std::string, int> seen;
    for (const auto& diagnostic : diagnostics) {
        if (diagnostic.place.file.empty()) continue;
        const auto check = diagnostic.id.empty() ? checker : checker + '/' + diagnostic.id;
        const auto path = path_in(workspace, diagnostic.place.file);
        // Without the line, so that a finding that only moved is not a new one; the count keeps equal ones apart.
        auto identity = check + '\n' + path + '\n' + diagnostic.message;
        identity += '\n' + std::to_string(seen[identity]++);
        report.push_back({{"description", diagnostic.message},
                          {"check_name", check},
                          {"fingerprint", sha256(identity)},
                          {"severity", severity_of(diagnostic.severity)},
                          {"location", {{"path", path}, {"lines", {{"begin", std::max(1, diagnostic.place.line)}}}}}});
    }
    return report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

} // namespace slipway::ci
