#pragma once

#include "core/error.hpp"
#include "io/files.hpp"
#include "registry/connection.hpp"
#include "registry/reference.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::registry {

/// What names a blob or a manifest.
/// @source github.com/opencontainers/image-spec, "Content Descriptors"
struct Descriptor {
    std::string media_type;
    std::string digest;
    std::uint64_t size = 0; ///< bytes

    bool operator==(const Descriptor&) const = default;
};

struct Manifest {
    std::string media_type;
    std::string digest; ///< of `bytes`
    std::string bytes;
};

/// An answer that is a no.
class RegistryError : public Error {
public:
    RegistryError(int status, std::string message, std::string hint = {})
        : Error(ExitCode::world, Diagnostic{.message = std::move(message), .hint = std::move(hint)}), status_(status) {}

    int status() const noexcept { return status_; }
    /// These credentials may not do that, or there are none.
    bool is_denied() const noexcept { return status_ == 401 || status_ == 403; }

private:
    int status_;
};

/// Called with the bytes of a blob that are sent so far.
using Progress = std::function<void(std::uint64_t)>;

/// One repository of a registry. May be used by several threads.
///
/// Everything throws RegistryError for an answer that is a no, Error (world failure) when there is no answer or it is none
/// of a registry, and Cancelled. Requests are repeated after 408, 429, 5xx and broken connections, with Retry-After.
///
/// @source github.com/opencontainers/distribution-spec, "API"
class Repository {
public:
    /// @param name        with its registry; tag and digest do not matter
    /// @param connection  to that registry; repositories may share one
    Repository(Reference name, std::shared_ptr<Connection> connection, cli::Context& context);
    /// With a connection of its own.
    Repository(const Reference& name, Access access, cli::Context& context)
        : Repository(name, std::make_shared<Connection>(name.registry, std::move(access), context), context) {}

    const Reference& name() const noexcept { return name_; }
    const Access& access() const noexcept { return connection_->access(); }

    /// What a tag or digest names; nothing when there is no such manifest or repository.
    std::optional<Descriptor> head(const std::string& tag_or_digest);

    /// The manifest itself; its digest is computed, and must be the one that was asked for.
    std::optional<Manifest> manifest(const std::string& tag_or_digest);

    /// Puts a manifest under a tag or under its digest, and compares what the registry says it stored.
    /// @return the digest of the subject that the registry took note of (OCI-Subject); empty when it did not, or there is none
    std::string put_manifest(const std::string& tag_or_digest, const Manifest& manifest);

    /// All tags, in the registry's order; empty when there is no such repository.
    std::vector<std::string> tags() { return tags_with("", ""); }
    /// Those that begin so. Registries that can begin in the midst of their list are asked to.
    std::vector<std::string> tags_with_prefix(const std::string& prefix);

    /// Begins an upload, which shows whether blobs may be pushed.
    /// @return its address, for cancel_upload
    std::string begin_upload();
    /// Takes an upload back. When that fails, the registry tidies up by itself one day.
    void cancel_upload(const std::string& address);

    bool has_blob(const std::string& digest);

    /// Lets a blob of another repository of this registry be in this one, too.
    /// @return false when the registry does not do it, and the blob must be uploaded
    bool mount_blob(const std::string& digest, const std::string& from_repository);

    /// A small blob.
    /// @param most_bytes  a larger one is an error
    std::string read_blob(const std::string& digest, std::uint64_t most_bytes);

    /// A blob into a file; size and digest are verified.
    void download_blob(const Descriptor& blob, const io::Path& file);

    /// A file as a blob. An upload that breaks off goes on where the registry says it was, or begins again.
    /// @throws Error (world failure)  also when the file is not what the descriptor says
    void upload_blob(const Descriptor& blob, const io::Path& file, const Progress& progress = {});
    /// The same of bytes in memory.
    void upload_bytes(const Descriptor& blob, const std::string& bytes);

private:
    enum class Action { pull, push };

    std::string path(const std::string& rest) const { return "/v2/" + repository_ + rest; }
    std::string scope(Action action) const;
    io::Response ask(io::Request request, Action action) { return connection_->send(std::move(request), scope(action)); }
    io::Request manifest_request(const std::string& method, const std::string& tag_or_digest) const;
    /// @param doing  "push", for "cannot push registry/repository: ..."
    RegistryError failure(const std::string& doing, const io::Request& request, const io::Response& response);
    std::string location_of(const io::Response& response);
    /// @param after  a tag to begin behind; empty: at the first
    std::vector<std::string> tags_with(const std::string& prefix, const std::string& after);

    Reference name_;
    std::string repository_; ///< as the registry has it: "library/debian"
    cli::Context& context_;
    std::shared_ptr<Connection> connection_;
    enum class Known { not_yet, yes, no };
    std::atomic<Known> has_referrers_api_{Known::not_yet};

    friend class Upload;
    friend class Referrers;
};

} // namespace slipway::registry
