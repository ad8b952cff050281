import Testing
@testable import Values

@Suite struct QuantityTests {
  @Test(arguments: [
    ("0", "0"), ("1", "1"), ("1000m", "1"), ("0.5", "500m"), (".5", "500m"), ("1.", "1"), ("+2", "2"),
    ("-1", "-1"),
    ("0.1", "100m"), ("1500m", "1500m"), ("1.5", "1500m"), ("1024Mi", "1Gi"), ("2048Ki", "2Mi"),
    ("1Gi", "1Gi"),
    ("1.5Gi", "1536Mi"), ("0.5Ki", "512"), ("1Ki", "1Ki"), ("1000Ki", "1000Ki"), ("0.5Mi", "512Ki"),
    ("1e3", "1e3"),
    ("1E6", "1e6"), ("12e2", "1200"), ("1000", "1k"), ("1000000", "1M"), ("1100", "1100"), ("1000k", "1M"),
    ("100n", "100n"), ("1000n", "1u"), ("1u", "1u"), ("0.1n", "1n"), ("0.0000000001", "1n"), ("-0.1n", "-1n"),
    ("1E", "1E"), ("1Ei", "1Ei"), ("9223372036854775807", "9223372036854775807"),
    ("9999999999999999999", "9223372036854775807"), ("16Ei", "9223372036854775807"),
    ("-16Ei", "-9223372036854775807"),
    ("00012", "12"), ("0.000", "0"), ("0Mi", "0"), ("-0", "0"), ("1e-3", "1e-3"), ("100Mi", "100Mi"),
    ("1P", "1P"),
    ("1.1Ki", "1126400m"), ("0.1Mi", "104857600m"), ("123456789123456789", "123456789123456789"),
    ("5e-10", "1e-9"), ("1e2147483647", "9223372036854775807"), ("1e-2147483648", "1e-9"),
  ])
  func canonicalText(text: String, canonical: String) throws {
    #expect(try Quantity(text).description == canonical)
    #expect(try Quantity(Quantity(text).description) == Quantity(text))
  }

  @Test(arguments: ["", "lots", "1x", "1.5.5", "1 ", " 1", "0x1", "1Gi1x", "é"])
  func wrongFormat(text: String) {
    #expect(throws: Quantity.ParseError.wrongFormat) { try Quantity(text) }
    #expect(
      Quantity.ParseError.wrongFormat.message
        == "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  }

  @Test(arguments: ["1mm", "1K", "1ki", "1e", "1Gii", "1e99999999999", "1m5", "5i", "--1", "1-"])
  func unknownSuffix(text: String) {
    #expect(throws: Quantity.ParseError(message: "unable to parse quantity's suffix")) { try Quantity(text) }
  }

  @Test func valuesOfJSON() throws {
    #expect(try Quantity(json: 2) == Quantity(2))
    #expect(try Quantity(json: 0.1) == Quantity(milli: 100))
    #expect(try Quantity(json: " 1Gi ") == Quantity(1 << 30))
    #expect(try Quantity(json: .null).isZero)
    #expect(throws: Quantity.ParseError.wrongFormat) { try Quantity(json: []) }
  }

  @Test func wholeNumbersAreRoundedAwayFromZero() throws {
    #expect(try Quantity("1500m").value == 2)
    #expect(try Quantity("-1500m").value == -2)
    #expect(try Quantity("1n").value == 1)
    #expect(try Quantity("1n").milliValue == 1)
    #expect(try Quantity("1.0005").milliValue == 1001)
    #expect(try Quantity("1Gi").value == 1_073_741_824)
    #expect(try Quantity("100E").value == .max)
    #expect(try Quantity("-100E").milliValue == .min)
    #expect(try Quantity("0.25").approximate == 0.25)
  }

  @Test func comparison() throws {
    #expect(try Quantity("1") == Quantity("1000m"))
    #expect(try Quantity("1Ki") == Quantity("1024") && Quantity("1Ki") > Quantity("1k"))
    #expect(try Quantity("1Ki").hashValue == Quantity("1024").hashValue)
    let sorted = try [
      "-1E", "-1", "-1n", "0", "1n", "1m", "999m", "1", "1.001", "1k", "1Ki", "1Mi", "1E", "1Ei",
    ]
    .map { try Quantity($0) }
    for (i, a) in sorted.enumerated() {
      for (j, b) in sorted.enumerated() { #expect((a < b) == (i < j), "\(a) \(b)") }
    }
    #expect(try [Quantity("-5").sign, Quantity("0").sign, Quantity("5").sign] == [-1, 0, 1])
  }

  @Test func sums() throws {
    #expect(try (Quantity("900m") + Quantity("101m")).description == "1001m")
    #expect(try (Quantity("1Gi") + Quantity("1Gi")).description == "2Gi")
    #expect(try (Quantity("1Gi") + Quantity("1M")).description == "1074741824")
    #expect(try (Quantity("1") - Quantity("1")).description == "0")
    #expect(try (Quantity.zero + Quantity("1024Ki")).description == "1Mi")
    #expect(try (Quantity("1Mi") - Quantity("2Mi")).description == "-1Mi")
    #expect(try (-Quantity("5m")).description == "-5m")
    var total = Quantity.zero
    for _ in 0..<1_000 { total += try Quantity("100E") }
    #expect(total.value == .max)
    total -= total
    #expect(total.isZero)
    #expect(try Quantity("100E") + Quantity("1n") > Quantity("100E"))
    for _ in 0..<200 { total = try total + total + Quantity("1e30") + Quantity("1n") }
    #expect(total.sign == 1)
  }

  @Test func anyTextIsReadOrRefused() {
    var generator = SeededGenerator(seed: 5)
    var read = 0
    for _ in 0..<50_000 {
      let text = String(
        (0..<Int.random(in: 1...24, using: &generator)).map { _ in
          "0123456789012345678901234567890123456789..+-eEinumkKMGTP".randomElement(using: &generator) ?? "0"
        })
      guard let quantity = try? Quantity(text) else { continue }
      read += 1
      if (try? Quantity(quantity.description)) != quantity { Issue.record("\(text) → \(quantity)") }
      _ = (quantity + quantity).description + "\(quantity.value)\(quantity.milliValue)"
    }
    #expect(read > 500)
  }
}
