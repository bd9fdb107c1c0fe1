# Read by CPack before it begins: the time of everything in the package is the commit's.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND git -c safe.directory=* -C ${CPACK_SLIPWAY_SOURCE} log -1 --format=%ct
    OUTPUT_VARIABLE time RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    set(time 0)
  endif()
  set(ENV{SOURCE_DATE_EPOCH} ${time})
endif()
