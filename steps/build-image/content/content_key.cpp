#include "build-image/content/content_key.hpp"

#include "build-image/content/context_walk.hpp"
#include "core/sha256.hpp"

namespace slipway::build_image {

namespace {

/// Goes up when a key would mean something else than before.
constexpr const char* format = "slipway content key 1";

/// Hashes texts so that no two lists of them are hashed alike.
class Hash {
public:
    void add(std::string_view text) {
        hash_.add(std::to_string(text.size()) + ':');
        hash_.add(text);
    }
    void add(const char* name, const std::vector<std::string>& texts) {
        add(name);
        add(std::to_string(texts.size()));
        for (const auto& text : texts) add(text);
    }
    void add(const char* name, const std::map<std::string, std::string>& values) {
        add(name);
        add(std::to_string(values.size()));
        for (const auto& [key, value] : values) {
            add(key);
            add(value);
        }
    }
    std::string digits() { return hash_.digits(); }

private:
    Sha256 hash_;
};

std::map<std::string, std::string> without_what_commits_change(std::map<std::string, std::string> values) {
    for (const char* name : {"revision", "created", "version"}) values.erase(std::string("org.opencontainers.image.") + name);
    return values;
}

} // namespace

std::string content_key(const KeyInputs& inputs) {
    Hash hash;
    hash.add(format);
    hash.add(inputs.buildah_version);
    hash.add(inputs.containerfile);
    hash.add("platforms", inputs.platforms);
    hash.add("bases", inputs.bases);
    hash.add("arguments", inputs.arguments);
    hash.add("labels", without_what_commits_change(inputs.labels));
    hash.add("annotations", without_what_commits_change(inputs.annotations));
    hash.add("settings", inputs.settings);
    hash.add(inputs.context);
    return hash.digits();
}

std::string context_digest(const std::string& folder, const std::string& ignore_file, const std::optional<std::vector<std::string>>& sources,
                           const std::atomic<bool>& stop, cli::Context& context) {
    const auto patterns = ignore_file.empty() ? IgnorePatterns() : IgnorePatterns(context.files.read(ignore_file));
    Hash hash;
    for (const auto& entry : walk_context(folder, patterns, sources, stop, context)) {
        hash.add(entry.path);
        hash.add(entry.state);
    }
    return hash.digits();
}

} // namespace slipway::build_image
