#include "bases.hpp"

#include "core/error.hpp"

namespace slipway::build_image {

namespace {

/// What Buildah calls images without a registry.
constexpr const char* this_machine = "localhost";

class Finder {
public:
    Finder(const registry::RegistriesConf& conf, Repositories& repositories) : conf_(conf), repositories_(repositories) {}

    void add(const std::string& name) {
        if (bases.pinned.count(name) != 0) return;
        try {
            find(name);
        } catch (const Error& error) {
            bases.unknown.push_back("the base image " + name + ": " + error.what());
        }
    }

    Bases bases;

private:
    void find(const std::string& name) {
        auto image = registry::parse_reference(name);
        if (image.registry.empty()) {
            const auto full = conf_.resolve_short_name(image);
            if (!full) throw world_failure("registries.conf does not say which registry it is in");
            image = *full;
        }
        if (image.registry == this_machine) throw world_failure("it is on this machine alone");
        if (image.tag.empty() && image.digest.empty()) image.tag = "latest";
        const auto digest = digest_of(image);
        const auto pin = image.name() + '@' + digest;
        bases.pinned[name] = pin;
        bases.names[pin] = image.tag.empty() ? pin : image.name() + ':' + image.tag;
    }

    std::string digest_of(const registry::Reference& image) {
        const auto wanted = image.digest.empty() ? image.tag : image.digest;
        std::string why = "there is no such image";
        for (const auto& endpoint : conf_.pull_endpoints(image)) {
            try {
                const auto found = repositories_.open(endpoint.reference, endpoint.insecure).head(wanted);
                if (!found) continue;
                bases.found.push_back({endpoint, found->digest});
                bases.repositories.push_back({.registry = endpoint.reference.registry, .repository = endpoint.reference.repository, .tag = "", .digest = ""});
                return found->digest;
            } catch (const Error& error) {
                why = error.what(); // the next mirror may know it
            }
        }
        throw world_failure(why);
    }

    const registry::RegistriesConf& conf_;
    Repositories& repositories_;
};

} // namespace

Bases find_bases(const std::vector<ImageUse>& images, const registry::RegistriesConf& conf, Repositories& repositories, cli::Context& context) {
    Finder finder(conf, repositories);
    for (const auto& image : images) {
        context.cancellation.check();
        finder.add(image.name);
    }
    return std::move(finder.bases);
}

bool have_triggers(const Bases& bases, const std::vector<std::string>& platforms, Repositories& repositories) {
    for (const auto& [endpoint, digest] : bases.found) {
        auto& repository = repositories.open(endpoint.reference, endpoint.insecure);
        const auto read = [&](const std::string& wanted) {
            auto manifest = repository.manifest(wanted);
            if (!manifest) throw world_failure("the base image " + repository.name().name() + '@' + wanted + " is gone");
            return std::move(*manifest);
        };
        const auto manifest = read(digest);
        if (!is_index(manifest)) {
            if (image_from_registry(repository, manifest).facts.has_triggers) return true;
            continue;
        }
        for (const auto& part : digests_in(manifest, platforms)) {
            if (image_from_registry(repository, read(part)).facts.has_triggers) return true;
        }
    }
    return false;
}

} // namespace slipway::build_image
