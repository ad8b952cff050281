import Resources
import Values

/// The tables that the program carries (see the module Resources), parsed when asked for.
public enum ResourceData: Sendable {
  case catalog, schemas, protobuf, columns, bootstrap, defaults

  /// The text of the table: it lives as long as the program.
  public var bytes: UnsafeBufferPointer<UInt8> {
    let table =
      switch self {
      case .catalog: resource_catalog()
      case .schemas: resource_schemas()
      case .protobuf: resource_protobuf()
      case .columns: resource_columns()
      case .bootstrap: resource_bootstrap()
      case .defaults: resource_defaults()
      }
    return UnsafeBufferPointer(start: table.start, count: table.count)
  }

  /// The table as a value. The tables are part of the program, so that one which does not parse is a
  /// defect of the build.
  public func parsed() -> Object {
    guard let object = try? JSON.parse(bytes).object else { preconditionFailure("\(self) is no JSON object") }
    return object
  }
}
