#pragma once

#include "build-image/push/image.hpp"
#include "build-image/push/repositories.hpp"
#include "cli/context.hpp"
#include "registry/reference.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace slipway::build_image {

/// Where an image goes: a repository, and its tags there.
struct Destination {
    registry::Reference repository; ///< without tag and digest
    std::vector<std::string> tags;
};

/// What happened to a blob.
enum class Delivery { present, mounted, uploaded };

/// Brings images into repositories: each blob at most once, mounted from another repository of the registry where it can
/// be, several at a time.
class Transfer {
public:
    /// @param sources    repositories that may have layers which this machine has not
    /// @param workspace  folder for layers on their way from one registry to another
    Transfer(Repositories& repositories, std::vector<registry::Reference> sources, io::Path workspace, cli::Context& context)
        : repositories_(repositories), sources_(std::move(sources)), workspace_(std::move(workspace)), context_(context) {}

    /// Whether the destination, or a source, has a blob.
    bool is_available(const registry::Descriptor& blob, const registry::Reference& destination);

    /// All blobs of the image, but not its manifest.
    /// @throws Error (world failure)
    void bring(const Image& image, const registry::Reference& destination);

    /// Somebody has seen all blobs of the image there.
    void note_present(const Image& image, const registry::Reference& repository);

    /// Begins with a blob while others are still being made; `bring` does what that could not. Returns at once.
    void bring_early(const Blob& blob, const registry::Reference& destination);

    /// What became of the blobs in the first destination, by digest.
    const std::map<std::string, Delivery>& deliveries() const noexcept { return deliveries_; }

private:
    void bring_blob(const Blob& blob, const registry::Reference& destination);
    bool mount(const registry::Descriptor& blob, const registry::Reference& destination);
    void upload(const Blob& blob, const registry::Reference& destination);
    std::optional<registry::Reference> source_of(const registry::Descriptor& blob);
    std::set<std::string> repositories_with(const std::string& digest);
    bool has(const std::string& digest, const registry::Reference& repository);
    void note(const std::string& digest, const registry::Reference& repository, std::optional<Delivery> delivery);
    int next_download();
    void finish_early();
    void show_progress(const std::string& digest, std::uint64_t sent);

    Repositories& repositories_;
    std::vector<registry::Reference> sources_;
    io::Path workspace_;
    cli::Context& context_;
    std::mutex mutex_; ///< for what follows
    std::map<std::string, std::set<std::string>> holders_; ///< names of repositories by the digest of a blob that they have
    std::set<std::string> absent_; ///< "repository digest" of blobs that were looked for in vain
    std::map<std::string, Delivery> deliveries_;
    std::map<std::string, std::uint64_t> sent_; ///< bytes by digest, of the uploads that were begun
    std::uint64_t to_send_ = 0;                 ///< bytes of all of them
    int downloads_ = 0;
    std::vector<std::jthread> early_;
};

/// @throws Error (refused) when a complete version's tag names another digest than the product's
/// @throws Error (world failure)
void refuse_moved_versions(const Product& product, const std::vector<Destination>& destinations, Repositories& repositories);

/// Gives the product its tags, several at a time, and asks the registry what they name then.
///
/// @throws Error (world failure)  also when the registry answers with yes and does not have it
void put_tags(const Product& product, const std::vector<Destination>& destinations, Repositories& repositories, cli::Context& context);

} // namespace slipway::build_image
