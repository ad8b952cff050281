internal import COpenSSL

/// What a certificate's key may be used for (RFC 5280 section 4.2.1.3); the raw value has a bit for each
/// usage.
public struct KeyUsages: OptionSet, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  public static let digitalSignature = KeyUsages(rawValue: UInt32(KU_DIGITAL_SIGNATURE))
  public static let contentCommitment = KeyUsages(rawValue: UInt32(KU_NON_REPUDIATION))
  public static let keyEncipherment = KeyUsages(rawValue: UInt32(KU_KEY_ENCIPHERMENT))
  public static let dataEncipherment = KeyUsages(rawValue: UInt32(KU_DATA_ENCIPHERMENT))
  public static let keyAgreement = KeyUsages(rawValue: UInt32(KU_KEY_AGREEMENT))
  public static let certSign = KeyUsages(rawValue: UInt32(KU_KEY_CERT_SIGN))
  public static let crlSign = KeyUsages(rawValue: UInt32(KU_CRL_SIGN))
  public static let encipherOnly = KeyUsages(rawValue: UInt32(KU_ENCIPHER_ONLY))
  public static let decipherOnly = KeyUsages(rawValue: UInt32(KU_DECIPHER_ONLY))

  /// The usages by their names in certificates.k8s.io `usages`; `signing` is another name for `digital
  /// signature`.
  public static let kubernetesNames: [String: KeyUsages] = [
    "signing": .digitalSignature, "digital signature": .digitalSignature,
    "content commitment": .contentCommitment, "key encipherment": .keyEncipherment,
    "data encipherment": .dataEncipherment, "key agreement": .keyAgreement, "cert sign": .certSign,
    "crl sign": .crlSign, "encipher only": .encipherOnly, "decipher only": .decipherOnly,
  ]

  /// The number of each usage's bit in the encoding, by the usage.
  fileprivate static let bits: [(usage: KeyUsages, bit: Int32)] = [
    (.digitalSignature, 0), (.contentCommitment, 1), (.keyEncipherment, 2), (.dataEncipherment, 3),
    (.keyAgreement, 4), (.certSign, 5), (.crlSign, 6), (.encipherOnly, 7), (.decipherOnly, 8),
  ]
}

/// A purpose that a certificate is for (RFC 5280 section 4.2.1.12), by its dotted object identifier.
public struct ExtendedKeyUsage: Sendable, Hashable {
  public let oid: String

  public init(oid: String) {
    self.oid = oid
  }

  public static let any = ExtendedKeyUsage(oid: "2.5.29.37.0")
  public static let serverAuth = ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.1")
  public static let clientAuth = ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.2")
  public static let codeSigning = ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.3")
  public static let emailProtection = ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.4")
  public static let timestamping = ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.8")
  public static let ocspSigning = ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.9")

  /// The purposes by their names in certificates.k8s.io `usages`.
  public static let kubernetesNames: [String: ExtendedKeyUsage] = [
    "any": .any, "server auth": .serverAuth, "client auth": .clientAuth, "code signing": .codeSigning,
    "email protection": .emailProtection, "s/mime": .emailProtection,
    "ipsec end system": ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.5"),
    "ipsec tunnel": ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.6"),
    "ipsec user": ExtendedKeyUsage(oid: "1.3.6.1.5.5.7.3.7"),
    "timestamping": .timestamping, "ocsp signing": .ocspSigning,
    "microsoft sgc": ExtendedKeyUsage(oid: "1.3.6.1.4.1.311.10.3.3"),
    "netscape sgc": ExtendedKeyUsage(oid: "2.16.840.1.113730.4.1"),
  ]
}

/// The usage extensions between Swift and OpenSSL.
enum UsageExtensions {
  /// The usages in an extension value that OpenSSL has decoded.
  static func keyUsages(_ bits: UnsafePointer<ASN1_BIT_STRING>) -> KeyUsages {
    KeyUsages.bits.reduce(into: KeyUsages()) { usages, entry in
      if ASN1_BIT_STRING_get_bit(bits, entry.bit) == 1 { usages.insert(entry.usage) }
    }
  }

  /// A new bit string of the usages, for the caller to free.
  static func encoded(_ usages: KeyUsages) -> UnsafeMutablePointer<ASN1_BIT_STRING>? {
    guard let bits = ASN1_BIT_STRING_new() else { return nil }
    for entry in KeyUsages.bits where usages.contains(entry.usage) {
      ASN1_BIT_STRING_set_bit(bits, entry.bit, 1)
    }
    return bits
  }

  /// The purposes in an extension value that OpenSSL has decoded.
  static func extendedKeyUsages(_ stack: OpaquePointer) -> [ExtendedKeyUsage] {
    (0..<max(0, shim_EXTENDED_KEY_USAGE_num(stack))).map {
      ExtendedKeyUsage(oid: oidText(shim_EXTENDED_KEY_USAGE_value(stack, $0)))
    }
  }

  /// A new stack of the purposes, for the caller to free; nil when an identifier is malformed.
  static func encoded(_ usages: [ExtendedKeyUsage]) -> OpaquePointer? {
    let stack = shim_EXTENDED_KEY_USAGE_new()
    for usage in usages {
      guard let object = OBJ_txt2obj(usage.oid, 1), shim_EXTENDED_KEY_USAGE_push(stack, object) > 0 else {
        shim_EXTENDED_KEY_USAGE_free(stack)
        return nil
      }
    }
    return stack
  }
}
