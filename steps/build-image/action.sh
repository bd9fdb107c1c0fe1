#!/usr/bin/env bash
# Runs build-image for the GitHub action beside it, in Slipway's own image.
#
# A container action cannot do that: Buildah calls unshare and mount, which Docker forbids unless its client is told otherwise. Where
# build-image is on the PATH already (a job with `container: image: ghcr.io/slipway/slipway:1`), that one is run.
set -euo pipefail
trap 'exit 130' INT # else bash forgets it when a program that it waits for ends well; gone with exec
image=${SLIPWAY_IMAGE:-ghcr.io/slipway/slipway:1} # another one has a scanner in it, or cosign

if command -v build-image >/dev/null; then exec build-image; fi

engine=$(command -v docker || command -v podman) || {
    echo "::error title=build-image::cannot run build-image: there is neither docker nor podman on this runner"
    exit 3
}

# SYS_ADMIN, since newer kernels also deny mount to who has become root in a user namespace of its own (Ubuntu 24.04).
# The network is the runner's, as for any other program on it. The image is looked for anew, as GitHub does for container actions.
options=(--rm --pull=always --network host --workdir "$GITHUB_WORKSPACE"
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cap-add SYS_ADMIN)

# The same paths inside as outside, so that what inputs and variables name is there.
options+=(--volume "$GITHUB_WORKSPACE:$GITHUB_WORKSPACE" --volume "$RUNNER_TEMP:$RUNNER_TEMP")
for path in "${REGISTRY_AUTH_FILE:-}" "${SSH_AUTH_SOCK:-}"; do
    [[ $path != /* || ! -e $path ]] || options+=(--volume "$path:$path") # Docker would make what is not there
done
login=${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json # what docker/login-action writes
[ ! -f "$login" ] || options+=(--volume "$login:/root/.docker/config.json:ro")

# Variables are handed over by their names: a value on the command line could be read by every process of the runner.
wanted='^(GITHUB|RUNNER|INPUT|SLIPWAY|REGISTRY|DOCKER_METADATA|BUILDAH)_|^(CI|STORAGE_DRIVER|SOURCE_DATE_EPOCH|SSH_AUTH_SOCK|NO_COLOR)$'
wanted+='|^(TRIVY|GRYPE|COSIGN|SIGSTORE|ACTIONS_ID_TOKEN_REQUEST)_' # of --scan and --sign; the last with the permission id-token: write
wanted+='|^(https?|no|all)_proxy$|^(HTTPS?|NO|ALL)_PROXY$'
# Those that a secret or a build argument takes its value from.
named=$(printf '%s\n' "$(printenv INPUT_SECRET)" "${SLIPWAY_BUILD_IMAGE_SECRET:-}" | sed -n 's/.*\<env=\([A-Za-z_][A-Za-z0-9_]*\).*/\1/p'
    printf '%s\n' "$(printenv INPUT_BUILD-ARG)" "${SLIPWAY_BUILD_IMAGE_BUILD_ARG:-}" | grep -x '[A-Za-z_][A-Za-z0-9_]*') || true
while IFS= read -r -d '' variable; do
    name=${variable%%=*}
    if [[ $name =~ $wanted || $'\n'$named$'\n' == *$'\n'"$name"$'\n'* ]]; then options+=(--env "$name"); fi
done < <(env -0)

# In place of this shell, so that a signal of the runner reaches the engine, which passes it on.
exec "$engine" run "${options[@]}" --entrypoint /usr/bin/build-image "$image"
