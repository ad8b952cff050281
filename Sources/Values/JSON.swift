/// JSON text (RFC 8259) to and from ``Value``.
public enum JSON {
  /// What a document may be at most; beyond it parsing fails and nothing is kept.
  public struct Limits: Sendable {
    /// Levels of nested arrays and objects. By default so many that whatever walks a value recursively
    /// stays within the stack of a thread, and several times what the deepest of Kubernetes' objects,
    /// the schemas of custom resources, have.
    public var depth: Int

    public init(depth: Int = 200) { self.depth = depth }
  }

  /// Why a text is not JSON, in the words of Go's encoding/json, and the byte at which it was noticed.
  public struct SyntaxError: Error, Equatable, CustomStringConvertible {
    public var message: String
    public var offset: Int

    public var description: String { message }
  }

  /// Parses one document; white space may follow it, nothing else.
  ///
  /// Of a key that an object has twice, the last value counts, as in Go.
  /// - Throws: ``SyntaxError``.
  public static func parse(_ bytes: some Sequence<UInt8>, limits: Limits = Limits()) throws(SyntaxError)
    -> Value
  {
    var duplicates: [String]? = nil
    return try parse(bytes, limits: limits, duplicates: &duplicates)
  }

  /// Parses one document and collects the paths of keys that occur twice in one object
  /// (`spec.containers[0].image`), each once, where `duplicates` is not nil.
  public static func parse(
    _ bytes: some Sequence<UInt8>, limits: Limits = Limits(), duplicates: inout [String]?
  ) throws(SyntaxError) -> Value {
    let collect = duplicates != nil
    let run = { (buffer: UnsafeBufferPointer<UInt8>) -> Result<(Value, [String]), SyntaxError> in
      var parser = JSONParser(bytes: buffer, limits: limits, collectsDuplicates: collect)
      do throws(SyntaxError) {
        let value = try parser.document()
        return .success((value, parser.duplicates))
      } catch {
        return .failure(error)
      }
    }
    let result = bytes.withContiguousStorageIfAvailable(run) ?? Array(bytes).withUnsafeBufferPointer(run)
    let (value, found) = try result.get()
    if collect { duplicates = found }
    return value
  }

  /// Parses one document given as text.
  public static func parse(_ text: String, limits: Limits = Limits()) throws(SyntaxError) -> Value {
    try parse(Array(text.utf8), limits: limits)
  }

  /// The compact text of the value, object keys in their order.
  public static func encode(_ value: Value) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(256)
    append(value, to: &out)
    return out
  }

  /// The compact text of the value, as a string.
  public static func text(_ value: Value) -> String { String(decoding: encode(value), as: UTF8.self) }

  /// The text of the value, an indent of two spaces a level, as Go's MarshalIndent prints it.
  public static func encodePretty(_ value: Value) -> [UInt8] {
    var out: [UInt8] = []
    JSONPrinter.append(value, to: &out, indent: 0)
    return out
  }

  /// Appends the compact text of the value.
  public static func append(_ value: Value, to out: inout [UInt8]) {
    JSONPrinter.append(value, to: &out, indent: nil)
  }

  /// Appends the text as a quoted JSON string; `<`, `>` and `&` are escaped as Go does.
  public static func append(_ string: String, to out: inout [UInt8]) {
    JSONPrinter.append(string, to: &out)
  }
}
