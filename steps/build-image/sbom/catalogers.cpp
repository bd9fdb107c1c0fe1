#include "build-image/sbom/cataloger.hpp"

namespace slipway::build_image {

Catalogers all_catalogers() {
    return {&dpkg_cataloger(), &apk_cataloger(), &python_cataloger(), &node_cataloger(), &go_cataloger(), &java_cataloger(), &rpm_cataloger()};
}

} // namespace slipway::build_image
