#include "build-image/sbom/inventory.hpp"

#include "build-image/sbom/archive.hpp"
#include "build-image/sbom/os_release.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace slipway::build_image {

namespace {

constexpr std::size_t most_path_bytes = 4096; // Linux: no program could name a longer one
constexpr std::uint64_t most_member_bytes = std::uint64_t{4} << 30;
constexpr std::uint64_t most_os_release_bytes = 64 * 1024;
/// Real images have some ten thousand; more would only fill the memory.
constexpr std::size_t most_found = 500'000;

constexpr std::string_view whiteout = ".wh.";
constexpr std::string_view opaque = ".wh..wh..opq";
constexpr std::string_view reserved = ".wh..wh."; // AUFS's own files

const std::string os_release = "etc/os-release";         // for most a link to the other
const std::string vendor_os_release = "usr/lib/os-release";

/// "usr/bin/python3" of "./usr//bin/python3", nothing of the root; no value for a name that no file can have, or with "..".
std::optional<std::string> plain_path(std::string_view name) {
    if (name.size() > most_path_bytes) return std::nullopt;
    std::string path;
    for (const auto part : split(name, '/')) {
        if (part == "..") return std::nullopt;
        if (part.empty() || part == ".") continue;
        if (!path.empty()) path += '/';
        path += part;
    }
    return path;
}

/// What a file of the image tells.
struct Told {
    Finding finding = {};
    std::optional<Distribution> distribution = {};
    std::size_t layer = 0; ///< that has the file, from 0
};

/// Files that tell something, by their paths.
class Files {
public:
    void put(const std::string& path, Told told) { files_.insert_or_assign(path, std::move(told)); }

    const Told* at(const std::string& path) const {
        const auto found = files_.find(path);
        return found == files_.end() ? nullptr : &found->second;
    }

    void erase(const std::string& path) { files_.erase(path); }

    /// @param folder  empty: the root
    void erase_below(const std::string& folder) {
        const auto prefix = folder.empty() ? folder : folder + '/';
        const auto begin = files_.lower_bound(prefix);
        auto end = begin;
        while (end != files_.end() && end->first.starts_with(prefix)) ++end;
        files_.erase(begin, end);
    }

    /// Adds what no file here stands in the way of, and takes it from there.
    void take(Files& other) { files_.merge(other.files_); }

    const std::map<std::string, Told>& all() const { return files_; }

private:
    std::map<std::string, Told> files_;
};

/// Lays the layers of an image one on another, the lowest first.
class Reader {
public:
    Reader(const Catalogers& catalogers, const io::Cancellation& cancellation) : catalogers_(catalogers), cancellation_(cancellation) {}

    void read(const LayerFile& layer) {
        nameless_ = 0;
        {
            LayerArchive archive(layer, cancellation_);
            while (const auto entry = archive.next_entry()) take(*entry, archive);
        }
        if (!unread_.empty()) read_links(layer);
        if (nameless_ > 0) gaps_.push_back("layer " + layer.digest + ": ignored " + count_of(nameless_, "name") + " that no file may have: " + first_nameless_);
        found_in_layer_.take(found_);
        std::swap(found_, found_in_layer_);
        ++layer_;
    }

    const Files& found() const { return found_; }
    const std::vector<std::string>& gaps() const { return gaps_; }

private:
    using Entry = LayerArchive::Entry;

    void take(const Entry& entry, LayerArchive& archive) {
        const auto path = path_of(entry.name);
        if (!path || path->empty()) return;
        const auto name_at = path->rfind('/') + 1; // 0 when there is no folder
        const auto name = std::string_view(*path).substr(name_at);
        if (name.starts_with(whiteout)) {
            white_out(path->substr(0, name_at == 0 ? 0 : name_at - 1), name);
            return;
        }
        unread_.erase(*path);
        std::optional<Told> told;
        if (entry.kind == Entry::Kind::file) told = ask({*path, entry.size, entry.mode}, archive);
        if (entry.kind == Entry::Kind::hard_link) told = linked(*path, entry);
        for (auto* files : {&found_, &found_in_layer_}) {
            files->erase(*path);
            if (entry.kind != Entry::Kind::folder) files->erase_below(*path);
        }
        if (told) put(*path, std::move(*told));
    }

    /// Removes what lower layers have; what this one has stays, wherever in its archive it is.
    void white_out(const std::string& folder, std::string_view name) {
        if (name == opaque) {
            found_.erase_below(folder);
            return;
        }
        if (name.starts_with(reserved)) return;
        const auto path = path_of((folder.empty() ? "" : folder + '/') + std::string(name.substr(whiteout.size())));
        if (!path || *path == folder) return;
        found_.erase(*path);
        found_.erase_below(*path);
    }

    std::optional<Told> ask(const Member& member, LayerArchive& archive) const {
        if (member.path == os_release || member.path == vendor_os_release) {
            const auto text = archive.content().all(most_os_release_bytes);
            if (!text) return std::nullopt;
            return Told{.distribution = read_os_release(*text), .layer = layer_};
        }
        for (const auto* cataloger : catalogers_) {
            if (!cataloger->wants(member)) continue;
            if (member.size > most_member_bytes) {
                return Told{.finding = {.gaps = {member.path + ": not read, it has " + size_in_words(member.size)}}, .layer = layer_};
            }
            auto finding = cataloger->read(member, archive.content());
            if (!finding.packages.empty() || !finding.gaps.empty()) return Told{.finding = std::move(finding), .layer = layer_};
            if (!archive.rewind()) break;
        }
        return std::nullopt;
    }

    bool wanted(const Member& member) const {
        return std::any_of(catalogers_.begin(), catalogers_.end(), [&](const Cataloger* one) { return one->wants(member); });
    }

