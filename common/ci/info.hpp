#pragma once

#include "io/environment.hpp"
#include "io/files.hpp"

#include <optional>
#include <string>

namespace slipway::ci {

enum class System { none, gitlab, github, woodpecker, drone };

std::string to_string(System system);

/// What made the pipeline run.
enum class Event { unknown, push, tag, pull_request, schedule, manual };

/// What the CI system says about this run, in one vocabulary. An empty text means that it does not say.
struct Info {
    System system = System::none;
    Event event = Event::unknown;
    std::string commit;         ///< full hash
    std::string short_commit;   ///< as this CI cuts it: 8 digits on GitLab, 7 elsewhere
    std::string branch;         ///< also for a pull request: its source branch
    std::string default_branch; ///< the repository's
    std::string tag;            ///< Git tag that is being built
    std::string commit_time;    ///< RFC 3339
    std::string pull_request;   ///< number
    std::string pull_request_head; ///< commit that it proposes, where the CI builds a merge of it
    std::string base_ref;       ///< branch that a pull request goes to, or that a tag was pushed from
    std::string pipeline_id;
    std::string job_id;
    std::string pipeline_url;
    std::string job_url;        ///< of this very run of the job, or of its pipeline where jobs have none
    std::string builder;        ///< what runs the job, as provenance names it: GitHub's workflow, GitLab's runner, else the server
    std::string project_url;
    std::string project_name; ///< "team/app"
    std::string description;  ///< of the project
    std::string license;      ///< of the project, by its SPDX identifier
    std::string workspace;    ///< folder of the checkout
    std::string registry;     ///< host (and port) of the CI's own registry
    std::string registry_image;
    std::string registry_user;
    std::string registry_password_variable; ///< name of the variable that holds the password
};

/// Reads the variables of GitLab, GitHub, Woodpecker and Drone (each system's own reference of predefined
/// variables), and on GitHub the event file for what the variables leave out.
Info detect(const io::Environment& environment, io::Files& files);

} // namespace slipway::ci
