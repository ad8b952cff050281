import Schema
import Store
import Values

/// Finds the objects that parameterize a policy (admissionregistration.k8s.io/v1 ParamKind, ParamRef).
struct PolicyParameters: Sendable {
  let store: ObjectStore
  let kinds: any AdmissionKinds

  /// Why there are none: a text for people.
  struct Fault: Error, Sendable {
    let message: String
  }

  /// The resource of a policy's `paramKind`; nil where it has none.
  /// - Throws: where it is not served.
  func resource(of policy: PolicyHead) throws(Fault) -> APIResource? {
    guard let kind = policy.paramKind else { return nil }
    guard let resource = kinds.resource(of: kind) else {
      throw Fault(message: "failed to find resource referenced by paramKind: '\(kind)'")
    }
    return resource
  }

  /// The objects that a binding refers to, each of which the policy is evaluated with: a null where there are
  /// none to be, nothing where what is not found doesn't matter.
  /// - Parameter namespace: that of the request.
  func parameters(
    _ resource: APIResource?, _ reference: Value?, namespace: String
  ) async throws(Fault) -> [Value] {
    guard let resource, let reference else { return [.null] }
    let own = reference["namespace"]?.string ?? ""
    if !resource.isNamespaced, !own.isEmpty {
      throw Fault(message: "paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
    }
    let place = own.isEmpty ? namespace : own
    if resource.isNamespaced, place.isEmpty {
      throw Fault(
        message: "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources")
    }
    let scope = resource.isNamespaced ? place : ""
    var found: [Value] = []
    if let name = reference["name"]?.string, !name.isEmpty {
      let stored = store.get(resource.groupResource, ObjectKey(namespace: scope, name: name))
      found = (stored.map { [$0.value] }) ?? []
    } else if let selector = reference["selector"] {
      let labels: LabelSelector
      do throws(SelectorError) { labels = try LabelSelector(selector) } catch {
        throw Fault(message: error.message)
      }
      found = store.list(resource.groupResource, namespace: resource.isNamespaced ? scope : nil).map(\.value)
        .filter { labels.matches(labels: $0["metadata"]?["labels"]?.object) }
    } else {
      throw Fault(message: "one of name or selector must be provided")
    }
    if found.isEmpty, reference["parameterNotFoundAction"]?.string == "Deny" {
      throw Fault(message: "no params found for policy binding with `Deny` parameterNotFoundAction")
    }
    var shown: [Value] = []
    for object in found {
      do throws(StatusError) {
        let seen = try await kinds.convert(object, to: resource.groupVersionKind, subresource: "")
        shown.append(seen ?? .null)
      } catch {
        throw Fault(message: error.message)
      }
    }
    return shown
  }
}
