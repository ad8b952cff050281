import CEL

extension Library {
  /// What mutations write patches with (Kubernetes documentation, "Mutating Admission Policy").
  public static let jsonPatch = Library(functions: [
    .init(
      "jsonpatch.escapeKey",
      [
        .global(
          "string_jsonpatch_escapeKey_string", [.string], .string,
          .unary { value throws(CELError) in
            var escaped = ""
            for c in try value.text() {
              switch c {
              case "~": escaped += "~0"
              case "/": escaped += "~1"
              default: escaped.append(c)
              }
            }
            return .string(escaped)
          })
      ])
  ])
}
