import Authentication
import Testing

@testable import Authorization

private func authorizer(_ text: String) throws -> ABACAuthorizer {
  ABACAuthorizer(try ABACPolicyFile.parse(Array(text.utf8), path: "policy.jsonl").policies)
}

private func line(_ spec: String) -> String {
  #"{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{\#(spec)}}"#
}

private func request(
  _ verb: String, _ resource: String, by user: UserInfo, namespace: String = "", group: String = ""
) -> AuthorizationAttributes {
  AuthorizationAttributes(
    user: user, verb: verb, namespace: namespace, apiGroup: group, resource: resource)
}

@Suite("ABAC") struct ABACTests {
  @Test("a policy says who may do what") func policies() async throws {
    let abac = try authorizer(
      """
      # Comments and empty lines are left out.

      \(line(#""user":"jane","namespace":"shop","resource":"pods","apiGroup":"""#))
      \(line(#""group":"qa","readonly":true,"namespace":"*","resource":"*","apiGroup":"*""#))
      \(line(#""user":"bob","group":"qa","nonResourcePath":"/metrics*""#))
      \(line(#""namespace":"*","resource":"*","apiGroup":"*""#))
      """)
    let jane = UserInfo(name: "jane")
    #expect(await abac.authorize(request("delete", "pods", by: jane, namespace: "shop")).isAllowed)
    let other = await abac.authorize(request("get", "pods", by: jane, namespace: "other"))
    #expect(other.verdict == .noOpinion && other.reason == "No policy matched.")
    #expect(await !abac.authorize(request("get", "pods", by: jane, namespace: "shop", group: "x")).isAllowed)

    let tester = UserInfo(name: "eve", groups: ["qa"])
    for verb in ["get", "list", "watch"] {
      #expect(await abac.authorize(request(verb, "secrets", by: tester, group: "apps")).isAllowed)
    }
    #expect(await !abac.authorize(request("create", "secrets", by: tester)).isAllowed)

    func reads(_ path: String, _ user: UserInfo) async -> Bool {
      await abac.authorize(AuthorizationAttributes(user: user, verb: "get", path: path)).isAllowed
    }
    #expect(await reads("/metrics/cadvisor", UserInfo(name: "bob", groups: ["qa"])))
    #expect(await !reads("/metrics", UserInfo(name: "bob")), "both the user and the group must fit")
    #expect(await !reads("/healthz", UserInfo(name: "bob", groups: ["qa"])))
  }

  @Test("the form without a version stands for everybody and everything that it leaves out")
  func unversioned() async throws {
    let known = UserInfo(name: "jane", groups: ["system:authenticated"])
    let all = try authorizer("{}")
    #expect(await all.authorize(request("delete", "nodes", by: known)).isAllowed)
    #expect(await all.authorize(AuthorizationAttributes(user: known, verb: "get", path: "/x")).isAllowed)
    #expect(await !all.authorize(request("get", "pods", by: UserInfo(name: "system:anonymous"))).isAllowed)
    let pods = try authorizer(#"{"user":"*","resource":"pods","readonly":true}"#)
    #expect(await pods.authorize(request("list", "pods", by: known, namespace: "n", group: "any")).isAllowed)
    #expect(await !pods.authorize(request("list", "services", by: known)).isAllowed)
    #expect(await !pods.authorize(AuthorizationAttributes(user: known, verb: "get", path: "/x")).isAllowed)
    #expect(try ABACPolicyFile.parse(Array("{}".utf8), path: "p").hasUnversioned)
  }

  @Test(
    "a bad line is told with its number",
    arguments: [
      ("# fine\n{not json", "line 2: {not json: couldn't get version/kind; json parse error: "),
      (
        line(#""readonly":"yes""#),
        "json: cannot unmarshal string into Go struct field PolicySpec.spec.readonly of type bool"
      ),
      (
        #"{"apiVersion":"other/v1","kind":"Policy"}"#,
        #"no kind "Policy" is registered for version "other/v1""#
      ),
      ("7", "line 1: 7: "),
      (String(repeating: "x", count: 70_000), "bufio.Scanner: token too long"),
    ])
  func errors(text: String, message: String) {
    let error = #expect(throws: ABACPolicyFile.LoadError.self) {
      try ABACPolicyFile.parse(Array(text.utf8), path: "p.jsonl")
    }
    #expect(error?.description.hasPrefix("error reading policy file p.jsonl") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description.prefix(300) ?? "")")
  }

  @Test("rules can be listed") func rules() async throws {
    let abac = try authorizer(
      line(#""user":"jane","readonly":true,"namespace":"shop","resource":"pods","apiGroup":"*""#) + "\n"
        + line(#""user":"*","namespace":"*","nonResourcePath":"/version""#))
    let found = await abac.rules(for: UserInfo(name: "jane"), namespace: "shop")
    #expect(
      found
        == RuleResolution(
          resourceRules: [
            PolicyRule(verbs: ["get", "list", "watch"], apiGroups: ["*"], resources: ["pods"])
          ], nonResourceRules: [PolicyRule(verbs: ["*"], nonResourceURLs: ["/version"])]))
    #expect(await abac.rules(for: UserInfo(name: "jane"), namespace: "other").resourceRules.isEmpty)
  }
}