    /// What a hard link tells: the same as the file that it is one to.
    std::optional<Told> linked(const std::string& path, const Entry& entry) {
        const auto target = path_of(entry.target);
        if (!target || target->empty()) return std::nullopt;
        const Told* told = found_in_layer_.at(*target);
        if (told == nullptr) told = found_.at(*target);
        if (told != nullptr) {
            auto copy = *told;
            copy.layer = layer_;
            return copy;
        }
        // Package managers with a store of all files have names in it that say nothing.
        if (wanted({path, entry.size, entry.mode}) && !wanted({*target, entry.size, entry.mode})) {
            count(1);
            unread_.emplace(path, *target);
        }
        return std::nullopt;
    }

    /// Reads a layer once more, for the files whose names did not tell what hard links to them did.
    void read_links(const LayerFile& layer) {
        std::map<std::string, std::vector<std::string>> links;
        for (auto& [path, target] : std::exchange(unread_, {})) links[target].push_back(path);
        LayerArchive archive(layer, cancellation_);
        while (const auto entry = archive.next_entry()) {
            if (entry->kind != Entry::Kind::file) continue;
            const auto path = plain_path(entry->name);
            const auto found = path ? links.find(*path) : links.end();
            if (found == links.end()) continue;
            const auto told = ask({found->second.front(), entry->size, entry->mode}, archive);
            for (const auto& link : found->second) {
                if (told) put(link, *told);
            }
            links.erase(found);
        }
        for (const auto& [target, paths] : links) {
            for (const auto& path : paths) put(path, {.finding = {.gaps = {path + ": not read, it is a link to " + target + " of another layer"}}, .layer = layer_});
        }
    }

    void put(const std::string& path, Told told) {
        count(1 + told.finding.packages.size() + told.finding.gaps.size());
        found_in_layer_.put(path, std::move(told));
    }

    void count(std::size_t things) {
        count_ += things;
        if (count_ > most_found) throw world_failure("cannot list what is in the image: more than " + std::to_string(most_found) + " packages and files that name some");
    }

    std::optional<std::string> path_of(std::string_view name) {
        auto path = plain_path(name);
        if (!path && nameless_++ == 0) first_nameless_ = visible(name.substr(0, 80));
        return path;
    }

    const Catalogers& catalogers_;
    const io::Cancellation& cancellation_;
    Files found_;                               ///< in the layers before
    Files found_in_layer_;
    std::map<std::string, std::string> unread_; ///< hard links that a cataloger wants, and what they are links to
    std::size_t layer_ = 0;
    std::size_t count_ = 0;
    std::size_t nameless_ = 0;
    std::string first_nameless_;
    std::vector<std::string> gaps_;
};

void sort_once(std::vector<std::string>& texts) {
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

/// What several files tell of one package.
class Joined {
public:
    explicit Joined(Package first) : package_(std::move(first)) { note_archive(package_.sha1); }

    /// What the first does not say may be said by another.
    void add(const Package& other) {
        if (package_.licenses.empty()) package_.licenses = other.licenses;
        if (package_.supplier.empty()) package_.supplier = other.supplier;
        if (package_.homepage.empty()) package_.homepage = other.homepage;
        note_archive(other.sha1);
        package_.paths.insert(package_.paths.end(), other.paths.begin(), other.paths.end());
        package_.layers.insert(package_.layers.end(), other.layers.begin(), other.layers.end());
    }

    Package result() && {
        // Archives that were packed again differ: the package is none of them alone.
        package_.sha1 = archives_.size() == 1 ? *archives_.begin() : "";
        sort_once(package_.paths);
        sort_once(package_.layers);
        return std::move(package_);
    }

private:
    void note_archive(const std::string& sha1) {
        if (!sha1.empty()) archives_.insert(sha1);
    }

    Package package_;
    std::set<std::string> archives_;
};

/// Each package once, with all places: Python's two kinds of records may tell of the same one, a version of a module may be in many programs.
/// @param packages  in the order of their paths
std::vector<Package> joined(std::vector<Package> packages) {
    std::map<std::string, Joined> by_url;
    for (auto& package : packages) {
        auto url = package_url(package);
        const auto known = by_url.find(url);
        if (known == by_url.end()) by_url.emplace(std::move(url), std::move(package));
        else known->second.add(package);
    }
    std::vector<Package> result;
    result.reserve(by_url.size());
    for (auto& [url, package] : by_url) result.push_back(std::move(package).result());
    return result;
}

} // namespace

Inventory take_inventory(const std::vector<LayerFile>& layers, const Catalogers& catalogers, const io::Cancellation& cancellation) {
    Reader reader(catalogers, cancellation);
    for (const auto& layer : layers) reader.read(layer);

    Inventory inventory{.distribution = {}, .packages = {}, .gaps = reader.gaps()};
    for (const auto& path : {os_release, vendor_os_release}) {
        const auto* told = reader.found().at(path);
        if (told == nullptr || !told->distribution) continue;
        inventory.distribution = *told->distribution;
        break;
    }
    const auto& system = inventory.distribution;
    for (const auto& [path, told] : reader.found().all()) {
        for (auto package : told.finding.packages) {
            if (!system.id.empty() && is_of_distribution(package)) {
                package.name_space = system.id;
                package.qualifiers["distro"] = system.id + (system.version_id.empty() ? "" : '-' + system.version_id);
            }
            package.paths = {path};
            package.layers = {layers[told.layer].digest};
            inventory.packages.push_back(std::move(package));
        }
        inventory.gaps.insert(inventory.gaps.end(), told.finding.gaps.begin(), told.finding.gaps.end());
    }
    inventory.packages = joined(std::move(inventory.packages));
    sort_once(inventory.gaps);
    return inventory;
}

} // namespace slipway::build_image
