import Testing
import Values

@testable import APIServer

/// Cluster IPs of two families, and updates of services that have them.
@Suite struct DualStackTests {
  private static let path = "/api/v1/namespaces/default/services"

  /// A server with the ranges.
  private static func api(_ ranges: String) throws -> TestAPI {
    let addresses = ServiceAddresses(ranges: try ServiceAddresses.ranges(ranges), nodePorts: 30000...30009)
    return try TestAPI { $0.serviceAddresses = addresses }
  }

  private static func service(_ spec: String) throws -> Value {
    var service = Example.service("s", try JSON.parse(spec))
    service["spec"]?["ports"] = [["port": 80]]
    return service
  }

  private static func families(_ spec: Value?) -> [String] {
    (spec?["clusterIPs"]?.strings ?? []).map { $0.contains(":") ? "IPv6" : "IPv4" }
  }

  @Test(
    "a service has addresses of the families that it asks for, where the cluster has them",
    arguments: [
      ("10.0.0.0/24", #"{"selector":{"a":"b"}}"#, "SingleStack", ["IPv4"]),
      ("fd00::/112", #"{"selector":{"a":"b"}}"#, "SingleStack", ["IPv6"]),
      (
        "10.0.0.0/24", #"{"selector":{"a":"b"},"ipFamilyPolicy":"PreferDualStack"}"#, "PreferDualStack",
        ["IPv4"]
      ),
      ("10.0.0.0/24,fd00::/112", #"{"selector":{"a":"b"}}"#, "SingleStack", ["IPv4"]),
      ("fd00::/112,10.0.0.0/24", #"{"selector":{"a":"b"}}"#, "SingleStack", ["IPv6"]),
      ("10.0.0.0/24,fd00::/112", #"{"ipFamilies":["IPv6"]}"#, "SingleStack", ["IPv6"]),
      ("10.0.0.0/24,fd00::/112", #"{"clusterIP":"fd00::5"}"#, "SingleStack", ["IPv6"]),
      (
        "10.0.0.0/24,fd00::/112", #"{"ipFamilyPolicy":"PreferDualStack"}"#, "PreferDualStack",
        ["IPv4", "IPv6"]
      ),
      (
        "10.0.0.0/24,fd00::/112", #"{"ipFamilyPolicy":"RequireDualStack","ipFamilies":["IPv6"]}"#,
        "RequireDualStack", ["IPv6", "IPv4"]
      ),
    ])
  func create(ranges: String, spec: String, policy: String, families: [String]) async throws {
    let made = await (try Self.api(ranges)).create(Self.path, try Self.service(spec))
    #expect(made.status == 201, "\(made.message)")
    #expect(made.json["spec"]?["ipFamilyPolicy"]?.string == policy)
    #expect(made.json["spec"]?["ipFamilies"]?.strings == families)
    #expect(Self.families(made.json["spec"]) == families)
    #expect(made.json["spec"]?["clusterIP"] == made.json["spec"]?["clusterIPs"]?.array?.first)
  }

  @Test(
    "headless services without a selector may have any families",
    arguments: [
      (#"{"clusterIP":"None"}"#, "RequireDualStack", ["IPv4", "IPv6"]),
      (#"{"clusterIP":"None","ipFamilyPolicy":"SingleStack"}"#, "SingleStack", ["IPv4"]),
      (#"{"clusterIP":"None","ipFamilies":["IPv6"]}"#, "RequireDualStack", ["IPv6", "IPv4"]),
      (#"{"clusterIP":"None","selector":{"a":"b"}}"#, "SingleStack", ["IPv4"]),
    ])
  func headless(spec: String, policy: String, families: [String]) async throws {
    let made = await (try Self.api("10.0.0.0/24")).create(Self.path, try Self.service(spec))
    #expect(made.status == 201, "\(made.message)")
    #expect(made.json["spec"]?["ipFamilyPolicy"]?.string == policy)
    #expect(made.json["spec"]?["ipFamilies"]?.strings == families)
    #expect(made.json["spec"]?["clusterIPs"] == ["None"])
  }

  @Test(
    "what a cluster does not have is refused",
    arguments: [
      (
        "10.0.0.0/24", #"{"ipFamilyPolicy":"RequireDualStack"}"#,
        #"spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services"#
      ),
      (
        "10.0.0.0/24", #"{"ipFamilies":["IPv6"]}"#,
        #"spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster"#
      ),
      (
        "10.0.0.0/24", #"{"clusterIP":"fd00::1"}"#,
        #"spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster"#
      ),
      (
        "10.0.0.0/24,fd00::/112", #"{"ipFamilies":["IPv4","IPv6"]}"#,
        #"spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"#
      ),
      (
        "10.0.0.0/24,fd00::/112", #"{"clusterIP":"10.0.0.5","clusterIPs":["10.0.0.5","fd00::5"]}"#,
        #"spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified"#
      ),
      (
        "10.0.0.0/24,fd00::/112", #"{"clusterIP":"fd00:1::5"}"#,
        #"spec.clusterIPs: Invalid value: ["fd00:1::5"]: failed to allocate IP fd00:1::5: the provided network does not match the current range"#
      ),
    ])
  func refused(ranges: String, spec: String, message: String) async throws {
    let made = await (try Self.api(ranges)).create(Self.path, try Self.service(spec))
    #expect(made.status == 422)
    #expect(made.message == "Service \"s\" is invalid: \(message)")
  }

  @Test("a service gains and loses its second address as its policy says")
  func upgrade() async throws {
    let api = try Self.api("10.0.0.0/24,fd00::/126")
    let made = await api.create(Self.path, try Self.service("{}"))
    let first = made.json["spec"]?["clusterIP"]
    for _ in 0..<5 {
      let both = await api.merge("\(Self.path)/s", ["spec": ["ipFamilyPolicy": "RequireDualStack"]])
      #expect(both.status == 200, "\(both.message)")
      #expect(Self.families(both.json["spec"]) == ["IPv4", "IPv6"])
      // The addresses alone may not shrink.
      let shrunk = await api.merge("\(Self.path)/s", ["spec": ["clusterIPs": [first ?? ""]]])
      #expect(
        shrunk.message
          == "Service \"s\" is invalid: spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": "
          + "must be 'SingleStack' to release the secondary cluster IP")
      let single = await api.merge("\(Self.path)/s", ["spec": ["ipFamilyPolicy": "SingleStack"]])
      #expect(single.status == 200, "\(single.message)")
      #expect(single.json["spec"]?["clusterIPs"] == [first ?? ""])
      #expect(single.json["spec"]?["ipFamilies"] == ["IPv4"])
    }
  }

  @Test("a manifest that is sent again keeps what was allocated")
  func resent() async throws {
    let api = try Self.api("10.0.0.0/24")
    let spec = #"{"type":"LoadBalancer","externalTrafficPolicy":"Local"}"#
    let made = await api.create(Self.path, try Self.service(spec))
    #expect(made.status == 201)
    let again = await api.update("\(Self.path)/s", try Self.service(spec))
    #expect(again.status == 200, "\(again.message)")
    #expect(again.json["spec"] == made.json["spec"])
  }

  @Test("an update that names another's address or port takes neither")
  func others() async throws {
    let api = try Self.api("10.0.0.0/24")
    var other = try Self.service(#"{"type":"NodePort","clusterIP":"10.0.0.9"}"#)
    other["metadata"]?["name"] = "other"
    other["spec"]?["ports"] = [["port": 80, "nodePort": 30001]]
    #expect(await api.create(Self.path, other).status == 201)
    #expect(await api.create(Self.path, try Self.service("{}")).status == 201)
    let address = await api.merge("\(Self.path)/s", ["spec": ["clusterIP": "10.0.0.9"]])
    #expect(
      address.message
        == "Service \"s\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.0.0.9\"]: may not change once set"
    )
    let port = await api.merge(
      "\(Self.path)/s", ["spec": ["type": "NodePort", "ports": [["port": 80, "nodePort": 30001]]]])
    #expect(
      port.message
        == "Service \"s\" is invalid: spec.ports[0].nodePort: Invalid value: 30001: "
        + "provided port is already allocated")
    var third = try Self.service(#"{"clusterIP":"10.0.0.9"}"#)
    third["metadata"]?["name"] = "third"
    #expect(await api.create(Self.path, third).message.contains("provided IP is already allocated"))
  }

  @Test("ports of one number share a node port, ports of different numbers do not")
  func sharedNodePorts() async throws {
    let api = try Self.api("10.0.0.0/24")
    func send(_ name: String, _ ports: Value) async -> Reply {
      await api.create(Self.path, Example.service(name, ["type": "NodePort", "ports": ports]))
    }
    let shared = await send(
      "a",
      [
        ["name": "t", "port": 53, "protocol": "TCP"],
        ["name": "u", "port": 53, "protocol": "UDP", "nodePort": 30005],
      ])
    #expect(shared.json["spec"]?["ports"]?.array?.map { $0["nodePort"] } == [30005, 30005])
    let twice = await send(
      "b",
      [
        ["name": "t", "port": 53, "nodePort": 30006],
        ["name": "u", "port": 54, "protocol": "UDP", "nodePort": 30006],
      ])
    #expect(
      twice.message.hasSuffix(
        "spec.ports[1].nodePort: Invalid value: 30006: provided port is already allocated"))
    #expect(await send("c", [["port": 53, "nodePort": 30006]]).status == 201, "given back")
  }

  @Test(
    "ranges of the flag",
    arguments: [
      ("10.0.0.7/24", ["10.0.0.0/24"]), ("10.0.0.0/24, fd00::/112", ["10.0.0.0/24", "fd00::/112"]),
      ("10.0.0.0/31", []), ("fd00::/63", []), ("10.0.0.0/24,10.1.0.0/24", []),
      ("10.0.0.0/24,fd00::/112,10.1.0.0/24", []), ("", []), ("10.0.0.0", []),
    ])
  func flag(text: String, ranges: [String]) {
    #expect(((try? ServiceAddresses.ranges(text)) ?? []).map(\.text) == ranges)
  }

  @Test("the first address of a range, and its family")
  func firstAddress() throws {
    let ranges = try ServiceAddresses.ranges("fd00:10::/108,10.96.0.0/12")
    #expect(ranges.map(\.first) == ["fd00:10::1", "10.96.0.1"])
    #expect(ranges.map(\.family) == ["IPv6", "IPv4"])
  }

  @Test("the lower part of a range is left to services that name their address, while there is another")
  func lowerPart() throws {
    let addresses = ServiceAddresses(ranges: try ServiceAddresses.ranges("10.0.0.0/26"))
    var taken: Set<String> = []
    for _ in 0..<46 { taken.insert(try addresses.takeAny(family: "IPv4")) }
    #expect(taken == Set((17...62).map { "10.0.0.\($0)" }))
    #expect(try addresses.takeAny(family: "IPv4").hasPrefix("10.0.0."))
  }
}
