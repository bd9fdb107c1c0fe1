#pragma once

#include <string_view>

// Names of Google Cloud. They stand in the path of URLs, and in quotes in queries.
namespace slipway::wait_for_slo {

inline constexpr const char* slo_name_form = "projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID";

/// Whether a text is an objective's full name, of the form above; the project by its id or its number.
bool is_slo_name(std::string_view text);

/// Whether it is the id or the number of a project.
bool is_project(std::string_view text);

} // namespace slipway::wait_for_slo
