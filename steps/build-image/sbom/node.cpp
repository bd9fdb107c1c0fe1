#include "build-image/sbom/records.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace slipway::build_image {

namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largest = 4'000'000;

/// Picks a few texts out of a package.json without keeping the rest, however deep it is.
class Manifest final : public nlohmann::json_sax<Json> {
public:
    std::string name;
    std::string version;
    std::string homepage;
    std::string author;
    std::string mail;
    Package licensed; ///< of which the licences count
    bool is_broken = false;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& text) override {
        if (depth_ == 1) outer_ = text;
        else inner_ = text;
        return true;
    }
    bool string(string_t& text) override {
        if (depth_ == 1) {
            if (outer_ == "name") name = trim(text);
            else if (outer_ == "version") version = trim(text);
            else if (outer_ == "homepage") homepage = text;
            else if (outer_ == "author") author = text;
        }
        if (outer_ == "author" && depth_ == 2) {
            if (inner_ == "name") author = text;
            else if (inner_ == "email") mail = text;
        }
        // "MIT", {"type": "MIT"}, and lists of both.
        const bool is_text = inner_.empty() && depth_ <= 2;
        const bool is_type = inner_ == "type" && (depth_ == 2 || depth_ == 3);
        if ((outer_ == "license" || outer_ == "licenses") && (is_text || is_type)) add_license(licensed, text);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        is_broken = true;
        return false;
    }

private:
    bool open() {
        ++depth_;
        inner_.clear();
        return true;
    }
    bool close() {
        --depth_;
        inner_.clear();
        return true;
    }

    std::size_t depth_ = 0;
    std::string outer_; ///< the key at the top
    std::string inner_; ///< the nearest key below it
};

/// "Name <mail@example.com> (https://example.com/)" without the address at the end.
std::string without_address(const std::string& author) { return std::string(trim(std::string_view(author).substr(0, author.find('(')))); }

/// Packages of Node. Only what lies directly in a node_modules is one: packages have files of this name further inside.
/// @source docs.npmjs.com/cli/configuring-npm/package-json
class Node final : public Cataloger {
public:
    bool wants(const Member& member) const override {
        constexpr std::string_view file = "/package.json";
        constexpr std::string_view folder = "node_modules/";
        std::string_view path = member.path;
        if (!path.ends_with(file)) return false;
        path.remove_suffix(file.size());
        const auto begin = path.rfind(folder);
        if (begin == std::string_view::npos || (begin > 0 && path[begin - 1] != '/')) return false;
        path.remove_prefix(begin + folder.size());
        const auto slash = path.find('/');
        if (path.starts_with('@')) return slash != std::string_view::npos && path.find('/', slash + 1) == std::string_view::npos;
        return slash == std::string_view::npos && !path.starts_with('.'); // .bin, .cache, .pnpm
    }

    Finding read(const Member& member, Content& content) const override {
        RecordFile file(member, content, largest);
        if (file.text().empty()) return file.finding();
        Manifest manifest;
        Json::sax_parse(file.text().begin(), file.text().end(), &manifest);
        if (manifest.is_broken) {
            file.gap("it is no JSON");
            return file.finding();
        }
        // A package without a name or a version, such as a folder that only says {"type": "module"}.
        if (manifest.name.empty() || manifest.version.empty()) return file.finding();
        Package package{.type = "npm", .name = manifest.name, .version = manifest.version, .licenses = std::move(manifest.licensed.licenses)};
        if (const auto slash = package.name.find('/'); slash != std::string::npos && package.name[0] == '@') {
            package.name_space = package.name.substr(0, slash);
            package.name.erase(0, slash + 1);
        }
        package.supplier = person(without_address(manifest.author), manifest.mail);
        package.homepage = manifest.homepage;
        file.add(std::move(package));
        return file.finding();
    }
};

} // namespace

const Cataloger& node_cataloger() {
    static const Node cataloger;
    return cataloger;
}

} // namespace slipway::build_image
