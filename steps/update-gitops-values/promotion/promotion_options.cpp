#include "promotion_options.hpp"

#include "core/text.hpp"
#include "git/glob.hpp"
#include "git/names.hpp"
#include "update-gitops-values/promotion/place.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

/// Both parts of "[BRANCH:]FILE".
void check_place(const char* option, const std::string& text, bool in_folder, std::vector<Diagnostic>& problems) {
    const bool has_branch = text.find(':') != std::string::npos;
    const auto place = parse_environment_place(text);
    const auto refuse = [&](const std::string& why) { problems.push_back({.message = "cannot use " + std::string(option) + " '" + visible(text) + "': " + why}); };
    if (has_branch && in_folder) return refuse("a folder has no branches");
    if (const auto why = has_branch ? git::why_no_branch(place.branch) : ""; !why.empty()) return refuse(why);
    if (const auto why = git::why_no_path(place.file); !why.empty()) return refuse(why);
    if (git::is_pattern(place.file)) refuse("a pattern is not the one file of an environment");
}

} // namespace

void declare(cli::OptionSet& set, PromotionOptions& options) {
    set.section("Promotion");
    set.add("from", options.from).value_name("[BRANCH:]FILE").help("File of another environment whose images (--image NAME), values (--path) or, without those, all common images are copied");
    set.add("require-in", options.require_in).value_name("[BRANCH:]FILE").help("File of another environment that must hold the same already");
    set.add("for", options.held_for).value_name("DURATION").help("How long it must have held it");
}

void check(const PromotionOptions& options, const std::vector<std::string>& files, bool in_folder, std::vector<Diagnostic>& problems) {
    const auto check_environment = [&](const char* option, const std::string& place) {
        check_place(option, place, in_folder, problems);
        if (std::find(files.begin(), files.end(), place) == files.end()) return;
        problems.push_back({.message = "cannot use " + std::string(option) + " '" + visible(place) + "': it is the --file that is changed", .hint = "another environment has a file of its own, or a branch: BRANCH:" + visible(place)});
    };
    if (options.promotes()) check_environment("--from", options.from);
    for (const auto& place : options.require_in) check_environment("--require-in", place);
    if (options.held_for < Duration{0}) problems.push_back({.message = "--for must not be negative"});
    if (options.held_for > Duration{0} && options.require_in.empty()) problems.push_back({.message = "--for needs --require-in"});
    if (options.held_for > Duration{0} && in_folder) problems.push_back({.message = "--for belongs to --repo: a folder does not tell since when it holds something"});
}

} // namespace slipway::update_gitops_values
