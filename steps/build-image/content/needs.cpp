#include "build-image/content/needs.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace slipway::build_image {

namespace {

using Arguments = std::map<std::string, std::string>;

bool is_name_character(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A text with $NAME, ${NAME}, ${NAME:-default} and ${NAME-default} replaced; nothing when a value is not known here.
std::optional<std::string> expand(std::string_view text, const Arguments& values) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' || text[i] == '\'') return std::nullopt; // quoting that nobody uses in the name of an image
        if (text[i] != '$') {
            if (text[i] != '"') result += text[i];
            continue;
        }
        const bool braces = i + 1 < text.size() && text[i + 1] == '{';
        const auto begin = i + (braces ? 2 : 1);
        auto end = begin;
        while (end < text.size() && is_name_character(text[end])) ++end;
        const auto value = values.find(std::string(text.substr(begin, end - begin)));
        if (begin == end) return std::nullopt;
        if (!braces) {
            if (value == values.end()) return std::nullopt;
            result += value->second;
            i = end - 1;
            continue;
        }
        const auto close = text.find('}', end);
        if (close == std::string_view::npos) return std::nullopt;
        auto rest = text.substr(end, close - end);
        bool is_set = value != values.end();
        if (rest.substr(0, 2) == ":-") {
            is_set = is_set && !value->second.empty();
            rest.remove_prefix(2);
        } else if (rest.substr(0, 1) == "-") {
            rest.remove_prefix(1);
        } else if (!rest.empty() || !is_set) {
            return std::nullopt;
        }
        if (rest.find('$') != std::string_view::npos) return std::nullopt;
        result += is_set ? value->second : std::string(rest);
        i = close;
    }
    return result;
}

/// `NAME=value`, with quotes around the value taken off.
std::pair<std::string, std::optional<std::string>> argument_of(const std::string& word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return {word, std::nullopt};
    auto value = word.substr(equals + 1);
    if (value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) value = value.substr(1, value.size() - 2);
    return {word.substr(0, equals), value};
}

/// The value of a flag "--name=value"; nothing when the word is another flag.
std::optional<std::string> flag_value(const Word& flag, std::string_view name) {
    const auto prefix = "--" + std::string(name) + '=';
    return flag.text.rfind(prefix, 0) == 0 ? std::optional(flag.text.substr(prefix.size())) : std::nullopt;
}

struct Stage {
    std::string name; ///< lower case; empty when it has none
    std::set<std::size_t> uses; ///< numbers of other stages
    std::vector<SecretUse> secrets;
};

/// Names of places other than registries that a FROM may have.
bool has_transport(const std::string& name) {
    for (const char* transport : {"oci:", "oci-archive:", "docker-archive:", "docker-daemon:", "docker:", "dir:", "containers-storage:", "sif:", "tarball:", "ostree:"}) {
        if (name.rfind(transport, 0) == 0) return true;
    }
    return false;
}

bool is_remote(const std::string& source) {
    return source.find("://") != std::string::npos || source.rfind("git@", 0) == 0 || (source.size() > 4 && source.find(".git#") != std::string::npos);
}

class Reader {
public:
    Reader(std::string_view text, const Arguments& given, std::string target) : given_(given), target_(lower(target)), instructions_(parse_containerfile(text)) {
        find_wanted_stage();
    }

    Needs run() {
        for (const auto& instruction : instructions_) read(instruction);
        if (!stages_.empty()) {
            std::set<std::size_t> seen;
            collect_secrets(std::min(wanted_, stages_.size() - 1), seen);
        }
        return std::move(needs_);
    }

private:
    void find_wanted_stage() {
        std::size_t count = 0;
        std::optional<std::size_t> found;
        for (const auto& instruction : instructions_) {
            if (instruction.name != "FROM") continue;
            const auto& words = instruction.words;
            const bool named = words.size() == 3 && lower(words[1].text) == "as";
            if (!target_.empty() && ((named && lower(words[2].text) == target_) || std::to_string(count) == target_)) found = count;
            ++count;
        }
        wanted_ = found.value_or(count == 0 ? 0 : count - 1);
    }

    void read(const Instruction& instruction) {
        if (instruction.name == "FROM") return read_from(instruction);
        if (instruction.name == "ARG") return read_argument(instruction);
        if (stages_.empty() || stages_.size() - 1 > wanted_) return;
        if (instruction.name == "RUN") read_run(instruction);
        if (instruction.name == "COPY" || instruction.name == "ADD") read_copy(instruction);
    }

