#include "build-image/push/whole_image.hpp"

#include "core/text.hpp"
#include "registry/manifests.hpp"
#include "registry/parallel.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace slipway::build_image {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_downloads = 4;

bool is_whole(const Image& image) {
    return !image.config.file.empty() && std::all_of(image.layers.begin(), image.layers.end(), [](const Blob& layer) { return !layer.file.empty(); });
}

Image from_buildah(const Image& image, const ExportLayers& from_storage) {
    std::set<std::string> here;
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        if (!image.layers[i].file.empty()) here.insert(image.facts.diff_ids[i]);
    }
    const auto plain = from_storage(here);
    auto layers = image.layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].file.empty()) layers[i] = plain.layers.at(i);
    }
    return with_layers(image, std::move(layers));
}

Image from_registry(Image image, registry::Repository& repository, const io::Path& workspace, cli::Context& context) {
    std::map<std::string, Blob*> missing; // a layer may be there twice
    std::uint64_t bytes = 0;
    const auto want = [&](Blob& blob) {
        if (!blob.file.empty()) return;
        if (missing.emplace(blob.descriptor.digest, &blob).second) bytes += blob.descriptor.size;
        blob.file = workspace / ("blob-" + registry::hex_of(blob.descriptor.digest));
    };
    want(image.config);
    for (auto& layer : image.layers) want(layer);
    context.log.info("reading the layers of " + repository.name().name() + '@' + image.manifest.digest + " (" + size_in_words(bytes) + ")");
    std::vector<std::function<void()>> jobs;
    for (const auto& entry : missing) jobs.emplace_back([&, blob = entry.second] { repository.download_blob(blob->descriptor, blob->file); });
    registry::run_parallel(jobs, most_downloads);
    return image;
}

} // namespace

Image whole_image(const Image& image, const ExportLayers& from_storage, registry::Repository* repository, const io::Path& workspace, cli::Context& context) {
    if (is_whole(image)) return image;
    return from_storage ? from_buildah(image, from_storage) : from_registry(image, *repository, workspace, context);
}

void write_layout(const Image& image, const std::string& name, const io::Path& folder, io::Files& files) {
    const auto blobs = folder / "blobs" / "sha256";
    files.make_folders(blobs);
    const auto file_of = [&](const std::string& digest) { return blobs / registry::hex_of(digest); };
    std::set<std::string> written;
    const auto put = [&](const Blob& blob) {
        if (written.insert(blob.descriptor.digest).second) files.link(blob.file, file_of(blob.descriptor.digest));
    };
    put(image.config);
    for (const auto& layer : image.layers) put(layer);
    files.write_atomic(file_of(image.manifest.digest), image.manifest.bytes, io::Access::usual);
    files.write_atomic(folder / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})", io::Access::usual);
    auto entry = registry::to_json(registry::descriptor_of(image.manifest));
    entry["platform"]["architecture"] = image.facts.platform.architecture;
    entry["platform"]["os"] = image.facts.platform.os;
    if (!image.facts.platform.variant.empty()) entry["platform"]["variant"] = image.facts.platform.variant;
    entry["annotations"]["org.opencontainers.image.ref.name"] = name;
    auto index = Json::object();
    index["schemaVersion"] = 2;
    index["mediaType"] = registry::image_index_type;
    index["manifests"] = Json::array();
    index["manifests"].push_back(std::move(entry));
    files.write_atomic(folder / "index.json", index.dump(), io::Access::usual);
}

} // namespace slipway::build_image
