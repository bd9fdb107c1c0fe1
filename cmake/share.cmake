# Manual pages and shell completions, made at build time of what the executables say of themselves (dev/generate), and all that is
# installed. A cross build names executables of the same version that run here: -D SLIPWAY_HOST_BIN=build/release/bin.
set(SLIPWAY_HOST_BIN "" CACHE PATH "Folder with executables that run on this machine, when those that are built do not")
find_program(SLIPWAY_PYTHON python3 HINTS /usr/bin) # Debian's own, which finds Debian's packages
mark_as_advanced(SLIPWAY_PYTHON)

set(no_manual "")
if(CMAKE_CROSSCOMPILING AND NOT SLIPWAY_HOST_BIN)
  set(no_manual "the executables do not run here: name a folder with those that do, -D SLIPWAY_HOST_BIN=DIR")
elseif(NOT SLIPWAY_PYTHON)
  set(no_manual "python3 is not installed")
else()
  execute_process(COMMAND ${SLIPWAY_PYTHON} -c "import markdown_it" RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    set(no_manual "the package python3-markdown-it is not installed")
  endif()
endif()

if(no_manual)
  message(STATUS "No manual pages and completions: ${no_manual}")
  install(CODE "message(WARNING \"manual pages and completions are missing: ${no_manual}\")")
else()
  set(executables ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  set(made_of ${SLIPWAY_STEPS})
  if(SLIPWAY_HOST_BIN)
    get_filename_component(executables ${SLIPWAY_HOST_BIN} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
    set(made_of "")
  endif()
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/steps/*.md ${CMAKE_SOURCE_DIR}/steps/*/*.md ${CMAKE_SOURCE_DIR}/dev/generators/*.py)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/share.stamp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${CMAKE_BINARY_DIR}/share # no file stays of what is gone
    COMMAND ${CMAKE_COMMAND} -E env SLIPWAY_BIN=${executables} ${SLIPWAY_PYTHON} ${CMAKE_SOURCE_DIR}/dev/generate --share ${CMAKE_BINARY_DIR}/share
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/share.stamp
    DEPENDS ${made_of} ${pages} ${CMAKE_SOURCE_DIR}/dev/generate
    COMMENT "Writing manual pages and completions"
    VERBATIM)
  add_custom_target(slipway_share ALL DEPENDS ${CMAKE_BINARY_DIR}/share.stamp)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/share/ DESTINATION ${CMAKE_INSTALL_DATADIR})
endif()

install(TARGETS ${SLIPWAY_STEPS} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/cmake/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
