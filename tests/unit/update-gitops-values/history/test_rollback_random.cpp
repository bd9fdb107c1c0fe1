#include "catch.hpp"

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "sampling.hpp"
#include "update-gitops-values/history/message.hpp"
#include "update-gitops-values/history/rollback.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Random histories of a branch, whose files are maps of values or plain texts. A rollback as planned, done as the step does it, must
// lead to what was there before.

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

/// Values by their paths; a plain text has one, without a path.
using File = std::map<std::string, std::string>;
using Tree = std::map<std::string, File>;

std::string blob_of(const Tree& tree, const std::string& path) {
    const auto file = tree.find(path);
    if (file == tree.end()) return {};
    std::string text;
    for (const auto& [key, value] : file->second)
        text += key + '=' + value + '\n';
    return sha256(text).substr(0, 40);
}

/// A commit with the tree behind it, and the changes of the target that are in effect then, as commits' numbers.
struct State {
    git::CommitInfo info;
    Tree tree;
    std::vector<std::size_t> in_effect;
};

class Branch {
public:
    explicit Branch(std::uint64_t seed) : random_(seed) { push("by hand", tree_with_values(), {}); }

    const Tree& tree() const { return states_.back().tree; }
    std::vector<State>& states() { return states_; }
    std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

    std::vector<git::CommitInfo> newest_first() const {
        std::vector<git::CommitInfo> result;
        for (auto state = states_.rbegin(); state != states_.rend(); ++state)
            result.push_back(state->info);
        return result;
    }

    /// Sets the target, and other values and files as it comes.
    void update() {
        auto tree = this->tree();
        Record record;
        set(tree, record, "v.yaml", "tag");
        if (pick(2) == 0) set(tree, record, "v.yaml", "replicas");
        if (pick(3) == 0) set(tree, record, "w.yaml", "tag");
        if (pick(2) == 0) {
            auto& path = texts_[pick(texts_.size())];
            if (pick(2) == 0)
                tree[path] = File{{"", fresh()}};
            else
                tree.erase(path);
        }
        auto effect = states_.back().in_effect;
        effect.push_back(states_.size());
        commit(std::move(record), std::move(tree), std::move(effect));
    }

    /// What people do between, without a word to us.
    void by_hand(bool touch_ours) {
        auto tree = this->tree();
        switch (pick(touch_ours ? 4 : 2)) {
        case 0: tree["v.yaml"]["comment"] = fresh(); break;
        case 1: tree["README"][""] = fresh(); break;
        case 2: tree[texts_[pick(texts_.size())]] = File{{"", fresh()}}; break;
        default: tree["v.yaml"]["tag"] = '"' + fresh() + '"';
        }
        push("by hand", std::move(tree), states_.back().in_effect);
    }

    /// As the step does it. @throws Error (refused) when somebody changed what is to go back
    void roll_back(const RollbackPlan& plan, std::vector<std::size_t> in_effect) {
        auto tree = this->tree();
        auto record = record_of(plan);
        std::set<std::string> restored;
        for (const auto& file : plan.files) {
            if (blob_of(tree, file.path) == file.new_blob) {
                const auto old = std::find_if(states_.begin(), states_.end(),
                                              [&](const State& state) { return blob_of(state.tree, file.path) == file.old_blob; });
                REQUIRE(old != states_.end());
                if (file.old_blob.empty())
                    tree.erase(file.path);
                else
                    tree[file.path] = old->tree.at(file.path);
                restored.insert(file.path);
            } else if (std::none_of(plan.values.begin(), plan.values.end(),
                                    [&](const ValueRecord& value) { return value.file == file.path; })) {
                throw changed_since(file.path);
            }
        }
        for (const auto& value : plan.values) {
            if (restored.contains(value.file)) continue;
            if (value.unrecorded) throw changed_since(value.file);
            auto& file = tree[value.file];
            const auto known = file.find(value.path);
            if (!same_json(known == file.end() ? "" : known->second, value.new_json)) throw changed_since(value.file + ": " + value.path);
            if (value.old_json.empty())
                file.erase(value.path);
            else
                file[value.path] = value.old_json;
        }
        record.files.clear();
        commit(std::move(record), std::move(tree), std::move(in_effect), plan.undone);
    }

private:
    static Tree tree_with_values() { return {{"v.yaml", {{"tag", "\"0\""}}}, {"w.yaml", {}}}; }

    /// Never the same text again, so that a state is known by its values.
    std::string fresh() { return "value " + std::to_string(++last_); }

    void set(Tree& tree, Record& record, const std::string& file, const std::string& path) {
        auto& value = tree[file][path];
        const auto old = value;
        value = '"' + fresh() + '"';
        record.values.push_back({.file = file, .document = {}, .path = path, .old_json = old, .new_json = value});
    }

