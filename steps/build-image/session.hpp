#pragma once

#include "bases.hpp"
#include "build-image/attest/attestations.hpp"
#include "build-image/buildah/buildah.hpp"
#include "build-image/buildah/layer_store.hpp"
#include "build-image/content/needs.hpp"
#include "build-image/push/image.hpp"
#include "build-image/push/permission.hpp"
#include "build-image/push/repositories.hpp"
#include "build-image/push/transfer.hpp"
#include "build_image.hpp"
#include "cli/context.hpp"
#include "publication.hpp"
#include "timings.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// One run of the step: looks for an image of the same content, else builds, and pushes.
class Session {
public:
    Session(const Options& options, const Plan& plan, cli::Context& context);

    /// @throws Error  refused: the image cannot be built, or a version's tag would move; world failure: everything else
    Result run();

private:
    Result join();
    Result build();
    Result keep(Buildah& buildah, const std::vector<std::string>& ids);

    void adapt_to_tool();
    void look_around();
    void check_rights();
    void read_context();
    void compute_keys();
    std::string key_tag() const { return options_.skip_key_tag + '-' + key_; }
    std::optional<Product> find_same_content();
    std::vector<std::function<void()>> permission_checks();
    std::string auth_json();
    Rewritten what_to_build();
    /// @return one a platform
    std::vector<std::string> build_images(Buildah& buildah, LayerStore& store, UnpushedImages& unpushed);
    Image export_image(Buildah& buildah, const std::string& id, LayerStore& store, Transfer& transfer);
    std::vector<ExportLayers> exports_of(Buildah& buildah, const std::vector<std::string>& ids);
    std::optional<Document> provenance_of(const Product& product, bool found) const;
    void publish(const Publishable& publishable, Transfer& transfer);
    void put_key_tag(const Product& product);
    Result pushed(Product product, const Transfer& transfer);
    Transfer new_transfer(const io::Path& workspace);

    const registry::Reference& first() const { return plan_.destinations.front().repository; }

    const Options& options_;
    const Plan& plan_;
    cli::Context& context_;
    Tool tool_;
    Build build_; ///< the plan's, as far as this Buildah can do it
    registry::RegistriesConf conf_;
    Repositories repositories_;
    Bases bases_;
    std::atomic<bool> abandoned_{false}; ///< the run fails: what is still being read is not needed
    std::string context_digest_;
    std::string context_problem_; ///< why there is none
    bool is_modified_ = false; ///< the checkout has changes that the commit does not have
    std::string key_;          ///< of the content; empty: it is not known completely, or nobody asked
    std::string unpushed_key_; ///< of this very image, labels included; empty as above
    Timestamp started_;
    bool has_built_ = false;   ///< this run itself
    Timings timings_;
    Attestations attestations_;
    PushPermission permission_; ///< behind the repositories, which it still talks to at its end
};

} // namespace slipway::build_image
