import Values

/// Rows of the group flowcontrol.apiserver.k8s.io.
enum FlowControlCells {
  static let makers: [String: CellMaker] = [
    "flowschemas.flowcontrol.apiserver.k8s.io": CellRule.row(
      .name, .text("spec.priorityLevelConfiguration.name"), .integer("spec.matchingPrecedence"),
      .computed(distinguisher), .age, .computed { $0.condition("Dangling")?["status"].text ?? "?" }),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": { level in
      let limited = level.at("spec.limited")
      let queuing = limited.at("limitResponse.queuing")
      return [
        .string(level.name), .string(level.at("spec.type").text),
        number(limited, "nominalConcurrencyShares"), number(queuing, "queues"), number(queuing, "handSize"),
        number(queuing, "queueLengthLimit"), .string(level.age),
      ]
    },
  ]

  private static func distinguisher(_ schema: ObjectReader) -> String {
    let method = schema.at("spec.distinguisherMethod")
    return method.exists ? method["type"].text : "<none>"
  }

  private static func number(_ parent: ObjectReader, _ field: String) -> Value {
    parent.exists ? .int(parent[field].integer) : "<none>"
  }

  /// Flow schemas in the order in which they are tried: by precedence, then by name.
  static func byPrecedence(_ schemas: [Value]) -> [Value] {
    let keyed = schemas.map { schema in
      let precedence = schema["spec"]?["matchingPrecedence"]?.int ?? 0
      return (precedence: precedence, name: schema["metadata"]?["name"]?.string ?? "", schema: schema)
    }
    return keyed.sorted { a, b in
      a.precedence == b.precedence ? ObjectReader.precedes(a.name, b.name) : a.precedence < b.precedence
    }.map(\.schema)
  }
}
