/// Why a token or a provider is not believed, in the words of the real server and of the libraries that it
/// uses. Holds no token.
struct OIDCError: Error, Sendable, Equatable, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }

  /// The error with what was being done before it.
  func during(_ doing: String) -> OIDCError { OIDCError("\(doing): \(description)") }
}