    void read_argument(const Instruction& instruction) {
        if (!stages_.empty()) return; // names of images see those before the first FROM alone
        for (const auto& word : instruction.words) {
            const auto [name, value] = argument_of(word.text);
            if (const auto given = given_.find(name); given != given_.end()) arguments_[name] = given->second;
            else if (const auto known = value ? expand(*value, arguments_) : std::nullopt) arguments_[name] = *known;
            else arguments_.erase(name);
        }
    }

    void read_from(const Instruction& instruction) {
        const auto& words = instruction.words;
        Stage stage;
        if (words.size() == 3 && lower(words[1].text) == "as") stage.name = lower(words[2].text);
        const bool counts = stages_.size() <= wanted_;
        if (counts && !words.empty()) {
            const auto name = expand(words[0].text, arguments_);
            if (!name) add_unknowable(instruction, "its value of " + words[0].text + " is not known");
            else if (const auto other = stage_called(*name)) stage.uses.insert(*other);
            else add_image(*name, words[0].begin, words[0].end, instruction);
        }
        stages_.push_back(std::move(stage));
    }

    void read_run(const Instruction& instruction) {
        needs_.runs_programs = true;
        for (const auto& flag : instruction.flags) {
            if (const auto mount = flag_value(flag, "mount")) read_mount(instruction, flag, *mount);
        }
    }

    void read_mount(const Instruction& instruction, const Word& flag, const std::string& mount) {
        if (mount.find_first_of("\"'$\\") != std::string::npos) {
            needs_.sources.reset();
            return add_unknowable(instruction, "its mount has quotes or variables");
        }
        std::map<std::string, std::string> fields;
        for (const auto field : split(mount, ',')) {
            const auto equals = field.find('=');
            fields[lower(trim(field.substr(0, equals)))] = equals == std::string_view::npos ? "" : std::string(field.substr(equals + 1));
        }
        const auto get = [&](const char* name) { return fields.count(name) != 0 ? fields[name] : std::string(); };
        const auto type = fields.count("type") != 0 ? fields["type"] : std::string("bind");
        if (type == "cache") needs_.uses_caches = true;
        if (type == "secret") add_secret(instruction, get("id"), fields.count("target") != 0 ? get("target") : get("dst"), get("required"));
        if (type != "bind" && type != "cache") return;
        if (const auto from = get("from"); !from.empty()) {
            const auto at = flag.text.find("from=" + from);
            // A flag that goes over several lines has line breaks in between, which its text has not.
            if (flag.end - flag.begin != flag.text.size()) return add_unknowable(instruction, "its mount goes over several lines");
            use(from, flag.begin + at + 5, flag.begin + at + 5 + from.size(), instruction);
        } else if (type == "bind") {
            const auto source = fields.count("source") != 0 ? get("source") : get("src");
            add_source(source.empty() ? "." : source);
        }
    }

    void add_secret(const Instruction& instruction, std::string id, const std::string& target, const std::string& required) {
        if (id.empty()) id = target.substr(target.rfind('/') + 1);
        if (!id.empty() && lower(required) != "false" && required != "0") stages_.back().secrets.push_back({id, instruction.line});
    }

    void read_copy(const Instruction& instruction) {
        for (const auto& flag : instruction.flags) {
            const auto from = flag_value(flag, "from");
            if (!from) continue;
            if (from->find_first_of("$\"'\\") != std::string::npos) return add_unknowable(instruction, "its --from has a variable");
            if (flag.end - flag.begin != flag.text.size()) return add_unknowable(instruction, "its --from goes over several lines");
            return use(*from, flag.end - from->size(), flag.end, instruction);
        }
        auto sources = sources_of(instruction);
        if (instruction.name == "ADD") {
            for (const auto& source : sources) {
                if (is_remote(source)) return add_unknowable(instruction, "what " + source + " is may change");
                if (source.find('$') != std::string::npos) return add_unknowable(instruction, "the value of " + source + " is not known");
            }
        }
        for (const auto& source : sources) add_source(source);
    }

    std::vector<std::string> sources_of(const Instruction& instruction) {
        std::vector<std::string> words;
        std::string line;
        for (const auto& word : instruction.words) {
            words.push_back(word.text);
            line += word.text + ' ';
        }
        if (!line.empty() && line[0] == '[') {
            const auto list = nlohmann::json::parse(line, nullptr, false);
            if (list.is_array() && std::all_of(list.begin(), list.end(), [](const auto& item) { return item.is_string(); })) words = list.get<std::vector<std::string>>();
        }
        std::erase_if(words, [](const std::string& word) { return word.rfind("<<", 0) == 0; });
        if (!words.empty()) words.pop_back(); // the destination
        return words;
    }

