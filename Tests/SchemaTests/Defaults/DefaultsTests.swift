import Schema
import Testing
import Values

@Suite("Defaults")
struct DefaultsTests {
  private func made(_ text: String, _ apiVersion: String, _ kind: String) throws -> Value {
    let kind = try #require(GroupVersion(apiVersion: apiVersion)).kind(kind)
    let type = try #require(TypeTable.builtIn.type(of: kind))
    var (value, _) = try TypedDecoder.decode(JSON.parse(text), as: type)
    value["apiVersion"] = .string(kind.apiVersion)
    Defaults.apply(to: &value, kind: kind)
    return value
  }

  private func container(_ text: String) throws -> Value {
    let pod = try made(#"{"spec":{"containers":[\#(text)]}}"#, "v1", "Pod")
    return try #require(pod["spec"]?["containers"]?.array?.first)
  }

  @Test(
    "The pull policy follows the tag",
    arguments: [
      ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.27", "IfNotPresent"),
      ("reg.example.com:5000/a/nginx", "Always"), ("reg.example.com:5000/a/nginx:1", "IfNotPresent"),
      ("nginx@sha256:0123456789012345678901234567890123456789012345678901234567890123", "IfNotPresent"),
      ("nginx:latest@sha256:0123456789012345678901234567890123456789012345678901234567890123", "Always"),
      ("NGINX", "IfNotPresent"), ("", "IfNotPresent"),
    ])
  func pullPolicy(image: String, policy: String) throws {
    #expect(try container(#"{"name":"c","image":"\#(image)"}"#)["imagePullPolicy"] == .string(policy))
  }

  @Test("What is given stays")
  func given() throws {
    let spec = try made(
      #"{"spec":{"replicas":0,"strategy":{"type":"Recreate"},"revisionHistoryLimit":0,"template":{"spec":{"terminationGracePeriodSeconds":0}}}}"#,
      "apps/v1", "Deployment")["spec"]
    #expect(spec?["replicas"] == 0)
    #expect(spec?["revisionHistoryLimit"] == 0)
    #expect(spec?["strategy"] == ["type": "Recreate"])
    #expect(spec?["template"]?["spec"]?["terminationGracePeriodSeconds"] == 0)
  }

  @Test("Pods request what they are limited to and publish ports in the host's network; templates do not")
  func pods() throws {
    let text =
      #"{"hostNetwork":true,"containers":[{"name":"c","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"1"}}}]}"#
    let pod = try made(#"{"spec":\#(text)}"#, "v1", "Pod")["spec"]
    let own = try #require(pod?["containers"]?.array?.first)
    #expect(own["resources"] == ["limits": ["cpu": "1"], "requests": ["cpu": "1"]])
    #expect(own["ports"] == [["containerPort": 80, "hostPort": 80, "protocol": "TCP"]])
    #expect(pod?["enableServiceLinks"] == true)
    let template = try made(#"{"template":{"spec":\#(text)}}"#, "v1", "PodTemplate")["template"]?["spec"]
    let other = try #require(template?["containers"]?.array?.first)
    #expect(other["resources"] == ["limits": ["cpu": "1"]])
    #expect(other["ports"] == [["containerPort": 80, "protocol": "TCP"]])
    #expect(template?["enableServiceLinks"] == nil)
  }

  @Test("Pod-level requests are the containers' where the pod has limits")
  func podResources() throws {
    let spec = try made(
      #"{"spec":{"resources":{"limits":{"cpu":"4","memory":"1Gi"}},"initContainers":[{"name":"i","resources":{"requests":{"cpu":"3"}}},{"name":"s","restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}}],"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}}"#,
      "v1", "Pod")["spec"]
    #expect(spec?["resources"]?["requests"] == ["cpu": "3", "memory": "1Gi"])
  }

  @Test("A sticky service has a timeout, a plain one no configuration of it")
  func services() throws {
    let sticky = try made(#"{"spec":{"sessionAffinity":"ClientIP"}}"#, "v1", "Service")["spec"]
    #expect(sticky?["sessionAffinityConfig"] == ["clientIP": ["timeoutSeconds": 10800]])
    let plain = try made(
      #"{"spec":{"sessionAffinityConfig":{"clientIP":{"timeoutSeconds":1}},"ports":[{"port":80}]}}"#, "v1",
      "Service")
    #expect(plain["spec"]?["sessionAffinityConfig"] == nil)
    #expect(plain["spec"]?["ports"] == [["port": 80, "protocol": "TCP", "targetPort": 80]])
  }

  @Test("Secrets are written as text and read as data")
  func secrets() throws {
    let secret = try made(#"{"data":{"a":"YQ==","b":"Yg=="},"stringData":{"b":"c"}}"#, "v1", "Secret")
    #expect(secret["data"] == ["a": "YQ==", "b": "Yw=="])
    #expect(secret["stringData"] == nil)
    #expect(secret["type"] == "Opaque")
  }

  @Test("A schema inside a list or a map is decoded too")
  func schemas() throws {
    let definition = try made(
      #"{"spec":{"names":{"kind":"Cat","plural":"cats"},"versions":[{"name":"v1","schema":{"openAPIV3Schema":{"items":{"nullable":false,"junk":1,"maxLength":0},"additionalProperties":true}}}]}}"#,
      "apiextensions.k8s.io/v1", "CustomResourceDefinition")["spec"]
    let schema = definition?["versions"]?.array?.first?["schema"]?["openAPIV3Schema"]
    #expect(schema == ["items": ["maxLength": 0], "additionalProperties": true])
    #expect(
      definition?["names"] == ["kind": "Cat", "plural": "cats", "singular": "cat", "listKind": "CatList"])
  }

  @Test("Fractions below a thousandth of a resource are rounded up")
  func amounts() throws {
    #expect(
      try container(#"{"name":"c","resources":{"requests":{"cpu":"1500u"}}}"#)["resources"]?["requests"]
        == ["cpu": "2m"])
  }
}
