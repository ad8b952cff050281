import Values

/// The old format of audit logs: one line of text an event (`--audit-log-format=legacy`).
public enum AuditLegacyFormat {
  /// The line without its end.
  public static func line(_ event: AuditEvent) -> String {
    let user = event.user.name.isEmpty ? "<none>" : event.user.name
    let groups = event.user.name.isEmpty || event.user.groups.isEmpty ? "<none>" : list(event.user.groups)
    let asUser = event.impersonatedUser?.name ?? "<self>"
    let asGroups = event.impersonatedUser.map { list($0.groups) } ?? "<lookup>"
    let namespace = event.objectReference?.namespace ?? ""
    let members = [
      ("id", event.auditID), ("stage", event.stage.rawValue), ("ip", event.sourceIPs.first ?? "<unknown>"),
      ("method", event.verb), ("user", user), ("groups", groups), ("as", asUser), ("asgroups", asGroups),
      ("user-agent", AuditEventEncoder.cut(event.userAgent)),
      ("namespace", namespace.isEmpty ? "<none>" : namespace), ("uri", event.requestURI),
      ("response", event.response.map { String($0.code) } ?? "<deferred>"),
    ]
    return "\(event.requestReceived.rfc3339Nano) AUDIT: "
      + members.map { "\($0)=\(GoText.quoted($1))" }.joined(separator: " ")
  }

  private static func list(_ texts: [String]) -> String {
    texts.map(GoText.quoted).joined(separator: ",")
  }
}
