import APIServer
import Schema
import Security
import Testing
import Values

@testable import Controllers

struct CertificateCleanerTests {
  private static let made = Timestamp(seconds: 1_800_000_000)

  private func request(_ conditions: [(String, Int64)], certificate: Certificate? = nil) -> Value {
    var status = Object()
    if !conditions.isEmpty {
      status["conditions"] = .array(
        conditions.map { type, seconds in
          [
            "type": .string(type), "status": "True",
            "lastUpdateTime": .string(Self.made.adding(seconds: seconds).rfc3339),
          ]
        })
    }
    if let certificate { status["certificate"] = .string(Base64.encode(Array(certificate.pem.utf8))) }
    return [
      "metadata": ["name": "a", "creationTimestamp": .string(Self.made.rfc3339)], "status": .object(status),
    ]
  }

  private func certificate(until end: Int64) throws -> Certificate {
    let template = CertificateTemplate(
      subject: DistinguishedName(commonName: "jane"), notBefore: 0, notAfter: Self.made.seconds + end)
    return try Certificate.selfSigned(template, key: .ecdsa(.p256))
  }

  private func end(_ request: Value) -> Int64? {
    CertificateCleaner.end(request).map { $0.seconds - Self.made.seconds }
  }

  @Test func requestsStayAsLongAsSomebodyMayWantThem() throws {
    #expect(end(request([])) == 86400, "nobody has looked at it")
    #expect(end(request([("Approved", 100)])) == 86500, "no signer has")
    #expect(end(request([("Denied", 100)])) == 3700)
    #expect(end(request([("Approved", 100), ("Failed", 200)])) == 3800)
    let long = try certificate(until: 100_000)
    #expect(end(request([("Approved", 100)], certificate: long)) == 3700)
    let short = try certificate(until: 600)
    #expect(end(request([("Approved", 100)], certificate: short)) == 600)
    #expect(end(["metadata": ["name": "a"], "status": ["conditions": [["type": "Other"]]]]) == nil)
  }

  @Test func whatIsOldIsRemovedAndTheRestIsNot() async throws {
    try await Cluster.run { cluster in
      let key = try PrivateKey.ecdsa(.p256)
      let csr = try CertificateRequest(subject: DistinguishedName(commonName: "jane"), key: key)
      try await cluster.make(
        .signingRequests,
        [
          "metadata": ["name": "a"],
          "spec": [
            "request": .string(Base64.encode(Array(csr.pem.utf8))),
            "signerName": "example.com/signer", "usages": ["client auth"],
          ],
        ], in: "")
      try await CertificateCleaner(client: cluster.client).reconcile("a")
      #expect(cluster.get(.signingRequests, "a", in: "") != nil)
      let tomorrow = Timestamp.now.adding(seconds: 86402)
      try await CertificateCleaner(client: cluster.client, now: { tomorrow }).reconcile("a")
      #expect(cluster.get(.signingRequests, "a", in: "") == nil)
    }
  }
}
