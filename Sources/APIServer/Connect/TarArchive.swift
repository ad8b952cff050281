/// Archives as `tar` makes them (POSIX.1-1988 "ustar", the long names of GNU and of POSIX.1-2001): regular files
/// only, which is what a container without folders can hold.
enum TarArchive {
  static let blockBytes = 512

  struct File: Equatable {
    var name: String
    var content: [UInt8]
  }

  /// What is wrong with an archive.
  struct FormatError: Error, CustomStringConvertible {
    var description: String
  }

  // MARK: - Reading

  /// Whether an archive's end is reached: two empty blocks, at the border of a block.
  static func isComplete(_ bytes: [UInt8]) -> Bool {
    let whole = bytes.count / blockBytes * blockBytes
    guard whole >= 2 * blockBytes else { return false }
    return bytes[(whole - 2 * blockBytes)..<whole].allSatisfy { $0 == 0 }
  }

  /// The regular files of an archive, in order; folders and links are left out.
  static func files(_ bytes: [UInt8]) throws(FormatError) -> [File] {
    var files: [File] = []
    var position = 0
    var longName: String?
    while position + blockBytes <= bytes.count {
      let header = bytes[position..<(position + blockBytes)]
      if header.allSatisfy({ $0 == 0 }) { break }
      guard checksum(header) == number(header, 148, 8) else {
        throw FormatError(description: "This does not look like a tar archive")
      }
      guard let size = number(header, 124, 12), size <= bytes.count - position - blockBytes else {
        throw FormatError(description: "Unexpected EOF in archive")
      }
      let content = Array(bytes[(position + blockBytes)..<(position + blockBytes + size)])
      position += blockBytes + (size + blockBytes - 1) / blockBytes * blockBytes
      switch header[header.startIndex + 156] {
      case UInt8(ascii: "L"): longName = text(content[...])
      case UInt8(ascii: "x"): longName = path(ofExtended: content) ?? longName
      case 0, UInt8(ascii: "0"):
        files.append(File(name: longName ?? name(header), content: content))
        longName = nil
      case UInt8(ascii: "g"): break
      default: longName = nil
      }
    }
    return files
  }

  private static func name(_ header: ArraySlice<UInt8>) -> String {
    let start = header.startIndex
    let name = text(header[start..<(start + 100)])
    let isPOSIX = text(header[(start + 257)..<(start + 262)]) == "ustar"
    let prefix = isPOSIX ? text(header[(start + 345)..<(start + 500)]) : ""
    return prefix.isEmpty ? name : "\(prefix)/\(name)"
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// A number in octal digits; nil for any other.
  private static func number(_ header: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> Int? {
    let start = header.startIndex + offset
    let digits = header[start..<(start + count)].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    return digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  private static func checksum(_ header: ArraySlice<UInt8>) -> Int {
    header.enumerated().reduce(0) { sum, entry in
      sum + ((148..<156).contains(entry.offset) ? 0x20 : Int(entry.element))
    }
  }

  /// The path in the records `LENGTH KEY=VALUE\n` of an extended header.
  private static func path(ofExtended content: [UInt8]) -> String? {
    var rest = content[...]
    var found: String?
    while let space = rest.firstIndex(of: 0x20),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > 0, length <= rest.count,
      rest.startIndex + length > space + 1
    {
      let record = rest[(space + 1)..<(rest.startIndex + length)]
      let key = Array("path=".utf8)
      if record.starts(with: key) {
        found = String(decoding: record.dropFirst(key.count).prefix { $0 != 0x0A }, as: UTF8.self)
      }
      rest = rest.dropFirst(length)
    }
    return found
  }

  // MARK: - Writing

  /// An archive of those files.
  static func bytes(_ files: [File]) -> [UInt8] {
    var out: [UInt8] = []
    for file in files {
      var name = Array(file.name.utf8)
      if name.count > 100 {
        append(header("././@LongLink", size: name.count + 1, type: "L"), name + [0], to: &out)
        name = Array(name.prefix(100))
      }
      append(
        header(String(decoding: name, as: UTF8.self), size: file.content.count, type: "0"), file.content,
        to: &out)
    }
    return out + [UInt8](repeating: 0, count: 2 * blockBytes)
  }

  private static func append(_ header: [UInt8], _ content: [UInt8], to out: inout [UInt8]) {
    out += header
    out += content
    let rest = content.count % blockBytes
    if rest > 0 { out += [UInt8](repeating: 0, count: blockBytes - rest) }
  }

  private static func header(_ name: String, size: Int, type: String) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockBytes)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    func octal(_ number: Int, _ count: Int) -> String {
      let digits = String(number, radix: 8)
      return String(repeating: "0", count: max(count - digits.count, 0)) + digits
    }
    for (index, byte) in name.utf8.prefix(100).enumerated() { block[index] = byte }
    put(octal(0o644, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(size, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    put(type, at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    put("root", at: 265)
    put("root", at: 297)
    put(octal(checksum(block[...]), 6), at: 148)
    block[154] = 0
    return block
  }
}
