/// A JSON Web Signature in compact form (RFC 7515 section 7.1): what a signed token is.
public struct JWS: Sendable {
  /// What the header says.
  public let header: JOSEHeader
  /// The signed bytes: for a token, a JSON object.
  public let payload: [UInt8]
  let signingInput: [UInt8]
  let signature: [UInt8]

  /// Tokens longer than this are refused unread.
  public static let maximumLength = 256 * 1024

  /// The compact form of `payload` signed with `key`.
  ///
  /// - Parameters:
  ///   - algorithm: what to sign with; without one, what is usual for the key.
  ///   - keyID: the header's `kid`; must be printable ASCII.
  ///   - type: the header's `typ`, such as `JWT`; left out when nil, as in service account tokens.
  public static func sign(
    payload: [UInt8], key: PrivateKey, algorithm: SignatureAlgorithm? = nil, keyID: String? = nil,
    type: String? = nil
  ) throws(SecurityError) -> String {
    guard let algorithm = algorithm ?? SignatureAlgorithm.usual(for: key.algorithm) else {
      throw SecurityError("the key is of a kind that can't sign tokens")
    }
    let header = try JOSEHeader(algorithm: algorithm, keyID: keyID, type: type).json()
    let input = BaseText.base64URL(Array(header.utf8)) + "." + BaseText.base64URL(payload)
    let signature = try key.sign(Array(input.utf8), algorithm)
    return input + "." + BaseText.base64URL(signature)
  }

  /// Takes a compact form apart. Nothing is verified yet.
  ///
  /// - Throws: when it has not three parts, a part is malformed, or its `alg` is not a
  ///   ``SignatureAlgorithm``.
  public static func parse(_ token: String) throws(SecurityError) -> JWS {
    let text = Array(token.utf8)
    guard text.count <= maximumLength else { throw SecurityError("the token is too long") }
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw SecurityError("compact JWS format must have three parts") }
    guard let header = BaseText.decodeBase64URL(parts[0]), let payload = BaseText.decodeBase64URL(parts[1]),
      let signature = BaseText.decodeBase64URL(parts[2])
    else { throw SecurityError("illegal base64 data in the token") }
    return JWS(
      header: try JOSEHeader(json: header), payload: payload,
      signingInput: Array(text[..<parts[1].endIndex]), signature: signature)
  }

  /// Whether the holder of `key` signed this.
  public func verify(_ key: PublicKey) -> Bool {
    key.verify(signature, of: signingInput, header.algorithm)
  }
}
