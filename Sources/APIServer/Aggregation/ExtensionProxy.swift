import Authentication
import HTTPService
import NIOHTTP1
import Schema
import Values

/// Hands requests for the groups of extension servers on to them, with who asks in header fields
/// (k8s.io/kube-aggregator, "handler_proxy"; Kubernetes documentation, "Configure the Aggregation Layer").
struct ExtensionProxy: Sendable {
  let servers: ExtensionServers

  /// - Returns: nil where the path is none of an extension server.
  func route(_ context: RequestContext) async -> HTTPResponse? {
    let parts = context.info.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    // Their part of the API, and their document of it.
    let prefix = parts.starts(with: ["", "openapi", "v3", "apis"]) ? 3 : 1
    guard parts.count >= prefix + 3, parts[0].isEmpty, parts[prefix] == "apis",
      prefix == 1 || parts.count == 6
    else { return nil }
    let groupVersion = GroupVersion(group: parts[prefix + 1], version: parts[prefix + 2])
    guard let target = servers.target(for: groupVersion) else { return nil }
    let answer = Answer(context: context)
    guard target.isAvailable else { return answer.text("service unavailable\n", code: 503) }
    let proxy = ReverseProxy(
      context: context,
      forwarded: [
        ("X-Forwarded-Uri", ReverseProxy.escaped(path: context.info.path)),
        ("X-Forwarded-Host", "\(target.service).\(target.namespace).svc:\(target.port)"),
        ("X-Forwarded-Proto", "https"),
      ])
    do {
      let reply = try await servers.open(
        HTTPMethod(rawValue: context.http.method), context.http.target, to: target, headers: headers(proxy),
        body: context.http.body, timeout: .seconds(3600))
      if (300..<400).contains(reply.status), reply.headers.contains(name: "Location") {
        // Where a client may be sent is this server's affair (--aggregator-reject-forwarding-redirect).
        var refusal = answer.text(
          "the backend attempted to redirect this request, which is not permitted", code: 502)
        refusal.headers.remove(name: "X-Content-Type-Options")
        return refusal
      }
      return try await proxy.answer(reply)
    } catch let error as StatusError where error.code == 503 && error.message.hasPrefix("error trying") {
      return answer.text("\(error.message)\n", code: 503)
    } catch let error as StatusError where error.code == 500 {
      return answer.text("\(error.message)\n", code: 503)
    } catch is StatusError {
      return answer.text("service unavailable\n", code: 503)
    } catch {
      return answer.text("error trying to reach service: \(ReverseProxy.reason(error))\n", code: 503)
    }
  }

  /// The client's header fields with who it is; what it says itself of that is left out.
  private func headers(_ proxy: ReverseProxy) -> HTTPHeaders {
    var headers = proxy.headers { name in
      name == "authorization" || name.hasPrefix("x-remote-") || name.hasPrefix("impersonate-")
    }
    let user = proxy.context.user
    headers.add(name: "X-Remote-User", value: user.name)
    if !user.uid.isEmpty { headers.add(name: "X-Remote-Uid", value: user.uid) }
    for group in user.groups { headers.add(name: "X-Remote-Group", value: group) }
    for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) {
      for value in values { headers.add(name: "X-Remote-Extra-\(Self.escaped(key))", value: value) }
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
}
