#include "build-image/push/product.hpp"

#include "core/error.hpp"
#include "registry/parallel.hpp"

#include <atomic>
#include <functional>
#include <set>
#include <vector>

namespace slipway::build_image {

namespace {

const char* const revision_label = "org.opencontainers.image.revision";
constexpr std::size_t most_questions = 8;

} // namespace

std::string commit_in(const Image& image) {
    const auto label = image.facts.labels.find(revision_label);
    return label == image.facts.labels.end() ? std::string() : label->second;
}

Product product_from_registry(registry::Repository& repository, registry::Manifest manifest) {
    Product product;
    if (!is_index(manifest)) {
        product.images.push_back(image_from_registry(repository, manifest));
        return product;
    }
    for (const auto& digest : digests_in(manifest)) {
        const auto part = repository.manifest(digest);
        if (!part) throw world_failure("cannot use " + repository.name().name() + '@' + manifest.digest + ": the registry does not have " + digest + ", which it lists");
        product.images.push_back(image_from_registry(repository, *part));
    }
    if (product.images.empty()) throw world_failure("cannot use " + repository.name().name() + '@' + manifest.digest + ": it lists no images");
    product.index = std::move(manifest);
    return product;
}

bool is_complete(const Product& product, registry::Repository& repository) {
    std::set<std::string> digests;
    for (const auto& image : product.images) {
        for (const auto& layer : image.layers) digests.insert(layer.descriptor.digest);
    }
    std::atomic<bool> complete{true};
    std::vector<std::function<void()>> jobs;
    for (const auto& digest : digests) jobs.emplace_back([&, digest] { if (!repository.has_blob(digest)) complete = false; });
    registry::run_parallel(jobs, most_questions);
    return complete;
}

} // namespace slipway::build_image
