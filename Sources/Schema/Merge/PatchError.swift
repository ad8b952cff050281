import Values

/// Why a strategic merge patch can't be applied
/// (k8s.io/apimachinery/pkg/util/strategicpatch and mergepatch).
public struct PatchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// How the server answers it.
  public enum Kind: Sendable {
    /// 400: a directive of the wrong form.
    case badRequest
    /// 422 without words of its own.
    case unprocessable
    /// 500 with the bare message.
    case unexpected
  }

  public var kind: Kind
  public var description: String

  init(_ description: String, kind: Kind = .unexpected) {
    self.description = description
    self.kind = kind
  }

  /// The answer.
  public var status: StatusError {
    switch kind {
    case .badRequest: .badRequest(description)
    case .unexpected: .unexpected(description)
    case .unprocessable:
      StatusError(
        code: 422, reason: "Invalid",
        message: "the server rejected our request due to an error in our request",
        details: StatusError.Details())
    }
  }

  static let badPrimitiveList = PatchError("invalid patch format of primitive list", kind: .badRequest)
  static let badRetainKeys = PatchError("invalid patch format of retainKeys", kind: .badRequest)
  static let badElementOrder = PatchError("invalid patch format of setElementOrder list", kind: .badRequest)
  static let listOfLists = PatchError("lists of lists are not supported", kind: .unprocessable)

  static func missingMergeKey(_ item: Object, _ key: String) -> PatchError {
    PatchError("map: \(GoPrint.plain(.object(item))) does not contain declared merge key: \(key)")
  }

  static func unknownDirective(_ directive: Value, in patch: Object) -> PatchError {
    PatchError("unknown patch type: \(GoPrint.plain(directive)) in map: \(GoPrint.plain(.object(patch)))")
  }

  static func wrongType(expected: Value, _ actual: Value) -> PatchError {
    let name = actual.isNull ? "%!s(<nil>)" : GoPrint.type(actual)
    return PatchError("expected a \(GoPrint.type(expected)), but received a \(name)")
  }
}
