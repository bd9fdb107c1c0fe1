#include "request.hpp"

#include "core/text.hpp"
#include "git/glob.hpp"
#include "git/names.hpp"
#include "yaml/json_value.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

class Reader {
public:
    Reader(const Options& options, std::vector<Diagnostic>& problems) : options_(options), problems_(problems) {}

    Request read() {
        request_.files = options_.files;
        request_.expect_old = options_.expect_old;
        request_.search.create = options_.create;
        if (options_.document >= 0) request_.search.document = static_cast<std::size_t>(options_.document);
        if (options_.follow_alias) request_.edit.aliases = yaml::OnAlias::follow;
        if (options_.break_alias) request_.edit.aliases = yaml::OnAlias::break_apart;
        request_.search.aliases = request_.edit.aliases;
        for_each("--set", options_.set, [&](const std::string& text) { add(yaml::Operation::Kind::set, text); });
        for_each("--set-json", options_.set_json, [&](const std::string& text) { add(yaml::Operation::Kind::set_json, text); });
        for_each("--image", options_.images, [&](const std::string& text) { image(text); });
        for_each("--image-path", options_.image_paths, [&](const std::string& text) { request_.search.paths.push_back(yaml::parse_path(text)); });
        for_each("--policy", options_.policies, [&](const std::string& text) { request_.policies.push_back(parse_policy_argument(text)); });
        for_each("--put", options_.put, [&](const std::string& text) { put(text); });
        for_each("--delete", options_.remove, [&](const std::string& text) { request_.removals.push_back(checked(text, git::why_no_pattern(text))); });
        for_each("--path", options_.paths, [&](const std::string& text) { request_.rollback_paths.push_back(yaml::to_string(yaml::parse_path(text))); });
        return std::move(request_);
    }

private:
    template <class Take> void for_each(const std::string& option, const std::vector<std::string>& values, const Take& take) {
        for (const auto& value : values) {
            try {
                take(value);
            } catch (const Error& error) {
                for (auto problem : error.diagnostics()) {
                    problem.message = "cannot use " + option + ": " + problem.message;
                    problems_.push_back(std::move(problem));
                }
            }
        }
    }

    void add(yaml::Operation::Kind kind, const std::string& text) {
        auto assignment = yaml::parse_assignment(text);
        const auto path = yaml::to_string(assignment.path);
        if (std::find(paths_.begin(), paths_.end(), path) != paths_.end()) throw misuse(visible(path) + " is given more than one value");
        if (kind == yaml::Operation::Kind::set_json) check_json(path, assignment.value);
        paths_.push_back(path);
        request_.operations.push_back({.kind = kind,
                                       .path = std::move(assignment.path),
                                       .value = std::move(assignment.value),
                                       .document = request_.search.document,
                                       .create = options_.create});
    }

    void image(const std::string& text) {
        if (!options_.promotion.promotes()) return request_.images.push_back(parse_image_argument(text));
        // An entry of a kustomization may have a placeholder for its name.
        const auto parts = split_image(text);
        if (parts.name.empty() || parts.name != text || text.find('=') != std::string::npos || has_template(text)) {
            throw misuse("'" + visible(text) + "' is no name alone: with --from the version is the one that the other environment holds", "write --image " + visible(parts.name.substr(0, parts.name.find('='))));
        }
        request_.image_names.push_back(text);
    }

    static void check_json(const std::string& path, const std::string& json) {
        try {
            yaml::read_json(json);
        } catch (const Error& error) {
            throw misuse(visible(path) + ": " + error.diagnostics().front().message, "a text is given with --set, or in quotes: --set-json '" + visible(path) + "=\"text\"'");
        }
    }

    void put(const std::string& text) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals + 1 == text.size()) throw misuse("'" + visible(text) + "' is no PATH=LOCALFILE");
        request_.puts.push_back({checked(text.substr(0, equals), git::why_no_path(text.substr(0, equals))), text.substr(equals + 1)});
    }

    static std::string checked(std::string path, const std::string& why) {
        if (!why.empty()) throw misuse('\'' + visible(path) + "': " + why);
        return path;
    }

    const Options& options_;
    std::vector<Diagnostic>& problems_;
    Request request_;
    std::vector<std::string> paths_; ///< those that have a value
};

} // namespace

Request read_request(const Options& options, std::vector<Diagnostic>& problems) { return Reader(options, problems).read(); }

} // namespace slipway::update_gitops_values
