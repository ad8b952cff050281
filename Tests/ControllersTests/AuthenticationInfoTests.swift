import Synchronization
import Testing
import Values

@testable import Controllers

struct AuthenticationInfoTests {
  @Test func aFrontProxyIsDescribedToServersBehindThisOne() {
    let info = ClientAuthenticationInfo(
      clientCA: "A", requestHeaderCA: "B", requestHeader: .init(allowedNames: ["front", "back"]))
    #expect(
      info.data == [
        "client-ca-file": "A", "requestheader-client-ca-file": "B",
        "requestheader-allowed-names": #"["front","back"]"#,
        "requestheader-extra-headers-prefix": #"["X-Remote-Extra-"]"#,
        "requestheader-group-headers": #"["X-Remote-Group"]"#,
        "requestheader-uid-headers": #"["X-Remote-Uid"]"#,
        "requestheader-username-headers": #"["X-Remote-User"]"#,
      ])
    #expect(ClientAuthenticationInfo(clientCA: "A").data == ["client-ca-file": "A"])
  }

  @Test func theConfigMapIsKeptAsItShouldBe() async throws {
    try await Cluster.run { cluster in
      let name = "extension-apiserver-authentication"
      func authority() -> String? {
        cluster.get(.configMaps, name, in: "kube-system")?["data"]?["client-ca-file"]?.string
      }
      #expect(authority() == cluster.server.certificateAuthority)
      try await cluster.client.update(.configMaps, namespace: "kube-system", name: name) { object in
        var object = object
        object["data"] = ["client-ca-file": "another", "own": "stays"]
        return object
      }
      await cluster.eventually { authority() == cluster.server.certificateAuthority }
      #expect(cluster.get(.configMaps, name, in: "kube-system")?["data"]?["own"] == "stays")
      try await cluster.client.delete(.configMaps, namespace: "kube-system", name: name)
      await cluster.eventually { authority() == cluster.server.certificateAuthority }
    }
  }
}