    /// The part of a path before its first wildcard is enough: more in a key does no harm.
    void add_source(const std::string& source) {
        if (!needs_.sources) return;
        if (source.find_first_of("$\\\"'") != std::string::npos) return needs_.sources.reset();
        auto path = source;
        if (const auto wildcard = path.find_first_of("*?["); wildcard != std::string::npos) {
            const auto slash = path.rfind('/', wildcard);
            path = slash == std::string::npos ? "" : path.substr(0, slash);
        }
        std::vector<std::string> parts;
        for (const auto part : split(path, '/')) {
            if (part.empty() || part == ".") continue;
            if (part == "..") return needs_.sources.reset();
            parts.emplace_back(part);
        }
        if (parts.empty()) return needs_.sources.reset();
        const auto clean = join(parts, "/");
        if (std::find(needs_.sources->begin(), needs_.sources->end(), clean) == needs_.sources->end()) needs_.sources->push_back(clean);
    }

    std::optional<std::size_t> stage_called(const std::string& name) const {
        for (std::size_t i = stages_.size(); i > 0; --i) {
            if (!stages_[i - 1].name.empty() && stages_[i - 1].name == lower(name)) return i - 1;
        }
        return std::nullopt;
    }

    /// A stage, or an image, that something is copied or mounted from.
    void use(const std::string& name, std::size_t begin, std::size_t end, const Instruction& instruction) {
        if (name.empty()) return; // Buildah says it
        auto stage = stage_called(name);
        if (!stage && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 6) {
            const auto number = static_cast<std::size_t>(std::stoul(name));
            if (number < stages_.size()) stage = number;
        }
        if (stage) stages_.back().uses.insert(*stage);
        else add_image(name, begin, end, instruction);
    }

    void add_image(const std::string& name, std::size_t begin, std::size_t end, const Instruction& instruction) {
        if (name == "scratch") return;
        if (has_transport(name)) return add_unknowable(instruction, name + " is in no registry");
        needs_.images.push_back({name, begin, end, instruction.line});
    }

    void add_unknowable(const Instruction& instruction, const std::string& why) {
        needs_.unknowable.push_back("line " + std::to_string(instruction.line) + ", " + instruction.name + ": " + why);
    }

    void collect_secrets(std::size_t number, std::set<std::size_t>& seen) {
        if (!seen.insert(number).second) return;
        needs_.secrets.insert(needs_.secrets.end(), stages_[number].secrets.begin(), stages_[number].secrets.end());
        for (const auto other : stages_[number].uses) collect_secrets(other, seen);
    }

    const Arguments& given_;
    std::string target_;
    std::vector<Instruction> instructions_;
    std::size_t wanted_ = 0; ///< number of the stage
    Arguments arguments_;    ///< of names of images
    std::vector<Stage> stages_;
    Needs needs_;
};

} // namespace

Needs read_needs(std::string_view containerfile, const std::map<std::string, std::string>& arguments, const std::string& target) {
    return Reader(containerfile, arguments, target).run();
}

int Rewritten::original_line(int line) const {
    return line - static_cast<int>(std::count_if(inserted.begin(), inserted.end(), [&](int number) { return number <= line; }));
}

Rewritten rewrite(std::string_view containerfile, const std::vector<ImageUse>& images, const std::map<std::string, std::string>& pinned,
                  const std::string& argument) {
    struct Edit {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::string text;
        bool is_line = false;
    };
    std::vector<Edit> edits;
    for (const auto& image : images) {
        const auto pin = pinned.find(image.name);
        if (pin != pinned.end()) edits.push_back({image.begin, image.end, pin->second});
    }
    if (!argument.empty()) {
        for (const auto& instruction : parse_containerfile(containerfile)) {
            if (instruction.name != "FROM") continue;
            const bool ends_open = instruction.end == containerfile.size() && containerfile.back() != '\n';
            edits.push_back({instruction.end, instruction.end, (ends_open ? "\nARG " : "ARG ") + argument + '\n', true});
        }
    }
    std::sort(edits.begin(), edits.end(), [](const Edit& one, const Edit& other) { return one.begin < other.begin; });
    Rewritten result;
    std::size_t at = 0;
    for (const auto& edit : edits) {
        result.text += containerfile.substr(at, edit.begin - at);
        if (edit.is_line) {
            const auto line = std::count(result.text.begin(), result.text.end(), '\n') + 1 + (edit.text[0] == '\n' ? 1 : 0);
            result.inserted.push_back(static_cast<int>(line));
        }
        result.text += edit.text;
        at = edit.end;
    }
    result.text += containerfile.substr(at);
    return result;
}

} // namespace slipway::build_image
