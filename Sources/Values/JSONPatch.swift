/// A JSON patch (RFC 6902): operations that change a document one after another.
///
/// It behaves as kube-apiserver's: indices may be negative and count from the end, and the root itself
/// can't be replaced.
public struct JSONPatch: Sendable {
  /// What a patch may do at most.
  public struct Limits: Sendable {
    /// Operations in the patch.
    public var operations = 10_000
    /// Bytes of JSON text that all copy operations together may add.
    public var copiedBytes = 3 << 20
    /// Levels of nested arrays and objects in the changed document.
    public var depth = JSON.Limits().depth
    /// Array elements that insertions and removals may shift in all.
    public var shiftedElements = 100_000_000

    public init() {}
  }

  /// Why a patch can't be read or applied.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable {
      /// The document is not a patch: a bad request.
      case malformed
      /// It has more operations than are allowed: too large a request.
      case tooManyOperations
      /// It does not fit the document that it is applied to: an unprocessable entity.
      case notApplicable
    }

    public var kind: Kind
    /// In the words of kube-apiserver, or of the library that it applies patches with.
    public var message: String
    /// Whether a `test` operation found another value than the one that it names.
    public var isFailedTest = false

    public var description: String { message }
  }

  /// One operation, read but not yet checked: what is missing shows when its turn comes, as in the server.
  struct Operation: Sendable {
    var op: String?
    var path: String?
    var from: String?
    var value: Value?
  }

  let operations: [Operation]
  private let limits: Limits

  /// The members of operations that RFC 6902 does not know, for strict field validation: `[0].foo`.
  public let unknownFields: [String]

  /// The number of operations.
  public var count: Int { operations.count }

  /// Reads a patch document: an array of operations.
  /// - Throws: ``Failure``, malformed or with too many operations.
  public init(parsing document: Value, limits: Limits = Limits()) throws(Failure) {
    self.limits = limits
    let elements: [Value]
    switch document {
    case .array(let array): elements = array
    case .null: elements = []
    default: throw Self.malformed(document, "value of type []handlers.jsonPatchOp")
    }
    if elements.count > limits.operations {
      throw Failure(
        kind: .tooManyOperations,
        message: "The allowed maximum operations in a JSON patch is \(limits.operations), "
          + "got \(elements.count)")
    }
    var operations: [Operation] = []
    var unknown: [String] = []
    for (i, element) in elements.enumerated() {
      operations.append(try Self.operation(element))
      for key in element.object?.keys ?? [] where !["op", "path", "from", "value"].contains(key) {
        unknown.append("[\(i)].\(key)")
      }
    }
    self.operations = operations
    unknownFields = unknown
  }

  private static func operation(_ value: Value) throws(Failure) -> Operation {
    if value.isNull { return Operation() }
    guard let object = value.object else { throw malformed(value, "value of type handlers.jsonPatchOp") }
    func text(_ key: String) throws(Failure) -> String? {
      guard let member = object[key], !member.isNull else { return nil }
      guard let text = member.string else {
        throw malformed(member, "struct field jsonPatchOp.\(key) of type string")
      }
      return text
    }
    return Operation(
      op: try text("op"), path: try text("path"), from: try text("from"), value: object["value"])
  }

  private static func malformed(_ value: Value, _ target: String) -> Failure {
    Failure(
      kind: .malformed,
      message: "error decoding patch: json: cannot unmarshal \(value.jsonKind) into Go \(target)")
  }

  /// The changed document; the patch is applied as a whole or not at all.
  /// - Throws: ``Failure``, not applicable.
  public func apply(to document: Value) throws(Failure) -> Value {
    var run = JSONPatchRun(document: document, limits: limits)
    for operation in operations { try run.perform(operation) }
    return run.document
  }
}
