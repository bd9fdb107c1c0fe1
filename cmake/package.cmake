# The Debian package: `cpack -G DEB` in a build folder, after the build. It is for the Debian release that it is built on, whose name its
# version has, so that an upgrade of the release brings the next one's. The same commit gives the same package: its files have the commit's
# time, unless SOURCE_DATE_EPOCH says another.
cmake_host_system_information(RESULT release QUERY DISTRIB_VERSION_ID)
cmake_host_system_information(RESULT codename QUERY DISTRIB_VERSION_CODENAME)

set(CPACK_PACKAGE_NAME slipway)
set(CPACK_PACKAGE_VENDOR Slipway)
set(CPACK_PACKAGE_CONTACT "Slipway maintainers <slipway@noreply.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "release steps for CI pipelines")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~deb${release}")
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE https://github.com/slipway/slipway)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Small programs, each for one step of a release pipeline: build-image builds and
pushes a container image, render-jobspec fills templates or refuses, push-rules
checks Prometheus rules and service level objectives and proves that they are
loaded, update-gitops-values commits new values to a Git repository, run-job
follows a deployment on Nomad, and wait-for-slo watches the objectives of a
service after a deploy.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# libcurl is loaded when the first request is made, so that dpkg-shlibdeps does not see it.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, git, libcurl4 (>= 7.88)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "buildah, openssh-client")
if(NOT codename STREQUAL "bookworm")
  # The newer Buildah builds nothing without it.
  string(APPEND CPACK_DEBIAN_PACKAGE_RECOMMENDS ", netavark")
endif()
# promtool, OpenPGP signatures, and images that are asked for their metrics.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, gnupg, podman")
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/package-time.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/package-files.cmake)
set(CPACK_SLIPWAY_SOURCE ${CMAKE_SOURCE_DIR})
include(CPack)
