import Testing

@testable import Security

@Suite struct JWSTests {
  /// RFC 7515 appendix A.3: a token signed with ES256.
  @Test func tokenOfTheRFCVerifies() throws {
    let key = try PublicKey(
      jwk: JWK(
        curve: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
    let token =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
      + "mNvbS9pc19yb290Ijp0"
      + "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6N"
      + "U1Q"
    let jws = try JWS.parse(token)
    #expect(jws.header.algorithm == .es256)
    #expect(String(decoding: jws.payload, as: UTF8.self).hasPrefix("{\"iss\":\"joe\""))
    #expect(jws.verify(key))
    #expect(try !jws.verify(PrivateKey.ecdsa(.p256).publicKey))
  }

  /// RFC 7515 appendix A.2: a token signed with RS256.
  @Test func rsaTokenOfTheRFCVerifies() throws {
    let n =
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0B"
      + "m4d4QlL-yRT-SFd2lZS-pCgN"
      + "MsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS"
      + "-UTo7WTBEMa2R2CapHg665xs"
      + "mtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kz"
      + "k2PAcDTW9gb54h4FRWyuXpoQ"
    let token =
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
      + "mNvbS9pc19yb290Ijp0cnVlfQ"
      + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2"
      + "Fp5jujGbds9uJdbF9CUAr7t1"
      + "dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eS"
      + "N9383LcOLn6_dO--xi12jzDw"
      + "usC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmt"
      + "VrBp0igcN_IoypGlUPQGe77Rw"
    #expect(try JWS.parse(token).verify(PublicKey(jwk: JWK(n: n, e: "AQAB"))))
  }

  @Test(arguments: SignatureAlgorithm.allCases)
  func everyAlgorithmSignsAndVerifies(algorithm: SignatureAlgorithm) throws {
    let key: PrivateKey =
      switch algorithm.scheme {
      case .ecdsa(let curve): try .ecdsa(curve)
      case .pkcs1, .pss: try rsaKey()
      }
    let payload = Array("{\"sub\":\"x\"}".utf8)
    let token = try JWS.sign(payload: payload, key: key, algorithm: algorithm, keyID: "k-1", type: "JWT")
    let jws = try JWS.parse(token)
    #expect(jws.header == JOSEHeader(algorithm: algorithm, keyID: "k-1", type: "JWT"))
    #expect(jws.payload == payload)
    #expect(jws.verify(key.publicKey))
    if case .ecdsa(let curve) = algorithm.scheme { #expect(jws.signature.count == 2 * curve.coordinateBytes) }
    // A changed payload, and another algorithm with the same signature.
    let parts = token.split(separator: ".")
    #expect(
      try !JWS.parse("\(parts[0]).\(BaseText.base64URL(Array("{}".utf8))).\(parts[2])").verify(key.publicKey))
    for other in SignatureAlgorithm.allCases where other != algorithm {
      let header = BaseText.base64URL(
        Array(try JOSEHeader(algorithm: other, keyID: nil, type: nil).json().utf8))
      #expect(try !JWS.parse("\(header).\(parts[1]).\(parts[2])").verify(key.publicKey))
    }
  }

  @Test func serviceAccountHeaderIsAsKubernetesWritesIt() throws {
    let key = try rsaKey()
    let id = KeyID.of(key.publicKey)
    #expect(id.utf8.count == 43)
    let token = try JWS.sign(payload: [], key: key, keyID: id)
    let header = try #require(BaseText.decodeBase64URL(token.prefix { $0 != "." }.utf8))
    #expect(String(decoding: header, as: UTF8.self) == "{\"alg\":\"RS256\",\"kid\":\"\(id)\"}")
  }

  @Test(arguments: [
    "{\"alg\":\"none\"}", "{\"alg\":\"HS256\"}", "{\"alg\":\"rs256\"}", "{\"alg\":1}", "{}", "", "[]",
    "{\"alg\":\"RS256\"",
    "{\"alg\":\"RS256\",\"alg\":\"ES256\"}", "{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}",
    "{\"alg\":\"RS256\"}x", "{\"alg\":\"RS256\",\"x\":[1,}", "{\"alg\":\"RS256\",\"x\":\"\\q\"}",
    "{\"alg\":\"RS256\",\"x\":nul}",
  ])
  func badHeadersAreRefused(header: String) {
    let token = BaseText.base64URL(Array(header.utf8)) + "..AAAA"
    #expect(throws: SecurityError.self) { try JWS.parse(token) }
  }

  @Test func otherHeaderMembersAreIgnored() throws {
    let header =
      #" {"x":{"a":[1,-2.5e3,true,null,{}]}, "kid" : "\u00e9\uD83D\uDE00\n" ,"alg":"RS256", "y":[] } "#
    let jws = try JWS.parse(BaseText.base64URL(Array(header.utf8)) + "..AAAA")
    #expect(jws.header.keyID == "é😀\n")
    #expect(jws.payload.isEmpty)
  }

  @Test(arguments: ["", ".", "..", "a.b", "a.b.c.d", "e30=.e30.AA", "e30.e30.A", "é.é.é"])
  func malformedTokensAreRefused(token: String) {
    #expect(throws: SecurityError.self) { try JWS.parse(token) }
  }

  @Test func longTokensAreRefused() {
    #expect(throws: SecurityError("the token is too long")) {
      try JWS.parse(String(repeating: "a", count: JWS.maximumLength + 1))
    }
  }

  @Test func mutatedTokensNeverVerify() throws {
    let key = try PrivateKey.ecdsa(.p256)
    let token = try JWS.sign(payload: Array("{\"sub\":\"x\",\"n\":1}".utf8), key: key, keyID: "k")
    mutations(Array(token.utf8), count: 4000) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let jws = try? JWS.parse(text) else { return }
      #expect(!jws.verify(key.publicKey) || text == token)
    }
  }
}
