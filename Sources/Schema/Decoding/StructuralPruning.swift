import Values

/// Removes from a custom object what its structural schema does not know
/// (x-kubernetes-preserve-unknown-fields and pruning, apiextensions.k8s.io).
public enum StructuralPruning {
  /// Objects and lists inside each other; what is deeper is kept as it is.
  private static let depthLimit = 500

  /// Decodes a custom object: metadata is read as ObjectMeta, the rest is pruned, nulls that the schema does
  /// not allow are dropped. Values of wrong types are left for validation.
  /// - Parameters:
  ///   - value: the parsed document.
  ///   - type: the structural schema of the version that the document is written in.
  ///   - metaType: the type of `metadata`; without it metadata is kept as it is.
  /// - Returns: the pruned object and one text for each unknown field.
  /// - Throws: ``DecodeError`` where the document is no object or its metadata is malformed.
  public static func decode(
    _ value: Value, as type: ObjectType,
    metaType: ObjectType? = TypeTable.builtIn.type(named: TypeTable.objectMeta)
  ) throws(DecodeError) -> (value: Value, strictErrors: [String]) {
    guard case .object(let object) = value else {
      let found = value.jsonKind
      throw .mismatch(found, at: "", expecting: "map[string]interface {}")
    }
    var out = Object(minimumCapacity: object.count)
    for key in ["apiVersion", "kind"] { if let member = object[key] { out[key] = member } }
    var unknown: [String] = []
    if let metadata = object["metadata"], !metadata.isNull {
      out["metadata"] = try decodeMetadata(metadata, metaType, &unknown)
    }
    var run = PruningRun()
    var rest = object
    for key in ["apiVersion", "kind", "metadata"] { rest.removeValue(forKey: key) }
    for (key, member) in run.object(rest, type, depth: 0) { out[key] = member }
    let paths = run.unknown.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    unknown += paths.map(StrictErrors.unknownField)
    return (.object(out), Array(unknown.prefix(StrictErrors.limit)))
  }

  /// Removes unknown fields below the root, as after a webhook or a conversion.
  public static func prune(_ value: inout Value, as type: ObjectType) {
    guard let pruned = try? decode(value, as: type, metaType: nil) else { return }
    value = pruned.value
  }

  private static func decodeMetadata(
    _ metadata: Value, _ type: ObjectType?, _ unknown: inout [String]
  ) throws(DecodeError) -> Value {
    guard let type else { return metadata }
    let wrapper = ObjectType(
      name: "", fields: ["metadata": FieldType(.object(TypeReference(type)))])
    guard case .object(let fields) = metadata else {
      throw .mismatch(metadata.jsonKind, at: "", expecting: GoTypeName.of(type.name))
    }
    // Metadata is read on its own, and so is told of what is wrong in it; what is unknown is told by its path.
    var alone = DecodeRun()
    _ = try alone.structure(fields, StructPlan.of(type))
    var run = DecodeRun()
    let decoded = try run.structure(["metadata": metadata], StructPlan(wrapper))
    unknown += run.unknown
    return decoded["metadata"] ?? .object([:])
  }

  private struct PruningRun {
    private(set) var unknown: [String] = []
    private var path = FieldPath()

    mutating func object(_ input: Object, _ type: ObjectType, depth: Int) -> Object {
      var out = Object(minimumCapacity: input.count)
      for (key, value) in input {
        guard let field = type.fields[key] else {
          if type.preservesUnknownFields {
            out[key] = value
          } else if unknown.count < StrictErrors.limit {
            unknown.append(path.child(key).description)
          }
          continue
        }
        if value.isNull, !field.isNullable, field.defaultValue == nil, !field.isUntyped { continue }
        let outer = path
        path = path.child(key)
        out[key] = element(value, field, depth: depth + 1)
        path = outer
      }
      return out
    }

    private mutating func element(_ value: Value, _ type: FieldType, depth: Int) -> Value {
      if depth > depthLimit { return value }
      switch (type.shape, value) {
      case (.object(let reference), .object(let object)):
        return .object(self.object(object, reference.type, depth: depth))
      case (.list(let inner), .array(let array)):
        let outer = path
        defer { path = outer }
        return .array(
          array.enumerated().map { i, item in
            path = outer.index(i)
            return element(item, inner, depth: depth + 1)
          })
      case (.map(let inner), .object(let object)):
        let outer = path
        defer { path = outer }
        var out = Object(minimumCapacity: object.count)
        for (key, entry) in object {
          if entry.isNull, !inner.isNullable, inner.defaultValue == nil, !inner.isUntyped { continue }
          path = outer.child(key)
          out[key] = element(entry, inner, depth: depth + 1)
        }
        return .object(out)
      default: return value
      }
    }
  }
}

extension FieldType {
  /// Whether anything at all may stand here, null included.
  fileprivate var isUntyped: Bool { if case .any = shape { true } else { false } }
}
