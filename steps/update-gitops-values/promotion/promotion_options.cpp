#include "update-gitops-values/promotion/promotion_options.hpp"

#include "core/text.hpp"
#include "git/names.hpp"

namespace slipway::update_gitops_values {

namespace {

/// The file of "[BRANCH:]FILE", and its branch.
void check_place(const char* option, const std::string& text, bool in_folder, std::vector<Diagnostic>& problems) {
    const auto colon = text.find(':');
    const auto branch = colon == std::string::npos ? std::string{} : text.substr(0, colon);
    const auto file = colon == std::string::npos ? text : text.substr(colon + 1);
    const auto refuse = [&](const std::string& why) { problems.push_back({.message = "cannot use " + std::string(option) + " '" + visible(text) + "': " + why}); };
    if (colon != std::string::npos && in_folder) return refuse("a folder has no branches");
    if (const auto why = colon == std::string::npos ? "" : git::why_no_branch(branch); !why.empty()) return refuse(why);
    if (const auto why = git::why_no_path(file); !why.empty()) refuse(why);
}

} // namespace

void declare(cli::OptionSet& set, PromotionOptions& options) {
    set.section("Promotion");
    set.add("from", options.from).value_name("[BRANCH:]FILE").help("File of another environment whose images (--image NAME), values (--path) or, without those, all common images are copied");
    set.add("require-in", options.require_in).value_name("[BRANCH:]FILE").help("File of another environment that must hold the same already");
    set.add("for", options.held_for).value_name("DURATION").help("How long it must have held it");
}

void check(const PromotionOptions& options, bool in_folder, std::vector<Diagnostic>& problems) {
    if (options.promotes()) check_place("--from", options.from, in_folder, problems);
    for (const auto& place : options.require_in) check_place("--require-in", place, in_folder, problems);
    if (options.held_for < Duration{0}) problems.push_back({.message = "--for must not be negative"});
    if (options.held_for > Duration{0} && options.require_in.empty()) problems.push_back({.message = "--for needs --require-in"});
    if (options.held_for > Duration{0} && in_folder) problems.push_back({.message = "--for belongs to --repo: a folder does not tell since when it holds something"});
}

} // namespace slipway::update_gitops_values
