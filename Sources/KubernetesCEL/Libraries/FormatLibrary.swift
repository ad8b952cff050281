import CEL
import Schema
import Values

extension CELType {
  static let namedFormat = CELType.object("kubernetes.NamedFormat")
}

/// A form that texts are checked for.
struct NamedFormat: Sendable, Hashable {
  let name: String
  /// How long the regular expression behind it counts as.
  let regexSize: UInt64
  let faults: @Sendable (String) -> [String]

  static func == (a: NamedFormat, b: NamedFormat) -> Bool { a.name == b.name }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The longest expression of any format whose name a rule may use.
  static let largestRegexSize: UInt64 = 128

  /// By their names in expressions.
  static let all: [(name: String, format: NamedFormat)] = [
    ("dns1123Label", NamedFormat(name: "DNS1123Label", regexSize: 30, faults: Names.dns1123Label)),
    (
      "dns1123Subdomain", NamedFormat(name: "DNS1123Subdomain", regexSize: 60, faults: Names.dns1123Subdomain)
    ),
    ("dns1035Label", NamedFormat(name: "DNS1035Label", regexSize: 30, faults: Names.dns1035Label)),
    ("qualifiedName", NamedFormat(name: "QualifiedName", regexSize: 60, faults: Names.qualified)),
    ("dns1123LabelPrefix", prefix("DNS1123LabelPrefix", 30, Names.dns1123Label)),
    ("dns1123SubdomainPrefix", prefix("DNS1123SubdomainPrefix", 60, Names.dns1123Subdomain)),
    ("dns1035LabelPrefix", prefix("DNS1035LabelPrefix", 30, Names.dns1035Label)),
    ("labelValue", NamedFormat(name: "LabelValue", regexSize: 40, faults: Names.labelValue)),
    ("uri", NamedFormat(name: "URI", regexSize: 1254, faults: uri)),
    ("uuid", schema("uuid", 68, "does not match the UUID format")),
    ("byte", schema("byte", 83, "invalid base64")),
    ("date", schema("date", 69, "invalid date")),
    ("datetime", schema("datetime", 69, "invalid datetime")),
  ]

  /// What a generated name may begin with: a dash at the end is no fault.
  private static func prefix(
    _ name: String, _ regexSize: UInt64, _ faults: @escaping @Sendable (String) -> [String]
  ) -> NamedFormat {
    NamedFormat(name: name, regexSize: regexSize) { faults(Names.withoutTrailingDash($0)) }
  }

  /// One of the formats of schemas.
  private static func schema(_ name: String, _ regexSize: UInt64, _ fault: String) -> NamedFormat {
    NamedFormat(name: name, regexSize: regexSize) { StringFormats.matches($0, name) ? [] : [fault] }
  }

  @Sendable private static func uri(_ text: String) -> [String] {
    do throws(GoURL.ParseError) {
      _ = try GoURL(request: text)
      return []
    } catch {
      return [error.description]
    }
  }
}

extension Library {
  /// Forms of texts (Kubernetes documentation, "Common Expression Language in Kubernetes", Kubernetes format
  /// library).
  static let format = Library(
    functions: [
      .init(
        "format.named",
        [
          .global(
            "format-named", [.string], .optional(.namedFormat),
            .unary { value throws(CELError) in
              let name = try value.text()
              return NamedFormat.all.first { $0.name == name }.map { .some(CELValue($0.format)) } ?? .none
            })
        ]),
      .init(
        "validate",
        [
          .member(
            "format-validate", [.namedFormat, .string], .optional(.list(.string)),
            .binary { format, text throws(CELError) in
              let faults = try format.content(NamedFormat.self).faults(try text.text())
              return faults.isEmpty ? .none : .some(.values(faults.map(CELValue.string)))
            })
        ]),
    ]
      + NamedFormat.all.map { name, format in
        .init(
          "format.\(name)",
          [.global("format.\(name)", [], .namedFormat, .nullary { CELValue(format) })])
      })
}

extension CELValue {
  fileprivate init(_ format: NamedFormat) { self = .object(OpaqueValue(format, .namedFormat)) }
}
