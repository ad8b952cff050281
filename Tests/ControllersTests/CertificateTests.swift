import Authentication
import Schema
import Security
import Testing
import Values

@testable import Controllers

struct CertificateTests {
  private let key: PrivateKey

  init() throws { key = try PrivateKey.ecdsa(.p256) }

  private func request(
    _ name: String, signer: String = "kubernetes.io/kube-apiserver-client",
    subject: DistinguishedName = DistinguishedName(commonName: "jane", organizations: ["developers"]),
    usages: [String] = ["client auth"], seconds: Int64? = nil
  ) throws -> Value {
    let csr = try CertificateRequest(subject: subject, key: key)
    var spec: Value = [
      "request": .string(Base64.encode(Array(csr.pem.utf8))), "signerName": .string(signer),
      "usages": Value(usages),
    ]
    if let seconds { spec["expirationSeconds"] = .int(seconds) }
    return ["metadata": ["name": .string(name)], "spec": spec]
  }

  private func approve(_ cluster: Cluster, _ name: String) async throws {
    try await cluster.client.update(.signingRequests, name: name, subresource: "approval") { object in
      SigningRequest(object).adding(condition: "Approved", reason: "Test", message: "")
    }
  }

  private func certificate(_ cluster: Cluster, _ name: String) throws -> Certificate? {
    guard let text = cluster.get(.signingRequests, name, in: "")?["status"]?["certificate"]?.string else {
      return nil
    }
    return try Certificate.parse(pem: Base64.decode(text)).first
  }

  private func condition(_ cluster: Cluster, _ name: String, _ type: String) -> Value? {
    cluster.get(.signingRequests, name, in: "")?["status"]?["conditions"]?.array?.first {
      $0["type"]?.string == type
    }
  }

  @Test func anApprovedRequestIsSigned() async throws {
    try await Cluster.run { cluster in
      let made = try await cluster.make(.signingRequests, request("a", seconds: 3600), in: "")
      #expect(made["spec"]?["username"] == "system:apiserver")
      await cluster.pause()
      #expect(try certificate(cluster, "a") == nil, "nobody approved it yet")
      try await approve(cluster, "a")
      await cluster.eventually { (try? certificate(cluster, "a")) != nil }
      let signed = try #require(try certificate(cluster, "a"))
      #expect(signed.subject.commonName == "jane")
      #expect(signed.subject.organizations == ["developers"])
      #expect(signed.extendedKeyUsages == [.clientAuth])
      #expect(!signed.isCA)
      #expect(signed.notAfter - signed.notBefore == 3600 + 300)
      let root = try Certificate.parse(pem: Array(cluster.server.certificateAuthority.utf8))
      let verifier = try CertificateVerifier(roots: root)
      #expect((try? verifier.verify(signed, usage: .clientAuth).get()) != nil)
    }
  }

  @Test func theClusterLimitsHowLongCertificatesLive() async throws {
    try await Cluster.run({ $0.clusterSigningDuration = 3600 }) { cluster in
      for (name, seconds) in [("a", nil), ("b", 600), ("c", 86400)] as [(String, Int64?)] {
        try await cluster.make(.signingRequests, request(name, seconds: seconds), in: "")
        try await approve(cluster, name)
        await cluster.eventually { (try? certificate(cluster, name)) != nil }
        let signed = try #require(try certificate(cluster, name))
        #expect(signed.notAfter - signed.notBefore == min(seconds ?? 3600, 3600) + 300)
      }
    }
  }

  @Test func aRequestThatBreaksTheSignersRulesFails() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(.signingRequests, request("a", usages: ["server auth"]), in: "")
      try await approve(cluster, "a")
      await cluster.eventually { condition(cluster, "a", "Failed") != nil }
      let failed = condition(cluster, "a", "Failed")
      #expect(failed?["reason"] == "SignerValidationFailure")
      #expect(failed?["message"] == "invalid usage for client certificate: server auth")
      #expect(try certificate(cluster, "a") == nil)
    }
  }

  @Test func signersOfOthersAreLeftToThem() async throws {
    try await Cluster.run { cluster in
      try await cluster.make(.signingRequests, request("a", signer: "example.com/signer"), in: "")
      try await approve(cluster, "a")
      await cluster.pause()
      #expect(try certificate(cluster, "a") == nil)
      #expect(condition(cluster, "a", "Failed") == nil)
    }
  }

  @Test func aKubeletThatMayIsApproved() async throws {
    try await Cluster.run { cluster in
      let subject = DistinguishedName(commonName: "system:node:n", organizations: ["system:nodes"])
      let ask = try request(
        "a", signer: SignerRules.kubeletClient, subject: subject,
        usages: ["client auth", "digital signature"])
      try await cluster.make(.signingRequests, ask, in: "")
      await cluster.eventually { (try? certificate(cluster, "a")) != nil }
      #expect(condition(cluster, "a", "Approved")?["reason"] == "AutoApproved")
      #expect(
        condition(cluster, "a", "Approved")?["message"]
          == "Auto approving kubelet client certificate after SubjectAccessReview.")
    }
  }

  @Test(
    arguments: [
      (["system:nodes"], "system:node:n", ["client auth", "digital signature"], nil),
      (["system:nodes"], "system:node:n", ["client auth", "digital signature", "key encipherment"], nil),
      (["system:nodes", "x"], "system:node:n", ["client auth"], "subject organization is not system:nodes"),
      (["system:nodes"], "n", ["client auth"], "subject common name does not begin with system:node:"),
      (
        ["system:nodes"], "system:node:n", ["client auth"],
        "usages did not match [client auth digital signature key encipherment]"
      ),
    ] as [([String], String, [String], String?)])
  func kubeletClientRules(_ organizations: [String], _ name: String, _ usages: [String], _ problem: String?)
    throws
  {
    let csr = try CertificateRequest(
      subject: DistinguishedName(commonName: name, organizations: organizations), key: key)
    #expect(SignerRules.problem(SignerRules.kubeletClient, csr, usages: usages) == problem)
  }

  @Test func kubeletServingNeedsANameOfTheServer() throws {
    let subject = DistinguishedName(commonName: "system:node:n", organizations: ["system:nodes"])
    let usages = ["server auth", "digital signature"]
    let bare = try CertificateRequest(subject: subject, key: key)
    #expect(
      SignerRules.problem("kubernetes.io/kubelet-serving", bare, usages: usages)
        == "DNS or IP subjectAltName is required")
    let named = try CertificateRequest(
      subject: subject, alternativeNames: SubjectAlternativeNames(dnsNames: ["n"]), key: key)
    #expect(SignerRules.problem("kubernetes.io/kubelet-serving", named, usages: usages) == nil)
    let mail = try CertificateRequest(
      subject: subject, alternativeNames: SubjectAlternativeNames(dnsNames: ["n"], emailAddresses: ["a@b"]),
      key: key)
    #expect(
      SignerRules.problem("kubernetes.io/kubelet-serving", mail, usages: usages)
        == "email subjectAltNames are not allowed")
  }
}
