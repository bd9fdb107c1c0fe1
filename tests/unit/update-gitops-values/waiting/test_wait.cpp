#include "failure.hpp"
#include "fakes.hpp"
#include "io/http.hpp"
#include "update-gitops-values/waiting/followers.hpp"
#include "update-gitops-values/waiting/wait.hpp"

#include <functional>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

/// What a look finds, one after the other; the last one for ever.
class Scripted final : public Follower {
public:
    using Looks = std::vector<std::function<Standing()>>;
    Scripted(std::string name, Looks looks, std::vector<std::string>& calls) : name_(std::move(name)), looks_(std::move(looks)), calls_(calls) {}

    std::string name() const override { return name_; }
    void poke() override {
        calls_.push_back("poke " + name_);
        if (poke_fails) throw world_failure("cannot poke " + name_, "it looks by itself");
    }
    Standing look() override {
        calls_.push_back("look " + name_);
        const auto look = looks_.front();
        if (looks_.size() > 1) looks_.erase(looks_.begin());
        return look();
    }
    bool poke_fails = false;

private:
    std::string name_;
    Looks looks_;
    std::vector<std::string>& calls_;
};

Standing at(const std::string& line) { return {.arrived = false, .line = line, .stuck = {}}; }
Standing arrived(const std::string& line = "there") { return {.arrived = true, .line = line, .stuck = {}}; }

struct Case {
    fake::World world;
    std::vector<std::string> calls;
    std::vector<std::unique_ptr<Follower>> followers;

