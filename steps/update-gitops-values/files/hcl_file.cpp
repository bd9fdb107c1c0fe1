#include "update-gitops-values/files/hcl_file.hpp"

#include "core/places.hpp"
#include "core/text.hpp"
#include "core/unicode.hpp"
#include "hcl/literal.hpp"
#include "update-gitops-values/files/hcl_tree.hpp"
#include "update-gitops-values/files/json_text.hpp"
#include "update-gitops-values/files/operations.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace slipway::update_gitops_values {

namespace {

using Kind = yaml::Operation::Kind;
using hcl::TokenKind;

std::string what_it_is(HclKind kind) {
    switch (kind) {
    case HclKind::block: return "a block";
    case HclKind::text_with_sequences: return "a text with a template in it";
    case HclKind::heredoc: return "a heredoc";
    case HclKind::object: return "an object";
    case HclKind::list: return "a list";
    case HclKind::expression: return "an expression";
    default: return "a single value";
    }
}

/// Finds what a path leads to.
class Search {
public:
    Search(const HclTree& tree, const yaml::Operation& operation, const std::string& file)
        : tree_(tree), operation_(operation), path_(operation.path), file_(file) {}

    const HclNode& find() {
        in_body(tree_.body(), 0, 0);
        if (found_.empty()) fail_missing();
        if (found_.size() > 1) fail_several();
        return *found_[0];
    }

private:
    /// @param skipped  how many labels on the way the path leaves out
    void in_body(const std::vector<HclNode>& body, std::size_t depth, std::size_t skipped) {
        const auto* name = depth < path_.size() ? std::get_if<std::string>(&path_[depth]) : nullptr;
        if (name == nullptr) return miss(depth, nullptr, "a part of the path is the name of a block or of an argument");
        std::vector<std::string> names;
        bool any = false;
        for (const auto& node : body) {
            names.push_back(node.name);
            if (node.name != *name) continue;
            any = true;
            if (node.kind == HclKind::block) in_block(body, node, depth + 1, skipped);
            else in_value(node, depth + 1, skipped);
        }
        if (any) return;
        const auto meant = closest(*name, names);
        miss(depth, nullptr, where(depth) + " has no block or argument '" + visible(*name) + "'", meant ? "did you mean '" + visible(*meant) + "'?" : "");
    }

    /// Any number of the block's labels may follow, from the first on; then its number, where several blocks are alike.
    void in_block(const std::vector<HclNode>& body, const HclNode& block, std::size_t depth, std::size_t skipped) {
        for (std::size_t given = 0; given <= block.labels.size(); ++given) {
            if (given > 0 && !is_key(depth + given - 1, block.labels[given - 1])) break;
            const auto next = depth + given;
            const auto left_out = skipped + block.labels.size() - given;
            if (!block.labels.empty() && !visited_.insert({&block, next}).second) continue;
            if (next == path_.size()) found(block, left_out);
            else if (const auto* index = std::get_if<yaml::Index>(&path_[next])) {
                if (is_number(body, block, given, *index)) in_body(block.children, next + 1, left_out);
                else miss(next, &block, "there is no block [" + std::to_string(*index) + "] of that name");
            } else in_body(block.children, next, left_out);
        }
    }

    /// Whether it is this one of the blocks with the same type and the same first labels.
    static bool is_number(const std::vector<HclNode>& body, const HclNode& block, std::size_t labels, yaml::Index wanted) {
        const auto is_alike = [&](const HclNode& other) {
            return other.kind == HclKind::block && other.name == block.name && other.labels.size() >= labels &&
                   std::equal(other.labels.begin(), other.labels.begin() + static_cast<std::ptrdiff_t>(labels), block.labels.begin());
        };
        const auto is_nth = [&](auto at, auto end, yaml::Index passed) {
            for (at = std::find_if(at, end, is_alike); passed > 0 && at != end; --passed) at = std::find_if(at + 1, end, is_alike);
            return at != end && &*at == &block;
        };
        return wanted < 0 ? is_nth(body.rbegin(), body.rend(), -(wanted + 1)) : is_nth(body.begin(), body.end(), wanted);
    }

    bool is_key(std::size_t depth, const std::string& label) const {
        const auto* key = depth < path_.size() ? std::get_if<std::string>(&path_[depth]) : nullptr;
        return key != nullptr && *key == label;
    }

