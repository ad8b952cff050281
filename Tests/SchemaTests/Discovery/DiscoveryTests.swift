import Schema
import Testing
import Values

@Suite struct DiscoveryTests {
  let catalog = APICatalog.builtIn

  private static let widgets = APIResource(
    groupVersion: GroupVersion(group: "t.example.com", version: "v1"), name: "widgets",
    singularName: "widget", kind: "Widget", isNamespaced: true,
    verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    shortNames: ["wd"], categories: ["all"], storageVersionHash: "abc=",
    subresources: [
      .init(
        name: "status", kind: GroupVersionKind(group: "t.example.com", version: "v1", kind: "Widget"),
        verbs: ["get", "patch", "update"]),
      .init(
        name: "scale", kind: GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"),
        verbs: ["get", "patch", "update"]),
    ], isCustom: true)

  @Test func coreVersions() {
    #expect(
      Discovery.coreVersions(of: catalog, serverAddress: "127.0.0.1:6443") == [
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"]],
      ])
  }

  @Test func theFirstVersionOfAGroupIsPreferred() {
    #expect(
      Discovery.group("autoscaling", in: catalog) == [
        "kind": "APIGroup", "apiVersion": "v1", "name": "autoscaling",
        "versions": [
          ["groupVersion": "autoscaling/v2", "version": "v2"],
          ["groupVersion": "autoscaling/v1", "version": "v1"],
        ],
        "preferredVersion": ["groupVersion": "autoscaling/v2", "version": "v2"],
      ])
    #expect(Discovery.group("nowhere.example.com", in: catalog) == nil)
    #expect(Discovery.group("", in: catalog) == nil)
  }

  @Test func aSubresourceOfAnotherGroupNamesIt() throws {
    let document = try #require(Discovery.resources(of: GroupVersion(group: "", version: "v1"), in: catalog))
    #expect(document["apiVersion"] == nil)
    let eviction = document["resources"]?.array?.first { $0["name"] == "pods/eviction" }
    #expect(
      eviction == [
        "name": "pods/eviction", "singularName": "", "namespaced": true, "group": "policy", "version": "v1",
        "kind": "Eviction", "verbs": ["create"],
      ])
  }

  @Test func customResourcesAreListed() throws {
    let catalog = catalog.adding([Self.widgets])
    let version = Self.widgets.groupVersion
    let document = try #require(Discovery.resources(of: version, in: catalog))
    #expect(
      document["resources"]?.array?.map { $0["name"]?.string } == [
        "widgets", "widgets/status", "widgets/scale",
      ])
    #expect(document["apiVersion"] == "v1")
    #expect(Discovery.groups(of: catalog)["groups"]?.array?.last?["name"] == "t.example.com")
    #expect(Discovery.group("t.example.com", in: catalog)?["preferredVersion"]?["version"] == "v1")
    let paths = try #require(Discovery.rootPaths(of: catalog)["paths"]?.strings)
    #expect(paths.contains("/apis/t.example.com") && paths.contains("/apis/t.example.com/v1"))
    #expect(paths == paths.sorted())
    let aggregated = AggregatedDiscovery.groups(of: catalog)["items"]?.array?.last
    #expect(aggregated?["metadata"] == ["name": "t.example.com"])
    let entry = aggregated?["versions"]?.array?.first?["resources"]?.array?.first
    #expect(entry?["responseKind"] == ["group": "t.example.com", "version": "v1", "kind": "Widget"])
    #expect(
      entry?["subresources"]?.array?.last?["responseKind"]
        == ["group": "autoscaling", "version": "v1", "kind": "Scale"])
  }

  @Test func bothVersionsOfTheAggregatedDocumentDifferInNameOnly() {
    var old = AggregatedDiscovery.groups(of: catalog, version: .v2beta1)
    #expect(old["apiVersion"] == "apidiscovery.k8s.io/v2beta1")
    old["apiVersion"] = "apidiscovery.k8s.io/v2"
    #expect(old == AggregatedDiscovery.groups(of: catalog))
    #expect(
      AggregatedDiscovery.Version.v2.mediaType
        == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
  }

  @Test func theEntityTagIsTheQuotedDigest() {
    let document = AggregatedDiscovery.coreGroup(of: catalog)
    #expect(AggregatedDiscovery.entityTag(of: document) { _ in [0x0A, 0xFF] } == "\"0AFF\"")
    var seen: [UInt8] = []
    _ = AggregatedDiscovery.entityTag(of: document) {
      seen = $0
      return []
    }
    #expect(seen == JSON.encode(document["items"] ?? .null))
  }

  @Test(.enabled(if: PublishedDiscovery.documents != nil, "no published documents beside the repository"))
  func documentsAreThoseOfTheRealServer() throws {
    let published = try #require(PublishedDiscovery.documents)
    var compared = 0
    for (path, document) in published {
      let ours: Value?
      switch path {
      case "/version": continue
      case "/": ours = Discovery.rootPaths(of: catalog)
      case "/api":
        let address = document["serverAddressByClientCIDRs"]?.array?.first?["serverAddress"]?.string
        ours = Discovery.coreVersions(of: catalog, serverAddress: address ?? "")
      case "/apis": ours = Discovery.groups(of: catalog)
      case "/api aggregated": ours = AggregatedDiscovery.coreGroup(of: catalog)
      case "/apis aggregated": ours = AggregatedDiscovery.groups(of: catalog)
      default:
        let parts = path.split(separator: "/").dropFirst().map(String.init)
        if path.hasPrefix("/api/") {
          ours = Discovery.resources(of: GroupVersion(group: "", version: parts[0]), in: catalog)
        } else if parts.count == 1 {
          ours = Discovery.group(parts[0], in: catalog)
        } else {
          ours = Discovery.resources(of: GroupVersion(group: parts[0], version: parts[1]), in: catalog)
        }
      }
      #expect(ours == document, "\(path)")
      compared += 1
    }
    #expect(compared > 40)
  }
}
