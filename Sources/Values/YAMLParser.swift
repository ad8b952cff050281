import CLibYAML

/// A YAML document as it was written, aliases not yet expanded.
struct YAMLDocument {
  struct Node {
    enum Kind { case scalar, sequence, mapping, alias }

    var kind: Kind
    /// Of a scalar its text, of an alias the name of the anchor.
    var text = ""
    /// Of a sequence its elements; of a mapping key, value, key, value…; of an alias what it stands for.
    var children: [Int] = []
    /// The tag in full, empty where none was written.
    var tag = ""
    /// Whether a scalar was written without quotes and tag, so that its text says what it is.
    var isPlain = false
    /// From 1.
    var line: Int
  }

  var nodes: [Node] = []
  var root = 0
}

/// Reads documents with libyaml's event parser.
final class YAMLParser {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let limits: YAML.Limits
  private var isStarted = false

  /// The text must outlive the parser.
  init(_ text: UnsafeBufferPointer<UInt8>, limits: YAML.Limits) {
    self.limits = limits
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    yaml_parser_initialize(parser)
    yaml_parser_set_input_string(parser, text.baseAddress, text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next document, nil at the end of the stream.
  func nextDocument() throws(YAML.SyntaxError) -> YAMLDocument? {
    var event = yaml_event_t()
    if !isStarted {
      try next(&event)
      yaml_event_delete(&event)
      isStarted = true
    }
    try next(&event)
    let type = event.type
    yaml_event_delete(&event)
    if type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT { return nil }
    var assembly = YAMLAssembly(limits: limits)
    while true {
      try next(&event)
      defer { yaml_event_delete(&event) }
      if event.type == YAML_DOCUMENT_END_EVENT { return assembly.document }
      try assembly.add(event)
    }
  }

  private func next(_ event: inout yaml_event_t) throws(YAML.SyntaxError) {
    if yaml_parser_parse(parser, &event) == 0 { throw failure() }
  }

  /// The error in go-yaml's form: the line is told unless it is the first, and of errors that are not the
  /// scanner's it is the line before.
  private func failure() -> YAML.SyntaxError {
    let state = parser.pointee
    if state.error == YAML_MEMORY_ERROR { return YAML.SyntaxError(message: "yaml: out of memory") }
    var line = Int(state.problem_mark.line)
    if line != 0 {
      if state.error == YAML_SCANNER_ERROR { line += 1 }
    } else {
      line = Int(state.context_mark.line)
    }
    let problem = state.problem.map { String(cString: $0) } ?? "unknown problem parsing YAML content"
    return YAML.SyntaxError(message: "yaml: " + (line == 0 ? "" : "line \(line): ") + problem)
  }
}

/// Makes a document of the events between its start and its end.
private struct YAMLAssembly {
  private(set) var document = YAMLDocument()
  private let limits: YAML.Limits
  private var anchors: [String: Int] = [:]
  /// The collections that are open: their node and the children so far.
  private var open: [(node: Int, children: [Int])] = []

  init(limits: YAML.Limits) { self.limits = limits }

  mutating func add(_ event: yaml_event_t) throws(YAML.SyntaxError) {
    let line = Int(event.start_mark.line) + 1
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let node = YAMLDocument.Node(
        kind: .scalar, text: text, tag: string(scalar.tag), isPlain: scalar.plain_implicit != 0, line: line)
      try append(node, anchor: scalar.anchor)
    case YAML_ALIAS_EVENT:
      let name = string(event.data.alias.anchor)
      guard let target = anchors[name] else {
        throw YAML.SyntaxError(message: "yaml: unknown anchor '\(name)' referenced")
      }
      try append(YAMLDocument.Node(kind: .alias, text: name, children: [target], line: line), anchor: nil)
    case YAML_SEQUENCE_START_EVENT:
      let node = YAMLDocument.Node(
        kind: .sequence, tag: string(event.data.sequence_start.tag), line: line)
      try start(node, anchor: event.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT:
      let node = YAMLDocument.Node(
        kind: .mapping, tag: string(event.data.mapping_start.tag), line: line)
      try start(node, anchor: event.data.mapping_start.anchor)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      guard let (node, children) = open.popLast() else { return }
      document.nodes[node].children = children
    default: break
    }
  }

  private mutating func start(
    _ node: YAMLDocument.Node, anchor: UnsafeMutablePointer<UInt8>?
  ) throws(YAML.SyntaxError) {
    if open.count >= limits.depth {
      throw YAML.SyntaxError(message: "yaml: exceeded max depth of \(limits.depth)")
    }
    let index = try append(node, anchor: anchor)
    open.append((index, []))
  }

  @discardableResult
  private mutating func append(
    _ node: YAMLDocument.Node, anchor: UnsafeMutablePointer<UInt8>?
  ) throws(YAML.SyntaxError) -> Int {
    if document.nodes.count >= limits.nodes {
      throw YAML.SyntaxError(message: "yaml: document has more than \(limits.nodes) nodes")
    }
    let index = document.nodes.count
    document.nodes.append(node)
    if open.isEmpty { document.root = index } else { open[open.count - 1].children.append(index) }
    if let anchor { anchors[string(anchor)] = index }
    return index
  }

  private func string(_ text: UnsafeMutablePointer<UInt8>?) -> String {
    text.map { String(cString: $0) } ?? ""
  }
}
