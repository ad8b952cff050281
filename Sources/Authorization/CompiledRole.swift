/// The rules of a role, arranged so that a request looks only at those that name its resource.
final class CompiledRole: Sendable {
  /// As they are written.
  let rules: [PolicyRule]
  /// Positions of the rules by each resource pattern but `*`.
  private let byResource: [String: [Int]]
  private let anyResource: [Int]
  private let nonResource: [Int]

  init(_ rules: [PolicyRule]) {
    self.rules = rules
    var byResource: [String: [Int]] = [:]
    var anyResource: [Int] = []
    var nonResource: [Int] = []
    for (position, rule) in rules.enumerated() {
      if !rule.nonResourceURLs.isEmpty { nonResource.append(position) }
      if rule.resources.contains("*") {
        anyResource.append(position)
      } else {
        for resource in Set(rule.resources) { byResource[resource, default: []].append(position) }
      }
    }
    self.byResource = byResource
    self.anyResource = anyResource
    self.nonResource = nonResource
  }

  /// The first rule that allows the request.
  /// - Parameter combinedResource: `pods` or `pods/log`, made once for all roles.
  func firstRule(allowing attributes: AuthorizationAttributes, combinedResource: String) -> PolicyRule? {
    guard attributes.isResourceRequest else { return first(of: nonResource, attributes).map { rules[$0] } }
    var found = first(of: anyResource, attributes)
    func consider(_ resource: String) {
      guard let position = byResource[resource].flatMap({ first(of: $0, attributes) }) else { return }
      found = min(found ?? position, position)
    }
    consider(combinedResource)
    if !attributes.subresource.isEmpty { consider("*/\(attributes.subresource)") }
    return found.map { rules[$0] }
  }

  private func first(of positions: [Int], _ attributes: AuthorizationAttributes) -> Int? {
    positions.first { rules[$0].allows(attributes) }
  }
}
