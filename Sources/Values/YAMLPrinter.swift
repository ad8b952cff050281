import CLibYAML

/// Prints values with libyaml's emitter, which folds and quotes as the server's does.
struct YAMLPrinter {
  private var emitter = yaml_emitter_t()

  /// Collects what the emitter writes.
  private final class Output {
    var bytes: [UInt8] = []
  }

  mutating func text(_ value: Value) -> String {
    let output = Output()
    yaml_emitter_initialize(&emitter)
    defer { yaml_emitter_delete(&emitter) }
    yaml_emitter_set_unicode(&emitter, 1)
    yaml_emitter_set_output(
      &emitter,
      { context, bytes, count in
        guard let context, let bytes else { return 0 }
        let output = Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
        output.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        return 1
      }, Unmanaged.passUnretained(output).toOpaque())
    emit { yaml_stream_start_event_initialize(&$0, YAML_UTF8_ENCODING) }
    emit { yaml_document_start_event_initialize(&$0, nil, nil, nil, 1) }
    append(value)
    emit { yaml_document_end_event_initialize(&$0, 1) }
    // A block that keeps its last line ends does not need the document's end to be marked.
    emitter.open_ended = 0
    emit { yaml_stream_end_event_initialize(&$0) }
    yaml_emitter_flush(&emitter)
    return withExtendedLifetime(output) { String(decoding: output.bytes, as: UTF8.self) }
  }

  private mutating func emit(_ initialize: (inout yaml_event_t) -> Int32) {
    var event = yaml_event_t()
    // The emitter owns the event from here on, also where it fails.
    if initialize(&event) != 0 { yaml_emitter_emit(&emitter, &event) }
  }

  private mutating func append(_ value: Value) {
    switch value {
    case .null: append(scalar: "null", YAML_PLAIN_SCALAR_STYLE)
    case .bool(let flag): append(scalar: flag ? "true" : "false", YAML_PLAIN_SCALAR_STYLE)
    case .int(let number): append(scalar: String(number), YAML_PLAIN_SCALAR_STYLE)
    case .double(let number):
      append(scalar: number.isFinite ? FloatText.general(number) : "null", YAML_PLAIN_SCALAR_STYLE)
    case .string(let text): append(string: text)
    case .array(let elements):
      emit { yaml_sequence_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
      for element in elements { append(element) }
      emit { yaml_sequence_end_event_initialize(&$0) }
    case .object(let object):
      emit { yaml_mapping_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
      for (key, member) in object.map({ ($0.key, $0.value) }).sorted(by: { Self.precedes($0.0, $1.0) }) {
        append(string: key)
        append(member)
      }
      emit { yaml_mapping_end_event_initialize(&$0) }
    }
  }

  private mutating func append(string text: String) {
    if text.utf8.contains(0x0A) {
      append(scalar: text, YAML_LITERAL_SCALAR_STYLE)
    } else if YAMLScalar.isPlainString(text) {
      append(scalar: text, YAML_PLAIN_SCALAR_STYLE)
    } else {
      append(scalar: text, YAML_DOUBLE_QUOTED_SCALAR_STYLE)
    }
  }

  private mutating func append(scalar text: String, _ style: yaml_scalar_style_t) {
    var text = text
    text.withUTF8 { bytes in
      // libyaml wants an address even where there is nothing to read.
      withUnsafePointer(to: 0 as UInt8) { nothing in
        emit {
          yaml_scalar_event_initialize(
            &$0, nil, nil, bytes.baseAddress ?? nothing, Int32(clamping: bytes.count), 1, 1, style)
        }
      }
    }
  }

  // MARK: - The order of keys

  /// go-yaml's order: numbers within keys by their value (`a9` before `a10`), and of two characters where
  /// just one is a letter, the other first.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let x = Array(a.unicodeScalars)
    let y = Array(b.unicodeScalars)
    guard let i = zip(x, y).enumerated().first(where: { $1.0 != $1.1 })?.offset else {
      return x.count < y.count
    }
    let (first, second) = (x[i].properties.isAlphabetic, y[i].properties.isAlphabetic)
    if first && second { return x[i] < y[i] }
    if first || second { return second }
    // Zeros in front of a number count only if it hasn't begun yet.
    var start: Int64 = 0
    if x[i] == "0" || y[i] == "0" {
      let before = x[..<i].reversed().prefix { $0.properties.numericType == .decimal }
      if before.contains(where: { $0 != "0" }) { start = 1 }
    }
    let (m, mEnd) = number(x, from: i, start)
    let (n, nEnd) = number(y, from: i, start)
    if m != n { return m < n }
    if mEnd != nEnd { return mEnd < nEnd }
    return x[i] < y[i]
  }

  private static func number(_ text: [Unicode.Scalar], from start: Int, _ initial: Int64) -> (Int64, Int) {
    var value = initial
    var end = start
    while end < text.count, text[end].properties.numericType == .decimal {
      value = value &* 10 &+ (Int64(text[end].value) - 0x30)
      end += 1
    }
    return (value, end)
  }
}
