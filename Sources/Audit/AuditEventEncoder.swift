import Authentication
import Values

/// Writes events as JSON, keys in the order of the real server's.
public enum AuditEventEncoder {
  public static let apiVersion = "audit.k8s.io/v1"
  /// Longer user agents are cut.
  private static let maximumUserAgent = 1024

  /// Appends an event.
  /// - Parameter isListItem: leaves out kind and version, which items of a list don't have.
  public static func append(_ event: AuditEvent, to out: inout [UInt8], isListItem: Bool = false) {
    out +=
      isListItem ? #"{"level":""#.utf8 : #"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":""#.utf8
    out += event.level.name.utf8
    out += #"","auditID":"#.utf8
    JSON.append(event.auditID, to: &out)
    out += #","stage":""#.utf8
    out += event.stage.rawValue.utf8
    out += #"","requestURI":"#.utf8
    JSON.append(event.requestURI, to: &out)
    out += #","verb":"#.utf8
    JSON.append(event.verb, to: &out)
    out += #","user":"#.utf8
    append(event.user, to: &out)
    if let user = event.impersonatedUser {
      out += #","impersonatedUser":"#.utf8
      append(user, to: &out)
    }
    if let constraint = event.impersonationConstraint {
      out += #","authenticationMetadata":{"impersonationConstraint":"#.utf8
      JSON.append(constraint, to: &out)
      out.append(UInt8(ascii: "}"))
    }
    if !event.sourceIPs.isEmpty {
      out += #","sourceIPs":"#.utf8
      append(event.sourceIPs, to: &out)
    }
    if !event.userAgent.isEmpty {
      out += #","userAgent":"#.utf8
      JSON.append(cut(event.userAgent), to: &out)
    }
    if let reference = event.objectReference {
      out += #","objectRef":"#.utf8
      append(reference, to: &out)
    }
    if let response = event.response {
      out += #","responseStatus":"#.utf8
      append(response, to: &out)
    }
    if event.level >= .request, let object = event.requestObject {
      out += #","requestObject":"#.utf8
      object.append(to: &out, omittingManagedFields: event.omitsManagedFields)
    }
    if event.level >= .requestResponse, !event.isResponseObjectOmitted, let object = event.response?.body {
      out += #","responseObject":"#.utf8
      object.append(to: &out, omittingManagedFields: event.omitsManagedFields)
    }
    out += #","requestReceivedTimestamp":""#.utf8
    out += event.requestReceived.rfc3339Micro.utf8
    out += #"","stageTimestamp":""#.utf8
    out += event.stageTime.rfc3339Micro.utf8
    out.append(UInt8(ascii: "\""))
    append(annotations: event.annotations, to: &out)
    out.append(UInt8(ascii: "}"))
  }

  /// An event as the only line of a text, without its end.
  public static func encode(_ event: AuditEvent, isListItem: Bool = false) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(1024)
    append(event, to: &out, isListItem: isListItem)
    return out
  }

  // MARK: - Parts

  private static func append(_ user: UserInfo, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    var hasMembers = false
    if !user.name.isEmpty { member("username", user.name, &hasMembers, &out) }
    if !user.uid.isEmpty { member("uid", user.uid, &hasMembers, &out) }
    if !user.groups.isEmpty {
      key("groups", &hasMembers, &out)
      append(user.groups, to: &out)
    }
    if !user.extra.isEmpty {
      key("extra", &hasMembers, &out)
      var hasKeys = false
      out.append(UInt8(ascii: "{"))
      for name in user.extra.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        if hasKeys { out.append(UInt8(ascii: ",")) }
        hasKeys = true
        JSON.append(name, to: &out)
        out.append(UInt8(ascii: ":"))
        append(user.extra[name] ?? [], to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
    out.append(UInt8(ascii: "}"))
  }

  private static func append(_ reference: AuditEvent.ObjectReference, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    var hasMembers = false
    let members = [
      ("resource", reference.resource), ("namespace", reference.namespace), ("name", reference.name),
      ("uid", reference.uid), ("apiGroup", reference.apiGroup), ("apiVersion", reference.apiVersion),
      ("resourceVersion", reference.resourceVersion), ("subresource", reference.subresource),
    ]
    for (name, value) in members where !value.isEmpty { member(name, value, &hasMembers, &out) }
    out.append(UInt8(ascii: "}"))
  }

  private static func append(_ response: AuditEvent.Response, to out: inout [UInt8]) {
    out += #"{"metadata":{}"#.utf8
    var hasMembers = true
    let status = response.body?.status
    if let text = status?["status"]?.string { member("status", text, &hasMembers, &out) }
    let message = status?["message"]?.string ?? response.message
    if !message.isEmpty { member("message", message, &hasMembers, &out) }
    if let reason = status?["reason"]?.string { member("reason", reason, &hasMembers, &out) }
    if let details = status?["details"] {
      key("details", &hasMembers, &out)
      JSON.append(details, to: &out)
    }
    out += #","code":\#(response.code)}"#.utf8
  }

  private static func append(annotations: [(key: String, value: String)], to out: inout [UInt8]) {
    if annotations.isEmpty { return }
    out += #","annotations":{"#.utf8
    var hasMembers = false
    var last: String?
    // Sorting keeps the order of equal keys, so that the first value of a key is the one written.
    for (name, value) in annotations.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    where name != last {
      if hasMembers { out.append(UInt8(ascii: ",")) }
      hasMembers = true
      last = name
      JSON.append(name, to: &out)
      out.append(UInt8(ascii: ":"))
      JSON.append(value, to: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  private static func append(_ texts: [String], to out: inout [UInt8]) {
    out.append(UInt8(ascii: "["))
    for (index, text) in texts.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      JSON.append(text, to: &out)
    }
    out.append(UInt8(ascii: "]"))
  }

  private static func key(_ name: String, _ hasMembers: inout Bool, _ out: inout [UInt8]) {
    if hasMembers { out.append(UInt8(ascii: ",")) }
    hasMembers = true
    out.append(UInt8(ascii: "\""))
    out += name.utf8
    out += #"":"#.utf8
  }

  private static func member(_ name: String, _ value: String, _ hasMembers: inout Bool, _ out: inout [UInt8])
  {
    key(name, &hasMembers, &out)
    JSON.append(value, to: &out)
  }

  /// At most 1024 bytes and a mark where there were more.
  static func cut(_ userAgent: String) -> String {
    guard userAgent.utf8.count > maximumUserAgent else { return userAgent }
    return String(decoding: userAgent.utf8.prefix(maximumUserAgent), as: UTF8.self) + "...TRUNCATED"
  }
}
