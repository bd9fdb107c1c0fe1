#include "yaml/edit.hpp"

#include "core/text.hpp"
#include "yaml/pass.hpp"

#include <algorithm>
#include <set>

namespace slipway::yaml {

namespace {

std::size_t first_within(const KeyPath& path) {
    const auto found = std::find(path.begin(), path.end(), PathPart(Within{}));
    return static_cast<std::size_t>(found - path.begin());
}

bool is_within(const KeyPath& path) { return first_within(path) < path.size(); }

class Editor {
public:
    Editor(std::string_view text, const std::string& file, const std::vector<Operation>& operations, const EditSettings& settings)
        : text_(text), file_(file), operations_(operations), settings_(settings), done_(operations.size()) {
        for (const auto& operation : operations)
            values_.push_back(value_of(operation));
    }

    Edited run() {
        do {
            pass();
        } while (next_ < operations_.size());
        if (!problems_.empty()) throw Error(ExitCode::refused, std::move(problems_));
        Edited result{std::move(text_), {}};
        for (auto& change : done_)
            result.changes.push_back(std::move(*change));
        return result;
    }

private:
    JsonValue value_of(const Operation& operation) const {
        switch (operation.kind) {
        case Operation::Kind::set: return {.kind = JsonValue::Kind::text, .text = operation.value};
        case Operation::Kind::remove: return {};
        default: break;
        }
        try {
            return read_json(operation.value);
        } catch (const Error& error) {
            auto diagnostic = error.diagnostics().front();
            diagnostic.message = "cannot " + doing_of(operation) + ' ' + visible(to_string(operation.path)) + ": " + diagnostic.message;
            diagnostic.place = {file_};
            throw Error(error.code(), std::move(diagnostic));
        }
    }

    /// As many operations as one reading of the text allows.
    void pass() {
        const Pass pass(text_, file_, settings_);
        std::vector<Patch> patches;
        std::set<std::size_t> touched;
        for (; next_ < operations_.size(); ++next_) {
            if (done_[next_] || failed_.count(next_) != 0) continue;
            const auto members = group_of(next_);
            try {
                auto step = members.empty() ? pass.plan(operations_[next_], values_[next_]) : step_within(pass, members);
                const bool needs_new_reading = step.patch && !patches.empty() && (step.alone || touched.count(step.patch->first) != 0);
                if (needs_new_reading && given_.count(step.target) == 0) break;
                refuse_twice(step);
                accept(members, step);
                if (!step.patch) continue;
                touched.insert(step.patch->first);
                patches.push_back(std::move(*step.patch));
                if (step.alone) {
                    ++next_;
                    break;
                }
            } catch (const Error& error) {
                if (error.code() != ExitCode::refused) throw;
                problems_.insert(problems_.end(), error.diagnostics().begin(), error.diagnostics().end());
                failed_.insert(members.begin(), members.end());
            }
        }
        if (!patches.empty() && problems_.empty()) text_ = apply(pass.document(), std::move(patches));
    }

    void refuse_twice(const Step& step) {
        if (step.target.empty() || given_.insert(step.target).second) return;
        const auto& change = step.changes[0];
        throw Error(ExitCode::refused,
                    Diagnostic{.message = "cannot set " + visible(change.path) + ": it is given more than once", .place = change.place});
    }

    void accept(const std::vector<std::size_t>& members, const Step& step) {
        if (members.empty()) done_[next_] = step.changes[0];
        for (std::size_t i = 0; i < members.size(); ++i)
            done_[members[i]] = step.changes[i];
    }

    /// All operations within the same text as this one; none when it is not within a text.
    std::vector<std::size_t> group_of(std::size_t first) const {
        std::vector<std::size_t> members;
        const auto& path = operations_[first].path;
        const auto length = first_within(path);
        if (length == path.size()) return members;
        for (auto i = first; i < operations_.size(); ++i) {
            const auto& other = operations_[i];
            if (is_within(other.path) && other.document == operations_[first].document && first_within(other.path) == length &&
                std::equal(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(length), other.path.begin()))
                members.push_back(i);
        }
        return members;
    }

    Step step_within(const Pass& pass, const std::vector<std::size_t>& members) const {
        const auto& first = operations_[members[0]];
        const auto length = static_cast<std::ptrdiff_t>(first_within(first.path));
        Operation outer{.kind = Operation::Kind::set, .path = {first.path.begin(), first.path.begin() + length}, .document = first.document};
        std::vector<Operation> inner;
        bool only_removals = true;
        for (const auto member : members) {
            auto operation = operations_[member];
            operation.path.erase(operation.path.begin(), operation.path.begin() + length + 1);
            operation.document.reset();
            outer.create = outer.create || operation.create;
            only_removals = only_removals && operation.kind == Operation::Kind::remove;
            inner.push_back(std::move(operation));
        }
        const auto before = pass.text_at(outer, !only_removals && !outer.create);
        const auto prefix = to_string(outer.path);
        auto edited = edit(before.value_or(""), file_ + ", " + visible(prefix), inner, settings_);
        Step step;
        if (edited.changed()) {
            outer.value = edited.text;
            step = pass.plan(outer, {.kind = JsonValue::Kind::text, .text = edited.text});
        } else {
            step.target = "within:" + prefix;
            step.changes.push_back({.path = prefix, .document = first.document});
        }
        const auto document = step.changes[0].document;
        step.changes = std::move(edited.changes);
        for (auto& change : step.changes) {
            change.path = prefix + '|' + change.path;
            change.document = document;
        }
        return step;
    }

    std::string text_;
    const std::string& file_;
    const std::vector<Operation>& operations_;
    const EditSettings& settings_;
    std::vector<JsonValue> values_; ///< for each operation
    std::vector<std::optional<Change>> done_;
    std::set<std::size_t> failed_;
    std::set<std::string> given_; ///< what operations led to so far
    std::vector<Diagnostic> problems_;
    std::size_t next_ = 0;
};

} // namespace

bool Edited::changed() const {
    return std::any_of(changes.begin(), changes.end(), [](const Change& change) { return change.changed; });
}

Edited edit(std::string_view text, const std::string& file, const std::vector<Operation>& operations, const EditSettings& settings) {
    return Editor(text, file, operations, settings).run();
}

} // namespace slipway::yaml
