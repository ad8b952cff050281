import Values

/// Paths into answers: `.metadata.name`, `.items[0].metadata.uid`, `[1].object`, `.items[].metadata`.
enum ValuePath {
  enum Part: Equatable {
    case key(String)
    case index(Int)
    case every
  }

  static func parts(_ path: String) -> [Part] {
    var parts: [Part] = []
    var rest = path[...]
    while let first = rest.popFirst() {
      if first == "." {
        let name = rest.prefix { !".[]".contains($0) }
        rest = rest.dropFirst(name.count)
        if !name.isEmpty { parts.append(.key(String(name))) }
      } else if first == "[" {
        let digits = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(digits.count + 1)
        parts.append(Int(digits).map(Part.index) ?? .every)
      }
    }
    return parts
  }

  /// The value at a path; null where there is none.
  static func pick(_ value: Value, _ path: String) -> Value {
    var here = value
    for part in parts(path) {
      switch part {
      case .key(let name): here = here[name] ?? .null
      case .index(let index):
        guard let elements = here.array, elements.indices.contains(index) else { return .null }
        here = elements[index]
      case .every: return .null
      }
    }
    return here
  }

  /// The value without what is at the paths.
  static func removing(_ paths: [String], from value: Value) -> Value {
    paths.reduce(value) { removing(parts($1)[...], from: $0) }
  }

  private static func removing(_ parts: ArraySlice<Part>, from value: Value) -> Value {
    guard let part = parts.first else { return value }
    let rest = parts.dropFirst()
    switch (part, value) {
    case (.every, .array(let elements)):
      return .array(elements.map { removing(rest, from: $0) })
    case (.key(let name), .object(var object)):
      if rest.isEmpty {
        _ = object.removeValue(forKey: name)
      } else if let child = object[name] {
        object[name] = removing(rest, from: child)
      }
      return .object(object)
    default:
      return value
    }
  }

  /// The value with every `${name}` replaced by what was saved under the name. A string that is nothing but
  /// one becomes the saved value itself.
  static func filled(_ value: Value, _ saved: [String: Value]) -> Value {
    switch value {
    case .string(let text):
      if text.hasPrefix("${"), text.hasSuffix("}"), let whole = saved[String(text.dropFirst(2).dropLast())] {
        return whole
      }
      return .string(filled(text, saved))
    case .array(let elements): return .array(elements.map { filled($0, saved) })
    case .object(let object):
      return .object(Object(object.map { (filled($0.key, saved), filled($0.value, saved)) }))
    default: return value
    }
  }

  static func filled(_ text: String, _ saved: [String: Value]) -> String {
    guard text.contains("${") else { return text }
    return saved.reduce(text) { $0.replacing("${\($1.key)}", with: Self.text($1.value)) }
  }

  private static func text(_ value: Value) -> String { value.string ?? JSON.text(value) }
}
