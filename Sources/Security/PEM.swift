/// Textual encoding of keys and certificates (RFC 7468), with any text between the blocks.
public struct PEM: Sendable, Equatable {
  /// What the block is, such as `CERTIFICATE`.
  public let label: String
  /// The block's bytes.
  public let der: [UInt8]
  /// Whether the block has headers that say its content is encrypted (`Proc-Type: 4,ENCRYPTED`).
  public let isEncrypted: Bool

  /// A block of `der` named `label`.
  public init(label: String, der: [UInt8]) {
    self.label = label
    self.der = der
    self.isEncrypted = false
  }

  private init(label: String, der: [UInt8], isEncrypted: Bool) {
    self.label = label
    self.der = der
    self.isEncrypted = isEncrypted
  }

  /// The block as text: 64 characters a line, ending in a newline.
  public var text: String {
    var text = "-----BEGIN \(label)-----\n"
    var line = 0
    for character in BaseText.base64(der).unicodeScalars {
      if line == 64 {
        text.unicodeScalars.append("\n")
        line = 0
      }
      text.unicodeScalars.append(character)
      line += 1
    }
    return text + "\n-----END \(label)-----\n"
  }

  /// The well-formed blocks of `text` in order; malformed ones and the text between blocks are skipped,
  /// as the Go servers do. At most 4096 blocks are read.
  public static func blocks(_ text: [UInt8]) -> [PEM] {
    var blocks: [PEM] = []
    var reader = PEMReader(text: text)
    while blocks.count < 4096, let block = reader.next() {
      blocks.append(block)
    }
    return blocks
  }

  fileprivate struct PEMReader {
    let text: [UInt8]
    var at = 0

    /// The next line without its end and surrounding white space; nil at the end.
    mutating func line() -> ArraySlice<UInt8>? {
      guard at < text.count else { return nil }
      var end = at
      while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
      var line = text[at..<end]
      at = end + 1
      while let last = line.last, last == 13 || last == 32 || last == 9 { line.removeLast() }
      while let first = line.first, first == 32 || first == 9 { line.removeFirst() }
      return line
    }

    mutating func next() -> PEM? {
      while let line = line() {
        guard let label = PEM.label(of: line, "-----BEGIN ") else { continue }
        let start = at
        if let block = body(label) { return block }
        at = start
      }
      return nil
    }

    private mutating func body(_ label: [UInt8]) -> PEM? {
      var base64: [UInt8] = []
      var encrypted = false
      while let line = line() {
        if let end = PEM.label(of: line, "-----END ") {
          guard end == label, let der = BaseText.decodeBase64(base64) else { return nil }
          return PEM(label: String(decoding: label, as: UTF8.self), der: der, isEncrypted: encrypted)
        }
        if line.starts(with: "-----".utf8) { return nil }
        if line.contains(UInt8(ascii: ":")) {
          encrypted = encrypted || line.starts(with: "Proc-Type: 4,ENCRYPTED".utf8)
        } else {
          base64.append(contentsOf: line)
        }
      }
      return nil
    }
  }

  private static func label(of line: ArraySlice<UInt8>, _ prefix: String) -> [UInt8]? {
    guard line.starts(with: prefix.utf8), line.count > prefix.utf8.count + 5,
      line.suffix(5).elementsEqual("-----".utf8)
    else { return nil }
    return Array(line.dropFirst(prefix.utf8.count).dropLast(5))
  }
}
