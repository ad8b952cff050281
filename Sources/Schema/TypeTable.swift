import Synchronization
import Values

/// The types of the built-in kinds, by the names that OpenAPI gives them.
public final class TypeTable: Sendable {
  /// The types that Kubernetes 1.36 publishes.
  public static let builtIn = TypeTable(schemas: ResourceData.schemas.parsed())

  private let types: [String: ObjectType]
  private let namesByKind: [GroupVersionKind: String]

  /// Reads schemas in the form of an OpenAPI v3 document's components.
  public init(schemas: Object) {
    let box = TypeBox()
    var reader = SchemaReader(schemas: schemas, box: box)
    var types: [String: ObjectType] = [:]
    var names: [GroupVersionKind: String] = [:]
    for (name, schema) in schemas where schema["properties"] != nil {
      let type = reader.objectType(name: name, schema: schema)
      types[name] = type
      // Types such as DeleteOptions are served in every group, so no single group version names them.
      if type.kinds.count == 1, let kind = type.kinds.first { names[kind] = name }
    }
    box.types.withLock { $0 = types }
    self.types = types
    namesByKind = names
  }

  public func type(named name: String) -> ObjectType? { types[name] }

  /// The type of a kind's objects; nil for kinds that are not built in.
  public func type(of kind: GroupVersionKind) -> ObjectType? {
    if let name = namesByKind[kind] { return types[name] }
    return types["io.k8s.apimachinery.pkg.apis.meta.v1.\(kind.kind)"].flatMap { type in
      type.kinds.contains(kind) ? type : nil
    }
  }

  public static let objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
}

/// Lets types refer to types that are read later.
private final class TypeBox: Sendable {
  let types = Mutex<[String: ObjectType]>([:])
}

/// Turns schemas into types.
private struct SchemaReader {
  let schemas: Object
  let box: TypeBox

  /// Types that are scalars on the wire, by what follows the last dot but one.
  private static let scalars: [String: FieldType.Shape] = [
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": .time,
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": .microTime,
    "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": .duration,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": .quantity,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": .intOrString,
  ]

  mutating func objectType(name: String, schema: Value) -> ObjectType {
    var fields: [String: FieldType] = [:]
    for (field, type) in schema["properties"]?.object ?? [:] { fields[field] = fieldType(type) }
    return ObjectType(
      name: name, fields: fields, required: schema["required"]?.strings ?? [],
      isAtomic: schema["x-kubernetes-map-type"]?.string == "atomic",
      kinds: (schema["x-kubernetes-group-version-kind"]?.array ?? []).map {
        GroupVersionKind(
          group: $0["group"]?.string ?? "", version: $0["version"]?.string ?? "",
          kind: $0["kind"]?.string ?? "")
      })
  }

  private func fieldType(_ schema: Value) -> FieldType {
    var type = FieldType(shape(schema))
    if case .object(let reference) = type.shape {
      type.isAtomic = schemas[reference.name]?["x-kubernetes-map-type"]?.string == "atomic"
    }
    // Server-side apply takes an embedded object as one piece.
    if reference(schema)?.hasSuffix("runtime.RawExtension") == true { type.isAtomic = true }
    // A field may say otherwise than its type: claimRef of a PersistentVolume is granular.
    if let mapType = schema["x-kubernetes-map-type"]?.string { type.isAtomic = mapType == "atomic" }
    switch schema["x-kubernetes-list-type"]?.string {
    case "set": type.listType = .set
    case "map": type.listType = .map(keys: schema["x-kubernetes-list-map-keys"]?.strings ?? [])
    default: break
    }
    type.patchStrategy =
      schema["x-kubernetes-patch-strategy"]?.string?.split(separator: ",").map(String.init) ?? []
    type.patchMergeKey = schema["x-kubernetes-patch-merge-key"]?.string
    type.defaultValue = schema["default"]
    type.enumeration = schema["enum"]?.strings ?? []
    return type
  }

  private func shape(_ schema: Value) -> FieldType.Shape {
    if let reference = reference(schema) { return named(reference) }
    switch schema["type"]?.string {
    case "string": return schema["format"]?.string == "byte" ? .bytes : .string
    case "boolean": return .boolean
    case "integer": return .integer(bits: schema["format"]?.string == "int64" ? 64 : 32)
    case "number": return .number
    case "array": return .list(schema["items"].map(fieldType) ?? FieldType(.any))
    case "object":
      guard let entries = schema["additionalProperties"] else { return .any }
      return .map(fieldType(entries))
    default: return .any
    }
  }

  /// The name of the type that the schema refers to.
  private func reference(_ schema: Value) -> String? {
    let reference = schema["$ref"]?.string ?? schema["allOf"]?.array?.first?["$ref"]?.string
    return reference.map { String($0.split(separator: "/").last ?? "") }
  }

  private func named(_ name: String) -> FieldType.Shape {
    if let scalar = Self.scalars[name] { return scalar }
    guard let target = schemas[name] else { return .any }
    guard target["properties"] != nil else {
      // A name for something that is no object with fields: a scalar, or anything at all (RawExtension).
      return target["type"]?.string == "object" ? .any : shape(target)
    }
    return .object(TypeReference(name: name) { [box] in box.types.withLock { $0[name] } })
  }
}
