/// The text that both ends of SPDY/3 prime their header compression with (SPDY/3.1 draft, section 2.6.10.1):
/// words that headers often have, each field name behind its length in four bytes.
enum SPDYDictionary {
  /// What zlib calls the Adler-32 checksum of the dictionary, which compressed blocks begin with.
  static let checksum: UInt32 = 0xE3C6_A7C2

  static let bytes: [UInt8] = {
    var bytes: [UInt8] = []
    for word in words {
      let count = word.utf8.count
      bytes += [0, 0, UInt8(count >> 8), UInt8(count & 255)] + word.utf8
    }
    return bytes + Array((codes + reasons + dates + types).utf8)
  }()

  private static let words =
    """
    options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges \
    age allow authorization cache-control connection content-base content-encoding content-language \
    content-length content-location content-md5 content-range content-type date etag expect expires from \
    host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location \
    max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer \
    transfer-encoding upgrade user-agent vary via warning www-authenticate method get status
    """.split(separator: " ").map(String.init)
    + ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"]

  private static let codes =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
  private static let reasons =
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
    + "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
  private static let dates =
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
  private static let types =
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    + "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
}
