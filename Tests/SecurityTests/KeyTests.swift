import Testing

@testable import Security

@Suite struct KeyTests {
  @Test(arguments: EllipticCurve.allCases)
  func ecdsaKeysAreReadBack(curve: EllipticCurve) throws {
    let key = try PrivateKey.ecdsa(curve)
    #expect(key.algorithm == .ecdsa(curve))
    try check(key, legacy: "-----BEGIN EC PRIVATE KEY-----")
  }

  @Test func rsaKeysAreReadBack() throws {
    let key = try PrivateKey.rsa()
    #expect(key.algorithm == .rsa(bits: 2048))
    try check(key, legacy: "-----BEGIN RSA PRIVATE KEY-----")
  }

  func check(_ key: PrivateKey, legacy: String) throws {
    #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
    #expect(key.legacyPEM.hasPrefix(legacy))
    for text in [
      key.pem, key.legacyPEM, "-----BEGIN EC PARAMETERS-----\nBgg=\n-----END EC PARAMETERS-----\n" + key.pem,
    ] {
      #expect(try PrivateKey(pem: Array(text.utf8)).publicKey == key.publicKey)
    }
    #expect(try PublicKey(pem: Array(key.publicKey.pem.utf8)) == key.publicKey)
    #expect(try PublicKey(der: key.publicKey.der) == key.publicKey)
    #expect(try PublicKey(pem: Array(key.pem.utf8)) == key.publicKey)
    let jwk = try #require(key.publicKey.jwk)
    #expect(try PublicKey(jwk: jwk) == key.publicKey)
  }

  @Test func badKeysSayWhy() throws {
    let key = try PrivateKey.ecdsa(.p256)
    #expect(throws: SecurityError("no private key found in the PEM data")) {
      _ = try PrivateKey(pem: Array(key.publicKey.pem.utf8))
    }
    #expect(throws: SecurityError("the private key is encrypted: only unencrypted keys can be read")) {
      let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
      _ = try PrivateKey(pem: Array((text + "-----END RSA PRIVATE KEY-----\n").utf8))
    }
    #expect(throws: SecurityError("no public key found in the PEM data")) { try PublicKey(pem: []) }
    var off = try #require(key.publicKey.jwk)
    off.x = BaseText.base64URL([UInt8](repeating: 1, count: 32))
    #expect(throws: SecurityError.self) { try PublicKey(jwk: off) }
    off.x = "AA"
    #expect(throws: SecurityError("the JSON Web Key's coordinates have the wrong length")) {
      try PublicKey(jwk: off)
    }
    #expect(throws: SecurityError.self) { try PublicKey(jwk: JWK(n: "", e: "AQAB")) }
    #expect(throws: SecurityError.self) { try PublicKey(jwk: JWK(curve: "P-192", x: "AA", y: "AA")) }
  }

  @Test func mutatedKeysNeverTrap() throws {
    let key = try PrivateKey.ecdsa(.p256)
    let der = try #require(PEM.blocks(Array(key.pem.utf8)).first).der
    mutations(der, count: 2000) { bytes in
      let text = PEM(label: "PRIVATE KEY", der: bytes).text
      guard let read = try? PrivateKey(pem: Array(text.utf8)) else { return }
      _ = try? read.sign([1, 2, 3], .es256)
      _ = read.publicKey.jwk
    }
    mutations(key.publicKey.der, count: 2000) { bytes in
      guard let read = try? PublicKey(der: bytes) else { return }
      _ = read.verify([UInt8](repeating: 1, count: 64), of: [1], .es256)
      _ = read.jwk
    }
  }

  @Test func digestsMatchPublishedVectors() {
    // FIPS 180-4 examples, and RFC 4231 test case 2.
    #expect(
      BaseText.hex(Digest.sha256(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      BaseText.hex(Digest.sha256([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(BaseText.hex(Digest.sha512(Array("abc".utf8))).hasPrefix("ddaf35a193617abacc417349ae204131"))
    #expect(
      BaseText.hex(Digest.hmacSHA256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      BaseText.hex(Digest.hmacSHA256([], key: []))
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    #expect(Digest.constantTimeEquals([1, 2], [1, 2]))
    #expect(!Digest.constantTimeEquals([1, 2], [1, 3]))
    #expect(!Digest.constantTimeEquals([1, 2], [1, 2, 3]))
    #expect(Digest.constantTimeEquals([], []))
    #expect(Digest.randomBytes(16) != Digest.randomBytes(16))
    #expect(Digest.randomBytes(0).isEmpty)
  }

  @Test func baseTextMatchesRFC4648() {
    let vectors = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy",
    ]
    for (plain, encoded) in vectors {
      #expect(BaseText.base64(Array(plain.utf8)) == encoded)
      #expect(BaseText.decodeBase64(encoded.utf8) == Array(plain.utf8))
    }
    #expect(BaseText.base64URL([0xFB, 0xFF]) == "-_8")
    #expect(BaseText.decodeBase64URL("-_8".utf8) == [0xFB, 0xFF])
    for bad in ["-_9", "a", "a=", "ab=c", "a b", "+/8"] {
      #expect(BaseText.decodeBase64URL(bad.utf8) == nil, "\(bad)")
    }
  }
}
