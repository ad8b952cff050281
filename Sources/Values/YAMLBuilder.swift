/// Makes values of documents: resolves scalars, expands aliases and merge keys, makes strings of keys.
///
/// It keeps its own stack instead of recursing, so that no document, however deep, exhausts a thread's.
struct YAMLBuilder {
  private let limits: YAML.Limits
  private let collectsDuplicates: Bool
  private(set) var duplicates: [String] = []

  /// A sequence or mapping that is being made.
  private struct Frame {
    let isMapping: Bool
    let children: [Int]
    var next = 0
    /// The anchored node if an alias stands here.
    var alias: Int?
    /// Of a mapping that `<<` merges, the frame that its members go to; else the frame itself.
    var owner: Int
    var elements: [Value] = []
    var members = Members()
    /// The mappings that are still to be merged, the last of them first.
    var merges: [Int] = []
    /// The key whose value is being made, and the line of that value.
    var key = Value.null
    var line = 0
  }

  /// The members of a mapping so far.
  private struct Members {
    var object = Object()
    /// The keys before they became strings: `1` and `"1"` are different ones.
    var keys: Set<Value> = []
  }

  private var nodes: [YAMLDocument.Node] = []
  private var frames: [Frame] = []
  private var isInKey = false
  /// The anchored nodes whose aliases are being expanded, to notice one that contains itself.
  private var expanding: Set<Int> = []
  private var decoded = 0
  private var decodedBehindAliases = 0

  init(limits: YAML.Limits, collectsDuplicates: Bool) {
    self.limits = limits
    self.collectsDuplicates = collectsDuplicates
  }

  mutating func value(_ document: YAMLDocument) throws(YAML.SyntaxError) -> Value {
    nodes = document.nodes
    return nodes.isEmpty ? .null : try value(document.root)
  }

  private mutating func value(_ root: Int) throws(YAML.SyntaxError) -> Value {
    var finished = try begin(root)
    while true {
      if let value = finished {
        if frames.isEmpty { return value }
        try add(value)
      }
      finished = try step()
    }
  }

  /// Goes on with the innermost sequence or mapping; the value that is finished by that, if one is.
  private mutating func step() throws(YAML.SyntaxError) -> Value? {
    let top = frames.count - 1
    if let merged = frames[top].merges.popLast() {
      try merge(merged, into: frames[top].owner)
      return nil
    }
    let next = frames[top].next
    guard next < frames[top].children.count else { return end() }
    if !frames[top].isMapping {
      frames[top].next += 1
      return try begin(frames[top].children[next])
    }
    frames[top].next += 2
    let key = frames[top].children[next]
    let value = frames[top].children[next + 1]
    if isMergeKey(key) {
      // Of a list of mappings the first wins, so it is merged last.
      frames[top].merges = nodes[value].kind == .sequence ? nodes[value].children : [value]
      return nil
    }
    frames[top].key = try self.key(key)
    frames[top].line = nodes[value].line
    return try begin(value)
  }

  /// Begins a node: the value of a scalar, else nil and a frame more.
  private mutating func begin(_ index: Int) throws(YAML.SyntaxError) -> Value? {
    try count()
    var index = index
    var alias: Int?
    if nodes[index].kind == .alias {
      index = try expand(index)
      alias = index
      try count()
    }
    if nodes[index].kind == .scalar {
      if let alias { expanding.remove(alias) }
      return try json(resolve(index))
    }
    try push(index, alias: alias, owner: nil)
    return nil
  }

  private mutating func push(_ index: Int, alias: Int?, owner: Int?) throws(YAML.SyntaxError) {
    if frames.count >= limits.depth {
      throw YAML.SyntaxError(message: "yaml: exceeded max depth of \(limits.depth)")
    }
    let node = nodes[index]
    frames.append(
      Frame(
        isMapping: node.kind == .mapping, children: node.children, alias: alias, owner: owner ?? frames.count)
    )
  }

  private mutating func end() -> Value? {
    guard let frame = frames.popLast() else { return nil }
    if let alias = frame.alias { expanding.remove(alias) }
    if !frame.isMapping { return .array(frame.elements) }
    return frame.owner == frames.count ? .object(frame.members.object) : nil
  }

  /// Puts a finished value where it belongs.
  private mutating func add(_ value: Value) throws(YAML.SyntaxError) {
    let top = frames.count - 1
    guard frames[top].isMapping else {
      frames[top].elements.append(value)
      return
    }
    let key = frames[top].key
    let owner = frames[top].owner
    if collectsDuplicates, !frames[owner].members.keys.insert(key).inserted {
      if duplicates.count < 100 {
        duplicates.append("line \(frames[top].line): key \(GoText.syntax(key)) already set in map")
      }
      return
    }
    frames[owner].members.object[try text(ofKey: key, value)] = value
  }

