extension YAML {
  /// A step of a path into a document.
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  /// The line on which the node at a path stands in the first document of a text, counted from 1: of a member
  /// of a mapping the line of its key. Where the path leads nowhere, the line of the last node on its way.
  /// - Returns: nil for a text that is no YAML or has no document.
  public static func line(of path: [Step], in bytes: [UInt8], limits: Limits = Limits()) -> Int? {
    guard bytes.count <= limits.bytes else { return nil }
    let parsed = bytes.withUnsafeBufferPointer { buffer -> YAMLDocument? in
      let parser = YAMLParser(buffer, limits: limits)
      return (try? parser.nextDocument()).flatMap { $0 }
    }
    guard let document = parsed, !document.nodes.isEmpty else { return nil }
    var node = document.root
    var line = document.nodes[node].line
    for step in path {
      while document.nodes[node].kind == .alias, let target = document.nodes[node].children.first {
        node = target
      }
      let children = document.nodes[node].children
      switch step {
      case .index(let index):
        guard document.nodes[node].kind == .sequence, children.indices.contains(index) else { return line }
        node = children[index]
        line = document.nodes[node].line
      case .key(let key):
        guard document.nodes[node].kind == .mapping else { return line }
        let position = stride(from: 0, to: children.count - 1, by: 2).first {
          document.nodes[children[$0]].kind == .scalar && document.nodes[children[$0]].text == key
        }
        guard let position else { return line }
        line = document.nodes[children[position]].line
        node = children[position + 1]
      }
    }
    return line
  }
}
