#include "request_branch.hpp"

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "update-gitops-values/request.hpp"
#include "yaml/path.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace slipway::update_gitops_values {

namespace {

constexpr std::size_t longest_slug = 40;
constexpr std::size_t digits = 10;

/// What an image is found by, whichever of its names on Docker Hub is written: the shortest one.
std::string image_name(std::string name) {
    for (const std::string_view prefix : {"index.docker.io/", "docker.io/", "library/"}) {
        const auto rest = std::string_view(name).substr(std::min(prefix.size(), name.size()));
        if (name.starts_with(prefix) && is_same_name(name, rest)) name = std::string(rest);
    }
    return name;
}

/// Letters and digits, and one hyphen for all between them.
std::string slug(std::string_view text) {
    std::string result;
    for (const char c : lower(text)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            result += c;
        else if (!result.empty() && result.back() != '-')
            result += '-';
    }
    while (!result.empty() && result.back() == '-') result.pop_back();
    return result;
}

/// "apps/web/values.yaml" is "web-values".
std::string slug_of_path(const std::string& path) {
    std::vector<std::string> parts;
    for (const auto part : split(path, '/')) {
        const bool is_last = part.data() + part.size() == path.data() + path.size();
        const auto dot = is_last ? part.rfind('.') : std::string_view::npos;
        if (auto word = slug(dot == 0 ? part.substr(1) : part.substr(0, dot)); !word.empty()) parts.push_back(std::move(word));
    }
    const auto from = parts.size() < 2 ? parts.begin() : parts.end() - 2;
    return join(std::vector<std::string>(from, parts.end()), "-");
}

std::string readable(const std::set<std::string>& files, bool takes_back) {
    auto text = files.empty() ? std::string{} : slug_of_path(*files.begin());
    if (text.empty()) text = "change";
    if (takes_back) text = "rollback-" + text;
    return slug(text.substr(0, longest_slug));
}

} // namespace

std::string request_branch(const Options& options, const std::string& base) {
    std::vector<Diagnostic> problems; // told of by check() already
    const auto request = read_request(options, problems);
    const std::set<std::string> files(request.files.begin(), request.files.end());
    std::set<std::string> paths(request.rollback_paths.begin(), request.rollback_paths.end());
    for (const auto& operation : request.operations) paths.insert(yaml::to_string(operation.path));
    std::set<std::string> images;
    for (const auto& image : request.images) images.insert(image_name(image.name));
    // What --from copies is named without a new name, which is no --image as it is read otherwise.
    if (options.promotion.promotes()) images.insert(options.images.begin(), options.images.end());
    std::set<std::string> image_paths;
    for (const auto& path : request.search.paths) image_paths.insert(yaml::to_string(path));
    std::set<std::string> policies;
    for (const auto& policy : request.policies) policies.insert(policy.policy);
    std::set<std::string> puts; // paths within the repository
    for (const auto& put : request.puts) puts.insert(put.path);
    const std::set<std::string> removals(request.removals.begin(), request.removals.end());
    const nlohmann::json targets = {{"base", base},
                                    {"files", files},
                                    {"document", options.document},
                                    {"paths", paths},
                                    {"images", images},
                                    {"image_paths", image_paths},
                                    {"policies", policies},
                                    {"puts", puts},
                                    {"removals", removals},
                                    {"from", options.promotion.from},
                                    {"rollback", options.takes_back()}};
    // A name of a file may have bytes that are no UTF-8.
    const auto canonical = targets.dump(-1, ' ', true, nlohmann::json::error_handler_t::ignore);
    std::string raw = canonical;
    for (const auto& names : {files, puts, removals}) {
        for (const auto& name : names) raw += '\0' + name;
    }
    std::set<std::string> all = files;
    if (all.empty()) all = !puts.empty() ? puts : removals;
    return "slipway/" + readable(all, options.takes_back()) + '-' + sha256(raw).substr(0, digits);
}

} // namespace slipway::update_gitops_values
