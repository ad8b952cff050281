import Schema
import Values

/// The columns and cells of one kind.
struct TablePrinter {
  let columns: [Value]

  init(scope: ResourceScope, custom: ServedAPI.CustomVersion?) {
    columns = [["name": "Name", "type": "string", "format": "name", "description": "", "priority": 0]]
  }

  func cells(_ object: Value, now: Timestamp) -> [Value] { [object["metadata"]?["name"] ?? ""] }
}