  // MARK: - Merge keys

  private func isMergeKey(_ index: Int) -> Bool {
    let node = nodes[index]
    guard node.kind == .scalar, node.text == "<<" else { return false }
    return node.isPlain || node.tag == "tag:yaml.org,2002:merge"
  }

  private mutating func merge(_ index: Int, into owner: Int) throws(YAML.SyntaxError) {
    try count()
    var index = index
    var alias: Int?
    if nodes[index].kind == .alias {
      index = try expand(index)
      alias = index
    }
    guard nodes[index].kind == .mapping else {
      throw YAML.SyntaxError(message: "yaml: map merge requires map or sequence of maps as the value")
    }
    try push(index, alias: alias, owner: owner)
  }

  // MARK: - Keys

  /// The key as YAML has it.
  private mutating func key(_ index: Int) throws(YAML.SyntaxError) -> Value {
    var scalarIndex = index
    if nodes[index].kind == .alias { scalarIndex = nodes[index].children[0] }
    try count()
    guard nodes[scalarIndex].kind == .scalar else { throw invalidKey(scalarIndex) }
    let scalar = try resolve(scalarIndex)
    // Keys may be what values may not: infinite.
    if case .float(let number) = scalar { return .double(number) }
    return try json(scalar)
  }

  /// The error of a key that is a sequence or mapping; its text is told unless there is such a key in it.
  private mutating func invalidKey(_ index: Int) -> YAML.SyntaxError {
    var message = "yaml: invalid map key"
    if !isInKey {
      isInKey = true
      frames = []
      expanding = []
      do throws(YAML.SyntaxError) {
        message += ": " + GoText.syntax(try value(index)).prefix(1_000)
      } catch {
        return error
      }
    }
    return YAML.SyntaxError(message: message)
  }

  private func text(ofKey key: Value, _ member: Value) throws(YAML.SyntaxError) -> String {
    switch key {
    case .string(let text): return text
    case .int(let number): return String(number)
    case .bool(let flag): return flag ? "true" : "false"
    case .double(let number):
      // The server prints such keys in single precision.
      let single = Float(number)
      if single.isNaN { return ".nan" }
      if single.isInfinite { return single < 0 ? "-.inf" : ".inf" }
      return FloatText.general(single)
    default:
      let shown = member.isNull ? "<nil>" : String(GoText.syntax(member).prefix(1_000))
      throw YAML.SyntaxError(
        message: "unsupported map key of type: %!s(<nil>), key: <nil>, value: \(shown)")
    }
  }

  // MARK: - Scalars

  private func resolve(_ index: Int) throws(YAML.SyntaxError) -> YAMLScalar {
    let node = nodes[index]
    return try YAMLScalar.resolve(node.text, tag: node.tag, isPlain: node.isPlain)
  }

  private func json(_ scalar: YAMLScalar) throws(YAML.SyntaxError) -> Value {
    switch scalar {
    case .null: return .null
    case .bool(let flag): return .bool(flag)
    case .int(let number): return .int(number)
    case .string(let text), .timestamp(let text): return .string(text)
    case .float(let number):
      guard number.isFinite else {
        let shown = number.isNaN ? "NaN" : number < 0 ? "-Inf" : "+Inf"
        throw YAML.SyntaxError(message: "json: unsupported value: \(shown)")
      }
      // On its way through JSON text, 1.0 becomes 1.
      return Int64(FloatText.json(number)).map(Value.int) ?? .double(number)
    }
  }

  // MARK: - Limits

  /// Notes that an alias is being expanded, and gives the node that it stands for.
  private mutating func expand(_ alias: Int) throws(YAML.SyntaxError) -> Int {
    let target = nodes[alias].children[0]
    guard expanding.insert(target).inserted else {
      throw YAML.SyntaxError(message: "yaml: anchor '\(nodes[alias].text)' value contains itself")
    }
    return target
  }

  /// Counts a node that is made, and refuses documents that are made of aliases for the most part, by
  /// go-yaml's measure: from 400 thousand nodes on, the share that may come from aliases falls.
  private mutating func count() throws(YAML.SyntaxError) {
    decoded += 1
    if !expanding.isEmpty { decodedBehindAliases += 1 }
    let low = 400_000.0
    let high = 4_000_000.0
    let place = min(max((Double(decoded) - low) / (high - low), 0), 1)
    let allowed = 0.99 - 0.89 * place
    let isExcessive =
      decodedBehindAliases > 100 && decoded > 1_000
      && Double(decodedBehindAliases) / Double(decoded) > allowed
    if isExcessive || decoded > limits.nodes {
      throw YAML.SyntaxError(message: "yaml: document contains excessive aliasing")
    }
  }
}
