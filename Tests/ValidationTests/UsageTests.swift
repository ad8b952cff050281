import Schema
import Testing
import Values

@testable import Validation

/// What the module does, by examples.
@Suite("Usage")
struct UsageTests {
  private static func resource(_ group: String, _ version: String, _ name: String) throws -> APIResource {
    try #require(
      APICatalog.builtIn.resource(GroupVersionResource(group: group, version: version, resource: name)))
  }

  private static func create(_ object: Value, _ resource: APIResource) -> [String] {
    ObjectValidator.create(object, resource, type: ObjectType(name: "")).map { "\($0.path): \($0.message)" }
  }

  @Test("A ConfigMap with a bad name and a bad key")
  func configMap() throws {
    let resource = try Self.resource("", "v1", "configmaps")
    var object: Value = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "n", "uid": "u"],
      "data": ["k": "v"],
    ]
    #expect(Self.create(object, resource) == [])
    object.set("A B", at: ["metadata", "name"])
    object.set("v", at: ["data", "a b"])
    let findings = Self.create(object, resource)
    #expect(findings.count == 2)
    #expect(findings.first?.hasPrefix("metadata.name: Invalid value: \"A B\": a lowercase RFC 1123") == true)
    #expect(findings.last?.hasPrefix("data[a b]: Invalid value: \"a b\": a valid config key") == true)
  }

  @Test("What may not change, must not")
  func immutable() throws {
    let resource = try Self.resource("", "v1", "configmaps")
    let old: Value = [
      "metadata": ["name": "a", "namespace": "n", "uid": "u", "resourceVersion": "1"], "immutable": true,
      "data": ["k": "v"],
    ]
    var new = old
    #expect(
      ObjectValidator.update(new, old: old, resource, subresource: "", type: ObjectType(name: "")) == [])
    new.set("w", at: ["data", "k"])
    new.set("other", at: ["metadata", "uid"])
    let findings = ObjectValidator.update(
      new, old: old, resource, subresource: "", type: ObjectType(name: ""))
    #expect(findings.map(\.path).contains("metadata.uid"))
    #expect(findings.last?.message == "Forbidden: field is immutable when `immutable` is set")
  }

  @Test("A variable that hides another is worth a warning")
  func warnings() throws {
    let resource = try Self.resource("", "v1", "pods")
    let pod: Value = [
      "metadata": ["name": "p"],
      "spec": [
        "nodeSelector": ["beta.kubernetes.io/os": "linux"],
        "containers": [["name": "c", "env": [["name": "A", "value": "1"], ["name": "A", "value": "2"]]]],
      ],
    ]
    #expect(
      ObjectValidator.warnings(for: pod, old: nil, resource) == [
        "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "spec.containers[0].env[1]: hides previous definition of \"A\", "
          + "which may be dropped when using apply",
      ])
    #expect(ObjectValidator.warnings(for: pod, old: pod, resource) == [])
  }

  @Test("Names", arguments: [("a-1", true), ("A", false), ("-a", false), ("a.b", false), ("", false)])
  func labels(name: String, isGood: Bool) {
    #expect(Names.dns1123Label(name).isEmpty == isGood)
  }

  @Test(
    "Keys of labels",
    arguments: [("app", true), ("a.io/app", true), ("A.io/app", false), ("a/b/c", false), ("a/", false)])
  func keys(key: String, isGood: Bool) {
    #expect(Names.qualified(key).isEmpty == isGood)
  }

  @Test(
    "Addresses are written in one way only",
    arguments: [
      ("10.9.8.7", true), ("10.09.8.7", false), ("::ffff:1.2.3.4", false), ("2001:db8::1", true),
      ("1.2.3", false),
    ])
  func addresses(text: String, isGood: Bool) {
    #expect(Names.ipAddress(text).isEmpty == isGood)
  }

  @Test("The canonical text of an address")
  func canonical() {
    #expect(IPAddress("2001:DB8:0:0:1:0:0:1")?.description == "2001:db8::1:0:0:1")
    #expect(IPAddress("0:0:0:0:0:0:0:0")?.description == "::")
    #expect(IPAddress("fe80:0:0:0:0:0:0:1")?.description == "fe80::1")
    #expect(AddressBlock("10.1.2.0/24")?.isMasked == true)
    #expect(Names.addressBlock("10.1.2.3/24") == ["must not have bits set beyond the prefix length"])
  }

  @Test(
    "Schedules",
    arguments: [
      ("*/5 * * * *", true), ("@hourly", true), ("@every 5m", true), ("0 0 * JAN-MAR mon", true),
      ("60 * * * *", false), ("* * * *", false), ("@sometimes", false), ("", false),
    ])
  func schedules(text: String, isGood: Bool) {
    #expect((CronSchedule.fault(text) == nil) == isGood)
  }
}
