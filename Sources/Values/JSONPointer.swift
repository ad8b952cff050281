/// A place in a JSON document (RFC 6901): `/spec/containers/0/image`.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// The keys and indices from the root down, without escapes.
  public var tokens: [String]

  public init(tokens: [String]) { self.tokens = tokens }

  /// Reads the text form; nil for a text without a slash, other than the empty one, which is the root.
  public init?(_ text: String) {
    if text.isEmpty {
      tokens = []
      return
    }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    // What stands before the first slash is not looked at, as in the library that kube-apiserver uses.
    if parts.count < 2 { return nil }
    tokens = parts.dropFirst().map { Self.unescape(String(Substring($0))) }
  }

  /// The text form.
  public var description: String { tokens.map { "/" + Self.escape($0) }.joined() }

  /// The token as it stands in a pointer's text.
  public static func escape(_ token: String) -> String {
    var out = ""
    for scalar in token.unicodeScalars {
      switch scalar {
      case "~": out += "~0"
      case "/": out += "~1"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  private static func unescape(_ token: String) -> String {
    guard token.utf8.contains(UInt8(ascii: "~")) else { return token }
    var out = ""
    var isEscape = false
    for scalar in token.unicodeScalars {
      if isEscape {
        isEscape = false
        switch scalar {
        case "0":
          out += "~"
          continue
        case "1":
          out += "/"
          continue
        default: out += "~"
        }
      }
      if scalar == "~" { isEscape = true } else { out.unicodeScalars.append(scalar) }
    }
    return isEscape ? out + "~" : out
  }
}

extension Value {
  /// The value at the place, or nil where a key or an index is missing.
  public subscript(_ pointer: JSONPointer) -> Value? {
    var here = self
    for token in pointer.tokens {
      switch here {
      case .object(let object):
        guard let next = object[token] else { return nil }
        here = next
      case .array(let array):
        guard let index = Int(token), array.indices.contains(index) else { return nil }
        here = array[index]
      default: return nil
      }
    }
    return here
  }

  /// The levels of arrays and objects in the value; a scalar has none.
  var depth: Int {
    switch self {
    case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
    case .object(let object): 1 + (object.lazy.map(\.value.depth).max() ?? 0)
    default: 0
    }
  }
}
