#pragma once

#include <cstddef>

namespace slipway::kubernetes {

/// Bytes of one rule file as the Prometheus operator renders it from a PrometheusRule. It spreads files over several ConfigMaps, but a
/// file of its own must fit into one: a larger one is an error by which it updates no rule at all of any Prometheus that selects it.
/// @source github.com/prometheus-operator/prometheus-operator, maxConfigMapDataSize: half of the API's limit for a Secret
constexpr std::size_t rule_file_limit = 524288;

/// Bytes of all values of a ConfigMap together; more is refused with 422.
/// @source https://kubernetes.io/docs/concepts/configuration/configmap/, "cannot exceed 1 MiB"
constexpr std::size_t config_map_limit = 1048576;

/// Bytes of an object as etcd stores it, with its managed fields; more is refused with 500 "etcdserver: request is too large".
/// @source https://etcd.io/docs/v3.5/dev-guide/limit/, --max-request-bytes
constexpr std::size_t etcd_limit = 1572864;

/// Bytes of a request's body; more is refused with 413.
/// @source k8s.io/apiserver/pkg/server/config.go, MaxRequestBodyBytes
constexpr std::size_t request_limit = 3145728;

} // namespace slipway::kubernetes
