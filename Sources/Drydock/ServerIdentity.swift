import Glibc
import Security

/// The name by which a server tells itself apart from others of its kind, made from that of its host
/// (KEP-1965, Kubernetes API Server Identity).
enum ServerIdentity {
  /// `apiserver-` and 26 letters and digits.
  static let name: String = {
    var host = [CChar](repeating: 0, count: 256)
    let isKnown = gethostname(&host, host.count - 1) == 0
    let bytes = isKnown ? host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)) : Array("localhost".utf8)
    return "apiserver-" + base32(Array(Digest.sha256(bytes).prefix(16)))
  }()

  /// Base 32 (RFC 4648 section 6) in lower case without padding.
  private static func base32(_ bytes: [UInt8]) -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    var out: [UInt8] = []
    var bits = 0
    var waiting = 0
    for byte in bytes {
      bits = bits << 8 | Int(byte)
      waiting += 8
      while waiting >= 5 {
        waiting -= 5
        out.append(alphabet[bits >> waiting & 31])
      }
      bits &= 1 << waiting - 1
    }
    if waiting > 0 { out.append(alphabet[bits << (5 - waiting) & 31]) }
    return String(decoding: out, as: UTF8.self)
  }
}
