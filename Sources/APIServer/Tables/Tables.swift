import Schema
import Values

/// metav1.Table: objects as rows for people (Kubernetes API concepts, "Receiving resources as Tables").
enum Tables {
  /// - Parameters:
  ///   - metadata: of the list, or of the one object.
  ///   - version: of meta.k8s.io, `v1` or `v1beta1`.
  /// - Throws: 400 for an `includeObject` that is none.
  static func table(
    _ objects: [Value], scope: ResourceScope, version: String, metadata: Value?, context: RequestContext
  ) throws(StatusError) -> Value {
    let include = try included(context)
    let printer = TablePrinter(scope: scope, custom: context.served.customVersions[scope.kind])
    let now = Timestamp.now
    let rows = printer.ordered(objects).map { object -> Value in
      var row = Object()
      row["cells"] = .array(printer.cells(object, now: now))
      row["conditions"] = printer.conditions(object)
      switch include {
      case "Object": row["object"] = object
      case "None": row["object"] = Value.null
      default: row["object"] = partial(object, version)
      }
      return .object(row)
    }
    var list = Object()
    for key in ["resourceVersion", "continue", "remainingItemCount"] { list[key] = metadata?[key] }
    return [
      "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": .object(list),
      "columnDefinitions": .array(printer.columns), "rows": .array(rows),
    ]
  }

  /// What each row is to have of its object: the query's `includeObject`.
  /// - Throws: 400.
  @discardableResult
  static func included(_ context: RequestContext) throws(StatusError) -> String {
    let include = context.query("includeObject") ?? ""
    if ["", "Metadata", "Object", "None"].contains(include) { return include }
    throw .badRequest(
      "Unable to convert to Table as requested: includeObject: Invalid value: \(FieldError.quoted(include)): "
        + "must be 'Metadata', 'Object', 'None', or empty")
  }

  private static func partial(_ object: Value, _ version: String) -> Value {
    [
      "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
      "metadata": object["metadata"] ?? [:],
    ]
  }
}
