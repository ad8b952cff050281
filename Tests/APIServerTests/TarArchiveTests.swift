import Testing

@testable import APIServer

/// Archives, and the commands that `kubectl cp` runs.
@Suite struct TarArchiveTests {
  private static let files = [
    TarArchive.File(name: "etc/motd", content: Array("Welcome\n".utf8)),
    TarArchive.File(name: "empty", content: []),
    TarArchive.File(
      name: String(repeating: "long/", count: 40) + "name", content: [UInt8](repeating: 7, count: 1500)),
  ]

  @Test func filesAreReadAsTheyWereWritten() throws {
    let bytes = TarArchive.bytes(Self.files)
    #expect(bytes.count % TarArchive.blockBytes == 0 && TarArchive.isComplete(bytes))
    #expect(try TarArchive.files(bytes) == Self.files)
  }

  @Test func fuzz() {
    let good = TarArchive.bytes(Self.files)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var bytes = good
      for _ in 0..<8 {
        bytes[.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &random)))
      let files = (try? TarArchive.files(bytes)) ?? []
      #expect(files.reduce(0) { $0 + $1.content.count } <= bytes.count)
    }
    #expect(throws: TarArchive.FormatError.self) { try TarArchive.files([UInt8](repeating: 1, count: 512)) }
  }

  private final class Recorder: Shell.Streams {
    var input: [[UInt8]]
    var out: [Int: [UInt8]] = [:]

    init(_ input: [UInt8]) { self.input = input.isEmpty ? [] : [input] }

    func read() async throws -> [UInt8]? { input.isEmpty ? nil : input.removeFirst() }

    func write(_ bytes: [UInt8], to descriptor: Int) async throws { out[descriptor, default: []] += bytes }
  }

  private let store = ContainerFiles()

  private func run(
    _ words: String..., input: [UInt8] = [], container: String = "c"
  ) async throws -> (status: Int64?, out: [UInt8], error: String) {
    let key = ContainerFiles.Key(pod: "uid", container: container)
    let shell = Shell(
      try CommandAnswers(annotation: "files: {/etc/motd: hello}"), hostname: "p", environment: [],
      directory: "/work", kept: store.files(of: key)
    ) { [store] in store.write($0, $1, of: key) }
    let streams = Recorder(input)
    let status = try await shell.run(words, streams, isTerminal: false)
    return (status, streams.out[1] ?? [], String(decoding: streams.out[2] ?? [], as: UTF8.self))
  }

  @Test func copiesStay() async throws {
    #expect(try await run("test", "-d", "/data").status == 1)
    let taken = try await run("tar", "-xmf", "-", "-C", "/data", input: TarArchive.bytes(Self.files))
    #expect(taken.status == 0 && taken.error.isEmpty)
    #expect(try await run("cat", "/data/etc/motd").out == Array("Welcome\n".utf8))
    #expect(try await run("test", "-d", "/data").status == 0)
    #expect(try await run("cat", "/data/etc/motd", container: "other").status == 1)
    let made = try await run("tar", "cf", "-", "/etc/motd")
    #expect(made.error == "tar: Removing leading `/' from member names\n")
    #expect(try TarArchive.files(made.out) == [.init(name: "etc/motd", content: Array("hello".utf8))])
    #expect(try TarArchive.files(try await run("tar", "cf", "-", "/data").out).count == 3)
    let none = try await run("tar", "cf", "-", "/nosuch")
    #expect(
      none.status == 2 && none.error.hasPrefix("tar: /nosuch: Cannot stat: No such file or directory\n"))
    // A name that leads out of the folder stays in it.
    let escape = TarArchive.bytes([.init(name: "../../etc/passwd", content: [1])])
    #expect(try await run("tar", "xf", "-", "-C", "/data", input: escape).status == 0)
    #expect(try await run("cat", "/data/etc/passwd").out == [1])
    #expect(try await run("sh", "-c", "cat /etc/motd | tail -c+3").out == Array("llo".utf8))
  }

  @Test func thereIsNotRoomForEverything() async throws {
    let big = [TarArchive.File(name: "big", content: [UInt8](repeating: 1, count: 9 << 20))]
    let full = try await run("tar", "xf", "-", input: TarArchive.bytes(big))
    #expect(full.status == 2 && full.error == "tar: big: No space left on device\n")
    for number in 0..<12 {
      #expect(
        store.write("/f", [UInt8](repeating: 1, count: 7 << 20), of: .init(pod: "\(number)", container: "c")))
    }
    // Those that were used longest ago are gone.
    #expect(store.files(of: .init(pod: "0", container: "c")).isEmpty)
    #expect(!store.files(of: .init(pod: "11", container: "c")).isEmpty)
  }
}