    void in_value(const HclNode& node, std::size_t depth, std::size_t skipped) {
        if (depth == path_.size()) return found(node, skipped);
        const auto& part = path_[depth];
        std::vector<const HclNode*> next;
        if (const auto* key = std::get_if<std::string>(&part); key != nullptr && node.kind == HclKind::object) next = with_key(node, *key);
        else if (const auto* index = std::get_if<yaml::Index>(&part); index != nullptr && node.kind == HclKind::list) next = with_number(node, *index);
        else if (const auto* selector = std::get_if<yaml::Selector>(&part); selector != nullptr && node.kind == HclKind::list) next = with_value(node, *selector);
        else return miss(depth, &node, where(depth) + " is " + what_it_is(node.kind) + ", it has no " + visible(yaml::to_string(yaml::KeyPath{part})));
        if (next.empty()) miss(depth, &node, where(depth) + " has no " + visible(yaml::to_string(yaml::KeyPath{part})));
        for (const auto* entry : next) in_value(*entry, depth + 1, skipped);
    }

    static std::vector<const HclNode*> with_key(const HclNode& object, const std::string& key) {
        std::vector<const HclNode*> entries;
        for (const auto& entry : object.children) {
            if (entry.name == key) entries.push_back(&entry);
        }
        return entries;
    }

    static std::vector<const HclNode*> with_number(const HclNode& list, yaml::Index index) {
        const auto count = static_cast<yaml::Index>(list.children.size());
        if (index < 0) index += count;
        if (index < 0 || index >= count) return {};
        return {&list.children[static_cast<std::size_t>(index)]};
    }

    std::vector<const HclNode*> with_value(const HclNode& list, const yaml::Selector& selector) const {
        std::vector<const HclNode*> entries;
        for (const auto& entry : list.children) {
            for (const auto* field : with_key(entry, selector.key)) {
                if (field->kind == HclKind::string && tree_.decoded(*field) == selector.value) entries.push_back(&entry);
            }
        }
        return entries;
    }

    /// Paths that leave out fewer labels are meant.
    void found(const HclNode& node, std::size_t skipped) {
        if (skipped > fewest_skipped_) return;
        if (skipped < fewest_skipped_) found_.clear();
        fewest_skipped_ = skipped;
        found_.push_back(&node);
    }

    void miss(std::size_t depth, const HclNode* node, std::string why, std::string hint = {}) {
        if (missing_ && missing_depth_ >= depth) return;
        missing_depth_ = depth;
        missing_ = problem_of(operation_, why, node == nullptr ? Place{file_} : place(*node), std::move(hint));
    }

    [[noreturn]] void fail_missing() const {
        if (missing_) throw Error(ExitCode::refused, *missing_);
        refuse(operation_, "the file has no such argument", {file_});
    }

    [[noreturn]] void fail_several() const {
        std::vector<std::string> numbers;
        constexpr std::size_t most = 10;
        for (std::size_t i = 0; i < std::min(most, found_.size()); ++i) numbers.push_back(std::to_string(place(*found_[i]).line));
        if (found_.size() > most) numbers.emplace_back("...");
        refuse(operation_, "several places have it, in the lines " + join(numbers, ", "), place(*found_[1]),
               "give the labels of the blocks as well: job.LABEL.group.LABEL");
    }

    std::string where(std::size_t depth) const { return depth == 0 ? "the file" : visible(yaml::to_string(path_, depth)); }
    Place place(const HclNode& node) const { return place_of(tree_.text(), file_, tree_.begin(node)); }

    const HclTree& tree_;
    const yaml::Operation& operation_;
    const yaml::KeyPath& path_;
    const std::string& file_;
    std::vector<const HclNode*> found_;
    /// Blocks, and how many parts of the path led there: labels that are called like types can be read in many ways, each of which leaves
    /// out equally many.
    std::set<std::pair<const HclNode*, std::size_t>> visited_;
    std::size_t fewest_skipped_ = std::numeric_limits<std::size_t>::max();
    std::optional<Diagnostic> missing_;
    std::size_t missing_depth_ = 0;
};

class HclEditor {
public:
    HclEditor(std::string_view text, const std::string& file) : tree_(std::string(text), file), file_(file) {}

    const std::string& text() const { return tree_.text(); }

    yaml::Change apply(const yaml::Operation& operation) {
        check_operation(operation, file_);
        const auto wanted = new_value(operation);
        const auto& node = Search(tree_, operation, file_).find();
        yaml::Change change{.path = to_string(operation.path), .old = {}, .value = wanted.text, .new_json = wanted.json,
                            .place = place_of(tree_.text(), file_, tree_.begin(node))};
        check_old(operation, change, node);
        note_old(change, node);
        change.retyped = wanted.is_string && node.kind == HclKind::constant && change.old.has_value();
        if (change.old_json == change.new_json) return change;
        change.changed = true;
        commit(operation, node, wanted);
        return change;
    }

private:
    struct Wanted {
        std::string text;    ///< as people see it
        std::string json;
        std::string written; ///< in the file
        bool is_string;
    };

