import Authorization
import HTTPService
import Schema
import Values

/// `POST /debug/authorization/why`: the long answer to "why may they?" or "why not?".
///
/// The body is a SubjectAccessReview; the answer is text for `Accept: text/plain`, else an AccessExplanation in
/// JSON or YAML. It tells of everybody's rights, so that whoever asks must be allowed to `post` to the path:
/// by default only administrators are.
struct WhyEndpoint: Sendable {
  static let path = "/debug/authorization/why"

  let explainer: AccessExplainer

  /// - Returns: nil where the request is for another path.
  /// - Throws: 400, 405 and 422.
  func route(_ context: RequestContext) async throws(StatusError) -> HTTPResponse? {
    guard context.info.path == Self.path else { return nil }
    guard context.http.method == "POST" else { throw .methodNotAllowed }
    let decoder = BodyDecoder(context: context)
    let kind = GroupVersionKind(group: "authorization.k8s.io", version: "v1", kind: "SubjectAccessReview")
    let review = try decoder.parse(try await decoder.bytes(), try decoder.encoding(), expecting: kind).value
    var explanation = try await explainer.explain(review)
    if !explanation.decision.isAllowed {
      explanation.hints += Self.hints(explanation.attributes, context.served.catalog)
    }
    let accepted = MediaType.accepted(context.http.headers.first(name: "Accept") ?? "")
    if accepted.first?.essence == "text/plain" { return Answer(context: context).text(explanation.text) }
    return Answer(context: context).encode(
      explanation.value, code: 200, format: try OutputFormat(context, allowsTransforms: false))
  }

  /// What the catalog says of the resource that was asked about: is it served, under this name, in this group?
  private static func hints(_ attributes: AuthorizationAttributes, _ catalog: APICatalog) -> [String] {
    guard attributes.isResourceRequest, attributes.resource != "*", attributes.apiGroup != "*" else {
      return []
    }
    let asked = GoText.quoted(attributes.resource)
    let all = catalog.groups.flatMap(\.versions).flatMap(\.resources)
    let group = all.filter { $0.groupVersion.group == attributes.apiGroup }
    guard let resource = group.first(where: { $0.name == attributes.resource }) else {
      let place = "API group \(GoText.quoted(attributes.apiGroup))"
      if let meant = all.first(where: { $0.name == attributes.resource }) {
        return ["\(asked) is not in \(place): it is in \(GoText.quoted(meant.groupVersion.group))"]
      }
      let names = [attributes.resource.lowercased()]
      if let meant = all.first(where: {
        names.contains($0.singularName) || !$0.shortNames.filter(names.contains).isEmpty
      }) {
        return ["\(asked) is not the name of a resource: rules name it \(GoText.quoted(meant.name))"]
      }
      return ["no resource \(asked) is served in \(place)"]
    }
    if !attributes.subresource.isEmpty, resource.subresource(attributes.subresource) == nil {
      return ["\(asked) has no subresource \(GoText.quoted(attributes.subresource))"]
    }
    if !resource.isNamespaced, !attributes.namespace.isEmpty, attributes.resource != "namespaces" {
      return ["\(asked) is not in namespaces: requests for it are at the cluster scope"]
    }
    return []
  }
}
