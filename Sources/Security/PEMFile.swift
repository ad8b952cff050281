/// Keys and certificates in PEM files. Errors are one line that begins with the file's path.
public enum PEMFile {
  /// The certificates in a file, in order; at least one.
  public static func certificates(_ path: String) throws(SecurityError) -> [Certificate] {
    let bytes = try FileSystem.read(path)
    return try named(path) { () throws(SecurityError) in try Certificate.parse(pem: bytes) }
  }

  /// The first private key in a file.
  public static func privateKey(_ path: String) throws(SecurityError) -> PrivateKey {
    let bytes = try FileSystem.read(path)
    return try named(path) { () throws(SecurityError) in try PrivateKey(pem: bytes) }
  }

  /// The public keys in a file, also those of certificates and private keys; at least one.
  public static func publicKeys(_ path: String) throws(SecurityError) -> [PublicKey] {
    let bytes = try FileSystem.read(path)
    let keys = try named(path) { () throws(SecurityError) in try PublicKey.all(pem: bytes) }
    guard !keys.isEmpty else { throw SecurityError("\(path): no public key found in the PEM data") }
    return keys
  }

  /// A certificate chain and its key.
  public static func identity(certificate: String, key: String) throws(SecurityError) -> TLSIdentity {
    let chain = try certificates(certificate)
    let privateKey = try privateKey(key)
    guard chain[0].publicKey == privateKey.publicKey else {
      throw SecurityError("\(key): the private key does not match the certificate in \(certificate)")
    }
    return try TLSIdentity(chain: chain, key: privateKey)
  }

  private static func named<R>(
    _ path: String, _ body: () throws(SecurityError) -> R
  ) throws(SecurityError) -> R {
    do {
      return try body()
    } catch {
      throw SecurityError("\(path): \(error)")
    }
  }
}
