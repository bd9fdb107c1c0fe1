# Run at each build; leaves the file alone when nothing changed, so that nothing is compiled again. COMMIT and DATE are given
# where the sources come without Git's folder, as they do into an image's build.
if(COMMIT STREQUAL "")
  set(COMMIT unknown)
  set(DATE unknown)
  execute_process(COMMAND git -c safe.directory=* -C ${SOURCE} log -1 --abbrev=7 --format=%h%n%cs
    OUTPUT_VARIABLE answer RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed EQUAL 0)
    string(REPLACE "\n" ";" answer "${answer}")
    list(GET answer 0 COMMIT)
    list(GET answer 1 DATE)
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
