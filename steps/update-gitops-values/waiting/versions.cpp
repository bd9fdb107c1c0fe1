#include "versions.hpp"

#include "core/text.hpp"
#include "registry/reference.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "update-gitops-values/preflight/new_images.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_word(char letter) { return is_upper(letter) || (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9'); }

/// "newTag" and "IMAGE_TAG": new, tag and image, tag.
Words words_in(std::string_view key) {
    Words words;
    char before = '\0';
    for (const char letter : key) {
        if (is_word(letter)) {
            if (!is_word(before) || (is_upper(letter) && !is_upper(before))) words.emplace_back();
            words.back() += lower(std::string_view(&letter, 1)).front();
        }
        before = letter;
    }
    return words;
}

bool has(const Words& words, const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); }

/// What a value is by its name. A number of replicas must not be waited for as a tag.
enum class Holds {
    other, ///< an image only where it has a digest
    image, ///< an image, or its digest
    tag    ///< a tag alone, or an image
};

Holds holds(std::string_view key, std::string_view parent) {
    const auto words = words_in(key);
    if (words.empty()) return Holds::other;
    const auto& last = words.back();
    if (last == "tag" || last == "imagetag" || last == "newtag") return Holds::tag;
    if (last == "image" || last == "digest") return Holds::image;
    const bool is_of_image = has(words, "image") || has(words_in(parent), "image");
    if (!is_of_image) return Holds::other;
    return last == "version" ? Holds::tag : Holds::image;
}

class Collector {
public:
    std::vector<std::string> found;

    void add(const std::string& version) {
        if (std::find(found.begin(), found.end(), version) == found.end()) found.push_back(version);
    }
    void add_tag(const std::string& tag) {
        if (registry::is_tag(tag)) add(tag);
    }
    void add_digest(const std::string& digest) {
        if (registry::is_digest(digest)) add(digest);
    }

    void take(Holds kind, std::string_view text) {
        if (has_template(text)) return;
        const auto at = text.rfind('@');
        const auto digest = at == std::string_view::npos ? text : text.substr(at + 1);
        const bool has_digest = registry::is_digest(digest);
        if (kind == Holds::other && (!has_digest || at == std::string_view::npos)) return;
        if (has_digest && at == std::string_view::npos) return add(std::string(digest));
        const auto name = text.substr(0, has_digest ? at : text.size());
        const auto colon = name.rfind(':');
        const bool names_tag = colon != std::string_view::npos && name.find('/', colon) == std::string_view::npos;
        if (names_tag) add_tag(std::string(name.substr(colon + 1)));
        else if (kind == Holds::tag) add_tag(std::string(name));
        if (has_digest) add(std::string(digest));
    }

    /// A value, or a map or list with such values in it.
    void take(const std::string& key, const std::string& parent, const Json& value) {
        if (value.is_string()) return take(holds(key, parent), value.get_ref<const std::string&>());
        if (value.is_number()) return take(holds(key, parent), value.dump());
        if (value.is_array()) {
            for (const auto& item : value) take(key, parent, item);
        }
        if (value.is_object()) {
            for (const auto& [name, inner] : value.items()) take(name, key, inner);
        }
    }

    /// @param text  what stands there, as readers see it
    void take(const yaml::KeyPath& path, const std::string& text, const std::string& json) {
        Words keys; // those of maps, the last ones first
        for (auto part = path.rbegin(); part != path.rend(); ++part) {
            if (const auto* key = std::get_if<std::string>(&*part)) keys.push_back(*key);
        }
        keys.resize(std::max<std::size_t>(keys.size(), 2));
        const auto value = Json::parse(json, nullptr, false);
        if (value.is_object() || value.is_array()) return take(keys[0], keys[1], value);
        take(holds(keys[0], keys[1]), text); // 1.10 is no number here
    }
};

std::string text_of(const yaml::Operation& operation) {
    if (operation.kind == yaml::Operation::Kind::set) return operation.value;
    const auto value = Json::parse(operation.value, nullptr, false);
    return value.is_string() ? value.get<std::string>() : operation.value;
}

void take_change(Collector& collector, const yaml::Change& change) {
    if (change.new_json.empty() || change.new_json == "null") return;
    yaml::KeyPath path;
    try {
        path = yaml::parse_path(change.path);
    } catch (const Error&) { // a name that no path can have; it is one key then
        path = {change.path};
    }
    collector.take(path, change.value, change.new_json);
}

/// Versions of images by their names.
class NamedVersions {
public:
    std::vector<NamedVersion> found;

    void take(std::string_view name, const std::string& tag, const std::string& digest) {
        for (const auto& text : {tag, digest}) {
            if (!text.empty()) found.push_back({std::string(last_part(name)), text});
        }
    }
    bool has(const std::string& text) const {
        return std::any_of(found.begin(), found.end(), [&](const NamedVersion& version) { return version.text == text; });
    }
};

std::string given(const NewPart& part) { return part.kind == NewPart::Kind::given ? part.value : std::string(); }

} // namespace

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

ImageVersions versions_of(const Request& request, const Changeset& files) {
    Collector collector;
    NamedVersions named;
    for (const auto& image : request.images) {
        collector.add_tag(given(image.tag));
        collector.add_digest(given(image.digest));
        // Without a new name it may be a placeholder, which a kustomization replaces: then the changed file tells, or nobody.
        if (image.new_name.kind == NewPart::Kind::given) named.take(image.new_name.value, given(image.tag), given(image.digest));
    }
    for (const auto& policy : request.policies) {
        collector.add_tag(policy.tag);
        collector.add_digest(policy.digest);
        named.take(policy.name, policy.tag, policy.digest);
    }
    for (const auto& [reference, place] : find_new_images(files, request.search.paths).images) {
        collector.add_tag(reference.tag);
        collector.add_digest(reference.digest);
        named.take(reference.repository, reference.tag, reference.digest);
    }
    for (const auto& operation : request.operations) {
        if (operation.kind != yaml::Operation::Kind::set && operation.kind != yaml::Operation::Kind::set_json) continue;
        collector.take(operation.path, text_of(operation), operation.kind == yaml::Operation::Kind::set_json ? operation.value : std::string());
    }
    for (const auto& file : files) {
        for (const auto& change : file.changes) take_change(collector, change);
    }
    // A value may be the version of an image that its file does not name.
    const bool are_named = std::all_of(collector.found.begin(), collector.found.end(), [&](const std::string& text) { return named.has(text); });
    return {.texts = std::move(collector.found), .named = are_named ? std::move(named.found) : std::vector<NamedVersion>{}};
}

} // namespace slipway::update_gitops_values
