#include "build-image/push/transfer.hpp"

#include "build-image/tags/choose.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/manifests.hpp"
#include "registry/parallel.hpp"

namespace slipway::build_image {

namespace {

constexpr std::size_t most_uploads = 4;
constexpr std::size_t most_questions = 8; // small ones
constexpr std::uint64_t worth_a_line = 1024 * 1024;

std::string short_digest(const std::string& digest) { return digest.substr(0, digest.find(':') + 13); }

/// The repository's name, without its registry, of "registry/repository".
std::string repository_of(const std::string& name) { return name.substr(name.find('/') + 1); }

} // namespace

bool Transfer::is_available(const registry::Descriptor& blob, const registry::Reference& destination) {
    return has(blob.digest, destination) || source_of(blob).has_value();
}

/// Asks each repository once for each blob.
bool Transfer::has(const std::string& digest, const registry::Reference& repository) {
    const auto question = repository.name() + ' ' + digest;
    {
        const std::lock_guard lock(mutex_);
        if (holders_[digest].count(repository.name()) != 0) return true;
        if (absent_.count(question) != 0) return false;
    }
    if (repositories_.open(repository).has_blob(digest)) {
        note(digest, repository, std::nullopt);
        return true;
    }
    const std::lock_guard lock(mutex_);
    absent_.insert(question);
    return false;
}

void Transfer::note_present(const Image& image, const registry::Reference& repository) {
    note(image.config.descriptor.digest, repository, Delivery::present);
    for (const auto& layer : image.layers) note(layer.descriptor.digest, repository, Delivery::present);
}

void Transfer::bring_early(const Blob& blob, const registry::Reference& destination) {
    early_.emplace_back([this, blob, destination] {
        try {
            bring_blob(blob, destination);
        } catch (const Error& error) {
            context_.log.debug(error.what()); // it is tried again, and told then
        } catch (const Cancelled&) {
            // Whoever waits for us notices it as well.
        }
    });
}

void Transfer::finish_early() { early_.clear(); }

void Transfer::bring(const Image& image, const registry::Reference& destination) {
    finish_early();
    std::map<std::string, const Blob*> blobs = {{image.config.descriptor.digest, &image.config}};
    for (const auto& layer : image.layers) blobs[layer.descriptor.digest] = &layer;
    std::vector<std::function<void()>> jobs;
    for (const auto& entry : blobs) jobs.emplace_back([this, blob = entry.second, &destination] { bring_blob(*blob, destination); });
    registry::run_parallel(jobs, most_uploads);
    context_.log.end_progress();
}

void Transfer::bring_blob(const Blob& blob, const registry::Reference& destination) {
    const auto& digest = blob.descriptor.digest;
    if (has(digest, destination)) {
        note(digest, destination, Delivery::present);
    } else if (mount(blob.descriptor, destination)) {
        note(digest, destination, Delivery::mounted);
    } else {
        upload(blob, destination);
        note(digest, destination, Delivery::uploaded);
    }
}

bool Transfer::mount(const registry::Descriptor& blob, const registry::Reference& destination) {
    for (const auto& holder : repositories_with(blob.digest)) {
        if (holder.rfind(destination.registry + '/', 0) != 0) continue;
        if (repositories_.open(destination).mount_blob(blob.digest, repository_of(holder))) return true;
    }
    return false;
}

void Transfer::upload(const Blob& blob, const registry::Reference& destination) {
    const auto& descriptor = blob.descriptor;
    auto file = blob.file;
    if (file.empty()) {
        const auto source = source_of(descriptor);
        if (!source) throw world_failure("cannot push the layer " + short_digest(descriptor.digest) + ": neither this machine nor " + destination.name() + " has it");
        context_.log.info("taking the layer " + short_digest(descriptor.digest) + " (" + size_in_words(descriptor.size) + ") from " + source->name());
        file = workspace_ / (registry::hex_of(descriptor.digest) + "-" + std::to_string(next_download()));
        repositories_.open(*source).download_blob(descriptor, file);
    }
    if (descriptor.size >= worth_a_line) context_.log.info("uploading " + short_digest(descriptor.digest) + " (" + size_in_words(descriptor.size) + ") to " + destination.name());
    {
        const std::lock_guard lock(mutex_);
        if (sent_.emplace(descriptor.digest, 0).second) to_send_ += descriptor.size;
    }
    repositories_.open(destination).upload_blob(descriptor, file, [&](std::uint64_t bytes) { show_progress(descriptor.digest, bytes); });
    if (blob.file.empty()) context_.files.remove(file);
}

std::optional<registry::Reference> Transfer::source_of(const registry::Descriptor& blob) {
    const auto holders = repositories_with(blob.digest);
    for (const auto& source : sources_) {
        if (holders.count(source.name()) != 0) return source;
    }
    for (const auto& source : sources_) {
        try {
            if (has(blob.digest, source)) return source;
        } catch (const Error& error) {
            context_.log.debug(error.what()); // one of several places
        }
    }
    return std::nullopt;
}

std::set<std::string> Transfer::repositories_with(const std::string& digest) {
    const std::lock_guard lock(mutex_);
    return holders_[digest];
}

int Transfer::next_download() {
    const std::lock_guard lock(mutex_);
    return ++downloads_;
}

void Transfer::note(const std::string& digest, const registry::Reference& repository, std::optional<Delivery> delivery) {
    const std::lock_guard lock(mutex_);
    holders_[digest].insert(repository.name());
    if (delivery) deliveries_.emplace(digest, *delivery);
}

void Transfer::show_progress(const std::string& digest, std::uint64_t sent) {
    const std::lock_guard lock(mutex_);
    sent_[digest] = sent;
    std::uint64_t sum = 0;
    for (const auto& [name, bytes] : sent_) sum += bytes;
    context_.log.progress("uploading layers: " + size_in_words(sum) + " of " + size_in_words(to_send_));
}

void refuse_moved_versions(const Product& product, const std::vector<Destination>& destinations, Repositories& repositories) {
    std::vector<std::function<void()>> jobs;
    std::mutex mutex;
    std::map<std::string, std::string> others;
    for (const auto& destination : destinations) {
        for (const auto& tag : destination.tags) {
            if (!is_complete_version(tag)) continue;
            jobs.emplace_back([&, tag] {
                const auto there = repositories.open(destination.repository).head(tag);
                const std::lock_guard lock(mutex);
                if (there && there->digest != product.top().digest) others[destination.repository.name() + ':' + tag] = there->digest;
            });
        }
    }
    registry::run_parallel(jobs, most_questions);
    std::vector<Diagnostic> problems;
    for (const auto& [name, digest] : others) {
        problems.push_back({.message = "cannot push " + name + ": it names " + digest + " already, and this image is " + product.top().digest,
                            .hint = "a version that was published stays what it is: give the change a new one, or say --overwrite"});
    }
    if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
}

namespace {

/// A registry may have answered with yes and kept nothing.
void confirm(const registry::Reference& destination, const std::string& tag, const std::string& digest, Repositories& repositories, cli::Context& context) {
    auto& repository = repositories.open(destination);
    const auto name = destination.name() + ':' + tag;
    try {
        const auto found = repository.head(tag);
        if (!found) throw world_failure("pushed " + name + ", but the registry does not have it");
        if (found->digest == digest) return;
        if (!repository.head(digest)) throw world_failure("pushed " + name + " as " + digest + ", but the registry has only " + found->digest + " there");
        // Another pipeline on the same branch; what this one hands on is the digest.
        context.log.warning("somebody else has just pushed " + name + ": it names " + found->digest + " now, not " + digest);
    } catch (const registry::RegistryError& error) {
        context.log.warning(name + " is pushed, but cannot be read back: " + error.what());
    }
}

} // namespace

void put_tags(const Product& product, const std::vector<Destination>& destinations, Repositories& repositories, cli::Context& context) {
    std::vector<std::function<void()>> jobs;
    for (const auto& destination : destinations) {
        for (const auto& tag : destination.tags) {
            jobs.emplace_back([&, tag] {
                repositories.open(destination.repository).put_manifest(tag, product.top());
                confirm(destination.repository, tag, product.top().digest, repositories, context);
                context.log.info("pushed " + destination.repository.name() + ':' + tag);
            });
        }
    }
    registry::run_parallel(jobs, most_questions);
}

} // namespace slipway::build_image
