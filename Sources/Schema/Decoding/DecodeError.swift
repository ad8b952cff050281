/// Why a request body could not be read as the type that it was sent as, in the words of Go's encoding/json
/// (as sigs.k8s.io/json uses them).
public struct DecodeError: Error, Sendable, Equatable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }

  /// A value of the wrong JSON type.
  /// - Parameters:
  ///   - found: what was found: `string`, `array`, `number 2.5`.
  ///   - place: the Go struct and the path of the field, `ObjectMeta.metadata.name`; empty outside structs.
  ///   - type: the Go type that was expected: `map[string]string`.
  static func mismatch(_ found: String, at place: String, expecting type: String) -> DecodeError {
    let target = place.isEmpty ? "Go value" : "Go struct field \(place)"
    return DecodeError("json: cannot unmarshal \(found) into \(target) of type \(type)")
  }
}
