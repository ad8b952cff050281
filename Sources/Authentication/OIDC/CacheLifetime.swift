import HTTPService
import Values

/// For how long an answer may be kept (RFC 9111 section 4.2.1), for a cache that many use.
enum CacheLifetime {
  /// Keys are not kept longer than a day, whatever a provider says.
  static let maximum: Int64 = 86_400

  /// Seconds from now on; 0 where the answer does not say or forbids it.
  /// - Parameter headers: field values by lower-case name.
  static func seconds(_ headers: [String: String], now: Timestamp) -> Int64 {
    var directives: [String: String] = [:]
    for part in (headers["cache-control"] ?? "").split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
      if let name = pair.first { directives[name.lowercased()] = pair.count > 1 ? pair[1] : "" }
    }
    if ["no-store", "no-cache", "private"].contains(where: { directives[$0] != nil }) { return 0 }
    let age = directives["s-maxage"] ?? directives["max-age"]
    if let age { return Int64(age).map { max(0, min($0, maximum)) } ?? 0 }
    return 0
  }
}
