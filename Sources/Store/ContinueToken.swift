import Values

/// Where a list goes on: the content of `metadata.continue` (KEP-365, "Paginated API Lists").
///
/// On the wire it is JSON in base64url without padding:
/// `{"v":"meta.k8s.io/v1","rv":12,"start":"ns/name\u0000"}`.
public struct ContinueToken: Sendable, Hashable {
  /// The revision of the list; nil to go on with the current state (`rv` -1).
  public var revision: UInt64?
  /// The least key that was not delivered, as text: `namespace/name` of a list over all namespaces, else
  /// the name, each with a zero byte behind the last key that was delivered.
  public var start: String

  public init(revision: UInt64?, start: String) {
    self.revision = revision
    self.start = start
  }

  /// The token to go on behind a key of a list of that namespace.
  init(after key: ObjectKey, namespace: String?, revision: UInt64) {
    start = (namespace == nil ? key.description : key.name) + "\0"
    self.revision = revision
  }

  /// The token that goes on at the same key with whatever is there now.
  public var inconsistent: ContinueToken { ContinueToken(revision: nil, start: start) }

  /// The key from which a list of that namespace goes on.
  func position(namespace: String?) -> ObjectKey {
    if let namespace { return ObjectKey(namespace: namespace, name: start) }
    guard let slash = start.utf8.firstIndex(of: UInt8(ascii: "/")) else { return ObjectKey(name: start) }
    return ObjectKey(
      namespace: String(start[..<slash]), name: String(start[start.utf8.index(after: slash)...]))
  }

  // MARK: - On the wire

  private static let version = "meta.k8s.io/v1"
  private static let notValid = "continue key is not valid"

  /// The token as clients get it.
  public var text: String {
    let rv = revision.map { Int64(clamping: $0) } ?? -1
    let fields: Object = ["v": .string(Self.version), "rv": .int(rv), "start": .string(start)]
    return Base64.encode(JSON.encode(.object(fields)), alphabet: .url, padding: false)
  }

  /// Reads the token as clients send it.
  /// - Throws: ``StoreError/invalidContinue(_:)``.
  public init(text: String) throws(StoreError) {
    let fields = try Self.fields(of: text)
    let version = try Self.field("v", of: fields, type: "string", default: "", \.string)
    guard version == Self.version else {
      throw .invalidContinue("\(Self.notValid): server does not recognize this encoded version \(version)")
    }
    let rv = try Self.field("rv", of: fields, type: "int64", default: 0, \.int)
    if rv == 0 {
      throw .invalidContinue("\(Self.notValid): incorrect encoded start resourceVersion (version \(version))")
    }
    let start = try Self.field("start", of: fields, type: "string", default: "", \.string)
    if start.isEmpty {
      throw .invalidContinue("\(Self.notValid): encoded start key empty (version \(version))")
    }
    let steps = start.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let path = steps.count > 1 && steps[0].isEmpty ? steps.dropFirst() : steps[...]
    // A start that leaves the resource's own keys is refused.
    let isClean = path.allSatisfy { step in
      !step.isEmpty && !step.elementsEqual(".".utf8) && !step.elementsEqual("..".utf8)
    }
    guard isClean else { throw .invalidContinue("\(Self.notValid): \(start)") }
    let startsAtRoot = path.count < steps.count
    self.start = startsAtRoot ? String(start[start.utf8.index(after: start.startIndex)...]) : start
    revision = UInt64(exactly: rv)
  }

  private static func fields(of text: String) throws(StoreError) -> Object {
    let bytes: [UInt8]
    do { bytes = try Base64.decode(text, alphabet: .url, padding: false) } catch {
      throw .invalidContinue("\(notValid): \(error.message)")
    }
    let value: Value
    do { value = try JSON.parse(bytes, limits: JSON.Limits(depth: 16)) } catch {
      throw .invalidContinue("\(notValid): \(error.message)")
    }
    if value.isNull { return [:] }
    guard let fields = value.object else {
      throw .invalidContinue(
        "\(notValid): json: cannot unmarshal \(value.jsonKind) into Go value of type storage.continueToken")
    }
    return fields
  }

  /// A field of the token, or its default where it is absent or null.
  private static func field<T>(
    _ name: String, of fields: Object, type: String, default: T, _ read: (Value) -> T?
  ) throws(StoreError) -> T {
    guard let value = fields[name], !value.isNull else { return `default` }
    if let field = read(value) { return field }
    let number = if case .double = value, type == "int64" { " \(JSON.text(value))" } else { "" }
    throw .invalidContinue(
      "\(notValid): json: cannot unmarshal \(value.jsonKind)\(number) into Go struct field "
        + "continueToken.\(name) of type \(type)")
  }
}
