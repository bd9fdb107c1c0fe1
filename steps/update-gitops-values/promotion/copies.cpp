#include "update-gitops-values/promotion/copies.hpp"

#include "core/text.hpp"
#include "update-gitops-values/files/edit_file.hpp"
#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/images/list_images.hpp"
#include "yaml/path.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace slipway::update_gitops_values {

namespace {

using Images = std::vector<StandingImage>;

/// "found a, b", for a hint.
std::string list_of(const Images& images) {
    constexpr std::size_t most = 10;
    std::vector<std::string> names;
    for (const auto& image : images) {
        if (!image.names.empty() && std::find(names.begin(), names.end(), image.names.front()) == names.end()) names.push_back(image.names.front());
    }
    if (names.empty()) return "no images";
    const auto more = names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : std::string();
    names.resize(std::min(names.size(), most));
    return one_line(visible(join(names, ", "))) + more;
}

/// The same image at several places.
std::vector<Images> by_name(const Images& images) {
    std::vector<Images> groups;
    for (const auto& image : images) {
        if (image.names.empty()) continue;
        const auto group = std::find_if(groups.begin(), groups.end(), [&](const Images& known) { return is_same_image(known.front(), image); });
        if (group == groups.end()) groups.push_back({image});
        else group->push_back(image);
    }
    return groups;
}

class Copying {
public:
    Copying(const FileText& source, const std::string& format, const std::vector<FileText>& targets, const Request& request)
        : source_(source), format_(format), targets_(targets), request_(request) {}

    Copies run() {
        const bool all = request_.image_names.empty() && request_.rollback_paths.empty();
        if (all || !request_.image_names.empty()) read_images();
        if (all) copy_common();
        for (const auto& name : request_.image_names) copy_named(name);
        for (const auto& path : request_.rollback_paths) copy_value(path);
        if (!problems_.empty()) throw Error(ExitCode::refused, std::move(problems_));
        return std::move(copies_);
    }

private:
    std::string from() const { return visible(source_.path); }

    void read_images() {
        auto settings = request_.search;
        const auto list = [&](const std::string& text, const std::string& path, const std::string& shown) {
            auto images = list_images(text, path, settings);
            for (auto& image : images) image.place.file = shown;
            return images;
        };
        images_ = list(source_.text, format_, source_.path);
        for (const auto& target : targets_) {
            auto images = list(target.text, target.path, target.path);
            std::move(images.begin(), images.end(), std::back_inserter(theirs_));
        }
    }

    void copy_common() {
        bool any = false;
        for (const auto& group : by_name(images_)) {
            const auto same = standing_there(group);
            if (same.empty() || is_left_alone(group, same)) continue;
            any = true;
            copy(group, same);
        }
        if (any || !problems_.empty()) return;
        problems_.push_back({.message = "cannot copy from " + from() + ": it has no image with a version in common with " + (targets_.size() == 1 ? visible(targets_.front().path) : count_of(targets_.size(), "file")),
                             .hint = "it has " + list_of(images_) + "; there are " + list_of(theirs_) + "; --image names an image, --path a value to copy"});
    }

    void copy_named(const std::string& name) {
        Images group;
        std::copy_if(images_.begin(), images_.end(), std::back_inserter(group), [&](const StandingImage& image) { return has_name(image, name); });
        if (group.empty()) {
            std::vector<std::string> names;
            for (const auto& image : images_) names.insert(names.end(), image.names.begin(), image.names.end());
            const auto meant = closest(name, names);
            problems_.push_back({.message = "cannot copy the image " + visible(name) + ": it is not in " + from(), .hint = meant ? "did you mean " + visible(*meant) + "?" : "it has " + list_of(images_)});
            return;
        }
        auto same = standing_there(group);
        // One that the targets do not name is told of when they are changed, or made by --create.
        if (same.empty()) same.push_back({.names = {name}});
        copy(group, same);
    }

    /// Those of the targets.
    Images standing_there(const Images& group) const {
        Images same;
        std::copy_if(theirs_.begin(), theirs_.end(), std::back_inserter(same), [&](const StandingImage& image) {
            return !image.names.empty() && std::any_of(group.begin(), group.end(), [&](const StandingImage& ours) { return is_same_image(ours, image); });
        });
        return same;
    }

    /// Nobody named it: an image without a version here, or that is the same template here and there, is none to copy.
    static bool is_left_alone(const Images& group, const Images& same) {
        const auto has_template = [](const StandingImage& image) { return image.is_template; };
        if (std::all_of(group.begin(), group.end(), has_template) && std::all_of(same.begin(), same.end(), has_template)) return true;
        return std::none_of(group.begin(), group.end(), [](const StandingImage& image) { return image.is_template || image.has_version(); });
    }

