import Schema
import Values

/// Objects as the real server's own structs print them. Some messages quote a part of an object by the names
/// of Go's internal types, `{"MinAvailable":1,…}`, with every field, set or not.
enum GoStruct {
  /// How a field prints when it is absent, and what it holds.
  enum Kind: Sendable {
    case string, integer, boolean, quantity
    /// Prints as null when absent: pointers and times.
    case optional
    /// A list of scalars.
    case list
    case map
    /// A type that prints on the wire and inside alike.
    case wire
    case structure(String)
    case pointer(String)
    case structures(String)
  }

  struct Member: Sendable {
    let name: String
    let wireName: String
    let kind: Kind
  }

  private static let types: [String: [Member]] = {
    var types: [String: [Member]] = [:]
    for line in GoStructTable.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let name = words.first else { continue }
      types[String(name)] = words.dropFirst().map(member)
    }
    return types
  }()

  /// `Name[=wireName][:kind]`; without a kind it is a string.
  private static func member(_ word: Substring) -> Member {
    let parts = word.split(separator: ":", maxSplits: 1)
    let names = parts[0].split(separator: "=")
    let name = String(names[0])
    let wireName = names.count > 1 ? String(names[1]) : name.prefix(1).lowercased() + name.dropFirst()
    let code = parts.count > 1 ? String(parts[1]) : "s"
    let kind: Kind =
      switch code {
      case "s": .string
      case "i": .integer
      case "b": .boolean
      case "q": .quantity
      case "p": .optional
      case "l": .list
      case "m": .map
      case "w": .wire
      default:
        if code.hasPrefix("*") {
          .pointer(String(code.dropFirst()))
        } else if code.hasPrefix("@") {
          .structures(String(code.dropFirst()))
        } else {
          .structure(code)
        }
      }
    return Member(name: name, wireName: wireName, kind: kind)
  }

  /// The part of an object as the internal type of that name.
  static func value(_ value: Value?, as type: String) -> Value {
    let members = types[type] ?? []
    var out = Object(minimumCapacity: members.count)
    for member in members { out[member.name] = printed(value?[member.wireName], member.kind) }
    return .object(out)
  }

  private static func printed(_ value: Value?, _ kind: Kind) -> Value {
    let value = value?.isNull == true ? nil : value
    switch kind {
    case .string: return value ?? ""
    case .integer: return value ?? 0
    case .boolean: return value ?? false
    case .quantity: return value ?? "0"
    case .optional, .wire: return value ?? .null
    case .list: return value?.array?.isEmpty == false ? value ?? .null : .null
    case .map:
      guard let map = value?.object, !map.isEmpty else { return .null }
      return .object(Object(map.sortedKeys.map { ($0, map[$0] ?? .null) }))
    case .structure(let type): return self.value(value, as: type)
    case .pointer(let type): return value == nil ? .null : self.value(value, as: type)
    case .structures(let type):
      guard let list = value?.array, !list.isEmpty else { return .null }
      return .array(list.map { self.value($0, as: type) })
    }
  }

  /// The spec of a pod as the internal type, in which the host's namespaces belong to the security context.
  static func podSpec(_ spec: Value?) -> Value {
    var spec = spec ?? .object([:])
    var context = spec["securityContext"]?.object ?? Object()
    for name in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
      context[name] = spec[name]
    }
    spec["securityContext"] = .object(context)
    return value(spec, as: "PodSpec")
  }

  /// What differs between two objects, as a unified diff of their indented text.
  static func difference(_ old: Value, _ new: Value) -> String {
    LineDiff.unified(lines(old), lines(new))
  }

  /// The lines of the JSON text, indented by one space as Go's `MarshalIndent` does.
  private static func lines(_ value: Value) -> [String] {
    var lines: [String] = []
    write(value, indent: 0, head: "", tail: "", to: &lines)
    return lines
  }

  private static func write(_ value: Value, indent: Int, head: String, tail: String, to lines: inout [String])
  {
    let space = String(repeating: " ", count: indent)
    switch value {
    case .object(let object) where !object.isEmpty:
      lines.append("\(space)\(head){")
      for (i, entry) in object.enumerated() {
        write(
          entry.value, indent: indent + 1, head: "\(JSON.text(.string(entry.key))): ",
          tail: i == object.count - 1 ? "" : ",", to: &lines)
      }
      lines.append("\(space)}\(tail)")
    case .array(let array) where !array.isEmpty:
      lines.append("\(space)\(head)[")
      for (i, element) in array.enumerated() {
        write(element, indent: indent + 1, head: "", tail: i == array.count - 1 ? "" : ",", to: &lines)
      }
      lines.append("\(space)]\(tail)")
    default: lines.append("\(space)\(head)\(JSON.text(value))\(tail)")
    }
  }
}
