#include "build-image/content/containerfile.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <optional>

namespace slipway::build_image {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f'; }

std::string_view trim_left(std::string_view text) {
    while (!text.empty() && is_blank(text[0])) text.remove_prefix(1);
    return text;
}

struct Line {
    std::string_view text; ///< without its break
    std::size_t begin = 0;
    std::size_t next = 0; ///< first byte of the next line
};

std::vector<Line> physical_lines(std::string_view text) {
    std::vector<Line> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto next = std::min(end + 1, text.size());
        auto line = text.substr(at, end - at);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        lines.push_back({line, at, next});
        at = next;
    }
    return lines;
}

/// `# escape=X` among the comments of the form `# key=value` at the top.
char escape_of(const std::vector<Line>& lines) {
    for (const auto& line : lines) {
        auto text = trim(line.text);
        if (text.empty() || text[0] != '#') break;
        text = trim(text.substr(1));
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) break;
        const auto value = trim(text.substr(equals + 1));
        if (lower(trim(text.substr(0, equals))) == "escape" && value == "`") return '`';
    }
    return '\\';
}

/// The text of one instruction without line breaks, each character with its place in the file.
struct Joined {
    std::string text;
    std::vector<std::size_t> places;

    void add(std::string_view part, std::size_t begin) {
        for (std::size_t i = 0; i < part.size(); ++i) {
            text += part[i];
            places.push_back(begin + i);
        }
    }
};

std::vector<Word> words_of(const Joined& joined) {
    std::vector<Word> words;
    for (std::size_t i = 0; i < joined.text.size();) {
        if (is_blank(joined.text[i])) {
            ++i;
            continue;
        }
        const auto begin = i;
        while (i < joined.text.size() && !is_blank(joined.text[i])) ++i;
        words.push_back({joined.text.substr(begin, i - begin), joined.places[begin], joined.places[i - 1] + 1});
    }
    return words;
}

struct Heredoc {
    std::string delimiter;
    bool strips_tabs = false;
};

/// `<<EOF`, `<<-"EOF"`, `3<<EOF`
std::optional<Heredoc> heredoc_of(std::string_view word) {
    while (!word.empty() && word[0] >= '0' && word[0] <= '9') word.remove_prefix(1);
    if (word.substr(0, 2) != "<<") return std::nullopt;
    word.remove_prefix(2);
    Heredoc heredoc;
    if (!word.empty() && word[0] == '-') {
        heredoc.strips_tabs = true;
        word.remove_prefix(1);
    }
    if (word.size() > 1 && (word[0] == '"' || word[0] == '\'') && word.back() == word[0]) word = word.substr(1, word.size() - 2);
    if (word.empty() || word.find_first_of("<\"'") != std::string_view::npos) return std::nullopt;
    heredoc.delimiter = word;
    return heredoc;
}

class Parser {
public:
    explicit Parser(std::string_view text) : lines_(physical_lines(text)), escape_(escape_of(lines_)) {}

    std::vector<Instruction> run() {
        while (at_ < lines_.size()) {
            const auto text = trim(lines_[at_].text);
            if (text.empty() || text[0] == '#') ++at_;
            else read_instruction();
        }
        return std::move(instructions_);
    }

private:
    void read_instruction() {
        Instruction instruction;
        instruction.line = static_cast<int>(at_) + 1;
        const auto joined = read_lines();
        auto words = words_of(joined);
        if (!words.empty()) {
            instruction.name = upper(words[0].text);
            instruction.text = instruction.name;
            for (std::size_t i = 1; i < words.size(); ++i) instruction.text += ' ' + words[i].text;
            auto word = words.begin() + 1;
            for (; word != words.end() && word->text.rfind("--", 0) == 0; ++word) {
                if (word->text == "--") break;
                instruction.flags.push_back(*word);
            }
            instruction.words.assign(word, words.end());
        }
        skip_heredocs(instruction);
        instruction.end = lines_[at_ - 1].next;
        if (!instruction.name.empty()) instructions_.push_back(std::move(instruction));
    }

    /// The line here and those that it continues in.
    Joined read_lines() {
        Joined joined;
        for (bool first = true; at_ < lines_.size(); first = false) {
            const auto& line = lines_[at_++];
            const auto inner = trim(line.text);
            if (!first && (inner.empty() || inner[0] == '#')) continue; // between continued lines
            auto text = line.text;
            while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
            const bool continues = !text.empty() && text.back() == escape_;
            if (continues) text.remove_suffix(1);
            else text = line.text;
            const auto shown = first ? trim_left(text) : text;
            joined.add(shown, line.begin + static_cast<std::size_t>(shown.data() - line.text.data()));
            if (!continues) break;
        }
        return joined;
    }

    void skip_heredocs(Instruction& instruction) {
        if (instruction.name != "RUN" && instruction.name != "COPY" && instruction.name != "ADD") return;
        for (const auto& word : instruction.words) {
            const auto heredoc = heredoc_of(word.text);
            if (!heredoc) continue;
            const auto end = std::find_if(lines_.begin() + static_cast<std::ptrdiff_t>(at_), lines_.end(), [&](const Line& line) {
                auto text = line.text;
                while (heredoc->strips_tabs && !text.empty() && text[0] == '\t') text.remove_prefix(1);
                return text == heredoc->delimiter;
            });
            // What never ends is none, or a mistake: what follows must not be overlooked.
            if (end == lines_.end()) return;
            instruction.has_heredoc = true;
            at_ = static_cast<std::size_t>(end - lines_.begin()) + 1;
        }
    }

    std::vector<Line> lines_;
    char escape_;
    std::size_t at_ = 0;
    std::vector<Instruction> instructions_;
};

} // namespace

std::vector<Instruction> parse_containerfile(std::string_view text) { return Parser(text).run(); }

} // namespace slipway::build_image
