import Schema
import Testing
import Values

@testable import APIServer

/// Options in queries and bodies, and what is said of bad ones.
@Suite struct OptionsTests {
  private static let collection = "/api/v1/namespaces/default/configmaps"

  /// A query, the status, and the message.
  struct Row: Sendable, CustomTestStringConvertible {
    let query: String
    let status: Int
    let message: String

    init(_ query: String, _ status: Int, _ message: String) {
      self.query = query
      self.status = status
      self.message = message
    }

    var testDescription: String { query }
  }

  @Test(
    "of lists",
    arguments: [
      Row("limit=x", 400, #"strconv.ParseInt: parsing "x": invalid syntax"#),
      Row("limit=", 400, #"strconv.ParseInt: parsing "": invalid syntax"#),
      Row(
        "limit=99999999999999999999", 400,
        #"strconv.ParseInt: parsing "99999999999999999999": value out of range"#),
      Row("timeoutSeconds=1.5", 400, #"strconv.ParseInt: parsing "1.5": invalid syntax"#),
      Row(
        "labelSelector=a%20b", 400,
        "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
      Row(
        "fieldSelector=spec.none%3D1", 400,
        #""spec.none" is not a known field selector: only "metadata.name", "metadata.namespace""#),
      Row(
        "resourceVersion=x", 400,
        #"invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax"#
      ),
      Row(
        "continue=x&resourceVersion=1", 400, "specifying resource version is not allowed when using continue"),
      Row(
        "resourceVersionMatch=Exact", 422,
        #"ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"#
      ),
      Row(
        "resourceVersion=1&resourceVersionMatch=exact", 422,
        #"ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "exact": supported values: "Exact", "NotOlderThan", """#
      ),
      Row(
        "sendInitialEvents=true", 422,
        #"ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"#
      ),
      Row("resourceVersion=99999", 504, "Timeout: Too large resource version: 99999, current: "),
    ])
  func lists(row: Row) async throws {
    let reply = await (try TestAPI()).get("\(Self.collection)?\(row.query)")
    #expect(reply.status == row.status)
    #expect(reply.message.hasPrefix(row.message))
    #expect(reply.json["kind"]?.string == "Status")
  }

  @Test(
    "of writes",
    arguments: [
      Row(
        "dryRun=Some", 422,
        #"CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All""#
      ),
      Row(
        "dryRun=", 422,
        #"CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: [""]: supported values: "All""#),
      Row(
        "fieldValidation=Loose", 422,
        #"CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn""#
      ),
      Row(
        "fieldManager=" + String(repeating: "m", count: 129), 422,
        #"CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes"#),
      Row(
        "fieldManager=a%0Ab", 422,
        #"CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\nb": should only contain printable characters"#
      ),
      Row(
        "fieldManager=a%C2%A0b", 422,
        #"CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\u00a0b": should only contain printable characters"#
      ),
    ])
  func writes(row: Row) async throws {
    let reply = await (try TestAPI()).create("\(Self.collection)?\(row.query)", Example.configMap("a"))
    #expect(reply.status == row.status)
    #expect(reply.message == row.message)
  }

  @Test("of patches")
  func patches() async throws {
    let api = try TestAPI()
    let path = "\(Self.collection)/a"
    let unnamed = await api.apply(path, Example.configMap("a"))
    #expect(unnamed.status == 422)
    #expect(
      unnamed.message
        == #"PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch"#
    )
    let forced = await api.merge("\(path)?force=true", [:])
    #expect(forced.status == 422)
    #expect(
      forced.message
        == #"PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch"#
    )
  }

  @Test("of deletes, from the body before the query")
  func deletes() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.collection, Example.configMap("a"))
    let path = "\(Self.collection)/a"
    let both = await api.delete(path, ["propagationPolicy": "Orphan", "orphanDependents": true])
    #expect(both.status == 422)
    let wrong = await api.delete("\(path)?propagationPolicy=Sideways")
    #expect(
      wrong.message
        == #"DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported "#
        + #"values: "Foreground", "Background", "Orphan", "nil""#)
    let number = await api.delete("\(path)?gracePeriodSeconds=soon")
    #expect(number.status == 400)
    #expect(number.message == #"strconv.ParseInt: parsing "soon": invalid syntax"#)
    // A body hides the query.
    let dry = await api.delete("\(path)?propagationPolicy=Sideways", ["dryRun": ["All"]])
    #expect(dry.status == 200)
    #expect(api.store.revision == 5)
  }

  @Test("a body of another type than options is refused")
  func deleteBodies() async throws {
    let api = try TestAPI()
    _ = await api.create(Self.collection, Example.configMap("a"))
    let path = "\(Self.collection)/a"
    let text = await api.delete(path, ["gracePeriodSeconds": "soon"])
    #expect(text.status == 400)
    #expect(
      text.message.contains(
        "cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"))
    let other = await api.delete(path, Example.configMap("a"))
    #expect(other.status == 400)
    let broken = await api.ask("DELETE", path, bytes: Array("{".utf8))
    #expect(broken.status == 400)
    #expect(await api.get(path).status == 200)
  }

  @Test("the manager is what the user agent begins with, as far as it can be printed")
  func manager() async throws {
    let api = try TestAPI()
    for (agent, manager) in [
      ("kubectl/v1.36 (linux)", "kubectl"), ("a b/1", "a b"), ("a\u{A0}\u{7}b", "ab"),
      (String(repeating: "ä", count: 100), String(repeating: "ä", count: 64)), ("", "unknown"),
    ] {
      let reply = await api.send(
        "POST", "\(Self.collection)?dryRun=All", Example.configMap("a", data: ["x": "1"]),
        [("User-Agent", agent)])
      #expect(reply.json["metadata"]?["managedFields"]?.array?.first?["manager"]?.string == manager)
    }
  }
}
