#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace slipway::kubernetes {

/// The part of an object that a manager owns by server-side apply: what it would have to apply to change nothing. Name, namespace,
/// kind and apiVersion are always there; what the server itself keeps (resourceVersion, uid, managedFields) never is.
///
/// @param object  with its metadata.managedFields, as the server gives it
/// @source https://kubernetes.io/docs/reference/using-api/server-side-apply/; sigs.k8s.io/structured-merge-diff, fieldpath/serialize-pe.go
nlohmann::json owned_by(const nlohmann::json& object, std::string_view manager);

/// Whether a manager has applied something that is still in the object.
bool is_owner(const nlohmann::json& object, std::string_view manager);

/// An object without what the server itself keeps: what to apply to make it anew after it was removed, whoever had put it there.
nlohmann::json content_of(const nlohmann::json& object);

/// What to apply, as the same manager and with force, so that an object becomes again what it was.
///
/// Why not PUT the older object with the present resourceVersion: PUT takes each field that changes away from whoever owns it and gives it
/// to a manager of another kind (operation Update), with which our own next apply would be in conflict. An apply leaves us as the one
/// manager that we are, and takes away the fields that we added since. It also leaves alone what others wrote meanwhile into fields that
/// are theirs, where PUT would undo it or fail.
///
/// So the result has the fields that `manager` owned in `before`, and, with their values of `before`, those that it took from others by
/// force since. Their values come back, their ownership does not: for another manager's name we must not speak. Its next apply
/// of the same values makes it an owner again without conflict; one that writes by PUT or PATCH takes them back anyway.
///
/// An object that did not exist before is to be removed instead (Client::remove, with the uid and resourceVersion of what we wrote).
///
/// @param before  the object as it was, with its managedFields
/// @param now     the object as it is
nlohmann::json restoring(const nlohmann::json& before, const nlohmann::json& now, std::string_view manager);

} // namespace slipway::kubernetes
