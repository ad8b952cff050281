import CEL

extension CELType {
  static let semver = CELType.object("kubernetes.Semver")
}

extension Library {
  /// Semantic versions (Kubernetes documentation, "Common Expression Language in Kubernetes", Kubernetes
  /// semver library).
  static let semver = Library(functions: [
    .init(
      "semver",
      [
        .global(
          "string_to_semver", [.string], .semver, .unary { text throws(CELError) in try parse(text, false) }),
        .global(
          "string_bool_to_semver", [.string, .bool], .semver,
          .binary { text, normalizes throws(CELError) in try parse(text, normalizes.bool) }),
      ]),
    .init(
      "isSemver",
      [
        .global("is_semver_string", [.string], .bool, .unary { .bool((try? parse($0, false)) != nil) }),
        .global(
          "is_semver_string_bool", [.string, .bool], .bool,
          .binary { text, normalizes in .bool((try? parse(text, normalizes.bool)) != nil) }),
      ]),
    comparison("isGreaterThan", "semver_is_greater_than", .bool) { .bool($0 > 0) },
    comparison("isLessThan", "semver_is_less_than", .bool) { .bool($0 < 0) },
    comparison("compareTo", "semver_compare_to", .int) { .int(Int64($0)) },
    part("major", "semver_major") { $0.major },
    part("minor", "semver_minor") { $0.minor },
    part("patch", "semver_patch") { $0.patch },
  ])

  private static func parse(_ value: CELValue, _ normalizes: Bool?) throws(CELError) -> CELValue {
    let text = try value.text()
    do throws(SemanticVersion.ParseError) {
      return .object(OpaqueValue(try SemanticVersion(text, normalizes: normalizes ?? false), .semver))
    } catch {
      throw CELError(error.text)
    }
  }

  private static func comparison(
    _ name: String, _ id: String, _ type: CELType, _ result: @escaping @Sendable (Int) -> CELValue
  ) -> FunctionDeclaration {
    .init(
      name,
      [
        .member(
          id, [.semver, .semver], type,
          .binary { a, b throws(CELError) in
            result(try a.content(SemanticVersion.self).compared(to: try b.content()))
          })
      ])
  }

  private static func part(
    _ name: String, _ id: String, _ read: @escaping @Sendable (SemanticVersion) -> UInt64
  ) -> FunctionDeclaration {
    .init(
      name,
      [
        .member(
          id, [.semver], .int,
          .unary { version throws(CELError) in .int(Int64(truncatingIfNeeded: read(try version.content()))) })
      ])
  }
}