    void commit(Record record, Tree tree, std::vector<std::size_t> in_effect, const std::vector<git::CommitInfo>& undone = {}) {
        std::set<std::string> paths;
        const auto& before = this->tree();
        for (const auto& entry : before)
            paths.insert(entry.first);
        for (const auto& entry : tree)
            paths.insert(entry.first);
        for (const auto& path : paths) {
            if (blob_of(tree, path) != blob_of(before, path))
                record.files.push_back({path, blob_of(before, path), blob_of(tree, path), "100644"});
        }
        push(commit_message("", record, {}, undone), std::move(tree), std::move(in_effect));
    }

    void push(const std::string& message, Tree tree, std::vector<std::size_t> in_effect) {
        const auto parents = states_.empty() ? std::vector<std::string>{} : std::vector<std::string>{states_.back().info.hash};
        const auto hash = sha256(std::to_string(states_.size()) + message + std::to_string(random_())).substr(0, 40);
        states_.push_back({{hash, parents, "A", 1'795'525'200, message}, std::move(tree), std::move(in_effect)});
    }

    std::mt19937_64 random_;
    std::vector<State> states_;
    std::vector<std::string> texts_{"rules.yml", "job.hcl", "old.txt"};
    int last_ = 0;
};

const Target target{"v.yaml", {"tag"}};

/// The values of the target, which tell two states apart, as somebody types them.
std::string tag_of(const Tree& tree) {
    const auto& json = tree.at("v.yaml").at("tag");
    return json.substr(1, json.size() - 2);
}

/// Where to go back to, and the state that must be there then; nothing is left to go back to when there is none.
std::pair<std::string, const State*> destination(Branch& branch) {
    auto& states = branch.states();
    const auto& last = states.back();
    if (branch.pick(2) == 0) return {"", last.in_effect.empty() ? nullptr : &states[last.in_effect.back() - 1]};
    const auto& then = states[branch.pick(states.size())];
    if (branch.pick(2) == 0) return {then.info.hash.substr(0, 7 + branch.pick(34)), &then};
    return {tag_of(then.tree), &then};
}

} // namespace

TEST_CASE("a rollback of a random history leads to the state that was there") {
    std::size_t done = 0;
    for (std::size_t run = 0; run < sampling::cases(150, 5'000); ++run) {
        Branch branch(sampling::seed() + run);
        INFO("run " << run);
        for (int step = 0; step < 25; ++step) {
            if (branch.pick(3) != 0) {
                branch.update();
                continue;
            }
            const auto [to, then] = destination(branch);
            RollbackPlan plan;
            try {
                plan = plan_rollback(branch.newest_first(), target, to);
            } catch (const Error& error) {
                INFO(error.what());
                // Nothing was ever done, nothing is left to be taken back, or it is there already.
                CHECK((then == nullptr || tag_of(then->tree) == tag_of(branch.tree())));
                continue;
            }
            REQUIRE(then != nullptr);
            const auto tree = then->tree;
            auto in_effect = branch.states().back().in_effect;
            if (to.empty())
                in_effect.pop_back();
            else
                in_effect = then->in_effect;
            branch.roll_back(plan, std::move(in_effect));
            CHECK(branch.tree() == tree);
            ++done;
        }
    }
    CHECK(done > 100);
}

TEST_CASE("a rollback leaves what people changed meanwhile, or is refused") {
    std::size_t done = 0;
    std::size_t refused = 0;
    for (std::size_t run = 0; run < sampling::cases(150, 5'000); ++run) {
        Branch branch(sampling::seed() + run);
        INFO("run " << run);
        for (int step = 0; step < 25; ++step) {
            const auto what = branch.pick(4);
            if (what < 2) {
                branch.update();
                continue;
            }
            if (what == 2) {
                branch.by_hand(run % 2 == 0); // in every other branch also what we change
                continue;
            }
            const auto [to, then] = destination(branch);
            const auto before = branch.tree();
            const auto count = branch.states().size();
            try {
                const auto plan = plan_rollback(branch.newest_first(), target, to);
                const auto goal = then == nullptr ? std::string() : tag_of(then->tree);
                // A commit says nothing of what people set after it and before our next change: that stays, even then.
                const bool is_commit = then != nullptr && then->info.hash.starts_with(to) && !to.empty();
                auto in_effect = to.empty() ? branch.states().back().in_effect : then->in_effect;
                if (to.empty()) in_effect.pop_back();
                branch.roll_back(plan, std::move(in_effect));
                if (run % 2 != 0 || !is_commit) CHECK(tag_of(branch.tree()) == goal);
                CHECK(blob_of(branch.tree(), "README") == blob_of(before, "README"));
                const auto comment = [](const Tree& tree) {
                    return tree.at("v.yaml").contains("comment") ? tree.at("v.yaml").at("comment") : "";
                };
                CHECK(comment(branch.tree()) == comment(before));
                ++done;
            } catch (const Error&) {
                CHECK(branch.states().size() == count);
                ++refused;
            }
        }
    }
    CHECK(done > 100);
    CHECK(refused > 100);
}
