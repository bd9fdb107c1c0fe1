// Edits of anything as HCL: refused with words, or the value is found there by a second call, and no other token is touched.
//
// Requests: (s)et and (j)son, with PATH=VALUE as the value; places do not count.

#include "fuzz.hpp"
#include "requests.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "hcl/lexer.hpp"
#include "update-gitops-values/files/hcl_file.hpp"

#include <string>
#include <vector>

using namespace slipway;
using yaml::Operation;

namespace {

std::vector<std::string_view> tokens_of(std::string_view text) {
    std::vector<std::string_view> tokens;
    hcl::Lexer lexer(text);
    for (auto token = lexer.next(); token.kind != hcl::TokenKind::end; token = lexer.next())
        tokens.push_back(text.substr(token.begin, token.size()));
    return tokens;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = fuzz::divide(fuzz::text_of(data, size));
    std::vector<Operation> operations;
    for (const auto& request : input.requests) {
        try {
            auto assignment = yaml::parse_assignment(request.value);
            if (!is_valid_utf8(assignment.value)) continue;
            operations.push_back({.kind = request.kind == 'j' ? Operation::Kind::set_json : Operation::Kind::set, .path = std::move(assignment.path), .value = std::move(assignment.value)});
        } catch (const Error&) {
            continue;
        }
    }
    if (operations.empty()) return 0;
    yaml::Edited edited;
    try {
        edited = update_gitops_values::edit_hcl(input.file, "f.hcl", operations);
    } catch (const Error& error) {
        fuzz::expect_words(error, "f.hcl");
        return 0;
    }
    fuzz::expect(edited.changes.size() == operations.size(), "a change for each operation");
    fuzz::expect(edited.changed() || edited.text == input.file, "nothing changed, no byte changed");
    if (operations.size() != 1) return 0;
    const auto again = update_gitops_values::edit_hcl(edited.text, "f.hcl", operations);
    fuzz::expect(!again.changed() && again.text == edited.text, "the second time there is nothing to do");
    if (operations[0].kind == Operation::Kind::set) fuzz::expect(again.changes[0].old == operations[0].value, "the value is what was set");
    fuzz::expect_same_lines(input.file, edited);
    // What differs between the tokens is one stretch: a number, a word, or the parts of one string.
    const auto before = tokens_of(input.file);
    const auto now = tokens_of(edited.text);
    std::size_t begin = 0;
    while (begin < before.size() && begin < now.size() && before[begin] == now[begin])
        ++begin;
    std::size_t end = 0;
    while (end < before.size() - begin && end < now.size() - begin && before[before.size() - 1 - end] == now[now.size() - 1 - end])
        ++end;
    for (auto i = begin; i + end < before.size(); ++i)
        fuzz::expect(before[i] != "{" && before[i] != "}" && before[i] != "=", "the file's structure stays");
    return 0;
}