    Wanted new_value(const yaml::Operation& operation) const {
        if (operation.kind == Kind::set) return string(operation, operation.value);
        if (operation.kind != Kind::set_json) {
            throw Error(ExitCode::misuse, problem_of(operation, "in HCL files values can be set, and nothing else", {file_}, "make the change by hand, once"));
        }
        const auto json = read_json(operation);
        const auto written = std::string(json.spelled(0));
        switch (json[0].kind) {
        case JsonKind::string: return string(operation, json.value(0));
        case JsonKind::number:
        case JsonKind::truth: return {written, written, written, false};
        case JsonKind::null: return {{}, written, written, false};
        default: throw Error(ExitCode::misuse, problem_of(operation, "in HCL files numbers, truth values, null and texts can be set", {file_}));
        }
    }

    JsonText read_json(const yaml::Operation& operation) const {
        try {
            return {operation.value, {}};
        } catch (const Error& error) {
            throw Error(ExitCode::misuse, problem_of(operation, error.diagnostics().front().message, {file_}, "a string stands in double quotes: \"text\""));
        }
    }

    Wanted string(const yaml::Operation& operation, const std::string& value) const {
        if (!is_nfc(value)) refuse(operation, "the value is not in Unicode's normal form C, into which HCL would change it", {file_},
                                   "give it with composed characters");
        return {value, json_string(value), '"' + hcl::quoted_content(value) + '"', true};
    }

    void check_old(const yaml::Operation& operation, const yaml::Change& change, const HclNode& node) const {
        switch (node.kind) {
        case HclKind::string:
        case HclKind::constant: return;
        case HclKind::block: refuse(operation, "it is a block, no value", change.place, "name one of its arguments");
        case HclKind::object: refuse(operation, "it is an object, no single value", change.place, "name one of its keys");
        case HclKind::list: refuse(operation, "it is a list, no single value", change.place, "name one of its entries: " + change.path + "[0]");
        case HclKind::heredoc: refuse(operation, "it is a heredoc", change.place, "write it as a string in double quotes, once");
        default: refuse(operation, "it is " + what_it_is(node.kind), change.place, hint_for_variable(tree_, node));
        }
    }

    void note_old(yaml::Change& change, const HclNode& node) const {
        if (node.kind == HclKind::string) {
            change.old = tree_.decoded(node);
            change.old_json = json_string(*change.old);
            return;
        }
        // A minus sign may stand apart from its number.
        for (auto at = node.first; at < node.behind; ++at) change.old_json += tree_.spelled(tree_.tokens()[at]);
        if (change.old_json != "null") change.old = change.old_json;
    }

    /// Takes the change over when every other token is as before.
    void commit(const yaml::Operation& operation, const HclNode& node, const Wanted& wanted) {
        auto next = read_again(operation, spliced(tree_.text(), tree_.begin(node), tree_.end(node), wanted.written));
        const auto& now = next.tokens();
        const auto& before = tree_.tokens();
        const auto behind = now.size() + node.behind - before.size(); // of the new value, if all is well
        const auto same = [&](const hcl::Token& a, const hcl::Token& b) { return a.kind == b.kind && next.spelled(a) == tree_.spelled(b); };
        const auto at = [](const std::vector<hcl::Token>& tokens, std::size_t index) { return tokens.begin() + static_cast<std::ptrdiff_t>(index); };
        const bool as_before = now.size() > before.size() - node.behind + node.first &&
                               std::equal(now.begin(), at(now, node.first), before.begin(), at(before, node.first), same) &&
                               std::equal(at(now, behind), now.end(), at(before, node.behind), before.end(), same);
        if (!as_before || !reads_as(next, {.first = node.first, .behind = behind}, wanted)) throw doubtful_result(operation, file_);
        tree_ = std::move(next);
    }

    static bool reads_as(const HclTree& tree, const HclNode& value, const Wanted& wanted) {
        if (!wanted.is_string) return tree.spelled(value) == wanted.written;
        const auto& tokens = tree.tokens();
        if (tokens[value.first].kind != TokenKind::open_quote || tokens[value.behind - 1].kind != TokenKind::close_quote) return false;
        for (auto at = value.first + 1; at + 1 < value.behind; ++at) {
            if (tokens[at].kind != TokenKind::literal) return false;
        }
        return tree.decoded(value) == wanted.text;
    }

    HclTree read_again(const yaml::Operation& operation, std::string text) const {
        try {
            return {std::move(text), file_};
        } catch (const Error&) {
            throw doubtful_result(operation, file_);
        }
    }

    HclTree tree_;
    const std::string& file_;
};

} // namespace

yaml::Edited edit_hcl(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations) {
    HclEditor editor(text, file);
    return apply_all(editor, operations);
}

} // namespace slipway::update_gitops_values
