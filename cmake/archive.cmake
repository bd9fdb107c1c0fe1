# libarchive, as the target slipway_archive. Its static library, where there is one: of the shared one, Debian's, the dependencies
# (libxml2 with ICU, for formats that nothing here reads) are larger than everything else in the container image.
find_path(ARCHIVE_INCLUDE_DIR archive.h REQUIRED)
find_library(ARCHIVE_LIBRARY NAMES libarchive.a archive REQUIRED)
add_library(slipway_archive INTERFACE)
target_include_directories(slipway_archive SYSTEM INTERFACE ${ARCHIVE_INCLUDE_DIR})
target_link_libraries(slipway_archive INTERFACE ${ARCHIVE_LIBRARY})
if(ARCHIVE_LIBRARY MATCHES "\\.a$")
  foreach(name z zstd lzma bz2 lz4 nettle acl)
    find_library(ARCHIVE_NEEDS_${name} ${name} REQUIRED)
    target_link_libraries(slipway_archive INTERFACE ${ARCHIVE_NEEDS_${name}})
  endforeach()
endif()
