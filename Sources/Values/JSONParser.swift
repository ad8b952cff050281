/// A one-pass JSON parser over contiguous bytes.
///
/// It keeps its own stack instead of recursing, so that no document, however deep, exhausts a thread's:
/// finished values and keys lie on two flat stacks until the array or object that they belong to ends.
struct JSONParser {
  private var reader: JSONReader
  private let limits: JSON.Limits
  private let collectsDuplicates: Bool

  /// An array or object that has begun: where its values and keys start on their stacks.
  private struct Frame {
    var isObject: Bool
    var firstValue: Int
    var firstKey: Int
  }

  private var frames: [Frame] = []
  private var values: [Value] = []
  private var keys: [String] = []
  /// The offset of each key, if duplicates are collected.
  private var keyOffsets: [Int] = []
  private var found: [(offset: Int, path: String)] = []

  init(bytes: UnsafeBufferPointer<UInt8>, limits: JSON.Limits, collectsDuplicates: Bool) {
    reader = JSONReader(bytes)
    self.limits = limits
    self.collectsDuplicates = collectsDuplicates
    values.reserveCapacity(32)
    keys.reserveCapacity(32)
  }

  /// The paths of repeated keys in the order in which they stand in the text, each once.
  var duplicates: [String] {
    var seen: Set<String> = []
    return found.sorted { $0.offset < $1.offset }.map(\.path).filter { seen.insert($0).inserted }
  }

  mutating func document() throws(JSON.SyntaxError) -> Value {
    while true {
      try beginValue()
      // A value has ended; perhaps the arrays and objects that it is the last of end too.
      ending: while true {
        reader.skipSpace()
        guard let frame = frames.last else {
          if !reader.isAtEnd { throw reader.unexpected("after top-level value") }
          return values.removeLast()
        }
        switch (try reader.byte(), frame.isObject) {
        case (UInt8(ascii: ","), let isObject):
          reader.advance()
          if isObject { try key() }
          break ending
        case (UInt8(ascii: "}"), true), (UInt8(ascii: "]"), false):
          reader.advance()
          close()
        case (_, true): throw reader.unexpected("after object key:value pair")
        case (_, false): throw reader.unexpected("after array element")
        }
      }
    }
  }

  /// Reads up to the end of a scalar or of an empty array or object.
  private mutating func beginValue() throws(JSON.SyntaxError) {
    while true {
      reader.skipSpace()
      switch try reader.byte() {
      case UInt8(ascii: "\""): values.append(.string(try reader.string()))
      case UInt8(ascii: "{"):
        try open(isObject: true)
        reader.skipSpace()
        if reader.take(UInt8(ascii: "}")) {
          close()
        } else {
          try key()
          continue
        }
      case UInt8(ascii: "["):
        try open(isObject: false)
        reader.skipSpace()
        if reader.take(UInt8(ascii: "]")) { close() } else { continue }
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): values.append(try reader.number())
      case UInt8(ascii: "t"):
        try reader.literal("true")
        values.append(.bool(true))
      case UInt8(ascii: "f"):
        try reader.literal("false")
        values.append(.bool(false))
      case UInt8(ascii: "n"):
        try reader.literal("null")
        values.append(.null)
      default: throw reader.unexpected("looking for beginning of value")
      }
      return
    }
  }

  private mutating func key() throws(JSON.SyntaxError) {
    reader.skipSpace()
    guard try reader.byte() == UInt8(ascii: "\"") else {
      throw reader.unexpected("looking for beginning of object key string")
    }
    if collectsDuplicates { keyOffsets.append(reader.at) }
    keys.append(try reader.string())
    reader.skipSpace()
    guard try reader.byte() == UInt8(ascii: ":") else { throw reader.unexpected("after object key") }
    reader.advance()
  }

  // MARK: - Arrays and objects

  private mutating func open(isObject: Bool) throws(JSON.SyntaxError) {
    reader.advance()
    if frames.count >= limits.depth {
      throw JSON.SyntaxError(message: "exceeded max depth", offset: reader.at)
    }
    frames.append(Frame(isObject: isObject, firstValue: values.count, firstKey: keys.count))
  }

  private mutating func close() {
    guard let frame = frames.last else { return }
    defer { frames.removeLast() }
    let count = values.count - frame.firstValue
    if !frame.isObject {
      var array: [Value] = []
      array.reserveCapacity(count)
      for i in frame.firstValue..<values.count { array.append(take(i)) }
      values.removeLast(count)
      values.append(.array(array))
      return
    }
    var object = Object(minimumCapacity: count)
    for i in 0..<count {
      let wasThere = object.update(take(frame.firstValue + i), forKey: keys[frame.firstKey + i])
      if wasThere, collectsDuplicates { noteDuplicate(frame.firstKey + i) }
    }
    values.removeLast(count)
    keys.removeLast(count)
    if collectsDuplicates { keyOffsets.removeLast(count) }
    values.append(.object(object))
  }

  /// Moves a value off its stack, which saves counting references twice.
  private mutating func take(_ index: Int) -> Value {
    var value = Value.null
    swap(&value, &values[index])
    return value
  }

  /// A hostile document could repeat a million keys; nobody reads past the first hundred.
  private mutating func noteDuplicate(_ key: Int) {
    guard found.count < 100 else { return }
    var path = ""
    for (outer, inner) in zip(frames, frames.dropFirst()) {
      // Of an object around, the key whose value is being read is the last one so far.
      path += outer.isObject ? "." + keys[inner.firstKey - 1] : "[\(inner.firstValue - outer.firstValue)]"
    }
    path += "." + keys[key]
    if path.hasPrefix(".") { path.removeFirst() }
    found.append((keyOffsets[key], path))
  }
}
