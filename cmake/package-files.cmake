# Run by CPack on the installed files, before they are packed: what Debian's policy asks of a package and an installation has not.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH
set(folder ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/slipway)
file(MAKE_DIRECTORY ${folder})
file(COPY ${CPACK_SLIPWAY_SOURCE}/CHANGELOG.md DESTINATION ${folder})
file(RENAME ${folder}/CHANGELOG.md ${folder}/changelog)
file(WRITE ${folder}/changelog.Debian "slipway (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Release ${CPACK_PACKAGE_VERSION}; what is new is in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
execute_process(COMMAND gzip -9n ${folder}/changelog ${folder}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${CPACK_TEMPORARY_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@$ENV{SOURCE_DATE_EPOCH} {} + COMMAND_ERROR_IS_FATAL ANY)
