# slipway_step(USES library...): the folder's main.cpp as an executable of the folder's name, and everything else in
# it as a library, which the unit tests link as well.
function(slipway_step)
  cmake_parse_arguments(arg "" "" "USES" ${ARGN})
  get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  add_library(step-${name} STATIC ${sources})
  # A file in a subfolder names the others from steps/: "build-image/source.hpp".
  target_include_directories(step-${name} PUBLIC ${CMAKE_SOURCE_DIR}/steps PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(step-${name} PUBLIC slipway_cli ${arg_USES} PRIVATE slipway_flags)
  target_precompile_headers(step-${name} REUSE_FROM slipway_cli)
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE step-${name} slipway_flags)
  target_precompile_headers(${name} REUSE_FROM slipway_cli)
endfunction()
