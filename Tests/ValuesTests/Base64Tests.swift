import Testing
import Values

@Suite struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func vectorsOfRFC4648(text: String, encoded: String) throws {
    #expect(Base64.encode(text.utf8) == encoded)
    #expect(try Base64.decode(encoded) == Array(text.utf8))
    let bare = encoded.filter { $0 != "=" }
    #expect(Base64.encode(text.utf8, padding: false) == bare)
    #expect(try Base64.decode(bare, padding: false) == Array(text.utf8))
  }

  @Test func alphabets() throws {
    #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    #expect(Base64.encode([0xFB, 0xFF], alphabet: .url, padding: false) == "-_8")
    #expect(try Base64.decode("-_8=", alphabet: .url) == [0xFB, 0xFF])
    #expect(throws: Base64.DecodeError.self) { try Base64.decode("-_8=") }
  }

  @Test func lineEndsAreSkipped() throws {
    #expect(try Base64.decode("Zm\r\n9v\nYg=\n=\n") == Array("foob".utf8))
  }

  @Test(arguments: [
    ("Zg", 0), ("Zm9vYg", 4), ("Z", 0), ("Zg=", 3), ("Zg=x", 2), ("Zg==x", 4), ("=", 0), ("Z=", 1),
    ("Zm9v!", 4),
    ("Zm 9v", 2), ("Zm8=Zm8=", 4),
  ])
  func errorsNameTheByte(text: String, offset: Int) {
    do throws(Base64.DecodeError) {
      let bytes = try Base64.decode(text)
      Issue.record("\(text) was read as \(bytes)")
    } catch {
      #expect(error.message == "illegal base64 data at input byte \(offset)")
    }
  }

  @Test func everyByteComesBack() throws {
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for count in 0..<300 {
      let some = Array(bytes.prefix(count))
      #expect(try Base64.decode(Base64.encode(some)) == some)
    }
  }
}
