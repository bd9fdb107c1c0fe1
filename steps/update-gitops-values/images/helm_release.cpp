#include "update-gitops-values/images/helm_release.hpp"

#include "update-gitops-values/images/helm_values.hpp"
#include "update-gitops-values/images/kustomization.hpp"

namespace slipway::update_gitops_values {

void find_in_helm_release(Search& search, yaml::NodeId root) {
    enter(search, root, "spec", [&](yaml::NodeId spec) {
        enter(search, spec, "values", [&](yaml::NodeId values) { find_in_helm_values(search, values); });
        enter(search, spec, "postRenderers", [&](yaml::NodeId renderers) {
            for_each_entry(search, renderers, [&](yaml::NodeId renderer) {
                enter(search, renderer, "kustomize", [&](yaml::NodeId kustomize) {
                    enter(search, kustomize, "images", [&](yaml::NodeId images) {
                        if (!search.is_new(images)) return;
                        auto settings = search.settings;
                        settings.create = false; // the values are where an image belongs
                        search.attempt(images, [&] {
                            find_in_kustomization(search.tree, search.document(), search.path(), search.image, settings, search.findings());
                        });
                    });
                });
            });
        });
    });
}

} // namespace slipway::update_gitops_values
