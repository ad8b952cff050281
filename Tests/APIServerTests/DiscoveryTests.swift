import Schema
import Testing
import Values

@testable import APIServer

/// Discovery, OpenAPI and the other documents about the server.
@Suite struct DiscoveryTests {
  @Test("groups, versions and resources, each on its own")
  func plain() async throws {
    let api = try TestAPI()
    let versions = await api.get("/api")
    #expect(versions.json["kind"]?.string == "APIVersions")
    #expect(versions.json["versions"] == ["v1"])
    #expect(
      versions.json["serverAddressByClientCIDRs"] == [
        ["clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"]
      ])
    let groups = await api.get("/apis")
    #expect(groups.json["kind"]?.string == "APIGroupList")
    #expect(groups.json["groups"]?.array?.contains { $0["name"]?.string == "apps" } == true)
    let group = await api.get("/apis/autoscaling")
    #expect(group.json["kind"]?.string == "APIGroup")
    #expect(group.json["preferredVersion"]?["version"]?.string == "v2")
    let resources = await api.get("/api/v1")
    #expect(resources.json["kind"]?.string == "APIResourceList")
    let names = (resources.json["resources"]?.array ?? []).compactMap { $0["name"]?.string }
    #expect(names.contains("pods"))
    #expect(names.contains("pods/eviction"))
    #expect(await api.get("/").json["paths"]?.array?.contains("/apis/apps/v1") == true)
    for missing in ["/apis/none", "/apis/none/v1", "/api/v9"] {
      #expect(await api.get(missing).status == 404)
    }
    #expect(await api.ask("POST", "/api/v1").status == 405)
  }

  private static let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

  @Test("all in one document, which is sent again only when it has changed")
  func aggregated() async throws {
    let api = try TestAPI()
    for path in ["/api", "/apis"] {
      let document = await api.get(path, [("Accept", "\(Self.aggregated),application/json")])
      #expect(document.status == 200)
      #expect(document[header: "Content-Type"] == Self.aggregated)
      #expect(document.json["kind"]?.string == "APIGroupDiscoveryList")
      #expect(document[header: "Vary"] == "Accept")
      let tag = try #require(document[header: "ETag"])
      for asked in [tag, "\"other\", \(tag)", "W/\(tag)", "*"] {
        let again = await api.get(path, [("Accept", Self.aggregated), ("If-None-Match", asked)])
        #expect(again.status == 304)
        #expect(again.bytes.isEmpty)
        #expect(again[header: "ETag"] == tag)
      }
      let other = await api.get(path, [("Accept", Self.aggregated), ("If-None-Match", "\"other\"")])
      #expect(other.status == 200)
    }
    // The client's first choice counts.
    let plain = await api.get("/apis", [("Accept", "application/json,\(Self.aggregated)")])
    #expect(plain.json["kind"]?.string == "APIGroupList")
  }

  @Test("a custom resource changes the documents")
  func changes() async throws {
    let api = try TestAPI()
    let headers = [("Accept", Self.aggregated)]
    let before = try #require(await api.get("/apis", headers)[header: "ETag"])
    let widgets = APIResource(
      groupVersion: GroupVersion(group: "example.com", version: "v1"), name: "widgets",
      singularName: "widget",
      kind: "Widget", isNamespaced: true, verbs: ["get", "list"], isCustom: true)
    api.server.changeServed { ServedAPI(catalog: APICatalog.builtIn.adding([widgets]), replacing: $0) }
    let after = await api.get("/apis", headers + [("If-None-Match", before)])
    #expect(after.status == 200)
    #expect(after[header: "ETag"] != before)
    #expect(after.text.contains("widgets"))
  }

  @Test("OpenAPI: an index whose links never change what they name, and documents with validators")
  func openAPI() async throws {
    let api = try TestAPI()
    let index = await api.get("/openapi/v3")
    let link = try #require(index.json["paths"]?["apis/apps/v1"]?["serverRelativeURL"]?.string)
    let document = await api.get(link)
    #expect(document.status == 200)
    #expect(document.json["openapi"]?.string?.hasPrefix("3.") == true)
    #expect(document[header: "Cache-Control"] == "public, immutable")
    let tag = try #require(document[header: "ETag"])
    #expect(await api.get("/openapi/v3/apis/apps/v1", [("If-None-Match", tag)]).status == 304)
    let other = await api.get("/openapi/v3/apis/apps/v1?hash=0")
    #expect(other[header: "Cache-Control"] == "no-cache, private")
    #expect(await api.get("/openapi/v3/apis/none/v1").status == 404)

    let swagger = await api.get("/openapi/v2")
    #expect(swagger.json["swagger"]?.string == "2.0")
    let swaggerTag = try #require(swagger[header: "ETag"])
    #expect(await api.get("/openapi/v2", [("If-None-Match", swaggerTag)]).status == 304)
    let protobuf = await api.get(
      "/openapi/v2", [("Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")])
    #expect(protobuf.status == 200)
    #expect(protobuf[header: "Content-Type"] == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
    #expect(await api.get("/openapi/v2", [("Accept", "text/html")]).status == 406)
  }

  @Test("the version")
  func version() async throws {
    let version = await (try TestAPI()).get("/version")
    #expect(version.json["major"]?.string == "1")
    #expect(version.json["minor"]?.string == "36")
    #expect(version.json["gitVersion"]?.string == "v1.36.0")
  }

  @Test("what the issuer of service account tokens publishes")
  func issuer() async throws {
    let api = try TestAPI {
      $0.issuerDocuments = { (configuration: ["issuer": "https://i"], keys: ["keys": []]) }
    }
    let configuration = await api.get("/.well-known/openid-configuration")
    #expect(configuration.json == ["issuer": "https://i"])
    #expect(configuration[header: "Cache-Control"] == "public, max-age=3600")
    let keys = await api.get("/openid/v1/jwks")
    #expect(keys[header: "Content-Type"] == "application/jwk-set+json")
    // Without a key there is nothing to publish.
    #expect(await (try TestAPI()).get("/openid/v1/jwks").status == 404)
  }
}
