#include "description.hpp"

#include "build-image/sbom/documents.hpp"
#include "build-image/sbom/inventory.hpp"
#include "build-image/scan/scan.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <utility>

namespace slipway::build_image {

namespace {

/// Sizes and times of what an image consists of.
std::vector<std::pair<std::uint64_t, std::int64_t>> states_of(const Image& image, io::Files& files) {
    std::vector<std::pair<std::uint64_t, std::int64_t>> states;
    const auto add = [&](const Blob& blob) {
        const auto status = files.status(blob.file);
        states.emplace_back(status ? status->size : 0, status ? status->changed : 0);
    };
    add(image.config);
    for (const auto& layer : image.layers) add(layer);
    return states;
}

const char* const version_label = "org.opencontainers.image.version";

} // namespace

void Description::make(const Product& product, const std::vector<ExportLayers>& exports, const io::Path& workspace) {
    for (std::size_t i = 0; i < product.images.size(); ++i) {
        const auto& image = product.images[i];
        const auto& attested = attestations_.of(image.manifest.digest);
        const bool lists = options_.sbom && !(attested.has(DocumentKind::spdx) && attested.has(DocumentKind::cyclonedx));
        if (!lists && options_.scan.empty()) continue;
        const auto from_storage = exports.empty() ? ExportLayers() : exports.at(i);
        const auto whole = whole_image(image, from_storage, plan_.push ? &repositories_.open(first()) : nullptr, workspace, context_);
        if (lists) add_sbom(image, whole);
        if (!options_.scan.empty()) scan_image(image, whole, workspace / ("scan" + std::to_string(i)));
    }
}

void Description::add_sbom(const Image& image, const Image& whole) {
    const auto begin = context_.clock.steady();
    std::vector<LayerFile> layers;
    for (std::size_t i = 0; i < image.layers.size(); ++i) layers.push_back({image.layers[i].descriptor.digest, whole.layers[i].file});
    const auto inventory = take_inventory(layers, all_catalogers(), context_.cancellation);
    for (const auto& gap : inventory.gaps) context_.log.warning("the list of software has a gap: " + gap);
    const auto version = image.facts.labels.find(version_label);
    const Described described{.name = first().name(),
                              .version = version == image.facts.labels.end() ? "" : version->second,
                              .digest = plan_.push ? image.manifest.digest : image.config.descriptor.digest,
                              .platform = image.facts.platform,
                              .created = parse_timestamp(image.facts.created).value_or(Timestamp{})};
    auto& attested = attestations_.of(image.manifest.digest);
    if (!attested.has(DocumentKind::spdx)) attestations_.add(attested.subject.digest, {DocumentKind::spdx, spdx_document(inventory, described)});
    if (!attested.has(DocumentKind::cyclonedx)) attestations_.add(attested.subject.digest, {DocumentKind::cyclonedx, cyclonedx_document(inventory, described)});
    const auto took = std::chrono::duration_cast<Duration>(context_.clock.steady() - begin);
    context_.log.info("the image for " + to_string(image.facts.platform) + " has " + count_of(inventory.packages.size(), "package") + " (" + format_duration(took) + " to list them)");
}

void Description::scan_image(const Image& image, const Image& whole, const io::Path& folder) {
    const auto names = plan_.full_tags();
    ScanInput input{.layout = folder / "layout",
                    .name = names.empty() ? first().name() : names.front(),
                    .digest = plan_.push ? image.manifest.digest : "",
                    .platform = to_string(image.facts.platform),
                    .spdx = {},
                    .cyclonedx = {}};
    write_layout(whole, input.name, input.layout, context_.files);
    const auto put = [&](const Attestation& one, const char* name) {
        const auto file = folder / name;
        context_.files.write_atomic(file, one.document.bytes, io::Access::usual);
        return file;
    };
    for (const auto& one : attestations_.of(image.manifest.digest).attestations) {
        if (one.document.bytes.empty()) continue;
        if (one.document.kind == DocumentKind::spdx) input.spdx = put(one, "sbom.spdx.json");
        if (one.document.kind == DocumentKind::cyclonedx) input.cyclonedx = put(one, "sbom.cdx.json");
    }
    const auto before = states_of(whole, context_.files);
    scan(options_.scan, input, context_);
    // Its layers have a second name in the layout, and are pushed from the first.
    if (states_of(whole, context_.files) != before) {
        throw refused("the scan of " + input.name + " changed the image: it wrote to files below $IMAGE_LAYOUT/blobs", "nothing was pushed; a scanner may read the layout and put files beside it");
    }
}

} // namespace slipway::build_image
