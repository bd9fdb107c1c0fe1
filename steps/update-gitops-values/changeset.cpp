#include "changeset.hpp"

#include "core/text.hpp"
#include "git/names.hpp"
#include "registry/reference.hpp"
#include "update-gitops-values/files/edit_file.hpp"

#include <algorithm>
#include <set>

namespace slipway::update_gitops_values {

namespace {

/// A YAML reader's memory is many times the text's.
constexpr std::size_t largest_file = 32 * 1024 * 1024;

/// Which images and policies were seen, over all files.
class Sightings {
public:
    explicit Sightings(const Request& request) : request_(request), images_(request.images.size()), policies_(request.policies.size()) {}

    void image(std::size_t number, const Findings& findings) { add(images_[number], findings); }
    void policy(std::size_t number, const Findings& findings) { add(policies_[number], findings); }

    /// Those that stand nowhere.
    void check(const std::vector<std::string>& files, std::vector<Diagnostic>& problems) const {
        auto where = files.size() == 1 ? visible(files.front()) : "any of " + count_of(files.size(), "file");
        if (request_.search.document) where = "document " + std::to_string(*request_.search.document) + " of " + where;
        for (std::size_t i = 0; i < images_.size(); ++i) {
            const auto& name = request_.images[i].name;
            auto hint = meant(name, images_[i], "--create adds an image to a kustomization, --image-path says where custom resources name theirs");
            if (images_[i].places == 0) problems.push_back({.message = "cannot set the image " + visible(name) + ": it is not in " + where, .hint = std::move(hint)});
        }
        for (std::size_t i = 0; i < policies_.size(); ++i) {
            const auto& name = request_.policies[i].policy;
            auto hint = meant(name, policies_[i], "a value is marked by a comment behind it: # {\"$imagepolicy\": \"" + visible(name) + "\"}");
            if (policies_[i].places == 0) problems.push_back({.message = "cannot set the image of the policy " + visible(name) + ": no value in " + where + " has its marker", .hint = std::move(hint)});
        }
    }

private:
    struct Seen {
        std::size_t places = 0;
        std::set<std::string> names;
    };

    static void add(Seen& seen, const Findings& findings) {
        seen.places += findings.places;
        seen.names.insert(findings.names.begin(), findings.names.end());
    }

    static std::string meant(const std::string& name, const Seen& seen, const std::string& otherwise) {
        const std::vector<std::string> names(seen.names.begin(), seen.names.end());
        if (const auto close = closest(name, names)) return "did you mean " + visible(*close) + "?";
        if (names.empty() || names.size() > 10) return otherwise;
        return "found " + visible(join(names, ", ")) + "; " + otherwise;
    }

    const Request& request_;
    std::vector<Seen> images_;
    std::vector<Seen> policies_;
};

class Computation {
public:
    Computation(const Request& request, const std::vector<PutFile>& puts, FileTree& tree, cli::Context& context)
        : request_(request), puts_(puts), tree_(tree), context_(context), sightings_(request) {}

    Changeset run() {
        const auto files = named_files();
        const auto removals = files_of(request_.removals, false);
        std::vector<std::string> all = files;
        all.insert(all.end(), removals.begin(), removals.end());
        for (const auto& put : puts_) all.push_back(put.path);
        tree_.prepare(all);
        for (const auto& file : files) collect([&] { edit(file); });
        if (problems_.empty()) sightings_.check(files, problems_);
        if (problems_.empty()) check_expected();
        for (const auto& put : puts_) collect([&] { this->put(put); });
        for (const auto& file : removals) collect([&] { remove(file); });
        check_both_ways();
        if (!problems_.empty()) throw Error(code_, std::move(problems_));
        return std::move(result_);
    }

private:
    /// Mistakes of several files are told of together; the gravest names the exit code: what cannot be read comes before what is refused.
    template <class Do> void collect(const Do& step) {
        try {
            step();
        } catch (const Error& error) {
            if (error.code() != ExitCode::misuse && error.code() != ExitCode::refused) throw;
            if (error.code() == ExitCode::misuse) code_ = ExitCode::misuse;
            problems_.insert(problems_.end(), error.diagnostics().begin(), error.diagnostics().end());
        }
    }

