#include "update-gitops-values/preflight/image_lookup.hpp"

#include "core/text.hpp"
#include "registry/client.hpp"
#include "registry/credentials.hpp"

namespace slipway::update_gitops_values {

namespace {

/// What people can do about a registry that does not tell.
Diagnostic with_hint(Diagnostic problem, bool is_denied) {
    const std::string ours = is_denied ? "--registry-user with --registry-password-file, or --authfile, gives credentials, and registries also answer so for what is not there; --no-verify-image does without looking" : "--no-verify-image does without looking";
    problem.hint += (problem.hint.empty() ? "" : "; ") + ours;
    problem.message = "cannot look up the image: " + problem.message;
    return problem;
}

} // namespace

const registry::Login& ImageLookup::login(const std::vector<NewImage>& images) {
    if (!login_) {
        login_.emplace();
        registry::add_files(*login_, options_.authfile, context_);
        std::vector<registry::Reference> references;
        for (const auto& image : images) references.push_back(image.reference);
        registry::add_given(*login_, options_.registry_user, options_.registry_password, references);
        registry::add_ci(*login_, context_);
        for (const auto& origin : login_->origins) context_.log.debug("credentials for registries: " + origin);
    }
    return *login_;
}

bool ImageLookup::is_there(const registry::Reference& image, const registry::Login& login) {
    const registry::Access access{registry::credentials_for(login.file, image, context_), registry::tls_for(image, tls_, context_)};
    registry::Repository repository(image, access, context_);
    if (image.digest.empty()) {
        const auto found = repository.head(image.tag);
        if (found) context_.log.info("the image " + to_string(image) + " is in its registry: " + visible(found->digest));
        return found.has_value();
    }
    if (!repository.head(image.digest)) return false;
    context_.log.info("the image " + to_string(image) + " is in its registry");
    if (image.tag.empty()) return true;
    const auto tagged = repository.head(image.tag);
    if (!tagged) {
        context_.log.warning("the tag " + image.tag + " of " + image.name() + " is not in the registry any more; its digest is");
    } else if (tagged->digest != image.digest) {
        context_.log.warning("the tag " + image.tag + " of " + image.name() + " names " + visible(tagged->digest) + " now, and not " + image.digest + ", which is what runs");
    }
    return true;
}

void ImageLookup::look_up(const std::vector<NewImage>& images) {
    std::vector<Diagnostic> absent;
    std::vector<Diagnostic> failures;
    std::set<std::string> silent; // registries that did not answer: each costs its retries once
    for (const auto& image : images) {
        const auto text = image.text();
        if (found_.contains(text) || silent.contains(image.reference.registry)) continue;
        context_.log.progress("looking up " + text);
        try {
            if (is_there(image.reference, login(images))) found_.insert(text);
            else absent.push_back({.message = text + " is not in its registry", .place = image.place, .hint = "is it built and pushed, and not deleted since? --no-verify-image does without looking"});
        } catch (const registry::RegistryError& error) {
            for (const auto& problem : error.diagnostics()) failures.push_back(with_hint(problem, error.is_denied()));
        } catch (const Error& error) {
            if (error.code() != ExitCode::world) throw;
            silent.insert(image.reference.registry);
            for (const auto& problem : error.diagnostics()) failures.push_back(with_hint(problem, problem.message.starts_with("cannot log in to ")));
        }
    }
    context_.log.end_progress();
    // What is known to be wrong is worth more than what is not known.
    if (!absent.empty()) {
        absent.insert(absent.end(), failures.begin(), failures.end());
        throw Error(ExitCode::refused, std::move(absent));
    }
    if (!failures.empty()) throw Error(ExitCode::world, std::move(failures));
}

} // namespace slipway::update_gitops_values
