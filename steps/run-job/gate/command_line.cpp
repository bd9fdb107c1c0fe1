#include "run-job/gate/gate.hpp"

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::run_job {

namespace {

Error needs_shell(std::string_view what) {
    return misuse("'" + std::string(what) + "' means something to a shell only, and none is in between", "quote it with '...', or give a shell: sh -c '...'");
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// @source POSIX.1-2017, Shell Command Language, 2.2 Quoting
class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    std::vector<std::string> words() {
        while (at_ < text_.size()) take(text_[at_++]);
        end_word();
        if (words_.empty() && !text_.empty()) throw misuse("it names no program");
        return std::move(words_);
    }

private:
    void take(char c) {
        if (is_blank(c)) return end_word();
        if (c == '\'') return take_single_quoted();
        if (c == '"') return take_double_quoted();
        if (c == '\\') return take_escaped();
        if (std::string_view("|&;<>$`()").find(c) != std::string_view::npos) throw needs_shell({&c, 1});
        add(c);
    }

    void take_single_quoted() {
        in_word_ = true;
        const auto end = text_.find('\'', at_);
        if (end == std::string_view::npos) throw misuse("a single quote is not closed");
        word_ += text_.substr(at_, end - at_);
        at_ = end + 1;
    }

    void take_double_quoted() {
        in_word_ = true;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return;
            refuse_expansion(c);
            if (c == '\\' && std::string_view("$`\"\\\n").find(next()) != std::string_view::npos) {
                take_escaped();
            } else {
                add(c);
            }
        }
        throw misuse("a double quote is not closed");
    }

    /// A literal "$TOKEN" would surprise the program as much as who wrote it.
    void refuse_expansion(char c) const {
        if (c == '`') throw needs_shell("`");
        const bool expands = c == '$' && (begins_name(next()) || std::string_view("{(@*#?-$!0123456789").find(next()) != std::string_view::npos);
        if (expands) throw needs_shell(text_.substr(at_ - 1, 2));
    }

    void take_escaped() {
        if (at_ == text_.size()) throw misuse("it ends with a backslash");
        const char c = text_[at_++];
        if (c != '\n') add(c); // one before a line break goes on in the next line
    }

    /// A zero byte at the end, which is in no set above.
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void add(char c) {
        word_ += c;
        in_word_ = true;
    }
    void end_word() {
        if (in_word_) words_.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string> words_;
    std::string word_;
    bool in_word_ = false; ///< '' is a word, too
};

} // namespace

std::vector<std::string> split_command(std::string_view text) { return Splitter(text).words(); }

} // namespace slipway::run_job
