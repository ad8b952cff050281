import Schema
import Testing
import Values

@Suite("Decoding into the API's types")
struct DecodingTypedDecoderTests {
  private func decode(
    _ text: String, _ apiVersion: String, _ kind: String
  ) throws -> (value: Value, strictErrors: [String]) {
    let version = try #require(GroupVersion(apiVersion: apiVersion))
    let type = try #require(TypeTable.builtIn.type(of: version.kind(kind)))
    return try TypedDecoder.decode(JSON.parse(text), as: type)
  }

  private func failure(_ text: String, _ apiVersion: String, _ kind: String) -> String {
    do {
      _ = try decode(text, apiVersion, kind)
      return "decoded"
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "A value of the wrong type is named as Go names it",
    arguments: [
      (
        "v1", "ConfigMap", #"{"data":{"a":1}}"#,
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
      ),
      (
        "v1", "ConfigMap", #"{"data":["x"]}"#,
        "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string"
      ),
      (
        "v1", "ConfigMap", #"{"metadata":{"name":true}}"#,
        "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string"
      ),
      ("v1", "ConfigMap", "[]", "json: cannot unmarshal array into Go value of type v1.ConfigMap"),
      (
        "apps/v1", "Deployment", #"{"spec":{"replicas":2.5}}"#,
        "json: cannot unmarshal number 2.5 into Go struct field DeploymentSpec.spec.replicas of type int32"
      ),
      (
        "apps/v1", "Deployment", #"{"spec":{"replicas":2.0}}"#,
        "json: cannot unmarshal number 2.0 into Go struct field DeploymentSpec.spec.replicas of type int32"
      ),
      (
        "apps/v1", "Deployment", #"{"spec":{"replicas":3000000000}}"#,
        "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"
      ),
      (
        "rbac.authorization.k8s.io/v1", "Role", #"{"rules":{"a":1}}"#,
        "json: cannot unmarshal object into Go struct field Role.rules of type []v1.PolicyRule"
      ),
      (
        "rbac.authorization.k8s.io/v1", "Role", #"{"rules":[{"verbs":[1]}]}"#,
        "json: cannot unmarshal number into Go struct field PolicyRule.rules.verbs of type string"
      ),
      (
        "rbac.authorization.k8s.io/v1", "Role", #"{"rules":[7]}"#,
        "json: cannot unmarshal number into Go struct field Role.rules of type v1.PolicyRule"
      ),
      (
        "v1", "Pod", #"{"spec":{"containers":[{"imagePullPolicy":1}]}}"#,
        "json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy"
      ),
      (
        "v1", "Pod", #"{"spec":{"containers":[{"resources":{"limits":[]}}]}}"#,
        "json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList"
      ),
      (
        "v1", "Pod", #"{"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}}"#,
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
      ),
      ("v1", "Secret", #"{"data":{"a":"%%%"}}"#, "illegal base64 data at input byte 0"),
      (
        "v1", "Secret", #"{"data":{"a":5}}"#,
        "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"
      ),
      (
        "v1", "Service", #"{"spec":{"ports":[{"targetPort":true}]}}"#,
        "json: cannot unmarshal bool into Go value of type int32"
      ),
      (
        "coordination.k8s.io/v1", "Lease", #"{"spec":{"renewTime":"2024-01-01T00:00:00Z"}}"#,
        #"parsing time "2024-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000""#
      ),
      (
        "v1", "Event", #"{"firstTimestamp":"now"}"#,
        #"parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006""#
      ),
    ])
  func mismatches(apiVersion: String, kind: String, text: String, message: String) {
    #expect(failure(text, apiVersion, kind) == message)
  }

  @Test("Unknown fields go and are named with their path, in the order of the document")
  func unknownFields() throws {
    let (value, errors) = try decode(
      #"{"metadata":{"name":"s","lables":{}},"dta":{},"spec":{"Replicas":2,"template":{"spec":{"containers":[{"name":"c","imagePulPolicy":"x"}]}}}}"#,
      "apps/v1", "Deployment")
    #expect(
      errors == [
        #"unknown field "metadata.lables""#, #"unknown field "dta""#, #"unknown field "spec.Replicas""#,
        #"unknown field "spec.template.spec.containers[0].imagePulPolicy""#,
      ])
    #expect(value["dta"] == nil)
    #expect(value["spec"]?["Replicas"] == nil)
  }

  @Test("Findings become one refusal, what the parser noticed first")
  func strictErrors() {
    let findings = StrictErrors.merged(duplicates: ["metadata.name"], unknown: [#"unknown field "dta""#])
    #expect(findings == [#"duplicate field "metadata.name""#, #"unknown field "dta""#])
    #expect(
      StrictErrors.refusal(findings)?.message
        == #"strict decoding error: duplicate field "metadata.name", unknown field "dta""#)
    #expect(StrictErrors.refusal([]) == nil)
  }

  @Test("Zero values go where Go omits them and stay behind pointers")
  func zeroValues() throws {
    let (value, _) = try decode(
      #"{"kind":"Pod","spec":{"hostNetwork":false,"automountServiceAccountToken":false,"nodeName":"","priority":0,"volumes":[],"nodeSelector":{},"containers":[{"name":"","image":"","ports":[{"hostPort":0}],"stdin":false}]}}"#,
      "v1", "Pod")
    #expect(
      value == [
        "kind": "Pod", "metadata": [:],
        "spec": [
          "automountServiceAccountToken": false, "priority": 0,
          "containers": [["name": "", "ports": [["containerPort": 0]], "resources": [:]]],
        ],
        "status": [:],
      ])
  }

  @Test("Null is no value, and in lists and maps the zero value")
  func nulls() throws {
    let (value, errors) = try decode(
      #"{"metadata":{"labels":null,"name":null,"finalizers":[null]},"data":{"a":null},"immutable":null}"#,
      "v1",
      "ConfigMap")
    #expect(value == ["metadata": ["finalizers": [""]], "data": ["a": ""]])
    #expect(errors.isEmpty)
  }

  @Test("Lists without omitempty are printed as null where they hold nothing")
  func lists() throws {
    let version = "rbac.authorization.k8s.io/v1"
    #expect(try decode("{}", version, "Role").value == ["metadata": [:], "rules": .null])
    // An empty one has an owner until it is stored as none.
    let role = try decode(#"{"rules":[]}"#, version, "Role").value
    #expect(role["rules"] == [])
    let type = try #require(
      TypeTable.builtIn.type(
        of: GroupVersionKind(group: "rbac.authorization.k8s.io", version: "v1", kind: "Role")))
    #expect(TypedDecoder.stored(role, as: type)["rules"] == .null)
  }

  @Test("Scalars are printed canonically")
  func scalars() throws {
    let (pod, _) = try decode(
      #"{"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":0.1,"memory":"2048Ki"}}}]}}"#, "v1",
      "Pod")
    #expect(
      pod["spec"]?["containers"]?.array?.first?["resources"]?["limits"] == ["cpu": "100m", "memory": "2Mi"])
    let (event, _) = try decode(
      #"{"firstTimestamp":"2024-01-01T02:00:00.5+02:00","eventTime":"2024-01-01T00:00:00.123456Z"}"#, "v1",
      "Event")
    #expect(event["firstTimestamp"] == "2024-01-01T00:00:00Z")
    #expect(event["eventTime"] == "2024-01-01T00:00:00.123456Z")
    #expect(event["lastTimestamp"] == .null)
    let (secret, _) = try decode("{\"data\":{\"a\":\"YQ=\\n=\"}}", "v1", "Secret")
    #expect(secret["data"] == ["a": "YQ=="])
  }

  @Test("Kind, apiVersion and metadata come first, status last")
  func order() throws {
    let (value, _) = try decode(
      #"{"status":{},"spec":{"containers":[]},"metadata":{},"apiVersion":"v1","kind":"Pod"}"#, "v1", "Pod")
    #expect(value.object?.keys == ["kind", "apiVersion", "metadata", "spec", "status"])
  }
}
