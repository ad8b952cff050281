import Schema
import Values

/// How the objects of one kind are laid out in a metav1.Table.
protocol TableLayout: Sendable {
  /// The `columnDefinitions`.
  var columns: [Value] { get }

  /// The cells of one object's row, one for each column.
  /// - Parameter now: the moment that ages are counted to.
  func cells(_ object: Value, now: Timestamp) -> [Value]
}

/// One entry of `columnDefinitions` (metav1.TableColumnDefinition).
func tableColumn(
  _ name: String, type: String = "string", format: String = "", description: String = "", priority: Int64 = 0
) -> Value {
  [
    "name": .string(name), "type": .string(type), "format": .string(format),
    "description": .string(description), "priority": .int(priority),
  ]
}
