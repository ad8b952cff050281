import Testing
import Values

@testable import APIServer

/// The IPAddress objects of cluster IPs: six addresses are to be had here.
@Suite struct ServiceAddressRecordTests {
  private static let path = "/api/v1/namespaces/default/services"
  private static let records = "/apis/networking.k8s.io/v1/ipaddresses"

  private static func service(_ name: String, _ address: String? = nil, type: String = "ClusterIP") -> Value {
    var spec: Value = ["type": .string(type), "ports": [["port": 80]]]
    if let address { spec["clusterIP"] = .string(address) }
    if type == "ExternalName" { spec["externalName"] = "example.com" }
    return Example.service(name, spec)
  }

  private static func names(_ api: TestAPI) async -> [String] {
    (await api.get(records).json["items"]?.array ?? []).compactMap { $0["metadata"]?["name"]?.string }
  }

  @Test("an address object comes and goes with its service")
  func lifetime() async throws {
    let api = try TestAPI()
    #expect(await api.create(Self.path, Self.service("a", "10.0.0.2")).status == 201)
    #expect(await Self.names(api) == ["10.0.0.2"])
    // A dry run, one that is refused and one whose name is taken leave none.
    #expect(await api.create("\(Self.path)?dryRun=All", Self.service("b", "10.0.0.3")).status == 201)
    var bad = Self.service("b", "10.0.0.3")
    bad["spec"]?["sessionAffinity"] = "Sometimes"
    #expect(await api.create(Self.path, bad).status == 422)
    #expect(await api.create(Self.path, Self.service("a", "10.0.0.3")).status == 409)
    #expect(await api.create(Self.path, Self.service("h", "None")).status == 201)
    #expect(await Self.names(api) == ["10.0.0.2"])
    // An update may give an address and take it.
    #expect(await api.create(Self.path, Self.service("e", type: "ExternalName")).status == 201)
    let given = await api.merge("\(Self.path)/e", ["spec": ["type": "ClusterIP", "clusterIP": "10.0.0.4"]])
    #expect(given.status == 200)
    #expect(await Self.names(api) == ["10.0.0.2", "10.0.0.4"])
    let taken = await api.merge(
      "\(Self.path)/e",
      [
        "spec": [
          "type": "ExternalName", "externalName": "example.com", "clusterIP": .null, "clusterIPs": .null,
        ]
      ])
    #expect(taken.status == 200)
    #expect(await Self.names(api) == ["10.0.0.2"])
    _ = await api.delete("\(Self.path)/a")
    #expect(await Self.names(api) == [])
  }

  @Test("an address that somebody else has an object of is not given")
  func foreign() async throws {
    let api = try TestAPI()
    for i in 1...5 {
      let made = await api.create(
        Self.records,
        [
          "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1", "metadata": ["name": "10.0.0.\(i)"],
          "spec": ["parentRef": ["group": "example.com", "resource": "ships", "name": "s"]],
        ])
      #expect(made.status == 201)
    }
    let refused = await api.create(Self.path, Self.service("a", "10.0.0.1"))
    #expect(refused.status == 422)
    #expect(refused.message.contains("provided IP is already allocated"))
    let made = await api.create(Self.path, Self.service("a"))
    #expect(made.json["spec"]?["clusterIP"] == "10.0.0.6")
    #expect(await api.create(Self.path, Self.service("b")).message.contains("range is full"))
    _ = await api.delete("\(Self.records)/10.0.0.3")
    #expect(await api.create(Self.path, Self.service("b")).json["spec"]?["clusterIP"] == "10.0.0.3")
  }
}
