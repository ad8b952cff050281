import CEL
import Values

extension Library {
  /// Parts of texts by regular expressions (Kubernetes documentation, "Common Expression Language in
  /// Kubernetes", Kubernetes regex library).
  static let regex = Library(functions: [
    .init(
      "find",
      [
        .member(
          "string_find_string", [.string, .string], .string,
          .binary { text, pattern throws(CELError) in
            .string(try matches(text, pattern, limit: 1).first ?? "")
          })
      ]),
    .init(
      "findAll",
      [
        .member(
          "string_find_all_string", [.string, .string], .list(.string),
          .binary { text, pattern throws(CELError) in
            .values(try matches(text, pattern, limit: nil).map(CELValue.string))
          }),
        .member(
          "string_find_all_string_int", [.string, .string, .int], .list(.string),
          .ternary { text, pattern, limit throws(CELError) in
            guard let limit = limit.int else { throw .noSuchOverload }
            return .values(
              try matches(text, pattern, limit: limit < 0 ? nil : Int(limit)).map(CELValue.string))
          }),
      ]),
  ])

  private static func matches(
    _ text: CELValue, _ pattern: CELValue, limit: Int?
  ) throws(CELError) -> [String] {
    let pattern = try pattern.text()
    let text = try text.text()
    do throws(RegularExpression.SyntaxError) {
      return try RegularExpression(pattern).matches(in: text, limit: limit)
    } catch {
      throw CELError("Illegal regex: error parsing regexp: \(error)")
    }
  }
}
