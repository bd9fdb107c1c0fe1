#include "build-image/content/context_walk.hpp"

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "registry/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

namespace slipway::build_image {

namespace {

using Kind = io::FileStatus::Kind;

constexpr std::size_t files_between_words = 2000;
constexpr std::uint64_t bytes_between_words = 256 * 1024 * 1024;

class Walk {
public:
    Walk(const std::string& folder, const IgnorePatterns& patterns, const std::atomic<bool>& stop, cli::Context& context)
        : folder_(folder), patterns_(patterns), stop_(stop), context_(context) {}

    void whole() { descend(""); }

    /// @return false when the path goes over a link, so that what is in the image may lie elsewhere
    bool only(const std::string& source) {
        std::string path;
        for (const auto part : split(source, '/')) {
            path += (path.empty() ? "" : "/") + std::string(part);
            const auto status = context_.files.status(folder_ / path);
            if (!status) return true; // Buildah will say that it is missing
            if (status->kind == Kind::link) return false;
        }
        visit(source);
        return true;
    }

    std::vector<ContextEntry> finish() {
        read_contents();
        context_.log.end_progress();
        check_links();
        std::sort(entries_.begin(), entries_.end(), [](const auto& one, const auto& other) { return one.path < other.path; });
        entries_.erase(std::unique(entries_.begin(), entries_.end(), [](const auto& one, const auto& other) { return one.path == other.path; }), entries_.end());
        return std::move(entries_);
    }

private:
    Error failure(const std::string& path, const std::string& why) const { return misuse("cannot read " + (folder_ / path).string() + ": " + why); }

    void descend(const std::string& path) {
        for (const auto& name : context_.files.list(path.empty() ? folder_ : folder_ / path)) visit(path.empty() ? name : path + '/' + name);
    }

    void visit(const std::string& path) {
        check();
        if (++visited_ % files_between_words == 0) show_progress();
        const bool excluded = patterns_.excludes(path);
        const auto status = context_.files.status(folder_ / path);
        if (!status) throw failure(path, "it goes away while it is read");
        if (status->kind == Kind::directory) {
            if (excluded && patterns_.excludes_all_below(path)) return;
            add(path, "folder", status->mode, "");
            descend(path);
            return;
        }
        if (excluded) return;
        if (status->kind == Kind::file) {
            add(path, "file", status->mode, "");
            files_.push_back({entries_.size() - 1, *status});
        } else if (status->kind == Kind::link) {
            const auto target = context_.files.link_target(folder_ / path);
            links_.push_back({path, target});
            add(path, "link", 0, target); // its own permissions mean nothing
        } else {
            throw failure(path, "it is neither file, folder nor link");
        }
    }

    void add(const std::string& path, const char* kind, unsigned mode, const std::string& content) {
        auto state = std::string(kind) + ' ' + std::to_string(mode) + ' ' + content;
        for (const auto& [name, value] : context_.files.attributes(folder_ / path)) state += ' ' + std::to_string(name.size()) + ' ' + name + sha256(value);
        entries_.push_back({path, std::move(state)});
    }

    /// Reading is most of the work; as many at once as there are processors.
    void read_contents() {
        std::atomic<std::size_t> next{0};
        const auto work = [&] {
            for (std::size_t i = next++; i < files_.size(); i = next++) {
                auto& entry = entries_[files_[i].entry];
                entry.state += content_of(entry.path, files_[i].status);
            }
        };
        const auto workers = std::max(1U, std::thread::hardware_concurrency());
        registry::run_parallel(std::vector<std::function<void()>>(workers, work), workers);
    }

    std::string content_of(const std::string& path, const io::FileStatus& before) {
        Sha256 hash;
        context_.files.read_pieces(folder_ / path, [&](std::string_view piece) {
            check();
            hash.add(piece);
            const auto read = read_ += piece.size();
            if (read / bytes_between_words != (read - piece.size()) / bytes_between_words) show_progress();
        });
        if (context_.files.status(folder_ / path) != before) throw failure(path, "it changes while it is read");
        return hash.digits();
    }

    void check() const {
        context_.cancellation.check();
        if (stop_) throw misuse("cannot read " + folder_.string() + " to its end: it is not needed any more");
    }

    void show_progress() const { context_.log.progress("reading the context: " + count_of(visited_, "file") + ", " + size_in_words(read_)); }

    /// A link that is copied by its own name brings what it points to, which must be known then.
    void check_links() const {
        std::set<std::string> known;
        for (const auto& entry : entries_) known.insert(entry.path);
        for (const auto& [path, target] : links_) {
            // Absolute targets begin at the context's root.
            const io::Path to(target);
            const auto there = (to.is_absolute() ? to.relative_path() : io::Path(path).parent_path() / to).lexically_normal();
            auto name = there.string();
            while (!name.empty() && name.back() == '/') name.pop_back();
            if (name.empty() || name == "." || known.count(name) != 0) continue;
            if (*there.begin() == ".." || context_.files.status(folder_ / name)) {
                throw failure(path, "it is a link to " + visible(target) + ", which is not in the context");
            }
        }
    }

    struct Link {
        std::string path;
        std::string target;
    };

    io::Path folder_;
    const IgnorePatterns& patterns_;
    const std::atomic<bool>& stop_;
    cli::Context& context_;
    std::vector<ContextEntry> entries_;
    std::vector<Link> links_;
    std::size_t visited_ = 0;
    std::atomic<std::uint64_t> read_ = 0; ///< bytes
    struct File {
        std::size_t entry = 0; ///< its place in entries_
        io::FileStatus status;
    };
    std::vector<File> files_;
};

} // namespace

std::vector<ContextEntry> walk_context(const std::string& folder, const IgnorePatterns& patterns, const std::optional<std::vector<std::string>>& sources,
                                       const std::atomic<bool>& stop, cli::Context& context) {
    if (sources) {
        Walk walk(folder, patterns, stop, context);
        if (std::all_of(sources->begin(), sources->end(), [&](const std::string& source) { return walk.only(source); })) return walk.finish();
    }
    Walk walk(folder, patterns, stop, context);
    walk.whole();
    return walk.finish();
}

} // namespace slipway::build_image