    std::vector<std::string> named_files() {
        auto files = files_of(request_.files, true);
        if (!problems_.empty()) throw Error(code_, std::move(problems_));
        return files;
    }

    /// Each once, in the order of the patterns.
    std::vector<std::string> files_of(const std::vector<std::string>& patterns, bool must_match) {
        std::vector<std::string> files;
        for (const auto& pattern : patterns) {
            const auto matches = tree_.list(pattern);
            if (matches.empty() && must_match) collect([&] { throw misuse("cannot read " + visible(pattern) + ": no file fits the pattern"); });
            for (const auto& file : matches) {
                if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
            }
        }
        return files;
    }

    void edit(const std::string& path) {
        auto file = tree_.read(path);
        if (file.content.size() > largest_file) throw refused("cannot change " + visible(path) + ": it is larger than 32 MiB");
        auto operations = request_.operations;
        const auto take = [&](Findings&& findings) { operations.insert(operations.end(), findings.operations.begin(), findings.operations.end()); };
        for (std::size_t i = 0; i < request_.images.size(); ++i) {
            auto findings = find_images_in_file(file.content, path, request_.images[i], request_.search);
            sightings_.image(i, findings);
            take(std::move(findings));
        }
        // Other formats have no comments that Flux reads.
        for (std::size_t i = 0; i < request_.policies.size() && format_of(path) == FileFormat::yaml; ++i) {
            auto findings = find_markers(file.content, path, request_.policies[i], request_.search.document);
            sightings_.policy(i, findings);
            take(std::move(findings));
        }
        auto edited = edit_file(file.content, path, operations, request_.edit);
        for (const auto& change : edited.changes) note(change);
        auto is_touched = [](const yaml::Change& change) { return change.changed; };
        EditedFile result{.path = path, .before = std::move(file.content), .after = std::move(edited.text), .mode = std::move(file.mode), .changes = {}};
        std::copy_if(edited.changes.begin(), edited.changes.end(), std::back_inserter(result.changes), is_touched);
        for (std::size_t i = 0; i < edited.changes.size(); ++i) {
            if (edited.changes[i].changed) expectations_.push_back({edited.changes[i], i >= request_.operations.size()});
        }
        keep(std::move(result));
    }

    void note(const yaml::Change& change) {
        if (change.changed && change.retyped) {
            context_.log.warning(to_string(change.place) + ": " + change.path + " stood there without quotes, so that readers may have taken it for a number, a date or a truth value; it becomes a string (--set-json writes numbers and truth values)");
        }
        if (change.changed && change.aliases > 0) {
            context_.log.info(change.path + " has an anchor, by which it changes " + count_of(change.aliases, "other place") + " of the file as well");
        }
    }

    /// Every value that is set by its path must have been the expected one, and one of those of the images.
    void check_expected() {
        if (request_.expect_old.empty()) return;
        const yaml::Change* of_image = nullptr;
        bool image_fits = false;
        for (const auto& expectation : expectations_) {
            const bool fits = was(expectation.change, request_.expect_old);
            image_fits = image_fits || (fits && expectation.of_image);
            if (!fits && !expectation.of_image) complain_unexpected(expectation.change);
            if (!fits && expectation.of_image && of_image == nullptr) of_image = &expectation.change;
        }
        if (of_image != nullptr && !image_fits) complain_unexpected(*of_image);
    }

    void complain_unexpected(const yaml::Change& change) {
        const auto now = change.old ? '\'' + visible(*change.old) + '\'' : "empty";
        problems_.push_back({.message = "cannot set " + change.path + ": it is " + now + ", not '" + visible(request_.expect_old) + "' as --expect-old says",
                             .place = change.place,
                             .hint = "somebody changed it since; nothing was written"});
    }

