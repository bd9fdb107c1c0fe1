#include "update-gitops-values/preflight/preflight_options.hpp"

#include "core/text.hpp"
#include "git/names.hpp"

namespace slipway::update_gitops_values {

void declare(cli::OptionSet& set, PreflightOptions& options) {
    set.section("Before the commit");
    set.add("no-verify-image", options.no_verify_image).help("Do not look up images in their registries");
    set.add("require-immutable", options.require_immutable).help("Refuse tags that move, such as latest, without a digest");
    set.add("registry-user", options.registry_user).value_name("NAME").help("User for the images' registry").fallback_help("the CI's own, for the CI's own registry");
    set.add("registry-password", options.registry_password).help("Password of that user");
    set.add("authfile", options.authfile).value_name("FILE").variable("REGISTRY_AUTH_FILE").fallback_help("where podman and docker login keep it").help("Credentials for registries (containers-auth.json)");
    set.add("app", options.app).value_name("PATH").help("File of the Argo CD Application, inside of the repository or folder: no value file that it reads later may hide what is changed");
}

void check(const PreflightOptions& options, bool in_folder, std::vector<Diagnostic>& problems) {
    if (in_folder && !options.authfile.empty()) problems.push_back({.message = "--authfile belongs to --repo: with --dir no image is looked up"});
    if (in_folder && !options.registry_user.empty()) problems.push_back({.message = "--registry-user belongs to --repo: with --dir no image is looked up"});
    if (options.registry_user.empty() != options.registry_password.empty()) problems.push_back({.message = "--registry-user and --registry-password-file belong together"});
    if (options.app.empty()) return;
    if (const auto why = git::why_no_path(options.app); !why.empty()) problems.push_back({.message = "cannot use --app '" + visible(options.app) + "': " + why});
}

} // namespace slipway::update_gitops_values
