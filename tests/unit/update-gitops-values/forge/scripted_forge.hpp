#pragma once

#include "catch.hpp"
#include "fakes.hpp"
#include "update-gitops-values/forge/api.hpp"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace slipway::update_gitops_values {

/// A forge whose answers are written down in the order of the questions. Any other question fails the test.
struct ScriptedForge {
    struct Exchange {
        std::string question; ///< "GET /projects/ops%2Fgitops"
        int status = 200;     ///< 0: the connection ends without an answer
        std::string body = {};
        std::vector<io::Header> headers = {};
    };

    explicit ScriptedForge(std::string base) : base_(std::move(base)) {
        world.on_request = [this](const io::Request& request) { return answer(request); };
    }

    ScriptedForge& on(std::string question, int status, std::string body, std::vector<io::Header> headers = {}) {
        script_.push_back({std::move(question), status, std::move(body), std::move(headers)});
        return *this;
    }
    ScriptedForge& on(std::string question, const json::Value& body) { return on(std::move(question), 200, body.dump()); }
    ScriptedForge& on(std::string question) { return on(std::move(question), 0, ""); }

    /// What was sent with the request of that number, from 0.
    json::Value sent(std::size_t number) const { return json::Value::parse(std::get<std::string>(world.requests.at(number).body)); }
    std::string header(std::size_t number, const std::string& name) const {
        const auto find = [&](const std::vector<io::Header>& headers) {
            for (const auto& one : headers) {
                if (one.name == name) return one.value;
            }
            return std::string();
        };
        const auto own = find(world.requests.at(number).headers);
        return own.empty() ? find(world.connections.at(0).secret_headers) : own;
    }
    std::size_t left() const { return script_.size(); }
    const std::string& log() const { return world.terminal.err; }

    fake::World world;

private:
    io::Response answer(const io::Request& request) {
        const auto asked = request.method + ' ' + (request.url.starts_with(base_) ? request.url.substr(base_.size()) : request.url);
        if (script_.empty()) FAIL("not in the script: " << asked);
        auto next = std::move(script_.front());
        script_.pop_front();
        if (asked != next.question) FAIL("asked " << asked << " instead of " << next.question);
        if (next.status == 0) throw world_failure(request.method + ' ' + request.url + ": connection reset by peer");
        return {next.status, next.headers, next.body};
    }

    std::string base_;
    std::deque<Exchange> script_;
};

} // namespace slipway::update_gitops_values
