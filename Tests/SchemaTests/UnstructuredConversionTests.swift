import Testing
import Values

@testable import Schema

/// What can't be put into a Go struct field by field.
@Suite struct UnstructuredConversionTests {
  private static let rows: [(String, String?)] = [
    (#"{}"#, nil),
    (#"{"spec":null}"#, nil),
    (#"{"spec":{"replicas":2}}"#, nil),
    (#"{"spec":{"replicas":2.0}}"#, nil),
    (#"{"spec":{"replicas":2.5}}"#, "cannot convert float64 to int32"),
    (#"{"spec":{"replicas":"2"}}"#, "unrecognized type: int32"),
    (#"{"spec":{"paused":"yes"}}"#, "unrecognized type: bool"),
    (#"{"spec":{"template":[]}}"#, "cannot restore struct from: slice"),
    (#"{"spec":{"template":{"spec":{"containers":"c"}}}}"#, "cannot restore slice from string"),
    (#"{"metadata":{"labels":"a"}}"#, "cannot restore map from string"),
    (#"{"metadata":{"labels":{"a":1}}}"#, "cannot convert int64 to string"),
    (#"{"metadata":{"labels":{"a":true}}}"#, "unrecognized type: string"),
  ]

  @Test("values of other types", arguments: rows)
  func message(document: String, message: String?) throws {
    let kind = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    let type = try #require(TypeTable.builtIn.type(of: kind))
    let value = try JSON.parse(Array(document.utf8))
    var found: String?
    do throws(DecodeError) {
      try UnstructuredConversion.check(value, as: type)
    } catch {
      found = error.message
    }
    #expect(found == message)
  }
}