    void put(const PutFile& put) {
        EditedFile result{.path = put.path, .before = std::nullopt, .after = put.content, .mode = put.mode, .changes = {}};
        if (auto there = tree_.find(put.path)) {
            result.before = std::move(there->content);
            result.mode = there->mode;
        }
        keep(std::move(result));
    }

    void remove(const std::string& path) {
        auto there = tree_.find(path);
        if (!there) return context_.log.info(path + " is not there: nothing to delete");
        keep({.path = path, .before = std::move(there->content), .after = std::nullopt, .mode = there->mode, .changes = {}});
    }

    void keep(EditedFile file) {
        if (named_.contains(file.path)) throw misuse("cannot change " + visible(file.path) + ": --file, --put and --delete name it twice");
        named_.insert(file.path);
        if (file.after) made_.insert(file.path);
        if (file.changed()) result_.push_back(std::move(file));
    }

    /// Nothing becomes a file and a folder.
    void check_both_ways() {
        for (const auto& path : made_) {
            const auto below = made_.lower_bound(path + '/');
            if (below == made_.end() || !below->starts_with(path + '/')) continue;
            code_ = ExitCode::misuse;
            problems_.push_back({.message = "cannot change both " + visible(path) + " and " + visible(*below) + ": the first would be a file and a folder"});
        }
    }

    struct Expectation {
        yaml::Change change;
        bool of_image;
    };

    const Request& request_;
    const std::vector<PutFile>& puts_;
    FileTree& tree_;
    cli::Context& context_;
    Sightings sightings_;
    std::vector<Expectation> expectations_;
    std::vector<Diagnostic> problems_;
    ExitCode code_ = ExitCode::refused;
    std::set<std::string> named_; ///< files that were looked at, changed or not
    std::set<std::string> made_;  ///< those of them that are there afterwards
    Changeset result_;
};

} // namespace

void check_ways(const Changeset& files, FileTree& tree) {
    std::vector<std::string> made;
    std::set<std::string> deleted;
    for (const auto& file : files) {
        if (!file.before) made.push_back(file.path);
        if (!file.after) deleted.insert(file.path);
    }
    std::vector<Diagnostic> problems;
    for (const auto& [path, obstacle] : tree.obstacles(made)) {
        if (deleted.contains(obstacle.path)) continue;
        problems.push_back({.message = "cannot make " + visible(path) + ": " + visible(obstacle.path) + " is " + obstacle.what + ", and no folder",
                            .hint = "choose another path, or delete it in the same run with --delete"});
    }
    if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
}

bool was(const yaml::Change& change, const std::string& expected) {
    const auto old = change.old.value_or("");
    if (old == expected) return true;
    try {
        const auto reference = registry::parse_reference(old);
        return reference.tag == expected || reference.digest == expected;
    } catch (const Error&) {
        return false; // no image
    }
}

std::vector<PutFile> read_puts(const std::vector<PutArgument>& puts, io::Files& files) {
    std::vector<PutFile> result;
    const auto add = [&](const std::string& path, const io::Path& local) {
        const auto status = files.status(files.canonical(local));
        const bool executable = status && (status->mode & 0111U) != 0;
        result.push_back({path, files.read(local), executable ? "100755" : "100644"});
    };
    for (const auto& argument : puts) {
        const io::Path local(argument.local);
        if (files.kind(local) != io::FileKind::directory) {
            add(argument.path, local);
            continue;
        }
        const auto found = files_below(local, files);
        if (found.empty()) throw misuse("cannot put " + visible(argument.path) + ": the folder " + visible(argument.local) + " holds no files", "what makes them did not, or makes them elsewhere");
        for (const auto& file : found) {
            const auto path = argument.path + '/' + file;
            if (const auto why = git::why_no_path(path); !why.empty()) throw misuse("cannot put '" + visible(path) + "': " + why);
            add(path, local / file);
        }
    }
    return result;
}

Changeset compute(const Request& request, const std::vector<PutFile>& puts, FileTree& tree, cli::Context& context) { return Computation(request, puts, tree, context).run(); }

} // namespace slipway::update_gitops_values
