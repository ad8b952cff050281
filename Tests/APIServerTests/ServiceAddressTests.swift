import Testing
import Values

@testable import APIServer

/// Cluster IPs and node ports: six addresses and four ports are to be had here.
@Suite struct ServiceAddressTests {
  private static let path = "/api/v1/namespaces/default/services"

  private static func nodePort(_ name: String, _ port: Int64? = nil) -> Value {
    var entry: Value = ["port": 80]
    if let port { entry["nodePort"] = .int(port) }
    return Example.service(name, ["type": "NodePort", "selector": ["a": "b"], "ports": [entry]])
  }

  private static func clusterIP(_ name: String, _ address: String? = nil) -> Value {
    var spec: Value = ["selector": ["a": "b"], "ports": [["port": 80]]]
    if let address { spec["clusterIP"] = .string(address) }
    return Example.service(name, spec)
  }

  @Test("each service has an address of its own, and gives it back when it goes")
  func addresses() async throws {
    let api = try TestAPI()
    var seen = Set<String>()
    for i in 0..<6 {
      let made = await api.create(Self.path, Self.clusterIP("s\(i)"))
      #expect(made.status == 201)
      seen.insert(made.json["spec"]?["clusterIP"]?.string ?? "")
    }
    #expect(seen == Set((1...6).map { "10.0.0.\($0)" }))
    let full = await api.create(Self.path, Self.clusterIP("full"))
    #expect(full.status == 500)
    #expect(
      full.message
        == "Internal error occurred: failed to allocate a serviceIP for Service \"full\": range is full")
    _ = await api.delete("\(Self.path)/s3")
    #expect(await api.create(Self.path, Self.clusterIP("full")).status == 201)
  }

  @Test("what a write that fails had taken is free again")
  func failures() async throws {
    let api = try TestAPI()
    for _ in 0..<20 {
      // Refused by validation, which comes after addresses are given.
      var bad = Self.nodePort("bad")
      bad["spec"]?["sessionAffinity"] = "Sometimes"
      #expect(await api.create(Self.path, bad).status == 422)
      // Nothing of a dry run stays.
      #expect(await api.create("\(Self.path)?dryRun=All", Self.nodePort("dry")).status == 201)
    }
    for i in 0..<4 { #expect(await api.create(Self.path, Self.nodePort("s\(i)")).status == 201) }
    // A name that is taken, likewise.
    for _ in 0..<20 { #expect(await api.create(Self.path, Self.clusterIP("s0")).status == 409) }
    #expect(await api.create(Self.path, Self.clusterIP("s4")).status == 201)
    #expect(await api.create(Self.path, Self.clusterIP("s5")).status == 201)
  }

  @Test("a failed write gives back only what it took itself")
  func othersAddresses() async throws {
    let api = try TestAPI()
    #expect(await api.create(Self.path, Self.clusterIP("first", "10.0.0.1")).status == 201)
    #expect(await api.create(Self.path, Self.nodePort("port", 30001)).status == 201)
    // Names the other's address where it gets none itself: refused, and the address stays the other's.
    for type in ["ExternalName", "ClusterIP"] {
      let spec: Value = [
        "type": .string(type), "externalName": "example.com",
        "clusterIP": type == "ExternalName" ? "10.0.0.1" : "10.0.0.3",
        "clusterIPs": type == "ExternalName" ? ["10.0.0.1"] : ["10.0.0.3", "10.0.0.1"],
        "ports": [["port": 80, "nodePort": 30001]],
      ]
      #expect(await api.create(Self.path, Example.service("thief", spec)).status == 422)
    }
    let address = await api.create(Self.path, Self.clusterIP("second", "10.0.0.1"))
    #expect(address.status == 422)
    #expect(address.message.contains("provided IP is already allocated"))
    let port = await api.create(Self.path, Self.nodePort("third", 30001))
    #expect(port.status == 422)
    #expect(port.message.contains("provided port is already allocated"))
  }

  @Test("an update that is refused leaves the service what it has")
  func refusedUpdate() async throws {
    let api = try TestAPI()
    let made = await api.create(Self.path, Self.nodePort("s", 30001))
    #expect(made.status == 201)
    // To become a ClusterIP service would free the port, but the write fails, or is a dry run.
    let refused = await api.merge(
      "\(Self.path)/s",
      ["spec": ["type": "ClusterIP", "sessionAffinity": "Sometimes", "ports": [["port": 80]]]])
    #expect(refused.status == 422)
    let dry = await api.merge(
      "\(Self.path)/s?dryRun=All", ["spec": ["type": "ClusterIP", "ports": [["port": 80]]]])
    #expect(dry.status == 200)
    #expect(await api.create(Self.path, Self.nodePort("other", 30001)).status == 422)
    // Carried out, it does free it.
    #expect(
      await api.merge("\(Self.path)/s", ["spec": ["type": "ClusterIP", "ports": [["port": 80]]]]).status
        == 200)
    #expect(await api.create(Self.path, Self.nodePort("other", 30001)).status == 201)
  }

  @Test("an update that is refused takes nothing")
  func updateTakesNothing() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.path, Self.clusterIP("s"))
    for _ in 0..<10 {
      let refused = await api.merge(
        "\(Self.path)/s", ["spec": ["type": "NodePort", "sessionAffinity": "Sometimes"]])
      #expect(refused.status == 422)
      let dry = await api.merge("\(Self.path)/s?dryRun=All", ["spec": ["type": "NodePort"]])
      #expect(dry.status == 200)
    }
    for i in 0..<4 { #expect(await api.create(Self.path, Self.nodePort("n\(i)")).status == 201) }
  }

  @Test("services that are made at once never share an address")
  func concurrently() async throws {
    let api = try TestAPI()
    let made = await WriteTests.concurrently(30) { i in await api.create(Self.path, Self.nodePort("s\(i)")) }
    let good = made.filter { $0.status == 201 }
    #expect(good.count == 4)
    #expect(Set(good.compactMap { $0.json["spec"]?["clusterIP"]?.string }).count == 4)
    #expect(Set(good.compactMap { $0.json["spec"]?["ports"]?.array?.first?["nodePort"]?.int }).count == 4)
  }
}
