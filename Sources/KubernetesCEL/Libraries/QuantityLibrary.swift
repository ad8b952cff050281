import CEL
import Values

extension CELType {
  static let quantity = CELType.object("kubernetes.Quantity")
}

extension CELValue {
  init(_ quantity: Quantity) { self = .object(OpaqueValue(quantity, .quantity)) }
}

extension Library {
  /// Amounts of resources (Kubernetes documentation, "Common Expression Language in Kubernetes",
  /// Kubernetes quantity library).
  static let quantity = Library(functions: [
    .init(
      "quantity",
      [
        .global(
          "string_to_quantity", [.string], .quantity,
          .unary { text throws(CELError) in CELValue(try parse(text)) })
      ]),
    .init(
      "isQuantity",
      [
        .global("is_quantity_string", [.string], .bool, .unary { text in .bool((try? parse(text)) != nil) })
      ]),
    .init(
      "sign",
      [
        .global(
          "quantity_sign", [.quantity], .int,
          .unary { q throws(CELError) in .int(Int64(try q.content(Quantity.self).sign)) })
      ]),
    .init("isGreaterThan", [comparison("quantity_is_greater_than") { $0 > $1 }]),
    .init("isLessThan", [comparison("quantity_is_less_than") { $0 < $1 }]),
    .init(
      "compareTo",
      [
        .member(
          "quantity_compare_to", [.quantity, .quantity], .int,
          .binary { a, b throws(CELError) in
            let (a, b) = (try a.content(Quantity.self), try b.content(Quantity.self))
            return .int(a == b ? 0 : a < b ? -1 : 1)
          })
      ]),
    .init(
      "asApproximateFloat",
      [
        .member(
          "quantity_get_float", [.quantity], .double,
          .unary { q throws(CELError) in .double(try q.content(Quantity.self).approximate) })
      ]),
    .init(
      "asInteger",
      [
        .member(
          "quantity_get_int", [.quantity], .int,
          .unary { q throws(CELError) in
            guard let value = try q.content(Quantity.self).exactInteger else {
              throw CELError("cannot convert value to integer")
            }
            return .int(value)
          })
      ]),
    .init(
      "isInteger",
      [
        .member(
          "quantity_is_integer", [.quantity], .bool,
          .unary { q throws(CELError) in .bool(try q.content(Quantity.self).exactInteger != nil) })
      ]),
    .init("add", arithmetic("quantity_add", +)),
    .init("sub", arithmetic("quantity_sub", -)),
  ])

  private static func parse(_ value: CELValue) throws(CELError) -> Quantity {
    let text = try value.text()
    do throws(Quantity.ParseError) {
      return try Quantity(text)
    } catch {
      throw CELError(error.message)
    }
  }

  private static func comparison(
    _ id: String, _ holds: @escaping @Sendable (Quantity, Quantity) -> Bool
  ) -> Overload {
    .member(
      id, [.quantity, .quantity], .bool,
      .binary { a, b throws(CELError) in .bool(holds(try a.content(), try b.content())) })
  }

  /// With another quantity and with a whole number.
  private static func arithmetic(
    _ id: String, _ combine: @escaping @Sendable (Quantity, Quantity) -> Quantity
  ) -> [Overload] {
    [
      .member(
        id, [.quantity, .quantity], .quantity,
        .binary { a, b throws(CELError) in CELValue(combine(try a.content(), try b.content())) }),
      .member(
        id + "_int", [.quantity, .int], .quantity,
        .binary { a, b throws(CELError) in
          guard let number = b.int else { throw .noSuchOverload }
          return CELValue(combine(try a.content(), Quantity(number, format: .decimalExponent)))
        }),
    ]
  }
}
