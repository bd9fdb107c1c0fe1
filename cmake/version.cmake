# Writes version.cpp at build time, so that --version names the commit that was built, and adds it to the library.
list(TRANSFORM SLIPWAY_STEPS REPLACE "(.+)" "\"\\1\"" OUTPUT_VARIABLE quoted_steps)
list(JOIN quoted_steps ", " SLIPWAY_STEP_LIST)

set(SLIPWAY_COMMIT "" CACHE STRING "The commit that --version names; empty: Git is asked")
set(SLIPWAY_COMMIT_DATE unknown CACHE STRING "The day of SLIPWAY_COMMIT, as 2026-11-30")
set(version_file ${CMAKE_BINARY_DIR}/generated/version.cpp)
add_custom_target(slipway_version_file
  COMMAND ${CMAKE_COMMAND}
    -D "SOURCE=${CMAKE_SOURCE_DIR}" -D "TEMPLATE=${CMAKE_SOURCE_DIR}/common/core/version.cpp.in"
    -D "OUTPUT=${version_file}" -D "COMMIT=${SLIPWAY_COMMIT}" -D "DATE=${SLIPWAY_COMMIT_DATE}" -D "NUMBER=${PROJECT_VERSION}" -D "STEPS=${SLIPWAY_STEP_LIST}"
    -P ${CMAKE_SOURCE_DIR}/cmake/write-version.cmake
  BYPRODUCTS ${version_file}
  VERBATIM)
add_library(slipway_version OBJECT ${version_file})
add_dependencies(slipway_version slipway_version_file)
target_include_directories(slipway_version PRIVATE ${CMAKE_SOURCE_DIR}/common)
target_link_libraries(slipway_version PRIVATE slipway_flags)
target_sources(slipway_core PRIVATE $<TARGET_OBJECTS:slipway_version>)