    Scripted& add(const std::string& name, Scripted::Looks looks) {
        auto follower = std::make_unique<Scripted>(name, std::move(looks), calls);
        auto& result = *follower;
        followers.push_back(std::move(follower));
        return result;
    }
    void run(Duration timeout = Duration{60'000}) {
        auto context = world.context();
        follow(followers, timeout, context);
    }
    std::string failure(Duration timeout = Duration{60'000}) { return words_of(failure_of([&] { run(timeout); })); }
    std::size_t said(const std::string& words) const {
        std::size_t count = 0;
        for (auto at = world.terminal.err.find(words); at != std::string::npos; at = world.terminal.err.find(words, at + 1)) ++count;
        return count;
    }
};

} // namespace

TEST_CASE("wait: all are poked first, and then looked at one after the other") {
    Case wait;
    wait.add("a", {[] { return at("begins"); }, [] { return at("begins"); }, [] { return arrived(); }}).poke_fails = true;
    wait.add("b", {[] { return arrived("here already"); }});
    wait.run();
    CHECK(wait.calls == std::vector<std::string>{"poke a", "poke b", "look a", "look a", "look a", "look b"});
    CHECK(wait.said("warning: cannot poke a") == 1);
    CHECK(wait.said("it looks by itself") == 1);
    CHECK(wait.said("b: here already") == 1);
    // The second look found what the first had: a heartbeat says it again, not more than that.
    CHECK(wait.said("a: begins") <= 2);
}

TEST_CASE("wait: looks are further apart as long as nothing changes, and close again when something does") {
    Case wait;
    const auto same = [] { return at("one"); };
    wait.add("a", {same, same, same, same, [] { return at("two"); }, [] { return arrived(); }});
    wait.run();
    CHECK(wait.world.clock.sleeps == std::vector<Duration>{Duration{500}, Duration{1'000}, Duration{2'000}, Duration{2'000}, Duration{500}});
}

TEST_CASE("wait: out of time") {
    Case wait;
    wait.add("Deployment prod/web", {[] { return at("1 of 3"); }});
    wait.add("Rollout prod/x", {[] { return arrived(); }});
    CHECK(wait.failure(Duration{10'000}) == "4 Deployment prod/web does not serve the change after 10s: 1 of 3; not looked at yet: Rollout prod/x | the change is in Git and may be served yet; --wait-timeout "
                                            "makes the wait longer");
    CHECK(wait.world.clock.steady().time_since_epoch() == (fake::Clock().steady() + Duration{10'000}).time_since_epoch());
}

TEST_CASE("wait: the last look is at the very end") {
    Case wait;
    wait.add("a", {[&] { return wait.world.clock.steady() < fake::Clock().steady() + Duration{3'000} ? at("not yet") : arrived(); }});
    wait.run(Duration{3'000});
}

TEST_CASE("wait: stuck and refused end it at once") {
    Case wait;
    wait.add("a", {[] { return Standing{.arrived = false, .line = "paused", .stuck = Diagnostic{.message = "it is paused", .hint = "resume it"}}; }});
    CHECK(wait.failure() == "4 it is paused | resume it");
    CHECK(wait.world.clock.sleeps.empty());
    Case refusing;
    refusing.add("a", {[]() -> Standing { throw refused("taken back", "why"); }});
    CHECK(refusing.failure() == "1 taken back | why");
    Case lasting;
    lasting.add("a", {[]() -> Standing { throw io::LastingError("no such login", "log in"); }});
    CHECK(lasting.failure() == "3 no such login | log in");
}

TEST_CASE("wait: a broken world is survived, and said once when it begins and once when it ends") {
    Case wait;
    const auto broken = []() -> Standing { throw world_failure("GET x: connection refused", "is it up?"); };
    wait.add("a", {[] { return at("one"); }, broken, broken, broken, [] { return at("one"); }, broken, [] { return arrived(); }});
    wait.run();
    CHECK(wait.said("warning: a cannot be looked at now, and is looked at again until --wait-timeout ends: GET x: connection refused") == 2);
    CHECK(wait.said("a: can be looked at again") == 2);
    Case lasting;
    lasting.add("a", {[] { return at("one"); }, broken});
    CHECK(lasting.failure(Duration{20'000}) == "3 could not tell within 20s whether a serves the change: GET x: connection refused | is it up?");
}

TEST_CASE("wait: cancelled") {
    Case wait;
    wait.add("a", {[]() -> Standing { throw Cancelled(15); }});
    CHECK_THROWS_AS(wait.run(), Cancelled);
}

TEST_CASE("wait: targets") {
    const auto read = [](const std::string& text) {
        const auto target = parse_wait_target(text);
        return std::to_string(static_cast<int>(target.kind)) + ' ' + target.name_space + ' ' + target.name;
    };
    CHECK(read("argocd/web") == "0  web");
    CHECK(read("argocd/team-a/web") == "0 team-a web");
    CHECK(read("flux/flux-system/apps") == "1 flux-system apps");
    CHECK(read("canary/prod/web") == "2 prod web");
    CHECK(read("rollout/prod/web") == "3 prod web");
    CHECK(read("deployment/prod/web.v2") == "4 prod web.v2");
    const auto why = [](const std::string& text) { return words_of(failure_of([&] { parse_wait_target(text); })); };
    CHECK(why("deploymnt/prod/web").find("2 'deploymnt/prod/web' has no kind that is known: 'deploymnt' | did you mean deployment? it is argocd/APP, ") == 0);
    CHECK(why("").find("2 '' has no kind that is known: '' | it is argocd/APP") == 0);
    CHECK(why("flux/web").find("2 'flux/web' is no flux/NAMESPACE/NAME") == 0);
    CHECK(why("argocd").find("2 'argocd' is no argocd/APP or argocd/NAMESPACE/APP") == 0);
    CHECK(why("rollout/a/b/c").find("2 'rollout/a/b/c' is no rollout/NAMESPACE/NAME") == 0);
    for (const auto* name : {"", "..", "-x", "a%2f", "UPPER", "a b", "a\nb", "ü"}) {
        CHECK(failure_of([&] { parse_wait_target(std::string("canary/prod/") + name); }).code() == ExitCode::misuse);
    }
}
