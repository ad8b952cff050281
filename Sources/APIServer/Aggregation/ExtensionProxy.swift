import Authentication
import HTTPService
import NIOCore
import NIOHTTP1
import Schema
import Values

/// Hands requests for the groups of extension servers on to them, with who asks in header fields
/// (k8s.io/kube-aggregator, "handler_proxy"; Kubernetes documentation, "Configure the Aggregation Layer").
struct ExtensionProxy: Sendable {
  let servers: ExtensionServers
  private static let maximumBodyBytes = 3 << 20

  /// - Returns: nil where the path is none of an extension server.
  func route(_ context: RequestContext) async -> HTTPResponse? {
    let parts = context.info.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 4, parts[0].isEmpty, parts[1] == "apis" else { return nil }
    let groupVersion = GroupVersion(group: parts[2], version: parts[3])
    guard let target = servers.target(for: groupVersion) else { return nil }
    let answer = Answer(context: context)
    guard target.isAvailable else { return answer.text("service unavailable\n", code: 503) }
    guard let body = try? await context.http.body.collect(upTo: Self.maximumBodyBytes) else {
      return answer.status(.tooLarge("Request entity too large: limit is \(Self.maximumBodyBytes)"))
    }
    do {
      let reply = try await servers.send(
        HTTPMethod(rawValue: context.http.method), context.http.target, to: target,
        headers: headers(context), body: Array(body.readableBytesView), timeout: .seconds(60))
      return response(reply, answer)
    } catch is StatusError {
      return answer.text("service unavailable\n", code: 503)
    } catch {
      return answer.text("error trying to reach service: \(Self.reason(error))\n", code: 503)
    }
  }

  /// The error without what was asked for, as a round trip's own error.
  private static func reason(_ error: any Error) -> String {
    let text = (error as? HTTPClientError)?.description ?? "\(error)"
    guard let end = text.firstRange(of: "\": ") else { return text }
    return String(text[end.upperBound...])
  }

  private static let dropped: Set = [
    "authorization", "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "content-length", "host",
  ]

  /// The client's header fields with who it is; what it says itself of that is left out.
  private func headers(_ context: RequestContext) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for (name, value) in context.http.headers {
      let lower = name.lowercased()
      if Self.dropped.contains(lower) || lower.hasPrefix("x-remote-") || lower.hasPrefix("impersonate-") {
        continue
      }
      headers.add(name: name, value: value)
    }
    let user = context.user
    headers.add(name: "X-Remote-User", value: user.name)
    if !user.uid.isEmpty { headers.add(name: "X-Remote-Uid", value: user.uid) }
    for group in user.groups { headers.add(name: "X-Remote-Group", value: group) }
    for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) {
      for value in values { headers.add(name: "X-Remote-Extra-\(Self.escaped(key))", value: value) }
    }
    if let address = context.http.connection.remoteAddress {
      let earlier = context.http.headers["X-Forwarded-For"]
      headers.replaceOrAdd(
        name: "X-Forwarded-For", value: (earlier + [address.host]).joined(separator: ", "))
    }
    return headers
  }

  /// A key as it may stand in a header field's name: other characters are percent-encoded.
  static func escaped(_ key: String) -> String {
    let tokens = Set("!#$&'*+-.^_`|~".utf8)
    var out = ""
    for byte in key.utf8 {
      let isLetter = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
      if isLetter || tokens.contains(byte) {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        out += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return out
  }

  private func response(_ reply: ClientResponse, _ answer: Answer) -> HTTPResponse {
    var headers = HTTPHeaders()
    headers.add(name: "Audit-Id", value: answer.context.auditID)
    for (name, value) in reply.headers where !Self.dropped.contains(name.lowercased()) {
      headers.replaceOrAdd(name: name, value: value)
    }
    return HTTPResponse(status: reply.status, headers: headers, body: .bytes(reply.body))
  }
}
