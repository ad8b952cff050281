internal import COpenSSL
import Glibc

/// Seconds since 1970 as text and as ASN.1 times.
enum UTCTime {
  /// Now, in seconds since 1970.
  static var now: Int64 {
    Int64(time(nil))
  }

  /// The seconds as RFC 3339 text, such as `2026-01-02T03:04:05Z`.
  static func rfc3339(_ seconds: Int64) -> String {
    var moment = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&moment, &parts) != nil else { return "\(seconds)" }
    func two(_ n: Int32) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let year = String(Int(parts.tm_year) + 1900)
    let padded = String(repeating: "0", count: max(0, 4 - year.count)) + year
    return "\(padded)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  /// An ASN.1 time in seconds since 1970; 0 when it is malformed.
  static func seconds(_ moment: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var parts = tm()
    guard let moment, ASN1_TIME_to_tm(moment, &parts) == 1 else {
      OpenSSLErrors.clear()
      return 0
    }
    return Int64(timegm(&parts))
  }
}
