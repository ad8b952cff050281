import Authentication
import NIOHTTP1
import Testing

@testable import APIServer

struct CredentialsTests {
  private func kept(
    _ headers: HTTPHeaders, _ proxy: RequestHeaderAuthenticator.Configuration = .init()
  ) -> [String]? {
    Credentials.removed(from: headers, proxy).map { $0.map { "\($0.name): \($0.value)" } }
  }

  @Test func nothingFurtherOnSeesATokenOrAProxysUser() {
    let headers: HTTPHeaders = [
      "Accept": "text/plain", "authorization": "Bearer secret", "X-Remote-User": "jane",
      "x-remote-group": "a", "X-Remote-Uid": "7", "X-Remote-Extra-Scopes": "all", "Impersonate-User": "tom",
    ]
    #expect(kept(headers) == ["Accept: text/plain", "Impersonate-User: tom"])
  }

  @Test func theFieldsThatFlagsNameGoToo() {
    let proxy = RequestHeaderAuthenticator.Configuration(
      usernameHeaders: ["X-User"], uidHeaders: [], groupHeaders: ["X-Group"],
      extraHeaderPrefixes: ["X-More-"])
    let headers: HTTPHeaders = [
      "x-user": "jane", "X-Group": "a", "x-more-than": "b", "X-Remote-User": "tom", "X-Users": "kept",
    ]
    #expect(kept(headers, proxy) == ["X-Users: kept"])
  }

  @Test func otherSubprotocolsStay() {
    let token = "base64url.bearer.authorization.k8s.io.c2VjcmV0"
    #expect(
      kept(["Sec-WebSocket-Protocol": "v5.channel.k8s.io, \(token)"])
        == ["Sec-WebSocket-Protocol: v5.channel.k8s.io"])
    #expect(kept(["Sec-WebSocket-Protocol": token, "A": "b"]) == ["A: b"])
  }

  @Test func otherRequestsAreLeftAsTheyAre() {
    #expect(kept(["Accept": "a", "Sec-WebSocket-Protocol": "v5.channel.k8s.io, v4.channel.k8s.io"]) == nil)
  }
}
