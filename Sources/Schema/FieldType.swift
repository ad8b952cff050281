import Values

/// The type of one value: of a field, of a map's entries, or of a list's elements.
///
/// Built from the published schemas for the kinds that are built in and from a CustomResourceDefinition's
/// structural schema for the others, so that decoding, defaulting, patching and ownership are written once.
public struct FieldType: Sendable {
  public enum Shape: Sendable {
    case string
    case boolean
    /// 32 or 64 bits.
    case integer(bits: Int)
    case number
    /// Base64 text.
    case bytes
    /// RFC 3339 with seconds.
    case time
    /// RFC 3339 with microseconds.
    case microTime
    case quantity
    case intOrString
    /// metav1.Duration: text such as `1h30m`.
    case duration
    /// Kept as it is: RawExtension, JSON, FieldsV1, or a schema without a type.
    case any
    /// An object with named fields. The definition is looked up when used, since types may contain themselves.
    case object(TypeReference)
    /// An object whose entries all have one type.
    indirect case map(FieldType)
    indirect case list(FieldType)
  }

  /// How two versions of a list are merged (`x-kubernetes-list-type`).
  public enum ListType: Sendable, Hashable {
    case atomic
    case set
    case map(keys: [String])
  }

  public var shape: Shape
  public var listType: ListType = .atomic
  /// `x-kubernetes-map-type: atomic`, of an object or map that is replaced as a whole.
  public var isAtomic = false
  /// `x-kubernetes-patch-strategy`: any of `merge`, `replace`, `retainKeys`.
  public var patchStrategy: [String] = []
  public var patchMergeKey: String?
  public var defaultValue: Value?
  public var enumeration: [String] = []
  public var isNullable = false

  public init(_ shape: Shape) { self.shape = shape }
}

/// A named type, resolved when asked so that types may refer to themselves.
public final class TypeReference: Sendable {
  /// `io.k8s.api.core.v1.PodSpec`, or a path of its own for a custom type.
  public let name: String
  private let resolve: @Sendable () -> ObjectType?

  public init(name: String, resolve: @escaping @Sendable () -> ObjectType?) {
    self.name = name
    self.resolve = resolve
  }

  /// A type that stands where it is used, as in a structural schema.
  public init(_ type: ObjectType) {
    name = type.name
    resolve = { type }
  }

  public var type: ObjectType { resolve() ?? ObjectType(name: name) }
}

/// An object type: its fields by name.
public final class ObjectType: Sendable {
  public let name: String
  public let fields: [String: FieldType]
  public let required: [String]
  public let isAtomic: Bool
  /// Unknown fields are kept (`x-kubernetes-preserve-unknown-fields`).
  public let preservesUnknownFields: Bool
  /// The kinds that this type is, from `x-kubernetes-group-version-kind`.
  public let kinds: [GroupVersionKind]

  public init(
    name: String, fields: [String: FieldType] = [:], required: [String] = [], isAtomic: Bool = false,
    preservesUnknownFields: Bool = false, kinds: [GroupVersionKind] = []
  ) {
    self.name = name
    self.fields = fields
    self.required = required
    self.isAtomic = isAtomic
    self.preservesUnknownFields = preservesUnknownFields
    self.kinds = kinds
  }

  /// The name without its package: `PodSpec`, as Go error messages show it.
  public var shortName: String { String(name.split(separator: ".").last ?? "") }
}
