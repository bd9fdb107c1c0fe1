#include "build-image/show/provenance_text.hpp"

#include "build-image/show/unwrap.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <initializer_list>
#include <tuple>
#include <vector>

namespace slipway::build_image {

namespace {

using nlohmann::json;

constexpr std::size_t most_entries = 50; ///< of one sort; the rest is counted
constexpr std::size_t most_bytes = 500;  ///< of a value

std::string first_text(const json& object, std::initializer_list<const char*> paths) {
    for (const char* path : paths) {
        if (auto text = text_at(object, path); !text.empty()) return text;
    }
    return {};
}

class Lines {
public:
    void add(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        auto line = one_line(value);
        if (line.size() > most_bytes) {
            line.resize(most_bytes);
            line.resize(valid_utf8_length(line));
            line += "...";
        }
        text_ += std::string(name) + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + visible(line) + '\n';
    }

    std::string text() const { return text_; }

private:
    std::string text_;
};

/// One of the things that the build took in.
struct Input {
    std::string uri, name, algorithm, digest;
    bool is_modified = false;
};

Input read_input(const json& entry) {
    Input input{.uri = text_at(entry, "/uri"), .name = text_at(entry, "/name"), .algorithm = {}, .digest = {}};
    const auto& digests = member_at(entry, "/digest");
    if (digests.is_object()) {
        for (const auto& [algorithm, digest] : digests.items()) {
            // The first by its name: "gitCommit" comes before "gitTree".
            if (input.digest.empty() && digest.is_string()) input.algorithm = algorithm, input.digest = digest.get<std::string>();
        }
    }
    input.is_modified = member_at(entry, "/annotations/modified") == json(true);
    return input;
}

/// GitLab's runners call a commit "sha256".
bool is_commit(const Input& input) {
    const bool is_web_page = input.uri.starts_with("https://") || input.uri.starts_with("http://");
    return input.uri.starts_with("git+") || input.algorithm == "gitCommit" || (is_web_page && input.digest.size() == 40);
}

/// "registry.example.com/base@sha256:..." of what names an image; empty for anything else.
std::string image_of(const Input& input) {
    for (const std::string_view prefix : {"docker://", "docker-image://", "oci://", "pkg:docker/", "pkg:oci/"}) {
        if (!input.uri.starts_with(prefix)) continue;
        auto image = std::string_view(input.uri).substr(prefix.size());
        if (prefix.starts_with("pkg:")) image = image.substr(0, image.find('?'));
        auto text = percent_decode(image);
        if (!input.digest.empty() && text.find(input.digest) == std::string::npos) text += '@' + input.algorithm + ':' + input.digest;
        return input.name.empty() ? text : input.name + " (" + text + ')';
    }
    return {};
}

/// "git+https://example.com/a.git@refs/heads/main" -> address and reference.
std::pair<std::string, std::string> source_of(std::string_view uri) {
    if (uri.starts_with("git+")) uri.remove_prefix(4);
    const auto host = uri.find("://");
    auto end = uri.find('#'); // BuildKit's own way
    if (end == std::string_view::npos) {
        end = uri.rfind('@');
        // Not the one behind a user's name.
        if (end != std::string_view::npos && host != std::string_view::npos && end < std::max(uri.find('/', host + 3), host)) end = std::string_view::npos;
    }
    if (end == std::string_view::npos) return {std::string(uri), {}};
    return {std::string(uri.substr(0, end)), std::string(uri.substr(end + 1))};
}

void add_subjects(const json& statement, Lines& lines) {
    const auto& subjects = member_at(statement, "/subject");
    if (!subjects.is_array()) return;
    std::size_t count = 0;
    for (const auto& subject : subjects) {
        if (++count > most_entries) break;
        const auto input = read_input(subject);
        lines.add("image", (input.name.empty() ? input.uri : input.name) + (input.digest.empty() ? "" : '@' + input.algorithm + ':' + input.digest));
    }
    if (subjects.size() > most_entries) lines.add("", "and " + std::to_string(subjects.size() - most_entries) + " more");
}

/// What the build took in: its source, its base images, and how much else.
void add_inputs(const json& predicate, bool is_first_version, Lines& lines) {
    const auto& entries = member_at(predicate, is_first_version ? "/materials" : "/buildDefinition/resolvedDependencies");
    std::string repository, ref, commit;
    std::vector<std::string> images;
    std::size_t others = 0;
    bool is_modified = false;
    if (entries.is_array()) {
        for (const auto& entry : entries) {
            const auto input = read_input(entry);
            if (auto image = image_of(input); !image.empty()) {
                images.push_back(std::move(image));
            } else if (commit.empty() && is_commit(input)) {
                std::tie(repository, ref) = source_of(input.uri);
                commit = input.digest;
                is_modified = input.is_modified;
            } else {
                ++others;
            }
        }
    }
    // BuildKit lists no source that is on the builder's disk, but says where it comes from.
    const char* vcs = is_first_version ? "/metadata/https:~1~1mobyproject.org~1buildkit@v1#metadata/vcs" : "/runDetails/metadata/buildkit_metadata/vcs";
    const auto& checkout = member_at(predicate, vcs);
    if (repository.empty()) repository = text_at(checkout, "/source");
    if (commit.empty()) commit = text_at(checkout, "/revision");
    if (repository.empty()) std::tie(repository, ref) = source_of(first_text(predicate, {"/buildDefinition/externalParameters/source", "/buildDefinition/externalParameters/workflow/repository", "/invocation/configSource/uri"}));
    if (ref.empty()) ref = text_at(predicate, "/buildDefinition/externalParameters/workflow/ref");
    lines.add("repository", repository);
    lines.add("ref", ref);
    lines.add("commit", commit.empty() ? commit : commit + (is_modified ? " and changes that were not committed" : ""));
    for (std::size_t i = 0; i < images.size() && i < most_entries; ++i) lines.add("base image", images[i]);
    if (images.size() > most_entries) others += images.size() - most_entries;
    if (others > 0) lines.add("other input", std::to_string(others));
}

} // namespace

std::string provenance_text(const std::string& text) {
    const auto unwrapped = unwrap(text);
    const auto& type = unwrapped.predicate_type;
    if (!type.starts_with("https://slsa.dev/provenance/v")) throw world_failure("the document is no provenance that can be read: it is no in-toto statement with a predicate of SLSA");
    const bool is_first_version = type.starts_with("https://slsa.dev/provenance/v0.");
    const auto& predicate = member_at(unwrapped.document, "/predicate");
    Lines lines;
    add_subjects(unwrapped.document, lines);
    lines.add("built by", first_text(predicate, {"/runDetails/builder/id", "/builder/id"}));
    lines.add("build type", first_text(predicate, {"/buildDefinition/buildType", "/buildType"}));
    add_inputs(predicate, is_first_version, lines);
    lines.add("file", first_text(predicate, {"/buildDefinition/externalParameters/containerfile", "/buildDefinition/externalParameters/workflow/path", "/buildDefinition/externalParameters/configSource/path",
                                             "/buildDefinition/externalParameters/entryPoint", "/invocation/configSource/entryPoint"}));
    lines.add("run", first_text(predicate, {"/runDetails/metadata/invocationId", "/runDetails/metadata/invocationID", "/metadata/buildInvocationId", "/metadata/buildInvocationID"}));
    lines.add("started", first_text(predicate, {"/runDetails/metadata/startedOn", "/metadata/buildStartedOn"}));
    lines.add("finished", first_text(predicate, {"/runDetails/metadata/finishedOn", "/metadata/buildFinishedOn"}));
    if (member_at(predicate, "/buildDefinition/internalParameters/builtBefore") == json(true)) lines.add("note", "not built by this run, which found an image of the same content");
    if (lines.text().empty()) lines.add("note", "the statement, " + type + ", has none of SLSA's fields");
    return lines.text();
}

} // namespace slipway::build_image
