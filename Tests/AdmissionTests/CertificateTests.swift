import Authentication
import Schema
import Testing
import Values

@testable import Admission

@Suite struct CertificateTests {
  private static func request(signer: String, status: Value = [:]) -> Value {
    [
      "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": ["name": "r"],
      "spec": ["request": "cGVt", "signerName": .string(signer), "usages": ["client auth"]], "status": status,
    ]
  }

  @Test(arguments: ["example.com/app", "example.com/*"])
  func approvalNeedsTheSignersLeave(_ granted: String) async throws {
    let cluster = try Cluster(grants: ["jane approve signers \(granted)"])
    let asked = Self.request(signer: "example.com/app")
    cluster.put(asked)
    try await cluster.update(asked, subresource: "approval", as: UserInfo(name: "jane"))
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.update(asked, subresource: "approval", as: UserInfo(name: "joe"))
    }
    #expect(message == #"user not permitted to approve requests with signerName "example.com/app""#)
  }

  @Test func signingNeedsTheSignersLeave() async throws {
    let cluster = try Cluster()
    cluster.put(Self.request(signer: "example.com/app"))
    let issued = Self.request(signer: "example.com/app", status: ["certificate": "cGVt"])
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.update(issued, subresource: "status", as: UserInfo(name: "joe"))
    }
    #expect(message == #"user not permitted to sign requests with signerName "example.com/app""#)
    // Who changes neither certificate nor conditions needs no leave.
    try await cluster.update(
      Self.request(signer: "example.com/app"), subresource: "status", as: UserInfo(name: "joe"))
  }

  @Test func nobodyAsksToBecomeMaster() async throws {
    let cluster = try Cluster {
      $0.requestedSubject = { bytes in
        bytes == Array("pem".utf8) ? .init(commonName: "x", organizations: ["system:masters"]) : nil
      }
    }
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(Self.request(signer: "kubernetes.io/kube-apiserver-client"))
    }
    #expect(
      message == "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed")
    try await cluster.create(Self.request(signer: "example.com/app"))
  }

  @Test func whatCannotBeReadIsRefused() async throws {
    let cluster = try Cluster()
    let message = await cluster.refusal { () async throws(StatusError) in
      try await cluster.create(Self.request(signer: "kubernetes.io/kube-apiserver-client"))
    }
    #expect(message == "failed to parse CSR: it is no certificate request in PEM")
  }

  @Test func attestingNeedsTheSignersLeave() async throws {
    let cluster = try Cluster(grants: ["jane attest signers example.com/app"])
    let bundle: Value = [
      "apiVersion": "certificates.k8s.io/v1beta1", "kind": "ClusterTrustBundle", "metadata": ["name": "b"],
      "spec": ["signerName": "example.com/app"],
    ]
    let plugin = ClusterTrustBundleAttest(
      authorizer: Cluster.Grants(allowed: ["jane attest signers example.com/app"]))
    func request(_ user: String) -> AdmissionRequest {
      AdmissionRequest(
        operation: .create,
        resource: .init(group: "certificates.k8s.io", version: "v1beta1", resource: "clustertrustbundles"),
        kind: Cluster.kind(of: bundle), namespace: "", name: "b", object: bundle, oldObject: nil,
        user: UserInfo(name: user))
    }
    try await plugin.validate(request("jane"))
    let message = await cluster.refusal { () async throws(StatusError) in
      try await plugin.validate(request("joe"))
    }
    #expect(message == #"user not permitted to attest for signerName "example.com/app""#)
  }
}
