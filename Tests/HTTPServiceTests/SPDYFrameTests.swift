import NIOCore
import Security
import Testing

@testable import HTTPService

/// Frames of SPDY/3.1 as bytes, and bytes that are none.
@Suite struct SPDYFrameTests {
  private static let headers = [SPDYHeader("streamtype", "data"), SPDYHeader("port", "80")]

  private static let frames: [SPDYFrame] = [
    .synStream(id: 1, headers: headers, isLast: false, isUnidirectional: false),
    .synReply(id: 1, headers: [], isLast: false),
    .headers(id: 1, headers: [SPDYHeader("x", "a\0b")], isLast: true),
    .data(id: 1, ByteBuffer(string: "hello"), isLast: false),
    .data(id: 1, ByteBuffer(), isLast: true),
    .ping(7), .reset(id: 3, .cancel), .goAway(lastStream: 1, status: 0),
    .synStream(id: 3, headers: headers, isLast: true, isUnidirectional: true),
  ]

  private func bytes(_ frames: [SPDYFrame]) throws -> ByteBuffer {
    let encoder = SPDYFrameEncoder()
    var buffer = ByteBuffer()
    for frame in frames { try encoder.write(frame, to: &buffer) }
    return buffer
  }

  /// Reads everything, however it comes.
  private func read(_ buffer: ByteBuffer, by step: Int) throws -> [SPDYFrame] {
    var decoder = SPDYFrameDecoder()
    var rest = buffer
    var frames: [SPDYFrame] = []
    while let part = rest.readSlice(length: min(step, rest.readableBytes)), part.readableBytes > 0 {
      decoder.feed(part)
      while let frame = try decoder.next() { frames.append(frame) }
    }
    return frames
  }

  @Test func theDictionaryIsTheOneOfTheDraft() {
    // RFC 1950's checksum, by which zlib tells dictionaries apart.
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in SPDYDictionary.bytes {
      (a, b) = ((a + UInt32(byte)) % 65521, (b + (a + UInt32(byte))) % 65521)
    }
    #expect(SPDYDictionary.bytes.count == 1423)
    #expect(b << 16 | a == SPDYDictionary.checksum)
  }

  @Test func framesAreReadAsTheyWereWritten() throws {
    #expect(try read(bytes(Self.frames), by: 100_000) == Self.frames)
  }

  /// Data comes in parts then; the last one says so.
  @Test func framesComeInPieces() throws {
    let frames = try read(bytes(Self.frames), by: 1)
    var text = ""
    for case .data(1, let part, _) in frames { text += String(buffer: part) }
    #expect(text == "hello")
    let others = frames.filter { if case .data = $0 { false } else { true } }
    #expect(others == Self.frames.filter { if case .data = $0 { false } else { true } })
    #expect(frames.contains(.data(id: 1, ByteBuffer(), isLast: true)))
  }

  @Test(arguments: [
    // Another version; the stream 0; a control frame that is too long, one that is too short.
    [0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0], [0x80, 3, 0, 1, 0, 0xFF, 0, 0],
    [0x80, 3, 0, 6, 0, 0, 0, 2, 0, 0], [0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0],
    // A header block that is not compressed.
    [0x80, 3, 0, 2, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0],
  ])
  func whatIsNoFrameIsRefused(bytes: [UInt8]) {
    #expect(throws: SPDYError.self) { try read(ByteBuffer(bytes: bytes), by: 100) }
  }

  @Test func headersAreBounded() throws {
    let bomb = [SPDYHeader("x", String(repeating: "a", count: 10 << 20))]
    for headers in [
      bomb, [SPDYHeader("Upper", "")], [SPDYHeader("a", ""), SPDYHeader("a", "")], [SPDYHeader("", "")],
      (0..<300).map { SPDYHeader("h\($0)", "") },
    ] {
      let bytes = try bytes([.synReply(id: 1, headers: headers, isLast: false)])
      #expect(throws: SPDYError.self) { try read(bytes, by: 100_000) }
    }
  }

  @Test func unknownFramesAreSkipped() throws {
    // SETTINGS, WINDOW_UPDATE, and a type that nobody knows.
    let bytes: [UInt8] = [
      0x80, 3, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 1, 0, 0x80, 3, 0x7F,
      1, 0, 0, 0, 0, 0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1,
    ]
    #expect(try read(ByteBuffer(bytes: bytes), by: 7) == [.ignored, .ignored, .ignored, .ping(1)])
  }

  /// Whatever comes is read or refused, and nothing else happens.
  @Test func fuzz() throws {
    var random = SystemRandomNumberGenerator()
    let good = Array(try bytes(Self.frames).readableBytesView)
    for round in 0..<20_000 {
      var bytes = good
      if round % 4 == 0 {
        bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in .random(in: 0...255, using: &random) }
        if bytes.count > 1 { (bytes[0], bytes[1]) = (0x80, 3) }
      } else {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
      }
      let frames = (try? read(ByteBuffer(bytes: bytes), by: .random(in: 1...64, using: &random))) ?? []
      #expect(frames.count <= bytes.count)
    }
  }
}
