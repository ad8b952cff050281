import Authentication
import Schema
import Values

/// As whom a request wants to be treated (Kubernetes documentation, User Impersonation).
public struct ImpersonationRequest: Sendable, Equatable {
  private static let userHeader = "Impersonate-User"
  private static let uidHeader = "Impersonate-Uid"
  private static let groupHeader = "Impersonate-Group"
  private static let extraPrefix = "Impersonate-Extra-"

  /// As the header fields say; nothing is filled in yet.
  public var user: UserInfo

  public init(user: UserInfo) { self.user = user }

  /// Reads the header fields; nil where there are none.
  /// - Throws: 400 where there are some, but no user name.
  public init?(_ headers: HeaderFields) throws(StatusError) {
    var user = UserInfo(
      name: headers[Self.userHeader] ?? "", uid: headers[Self.uidHeader] ?? "",
      groups: headers.values(Self.groupHeader))
    for (key, value) in headers.suffixes(of: Self.extraPrefix) {
      user.extra[PercentEncoding.decode(key) ?? key, default: []].append(value)
    }
    if user.name.isEmpty {
      guard !user.uid.isEmpty || !user.groups.isEmpty || !user.extra.isEmpty else { return nil }
      throw .badRequest("requested \(Self.goSyntax(user)) without impersonating a user name")
    }
    self.user = user
  }

  /// The user as Go's `%#v` prints it, which is how the error message shows it.
  private static func goSyntax(_ user: UserInfo) -> String {
    func list(_ texts: [String]) -> String { "[]string{\(texts.map(GoText.quoted).joined(separator: ", "))}" }
    let groups = user.groups.isEmpty ? "[]string(nil)" : list(user.groups)
    let entries = user.extra.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { "\(GoText.quoted($0.key)):\(list($0.value))" }
    let extra =
      entries.isEmpty
      ? "map[string][]string(nil)" : "map[string][]string{\(entries.joined(separator: ", "))}"
    return "&user.DefaultInfo{Name:\(GoText.quoted(user.name)), UID:\(GoText.quoted(user.uid)), "
      + "Groups:\(groups), Extra:\(extra)}"
  }
}
