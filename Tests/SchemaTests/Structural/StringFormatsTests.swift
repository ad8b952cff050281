import Testing

@testable import Schema

struct StringFormatsTests {
  @Test(arguments: [
    ("byte", "aGVsbG8=", "aGVsbG8"), ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
    ("date", "2026-02-28", "2026-02-30"),
    ("date-time", "2026-01-02T03:04:05Z", "yesterday"), ("duration", "1h30m", "1x"),
    ("duration", "22 ns", "ns"),
    ("email", "a@example.com", "a.example.com"), ("hexcolor", "#FFaa00", "#FFF0"),
    ("hostname", "a.example.com", "-a.example.com"), ("ipv4", "10.0.0.1", "10.0.0.01"),
    ("ipv6", "fe80::1", "fe80::1::2"), ("ipv6", "::ffff:10.0.0.1", "1:2:3"),
    ("isbn10", "0321751043", "0321751044"),
    ("isbn13", "978-0321751041", "978-0321751042"), ("mac", "00:1b:44:11:3a:b7", "00:1b:44:11:3a"),
    ("k8s-short-name", "a-1", "A"), ("k8s-long-name", "a.b-c", "a..b"), ("quantity", "10Gi", "10Gu"),
    ("rgbcolor", "rgb(1,2,255)", "rgb(1,2,256)"), ("ssn", "123-45-6789", "123-456-789"),
    ("uri", "https://example.com/x", "example"), ("uri", "/x", "x"),
    ("uuid", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810"),
    ("uuid4", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
    ("bsonobjectid", "507f1f77bcf86cd799439011", "507f"),
  ])
  func tellsTextsApart(format: String, good: String, bad: String) {
    #expect(StringFormats.matches(good, format))
    #expect(!StringFormats.matches(bad, format))
  }

  @Test func knowsWhatIsCheckedForWhichType() {
    #expect(StringFormats.supported("date-time", type: "string") == "date-time")
    #expect(StringFormats.supported("made-up", type: "string") == "")
    #expect(StringFormats.supported("int32", type: "integer") == "int32")
    #expect(StringFormats.supported("date", type: "integer") == "")
    #expect(StringFormats.supported("double", type: "number") == "double")
    #expect(StringFormats.supported("date", type: "boolean") == "")
  }
}
