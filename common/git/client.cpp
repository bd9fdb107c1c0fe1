#include "git/client.hpp"

#include "core/text.hpp"
#include "io/authorities.hpp"
#include "io/http.hpp"

#include <algorithm>
#include <chrono>

namespace slipway::git {

namespace {

constexpr Duration longest_command{10 * 60 * 1000};
/// For the last look at a server, after a push that took all the time.
constexpr Duration shortest_command{10 * 1000};
constexpr int attempts_to_read = 4;
/// Git's commands on files of our own hardly fail but for this, and often do not say so.
constexpr const char* room_hint = "is there space left for temporary files? TMPDIR says where they go";

} // namespace

Client::Client(cli::Context& context, Remote remote)
    : context_(context), remote_(std::move(remote)), folder_(context.files),
      environment_(environment_for(remote_, folder_.path(), context.environment)), random_(std::random_device{}()) {
    const auto write = [&](const char* name, std::string_view text) {
        context_.files.write_atomic(folder_.path() / name, text, io::Access::owner_only);
    };
    write("config", configuration_for(remote_));
    const auto& tls = remote_.tls;
    if (!tls.ca_file.empty()) write("authorities.pem", io::authorities_with(tls.ca_file, context_.files));
    if (!remote_.ssh_key.empty()) {
        write("ssh-key", remote_.ssh_key.reveal());
        write("known-hosts", remote_.ssh_known_hosts + '\n');
    }
    // Git's own word for a certificate that it cannot read is a connection that is not trusted.
    for (const auto& file : {tls.client_cert, tls.client_key}) {
        if (!file.empty()) context_.files.read(file);
    }
    // Git 3 makes repositories of another format, into which nothing can be fetched from those of today.
    const auto made = run({"init", "--quiet", "--bare", "--template=", "--object-format=sha1", (folder_.path() / "repository.git").string()});
    if (!made.ok()) {
        throw world_failure("cannot make a temporary repository in " + folder_.path().parent_path().string() + ": " + diagnose(made).words,
                            room_hint);
    }
}

void Client::set_password(const Secret& password) {
    remote_.password = password;
    const auto changes = environment_for(remote_, folder_.path(), context_.environment);
    for (const auto& [name, value] : changes.all()) {
        if (value) environment_.set(name, *value);
        else environment_.remove(name);
    }
}

std::string Client::address() const { return visible(io::url_for_people(remote_.url)); }

Duration Client::time_left() {
    if (deadline_ == io::Steady::max()) return longest_command;
    return std::clamp(std::chrono::ceil<Duration>(deadline_ - context_.clock.steady()), shortest_command,
                      longest_command);
}

io::ProcessResult Client::run(std::vector<std::string> arguments, std::string input) {
    arguments.insert(arguments.begin(), "git");
    context_.log.debug("running " + join(arguments, " "));
    return context_.processes.run({.argv = std::move(arguments),
                                   .environment = environment_,
                                   .input = std::move(input),
                                   .timeout = time_left()});
}

std::string Client::must_run(std::vector<std::string> arguments, std::string input) {
    const auto name = arguments.front();
    const auto result = run(std::move(arguments), std::move(input));
    if (result.ok()) return result.out;
    const auto failure = diagnose(result);
    if (failure.cause == Cause::other) throw world_failure("git " + name + " failed: " + failure.words, room_hint);
    throw to_error(failure, "git " + name + " failed", has_credentials());
}

io::ProcessResult Client::ask(const std::vector<std::string>& arguments, const std::string& what,
                              const std::string& input) {
    for (int attempt = 1;; ++attempt) {
        auto result = run(arguments, input);
        if (result.ok()) return result;
        const auto failure = diagnose(result);
        if (!may_pass(failure.cause) || attempt == attempts_to_read || is_late())
            throw to_error(failure, what, has_credentials());
        context_.log.warning(what + ": " + failure.words + ": trying again (attempt " + std::to_string(attempt + 1) +
                             " of " + std::to_string(attempts_to_read) + ")");
        wait(attempt + 1); // a server needs longer to come back than a rival to finish
    }
}

void Client::wait(int round) {
    const auto ceiling = std::min(5000L, 100L << std::min(round, 10));
    Duration time{std::uniform_int_distribution<long>(0, ceiling)(random_)};
    if (deadline_ != io::Steady::max())
        time = std::clamp(std::chrono::floor<Duration>(deadline_ - context_.clock.steady()), Duration{0}, time);
    context_.clock.sleep_for(time);
}

} // namespace slipway::git
