import Security

/// Knows the tokens of a file (`--token-auth-file`): lines of `token,user,uid[,"group,group"]`
/// (Kubernetes documentation, Static Token File).
public struct TokenFileAuthenticator: TokenAuthenticator {
  /// Why a file can't be used: a text for the operator, without any token.
  public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
  }

  /// Users by the keyed digest of their tokens, so that how long a look-up takes tells nothing of a token.
  private let users: [[UInt8]: UserInfo]
  private let digestKey: [UInt8]

  /// Reads the file's text.
  /// - Parameters:
  ///   - path: the file's name, for error messages.
  /// - Throws: ``FileError`` where a line is malformed or has fewer than three columns.
  public init(csv: [UInt8], path: String) throws(FileError) {
    let records: [[String]]
    do throws(CSVReader.SyntaxError) {
      records = try CSVReader.records(csv)
    } catch {
      throw FileError(description: error.description)
    }
    var users: [(token: String, user: UserInfo)] = []
    for record in records {
      guard record.count >= 3 else {
        throw FileError(
          description: "token file '\(path)' must have at least 3 columns (token, user name, user uid), "
            + "found \(record.count)")
      }
      if record[0].isEmpty { continue }
      var user = UserInfo(name: record[1], uid: record[2])
      if record.count > 3 {
        user.groups = record[3].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      users.append((record[0], user))
    }
    self.init(users)
  }

  /// Knows the tokens given; of a token that is there twice the last user counts.
  public init(_ users: [(token: String, user: UserInfo)]) {
    let digestKey = Digest.randomBytes(32)
    self.digestKey = digestKey
    self.users = Dictionary(
      users.map { (Digest.hmacSHA256(Array($0.token.utf8), key: digestKey), $0.user) },
      uniquingKeysWith: { _, last in last })
  }

  public func authenticate(
    token: String, audiences: [String]?, _ notes: inout AuthenticationNotes
  ) async throws(AuthenticationError) -> AuthenticationResult? {
    guard !users.isEmpty, let user = users[Digest.hmacSHA256(Array(token.utf8), key: digestKey)] else {
      return nil
    }
    return AuthenticationResult(user: user, authenticator: "token-file")
  }
}
