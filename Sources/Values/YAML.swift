/// YAML text to and from ``Value``, as Kubernetes reads and prints it: YAML 1.1 scalars, keys that become
/// strings, nothing that JSON can't hold (sigs.k8s.io/yaml).
public enum YAML {
  /// What a text may be at most; beyond it parsing fails and nothing is kept.
  public struct Limits: Sendable {
    /// Bytes of text.
    public var bytes: Int
    /// Levels of nested sequences and mappings, those behind aliases included.
    public var depth: Int
    /// Nodes that the text makes once its aliases are expanded.
    public var nodes: Int
    /// Documents in a stream.
    public var documents: Int

    public init(
      bytes: Int = 16 << 20, depth: Int = JSON.Limits().depth, nodes: Int = 2_000_000, documents: Int = 10_000
    ) {
      self.bytes = bytes
      self.depth = depth
      self.nodes = nodes
      self.documents = documents
    }
  }

  /// Why a text is not YAML that JSON can hold, in the server's words:
  /// `yaml: line 2: mapping values are not allowed in this context`.
  public struct SyntaxError: Error, Equatable, CustomStringConvertible {
    public var message: String

    public init(message: String) { self.message = message }

    public var description: String { message }
  }

  /// Parses the first document of a text; what follows it is not looked at. Nothing is ``Value/null``.
  ///
  /// Of a key that a mapping has twice, the last value counts.
  /// - Throws: ``SyntaxError``.
  public static func parse(
    _ bytes: some Sequence<UInt8>, limits: Limits = Limits()
  ) throws(SyntaxError) -> Value {
    var duplicates: [String]? = nil
    return try parse(bytes, limits: limits, duplicates: &duplicates)
  }

  /// Parses the first document and collects, where `duplicates` is not nil, what a strict reader says of
  /// the keys that a mapping has twice: `line 6: key "a" already set in map`. At most a hundred are told.
  public static func parse(
    _ bytes: some Sequence<UInt8>, limits: Limits = Limits(), duplicates: inout [String]?
  ) throws(SyntaxError) -> Value {
    let collects = duplicates != nil
    let (documents, found) = try read(bytes, limits: limits, collectsDuplicates: collects, onlyFirst: true)
    if collects { duplicates = found }
    return documents.first ?? .null
  }

  /// Parses the first document of a text.
  public static func parse(_ text: String, limits: Limits = Limits()) throws(SyntaxError) -> Value {
    try parse(Array(text.utf8), limits: limits)
  }

  /// Parses all documents of a stream, which `---` separates; an empty one is ``Value/null``.
  /// - Throws: ``SyntaxError``, also for more documents than the limit.
  public static func parseDocuments(
    _ bytes: some Sequence<UInt8>, limits: Limits = Limits()
  ) throws(SyntaxError) -> [Value] {
    try read(bytes, limits: limits, collectsDuplicates: false, onlyFirst: false).documents
  }

  /// The strict reader's error of the duplicates that ``parse(_:limits:duplicates:)`` found.
  public static func duplicatesError(_ duplicates: [String]) -> SyntaxError {
    SyntaxError(message: "yaml: unmarshal errors:\n  " + duplicates.joined(separator: "\n  "))
  }

  /// The text of the value, one document: keys sorted, two spaces an indent, lines folded at 80 columns.
  public static func encode(_ value: Value) -> String {
    var printer = YAMLPrinter()
    return printer.text(value)
  }

  private static func read(
    _ bytes: some Sequence<UInt8>, limits: Limits, collectsDuplicates: Bool, onlyFirst: Bool
  ) throws(SyntaxError) -> (documents: [Value], duplicates: [String]) {
    let run = { (buffer: UnsafeBufferPointer<UInt8>) -> Result<([Value], [String]), SyntaxError> in
      do throws(SyntaxError) {
        if buffer.count > limits.bytes {
          throw SyntaxError(message: "yaml: the text is longer than \(limits.bytes) bytes")
        }
        let parser = YAMLParser(buffer, limits: limits)
        var builder = YAMLBuilder(limits: limits, collectsDuplicates: collectsDuplicates)
        var documents: [Value] = []
        while let document = try parser.nextDocument() {
          if documents.count >= limits.documents {
            throw SyntaxError(message: "yaml: more than \(limits.documents) documents")
          }
          documents.append(try builder.value(document))
          if onlyFirst { break }
        }
        return .success((documents, builder.duplicates))
      } catch {
        return .failure(error)
      }
    }
    let result = bytes.withContiguousStorageIfAvailable(run) ?? Array(bytes).withUnsafeBufferPointer(run)
    return try result.get()
  }
}
