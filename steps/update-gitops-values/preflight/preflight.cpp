#include "preflight.hpp"

#include "core/text.hpp"
#include "update-gitops-values/preflight/argo_values.hpp"

namespace slipway::update_gitops_values {

std::vector<std::string> new_images(const Changeset& files) {
    std::vector<std::string> texts;
    for (const auto& image : find_new_images(files, {}).images) texts.push_back(image.text());
    return texts;
}

Preflight::Preflight(const PreflightOptions& options, Lookup lookup, Scope scope, const cli::TlsOptions& tls, cli::Context& context)
    : options_(options), lookup_(lookup), scope_(std::move(scope)), context_(context), images_(options, tls, context) {}

void Preflight::say(io::LogLevel level, const std::string& message) {
    if (said_.insert(message).second) context_.log.line(level, message);
}

void Preflight::check_tags(const std::vector<NewImage>& images) {
    std::vector<Diagnostic> refusals;
    for (const auto& image : images) {
        const auto& tag = image.reference.tag;
        if (!image.reference.digest.empty() || !is_moving_tag(tag)) continue;
        const auto what = image.text() + " has no digest, and the tag " + visible(tag) + " moves";
        if (options_.require_immutable) {
            refusals.push_back({.message = what + ": --require-immutable refuses it", .place = image.place, .hint = "give the digest, NAME:TAG@DIGEST, or a tag of this one build"});
        } else {
            say(io::LogLevel::warning, to_string(image.place) + ": " + what + ": nobody can tell from Git what runs, and it does not change when the tag does");
        }
    }
    if (!refusals.empty()) throw Error(ExitCode::refused, std::move(refusals));
}

void Preflight::check_images(const Changeset& files) {
    const auto found = find_new_images(files, scope_.image_paths);
    check_tags(found.images);
    if (lookup_ == Lookup::no) return;
    for (const auto& place : found.without_name) say(io::LogLevel::info, visible(place) + " is a version whose image stands elsewhere: it is not looked up");
    for (const auto& place : found.not_understood) say(io::LogLevel::info, visible(place) + " is no name that a registry takes: it is not looked up");
    images_.look_up(found.images);
}

void Preflight::check_application(const Changeset& files, FileTree& tree) {
    if (options_.app.empty() || files.empty()) return;
    for (const auto& warning : check_argo_values(options_.app, {scope_.repo, scope_.branch}, files, tree)) say(io::LogLevel::warning, warning);
}

} // namespace slipway::update_gitops_values