    void copy(const Images& group, const Images& same) {
        const auto& name = group.front().names.back();
        const auto cannot = "cannot copy the image " + visible(name) + ": ";
        Images versions;
        for (const auto& image : group) {
            if (image.is_template) {
                problems_.push_back({.message = cannot + "a template stands there", .place = image.place, .hint = "what the template takes may be a value of its own: --path PATH copies it"});
                return;
            }
            if (image.has_version()) versions.push_back(image);
        }
        if (versions.empty()) {
            problems_.push_back({.message = cannot + from() + " gives it no tag and no digest", .place = group.front().place});
            return;
        }
        const auto& version = versions.front();
        const auto differs = [&](const StandingImage& image) { return image.tag != version.tag || image.digest != version.digest; };
        if (std::any_of(versions.begin(), versions.end(), differs)) {
            for (const auto& image : versions) {
                problems_.push_back({.message = cannot + "it has several versions in " + from() + ": " + one_line(visible(image.text())), .place = image.place, .hint = "--path PATH copies the value of one place"});
            }
            return;
        }
        take(versions, same, std::any_of(same.begin(), same.end(), differs));
    }

    void take(const Images& versions, const Images& same, bool is_new) {
        const auto& version = versions.front();
        for (const auto& image : same) {
            const auto& name = image.names.front();
            if (std::any_of(copies_.images.begin(), copies_.images.end(), [&](const ImageArgument& known) { return is_same_name(known.name, name); })) continue;
            copies_.images.push_back({name, {NewPart::Kind::kept}, part(version.tag), part(version.digest)});
        }
        if (copies_.what.empty()) copies_.what = version.text();
        for (const auto& image : versions) {
            Copied copied{.paths = image.paths, .document = image.document, .versions = {}, .json = {}, .is_new = is_new};
            for (const auto& text : {image.tag, image.digest}) {
                if (!text.empty()) copied.versions.push_back(text);
            }
            copies_.sources.push_back(std::move(copied));
        }
    }

    static NewPart part(const std::string& text) { return text.empty() ? NewPart{} : NewPart{NewPart::Kind::given, text}; }

    void copy_value(const std::string& path) {
        const auto key = yaml::parse_path(path);
        yaml::Change now;
        try {
            now = value_at(source_.text, format_, key, request_.search.document);
        } catch (const Error& error) {
            if (error.code() != ExitCode::refused) throw;
            for (auto problem : error.diagnostics()) {
                constexpr std::string_view setting = "cannot set ";
                if (problem.message.starts_with(setting)) problem.message = "cannot copy " + problem.message.substr(setting.size());
                problem.place.file = source_.path;
                problems_.push_back(std::move(problem));
            }
            return;
        }
        if (now.old_json.empty()) {
            problems_.push_back({.message = "cannot copy " + visible(path) + ": it is not in " + from()});
            return;
        }
        copies_.operations.push_back(operation(key, now.old_json));
        if (copies_.what.empty()) copies_.what = now.old.value_or("null");
        copies_.sources.push_back({.paths = {path}, .document = now.document, .versions = {}, .json = now.old_json, .is_new = std::any_of(targets_.begin(), targets_.end(), [&](const FileText& target) { return !holds(target, key, now.old_json); })});
    }

    yaml::Operation operation(const yaml::KeyPath& key, const std::string& json) const {
        const auto value = nlohmann::json::parse(json, nullptr, false);
        const bool is_text = value.is_string();
        return {.kind = is_text ? yaml::Operation::Kind::set : yaml::Operation::Kind::set_json,
                .path = key,
                .value = is_text ? value.get<std::string>() : json,
                .document = request_.search.document,
                .create = request_.search.create};
    }

    bool holds(const FileText& target, const yaml::KeyPath& key, const std::string& json) const {
        try {
            return same_json(value_at(target.text, target.path, key, request_.search.document).old_json, json);
        } catch (const Error&) {
            return false; // told of when it is changed
        }
    }

    const FileText& source_;
    const std::string& format_;
    const std::vector<FileText>& targets_;
    const Request& request_;
    Images images_; ///< of the source
    Images theirs_; ///< of the targets
    std::vector<Diagnostic> problems_;
    Copies copies_;
};

} // namespace

Copies copies_from(const FileText& source, const std::string& format, const std::vector<FileText>& targets, const Request& request) { return Copying(source, format, targets, request).run(); }

} // namespace slipway::update_gitops_values
